"""The tutorial does what it says: each of its commands is run, in its order."""

import re
import shlex
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.running import begin, starter
from tests.cli.stacks import end, record, until

pytestmark = [pytest.mark.server, pytest.mark.timeout(400)]

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "tutorial.md").read_text()
BLOCKS = re.findall(r"^```sh\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
SHOWN = [
    shlex.split(line, comments=True) for one in BLOCKS for line in one.splitlines()
]
STARTER = ["uv", "run", "starter.py"]
COMMANDS = [words[3:] for words in SHOWN if words[:3] == STARTER]


@pytest.fixture(name="folder", scope="module")
def _folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("tutorial").resolve()
    shutil.copytree(ROOT / "examples", folder / "examples")
    process = begin(folder, "up", "--free-ports", GALLEY_PUBLISH_LEAD_SECONDS="2")
    try:
        until(lambda: record(folder).get("ready") or process.poll() is not None, 200)
        yield folder
    finally:
        end(process)


def done(folder: Path, command: list[str]) -> subprocess.CompletedProcess[str]:
    """Run a command until it tells, as a reader does who waits for a draft."""
    deadline = time.monotonic() + 120
    while (told := starter(folder, *command)).returncode or not told.stdout:
        assert time.monotonic() < deadline, (command, told.stdout, told.stderr)
        time.sleep(0.1)
    return told


def test_nothing_is_shown_that_is_not_run() -> None:
    assert [words for words in SHOWN if words[:3] != STARTER] == [["make", "ready"]]
    assert COMMANDS[0] == ["up"]


def test_the_whole_tutorial_works(folder: Path) -> None:
    told = [(command, done(folder, command).stdout) for command in COMMANDS[1:]]

    started = next(out for command, out in told if command[0] == "start")
    assert started.startswith("Started campaign:e5532e9790c8")

    def ends() -> dict[str, int]:
        listed = starter(folder, "list").stdout
        return {word: listed.count(word) for word in ("published", "rejected")}

    until(lambda: ends() == {"published": 2, "rejected": 1}, 120)
