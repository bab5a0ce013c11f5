"""What stands in for the names on the pages, and which commands run elsewhere.

A command that a page gains is run as it stands. If it cannot be, it needs a line here:
a filling for what it names, another end, or the reason why it does not run here.
"""

ELSEWHERE = {
    "make": "the targets are those of the Makefile: tests/test_docs.py",
    "uv tool install": "installs a command for a person: tests/test_package.py",
    "galley --install-completion": "writes into the files of a person's shell",
    "uv sync": "would change the environment that the tests run in",
    "hf download": "fetches a model from a hub: a network beyond this machine",
    ". .venv/bin/activate": "the tests run in that environment",
    "galley-worker": "serves until it is stopped: tests/test_worker.py",
    "galley up": "serves until it is stopped: all of this runs on it",
    "galley demo": "runs a stack of its own: tests/test_demo.py",
    "galley keys serve": "serves: tests/cli/test_codec_server.py",
    "galley auth login": "waits for a browser: tests/cli/test_auth.py",
    "galley doctor --live": "needs an account: tests/cli/test_trial.py",
    "galley review": "asks a person: tests/cli/test_stack.py",
    "galley persona init": "asks a person: tests/cli/test_persona.py",
    "temporal worker deployment": "needs two builds: tests/workflows/test_upgrade.py",
    "curl -s http://127.0.0.1:9464": "asks a worker: tests/observability",
    "temporal workflow signal --workflow-id "
    "post:482dbe72037d:aa6e4787f64f344cc25239d6 --name redrive": (
        "of a post in error: tests/workflows/test_post_changes.py"
    ),
    "export": "sets what the test gives to each command itself",
    ".venv/bin/pytest": "records what the tests compare",
    ".venv/bin/python -m tests.workflows.released": "tests/workflows/test_released.py",
    "python3 -m venv .galley/codegen": "installs a generator from a package index",
    ".galley/codegen/bin/": "needs that generator: tests/clients/test_buffer_schema.py",
    "gcloud": "needs an account at Google",
    "docker": "needs Docker: tests/compose.sh runs the stack in containers",
    "mkdir -m 700 secrets": "needs the rights of root: tests/compose.sh",
    "openssl rand": "writes secrets for Docker: tests/compose.sh",
    "chmod 400 secrets": "needs the rights of root: tests/compose.sh",
    "cluster": "needs Docker: it is short for docker compose",
    "alias cluster=": "needs Docker",
    "galley api": "serves until it is stopped: tests/agents/test_http.py",
    "curl -s http://127.0.0.1:9704": "asks that server: tests/agents/test_http.py",
    "galley mcp": "serves a client on standard input: tests/agents/test_stdio.py",
    "for": "a loop around docker compose",
}
"""Beginnings of commands that are not run here, without ``uv run``; and why."""

TUTORIAL = "docs/tutorial.md"
"""Its commands are run as they stand, in their order, before those of all others."""

REFERENCE = "docs/reference.md"
"""It repeats the examples of other pages: only what none of them has is run for it."""

STOPPING = "docs/how-to-stop-everything.md"
"""It takes every post out of Buffer, and puts it back: so it is read before others."""

PLANNED = {
    "galley start article.md --media short": (
        "films for half a minute of a core: tests/activities/test_films.py, "
        "tests/workflows/test_narrated_films.py"
    ),
    "galley start SOURCE --media short": "the same",
    "galley start talk.mp4 --media clip --transcript": (
        "cuts one as the line before does: tests/workflows/test_given_transcripts.py"
    ),
    "galley start SOURCE --media image": (
        "pictures of a model: tests/workflows/test_generated_media.py"
    ),
    "galley start SOURCE --media video": "films, too: tests/workflows/test_generated_media.py",
    "galley start SOURCE --media avatar": "films: tests/workflows/test_avatars.py",
}
"""Beginnings of commands whose media take a core for long; they run with ``--plan``."""

FILLED = {
    " article.md": " notes.md",
    "SOURCE": "notes.md",
    "posting.yaml": "examples/posting.yaml",
    "episode.mp3": "episode.ogg",
    '"Acme Labs"': "galley-demo --platform x",
    "12:01-12:38": "0:00-0:03",
    # One that is cut once; of the one at an address the moment is chosen.
    "clips talk.mp4": "clips talk.mp4 --clip 0:00-0:03",
    "https://example.com/talk.mp4": "{web}/talk.mp4 --count 1 --seconds 3-4",
    " --count 3": " --count 1",
    "2026-11-27": "{year}-11-27",
    "2026-12-01": "{year}-12-01",
    "2030-12-01": "{year}-12-01",
    "http://127.0.0.1:9700": "{buffer}",
    "https://example.com": "{web}",
    "post:…": "{post}",
    "campaign:…": "campaign:482dbe72037d",
    "buffer:…": "{account}",
}
"""What pages name, and what stands there when it is run."""

CHANNELS = {"aa6e4787f64f344cc25239d6": "x", "eefd7d94cc2034ce2734b187": "linkedin"}
"""The channels of the emulated account, as pages write them in whole IDs."""

SETTINGS = {
    "galley notify test": {"GALLEY_NOTIFY_SLACK_URL": "{web}/slack"},
    "galley keys list": {"GALLEY_PAYLOAD_KEYS_FILE": "payload-keys"},
    "galley team check": {
        "GALLEY_TEAM": "team.yaml",
        "GALLEY_REVIEWER": "Kim",
        "GALLEY_REVIEWER_KEY_FILE": "kim-key",
    },
    "galley team join": {"GALLEY_REVIEWER_KEY_FILE": "joined-key"},
    "galley team show": {"GALLEY_TEAM": "team.yaml"},
}
"""Beginnings of commands that need a setting of the page, and which."""

LOOKING = {
    "docs/how-to-audit.md",
    "docs/how-to-authorize.md",
    "docs/how-to-encrypt-payloads.md",
    "docs/how-to-find-out-why.md",
    "docs/how-to-keep-the-bill-small.md",
}
"""These look at a campaign, in whatever state it is: one does for all of them."""

NETWORKS = {
    REFERENCE: ("bluesky", "facebook", "googlebusiness", "linkedin", "x"),
    "docs/how-to-review-by-hand.md": ("mastodon",),
}
"""Networks of a page's campaign beside those that it names; LinkedIn if it names none."""

BEFORE = {
    "docs/how-to-change-a-scheduled-post.md": ["approve"],
    "docs/how-to-erase.md": ["reject", "--note", "not this time"],
    "docs/how-to-media-store.md": ["approve"],
    STOPPING: ["approve"],
}
"""What was decided on the campaign of a page before its commands make sense."""

ENDS = {
    "galley agents revoke": 1,  # there is no such token
    "galley edit 3f2a/x --split": 1,  # it fits already
    "galley redrive 482d/linkedin": 1,  # the page has retracted it before
}
"""Beginnings of commands that do not end with 0, and with what they end instead."""
