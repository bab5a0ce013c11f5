"""No secret stands in the repository, in what it was, or in the recorded histories."""

import base64
import json
import random
import shutil
import string
import subprocess
from pathlib import Path

import pytest

from tests.security.scanning import Finding, scanned, secrets_in

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
KEYS = [made_up_key(seed) for seed in (7, 8, 9)]
PLANTED = {
    ".env": f"ANTHROPIC_API_KEY={KEYS[0]}\n",
    "worker.log": f"WARNING it said {KEYS[1]} was wrong\n",
    "post-published.json": payload(f"use {KEYS[2]} instead"),
}


@pytest.fixture(name="found", scope="module")
def _found(tmp_path_factory: pytest.TempPathFactory) -> set[Finding]:
    """Return what is found in all that was committed, in what is not yet, and in what is planted.

    A scan takes seconds, so that all of it is committed to a copy of the repository.
    """
    copy = tmp_path_factory.mktemp("copy") / "history.git"
    git("clone", "--quiet", "--bare", "--single-branch", str(ROOT), str(copy))
    git("read-tree", "HEAD", into=copy)
    git("add", "--update", into=copy)
    planted = tmp_path_factory.mktemp("planted")
    for name, text in PLANTED.items():
        (planted / name).write_text(text)
    git("add", "--force", *PLANTED, of=planted, into=copy)
    who = ("-c", "user.name=Kim", "-c", "user.email=kim@example.com", "-c", "commit.gpgsign=no")
    git(*who, "commit", "--quiet", "--message=Plant secrets", of=planted, into=copy)
    return scanned(copy, "--git-history", "full", "--commit-metadata=false")


def git(*arguments: str, of: Path = ROOT, into: Path | None = None) -> None:
    """Run a command on the files of a folder, and its own repository or another."""
    program = shutil.which("git") or "git"
    place = [f"--git-dir={into}", f"--work-tree={of}"] if into else []
    subprocess.run([program, *place, *arguments], cwd=of, check=True)  # noqa: S603 - git


def test_planted_secrets_are_found(found: set[Finding]) -> None:
    words = {one.words for one in found}

    assert words >= {*KEYS}


def test_no_commit_and_no_file_of_the_repository_ever_held_a_secret(found: set[Finding]) -> None:
    assert [one for one in secrets_in(found) if one.words not in KEYS] == []
