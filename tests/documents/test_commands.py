"""The pages do what they say: each command is run, or listed with a reason."""

import json
import re
import time
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

import pytest

from tests import replicate_emulator
from tests.cli.running import begin, starter
from tests.cli.stacks import comes_up, end, record, until
from tests.documents.fillings import (
    BEFORE,
    ELSEWHERE,
    ENDS,
    FILLED,
    PLANNED,
    REFERENCE,
    SETTINGS,
    STOPPING,
    TUTORIAL,
)
from tests.documents.newsstand import HEARD, check_out, lay_out, selling
from tests.documents.reader import Reader, names_a_campaign, shape
from tests.documents.shell import Shown, shown
from tests.end_to_end.waiting import lengthening

pytestmark = [pytest.mark.server, pytest.mark.timeout(500)]


def is_elsewhere(one: Shown) -> bool:
    line = " ".join(one.words).removeprefix("uv run ")
    return line.startswith(tuple(ELSEWHERE))


BARE = [one.line for one in shown()]
HERE = {
    page: [one for one in commands if not is_elsewhere(one)]
    for page, commands in groupby(shown(), key=lambda one: one.page)
}
OTHERS = {shape(one) for page in HERE if page != REFERENCE for one in HERE[page]}
HERE[REFERENCE] = [one for one in HERE[REFERENCE] if shape(one) not in OTHERS]
PAGES = sorted((page for page in HERE if page != TUTORIAL), key=lambda page: page != STOPPING)


def without_repeats() -> dict[str, list[Shown]]:
    """Return what is run of each page: a command of no campaign in particular once."""
    tried, left = {shape(one) for one in HERE[TUTORIAL]}, dict[str, list[Shown]]()
    for page in PAGES:
        for one in HERE[page]:
            if names_a_campaign(one) or shape(one) not in tried:
                left.setdefault(page, []).append(one)
            tried.add(shape(one))
    return left


RUN = without_repeats()


class Stack(NamedTuple):
    """A local stack in a folder with what a checkout has; a web server beside it."""

    folder: Path
    web: str
    told_by_up: list[str]


@pytest.fixture(name="stack", scope="module")
def _stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    folder = tmp_path_factory.mktemp("reader").resolve()
    check_out(folder)
    with selling(folder / "web") as web:
        host = web.removeprefix("http://")
        settings = {
            "GALLEY_PUBLISH_LEAD_SECONDS": "2",
            "GALLEY_TRANSCRIBE": "replicate",
            "GALLEY_FILM_WIDTH": "540",
            # Nobody here reads which of two sets of drafts is the better one.
            "GALLEY_DRAFT_CANDIDATES": "1",
            # Looks after a pull-back, and the gap to each, in fractions of a second.
            "GALLEY_RECONCILE_PAUSES": "[0.2,0.5,1]",
            "GALLEY_FETCH_PRIVATE_HOSTS": f'["{host}"]',
        }
        (folder / ".env").write_text(
            "".join(f"{name}='{value}'\n" for name, value in settings.items())
        )
        process = begin(folder, "up", "--free-ports")
        try:
            comes_up(folder, process, 200)
            assert process.stdout
            yield Stack(folder, web, [process.stdout.readline() for _ in range(3)])
        finally:
            end(process)


@pytest.fixture(name="reader", scope="module")
def _reader(stack: Stack) -> Iterator[Reader]:
    lay_out(stack.folder)
    replicate = record(stack.folder)["ports"]["replicate"]
    replicate_emulator.tell(f"http://127.0.0.1:{replicate}", HEARD)
    reader = Reader(stack.folder, stack.web)
    yield reader
    reader.close()


@pytest.fixture(scope="module")
def campaigns(reader: Reader) -> None:
    """Start what the pages speak of, all at once: drafts are there when asked for."""
    for page, commands in RUN.items():
        reader.begin(page, commands)


def test_no_line_for_a_command_outlives_it() -> None:
    lines = [f"{line} {line.removeprefix('uv run ')}" for line in BARE]
    known = [*ELSEWHERE, *PLANNED, *ENDS, *SETTINGS, *FILLED]

    assert [one for one in known if not any(one in line for line in lines)] == []


def test_up_says_at_once_where_posts_and_runs_are_seen(stack: Stack) -> None:
    ports = record(stack.folder)["ports"]

    review, *told = stack.told_by_up
    assert re.fullmatch(r"Review: http://127\.0\.0\.1:\d+/sign-in\?token=[\w-]{43}\n", review)
    assert told == [
        f"Temporal UI: http://127.0.0.1:{ports['temporal_ui']}\n",
        f"Posts in Buffer: http://127.0.0.1:{ports['buffer']}\n",
    ]


def done(folder: Path, command: list[str]) -> str:
    """Run a command until it tells, as a reader does who waits for a draft."""
    deadline = time.monotonic() + 120
    pauses = lengthening(0.5)
    while (told := starter(folder, *command)).returncode or not told.stdout:
        assert time.monotonic() < deadline, (command, told.stdout, told.stderr)
        time.sleep(next(pauses))
    return told.stdout


def test_the_tutorial_works_in_a_stack_where_nothing_was_done_yet(stack: Stack) -> None:
    tutorial = [one.words for one in shown() if one.page == TUTORIAL]
    make_ready, activate, up, *commands = tutorial
    told = [(words, done(stack.folder, words[1:])) for words in commands]

    assert (make_ready, up) == (["make", "ready"], ["galley", "up"])
    assert activate == [".", ".venv/bin/activate"]
    started = next(out for words, out in told if words[1] == "start")
    assert started.startswith("Started campaign:a91c24adcc62")

    def ends() -> dict[str, int]:
        listed = json.loads(starter(stack.folder, "list", "--json").stdout)
        states = [post["state"] for post in listed]
        return {word: states.count(word) for word in ("published", "rejected")}

    until(lambda: ends() == {"published": 2, "rejected": 1}, 120)


@pytest.mark.usefixtures("campaigns")
@pytest.mark.parametrize("page", RUN)
def test_every_command_of_a_page_works(page: str, reader: Reader) -> None:
    if page in BEFORE:
        first = [BEFORE[page][0], reader.campaigns[page], *BEFORE[page][1:]]
        until(lambda: reader.starter(*first).returncode == 0, 150)
    for one in RUN[page]:
        reader.try_out(one, RUN[page])
    reader.leave(RUN[page])
