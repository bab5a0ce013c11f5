"""Files that are opened in another program: nothing of it lands in the terminal."""

import os
import pty
import subprocess
import sys
import termios
from pathlib import Path

from PIL import Image

_IS_MAC = sys.platform == "darwin"  # where a screen is never missing
_OPENS = (
    "from pathlib import Path; from cli.media import open_files; open_files([Path('card.jpg')])"
)
_DRAWS = """
from pathlib import Path
from app.posts.media import MediaFile
from cli.media import draw
from galley.models.media import MediaKind

draw(MediaFile("card.png", MediaKind.IMAGE, Path("card.png").read_bytes(), ""))
print("drawn")
"""
_NOISY = """#!/bin/sh
echo noise; echo noise >&2; echo "$1 $BUFFER_API_KEY" > taken; {last}
"""


def opened(folder: Path, *, screen: str = ":0", last: str = "exit 0") -> str:
    """Open a file with a program that writes, and return what a person sees."""
    program = folder / ("open" if _IS_MAC else "xdg-open")
    program.write_text(_NOISY.format(last=last))
    program.chmod(0o755)
    path = os.pathsep.join((str(folder), os.environ["PATH"]))
    given = {"PATH": path, "DISPLAY": screen, "BUFFER_API_KEY": "secret"}
    done = subprocess.run(  # noqa: S603 -- this very Python
        [sys.executable, "-c", _OPENS],
        cwd=folder,
        env={"PYTHONPATH": str(Path.cwd()), **given},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=True,
    )
    return done.stdout


def test_what_the_other_program_writes_stays_out_of_the_terminal(tmp_path: Path) -> None:
    assert opened(tmp_path) == ""
    assert (tmp_path / "taken").read_text() == "card.jpg \n"


def test_a_file_that_no_program_takes_is_told(tmp_path: Path) -> None:
    assert "look at the file above" in opened(tmp_path, last="exit 4")


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
    child = subprocess.Popen(  # noqa: S603 -- this very Python
        [sys.executable, "-c", _DRAWS],
        cwd=tmp_path,
        env={"PYTHONPATH": str(Path.cwd()), "TERM": "xterm", "PATH": os.environ["PATH"]},
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    )
    os.close(theirs)

    seen = b"".join(iter(lambda: _read(ours), b""))

    assert child.wait(timeout=60) == 0, seen
    assert b"Traceback" not in seen
    assert b"drawn" in seen


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:
        return b""  # Linux says so when the last writer has closed a terminal
