"""Drafts that were recorded from a model, answered for the one source they were written from.

``python -m emulators.anthropic --recorded`` reads them from ``recorded.json``, which
``python -m bench.drafts record`` writes. A request that asks for anything else (another source,
a persona, a brief, lessons, a thread, a new draft, a repair) is the extractive drafter's.
"""

import hashlib
import json
import re
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from emulators.anthropic.request import Habits, find_material, read_orders
from emulators.anthropic.wire import MessagesRequest
from emulators.anthropic.writing import fill, shown_drafts

MODEL = "recorded"
"""The model named in the answers."""
FILE = Path(__file__).with_name("recorded.json")
_OWN_WORDS = re.compile(r"(?m)^(?:You write for |What the author wants|Body: .* in all\.)")


class Verdict(BaseModel):
    """What the editor said of a sentence, by the number of the nearest passage."""

    model_config = ConfigDict(extra="forbid")

    passage: int
    verdict: str


class RecordedPost(BaseModel):
    """One post: the fields of the model's answer, and the editor's notes on it."""

    model_config = ConfigDict(extra="forbid")

    post: dict[str, Any]
    angle: str
    other_angle: str
    reason: str
    sentences: dict[str, Verdict]
    """By their words; what is missing states nothing."""


class Recording(BaseModel):
    """The posts of one source, by the label that the order gives them."""

    model_config = ConfigDict(extra="forbid")

    source: str
    """SHA-256 of the material, as :func:`digest_of` has it."""
    about: str
    posts: dict[str, RecordedPost]


def load(file: Path = FILE) -> Recording | None:
    """Return what was recorded, if anything was."""
    return Recording.model_validate_json(file.read_bytes()) if file.exists() else None


def digest_of(request: MessagesRequest) -> str:
    """Return the digest of the material in a request for posts."""
    blocks = [block.text for block in request.system_blocks]
    return hashlib.sha256(find_material(blocks, "").text.encode()).hexdigest()


def recorded_answer(request: MessagesRequest, recording: Recording | None) -> str | None:
    """Return the recorded answer to a request for posts or for the choice; else nothing."""
    schema = request.schema_wanted
    if recording is None or schema is None or len(request.messages) > 1:
        return None
    if request.messages[0].text.startswith("Choose one draft for each network."):
        written = _choices(request, recording)
    else:
        written = _posts(request, recording)
    return None if written is None else json.dumps(fill(schema, written), ensure_ascii=False)


def _posts(request: MessagesRequest, recording: Recording) -> dict[str, object] | None:
    said = "\n".join((*(block.text for block in request.system_blocks), request.messages[0].text))
    if _OWN_WORDS.search(said) or " characters in all." in said:
        return None
    orders = read_orders(request)
    is_plain = all(
        not (one.previous or one.answers or one.slides or one.sections or one.scenes)
        and one.variants == 1
        and one.habits == Habits()
        and one.label in recording.posts
        for one in orders
    )
    if not is_plain or digest_of(request) != recording.source:
        return None
    return {"posts": [recording.posts[one.label].post | {"network": one.label} for one in orders]}


def _choices(request: MessagesRequest, recording: Recording) -> dict[str, object] | None:
    choices: list[dict[str, object]] = []
    for label, sentences in shown_drafts(request).items():
        known = recording.posts.get(label)
        if known is None or not _is_shown(known.post, sentences):
            return None
        verdicts = [(number, known.sentences.get(words)) for number, words in sentences]
        choices.append(
            {
                "network": label,
                "angles": [known.angle, known.other_angle],
                "draft": 1,
                "reason": known.reason,
                "sentences": [
                    {
                        "sentence": number,
                        "passage": said.passage if said else 0,
                        "verdict": said.verdict if said else "none",
                    }
                    for number, said in verdicts
                ],
                "changes": [],
            }
        )
    return {"choices": choices} if choices else None


def _is_shown(post: dict[str, Any], sentences: list[tuple[int, str]]) -> bool:
    body = str(post.get("body", ""))
    words = {one for _, one in sentences}
    return bool(words) and all(one in body for one in words - {post["title"], post["headline"]})
