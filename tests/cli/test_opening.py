"""Files that are opened in another program: nothing of it lands in the terminal."""

import os
import pty
import select
import sys
import termios
from pathlib import Path

from PIL import Image

from tests.forking import Order, start

_IS_MAC = sys.platform == "darwin"  # where a screen is never missing
_PATIENCE = 60.0
"""Seconds after which a test fails instead of waiting for ever."""
_NOISY = """#!/bin/sh
echo noise; echo noise >&2; echo "$1 $BUFFER_API_KEY" > taken; {last}
"""


def opened(
    folder: Path, *files: str, screen: str = ":0", last: str = "exit 0", doing: str = "open"
) -> str:
    """Open files with a program that writes, and return what a person sees."""
    program = folder / ("open" if _IS_MAC else "xdg-open")
    program.write_text(_NOISY.format(last=last))
    program.chmod(0o755)
    path = os.pathsep.join((str(folder), os.environ["PATH"]))
    given = {"PATH": path, "DISPLAY": screen, "BUFFER_API_KEY": "secret"}
    order = Order("tests.cli.opening", (doing, *(files or ("card.jpg",))), folder, given)
    with (folder / "seen").open("wb") as seen:
        assert start(order, seen, seen).wait(100) == 0
    return (folder / "seen").read_text()


def test_what_the_other_program_writes_stays_out_of_the_terminal(tmp_path: Path) -> None:
    assert opened(tmp_path) == ""
    assert (tmp_path / "taken").read_text() == "card.jpg \n"


def test_a_file_that_no_program_takes_is_told(tmp_path: Path) -> None:
    assert "look at the file above" in opened(tmp_path, last="exit 4")


def test_the_programs_of_all_files_are_started_before_any_is_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    second_ends_first = "case $1 in one) read x < pipe;; two) echo > pipe;; esac; exit 4"

    told = opened(tmp_path, "one", "two", last=second_ends_first)

    assert told.count("look at the file above") == 2


def test_the_wait_for_a_program_can_be_broken_off_and_the_program_goes_on(tmp_path: Path) -> None:
    for name in ("begun", "goes_on", "ended"):
        os.mkfifo(tmp_path / name)
    last = "echo > begun; read x < goes_on; echo ended > ended"

    # Held open, so that no writer waits for a reader.
    ended = os.open(tmp_path / "ended", os.O_RDONLY | os.O_NONBLOCK)
    said = opened(tmp_path, last=last, doing="interrupted")
    readable, _, _ = select.select([ended], [], [], _PATIENCE)

    assert said == "interrupted\n"
    assert readable
    os.close(ended)


def test_without_a_screen_no_browser_of_the_terminal_is_started(tmp_path: Path) -> None:
    said = opened(tmp_path, screen="")

    assert ("look at the file above" in said) is not _IS_MAC
    assert (tmp_path / "taken").exists() is _IS_MAC


def test_a_terminal_that_does_not_say_what_it_shows_gets_no_picture_and_no_traceback(
    tmp_path: Path,
) -> None:
    Image.new("RGB", (8, 8)).save(tmp_path / "card.png")
    ours, theirs = pty.openpty()
    termios.tcsetwinsize(ours, (24, 80))
    environment = {"TERM": "xterm", "PATH": os.environ["PATH"]}
    order = Order("tests.cli.opening", ("draw", "card.png"), tmp_path, environment, leads=True)
    with os.fdopen(theirs, "r+b", buffering=0) as terminal:
        child = start(order, terminal, terminal, terminal)

    seen = b"".join(iter(lambda: _read(ours), b""))

    assert child.wait(_PATIENCE) == 0, seen
    assert b"Traceback" not in seen
    assert b"drawn" in seen


def _read(terminal: int) -> bytes:
    readable, _, _ = select.select([terminal], [], [], _PATIENCE)
    assert readable, "the other program neither writes nor ends"
    try:
        return os.read(terminal, 65536)
    except OSError:
        return b""  # Linux says so when the last writer has closed a terminal
