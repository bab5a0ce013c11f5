"""Start the campaign of a Markdown file, wait for its drafts, and propose a text for one.

GALLEY_TOKEN=galley_… python campaign.py article.md "A better text for the first post."
"""

import os
import sys
from pathlib import Path

import httpx

article, text = Path(sys.argv[1]).read_text(), sys.argv[2]
with httpx.Client(
    base_url=os.environ.get("GALLEY_URL", "http://127.0.0.1:9704"),
    headers={"Authorization": f"Bearer {os.environ['GALLEY_TOKEN']}"},
    timeout=60,
    event_hooks={"response": [lambda answer: answer.raise_for_status()]},
) as galley:
    # The same source again is the same campaign, so this may be repeated.
    asked = {"text": article, "networks": ["x"], "model": "none"}
    campaign = galley.post("/v1/campaigns", json=asked).json()["campaign"]
    posts = []
    while not posts or any(post["state"] == "drafting" for post in posts):
        report = galley.get(f"/v1/campaigns/{campaign}/drafts", params={"seconds": 30}).json()
        posts = report["posts"]
    post = posts[0]["post"]
    # The key makes a repeated request the same suggestion.
    done = galley.post(
        f"/v1/posts/{post}/edits",
        json={"text": text, "why": "shorter"},
        headers={"Idempotency-Key": f"first-text-of-{campaign}"},
    ).json()
    print(post, done["next"])
