"""No secret stands in the repository, in what it was, or in the recorded histories."""

import base64
import json
import random
import shutil
import string
import subprocess
from pathlib import Path

from tests.security.scanning import scanned, secrets_in

ROOT = Path(__file__).parents[2]
LETTERS = string.ascii_letters + string.digits


def made_up_key(seed: int = 7) -> str:
    """Return what looks like a key of Anthropic's; none stands in this file."""
    letters = random.Random(seed).choices(LETTERS, k=93)  # noqa: S311 - opens nothing
    return f"sk-ant-api03-{''.join(letters)}AA"


def payload(text: str) -> str:
    """Return a payload as a recorded history holds it."""
    data = base64.b64encode(json.dumps({"note": text}).encode()).decode()
    return json.dumps({"payloads": [{"metadata": {"encoding": "x"}, "data": data}]})


# What is found twice is told once: each has a key of its own.
PLANTED = {
    ".env": f"ANTHROPIC_API_KEY={made_up_key(7)}\n",
    "worker.log": f"WARNING it said {made_up_key(8)} was wrong\n",
    "post-published.json": payload(f"use {made_up_key(9)} instead"),
}


def test_planted_secrets_are_found(tmp_path: Path) -> None:
    for name, text in PLANTED.items():
        (tmp_path / name).write_text(text)

    assert {found.path for found in scanned(tmp_path)} == PLANTED.keys()


def git(*arguments: str) -> str:
    program = shutil.which("git") or "git"
    return subprocess.run(  # noqa: S603 - git, on this checkout
        [program, *arguments], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout


def test_no_file_of_the_repository_holds_a_secret(tmp_path: Path) -> None:
    for name in git("ls-files", "-z").split("\0"):
        if name and (ROOT / name).is_file():
            copy = tmp_path / name
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, copy)

    assert (tmp_path / "tests" / "histories" / "post-published.json").is_file()
    assert secrets_in(scanned(tmp_path)) == []


def test_no_commit_ever_held_a_secret(tmp_path: Path) -> None:
    copy = tmp_path / "history.git"
    git("clone", "--quiet", "--bare", "--single-branch", str(ROOT), str(copy))

    assert secrets_in(scanned(copy, "--git-history", "full")) == []
