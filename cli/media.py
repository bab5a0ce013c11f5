"""The media of a post before a person: drawn in the terminal, opened, or saved as files."""

import asyncio
import io
import logging
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from app.connections import Connections
from app.errors import AppError
from app.posts.media import MediaFile, media_of
from cli.terminal import say
from galley.clients.storage import StoreError
from galley.models.media import MediaKind
from galley.models.post import PostView
from galley.settings import without_secrets

_ROWS = 16
"""Lines of the terminal that a picture may take: the draft stays in view."""

_TAKEN_WITHIN = 2.0
"""Seconds in which a program says that it cannot open a file, or is taken to show it."""


def can_draw() -> bool:
    """Whether there is a terminal on both sides, which can be asked what it shows."""
    is_terminal = sys.stdin.isatty() and sys.stdout.isatty() and os.environ.get("TERM") != "dumb"
    # One that does not know its size, as under `script`, cannot place a picture.
    return is_terminal and all(os.get_terminal_size(sys.stdout.fileno()))


async def draw_pictures(opened: Connections, view: PostView) -> None:
    """Draw the pictures of a post where there is a terminal that shows them."""
    if not can_draw():
        return
    try:
        async for file in media_of(opened, view, MediaKind.IMAGE):
            draw(file)
    except (AppError, StoreError) as error:
        say(str(error))  # The draft can be read and decided on all the same.


def draw(file: MediaFile) -> None:
    """Draw a picture, unless the terminal shows none.

    It is asked for kitty's protocol and sixel; iTerm2 knows both.
    """
    # A terminal that does not answer shows no pictures, and the person no traceback of that.
    logging.getLogger("textual_image").setLevel(logging.ERROR)
    # Loading it asks the terminal, so it is loaded for a picture only.
    from rich.console import Console
    from textual_image.renderable import Image, SixelImage, TGPImage

    if Image in {SixelImage, TGPImage}:
        Console().print(Image(io.BytesIO(file.data), height=_ROWS))


def save(file: MediaFile, folder: Path) -> Path:
    """Write a file into a folder, which is made; its name is unique by content."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / file.name
    path.write_bytes(file.data)
    return path


async def open_files(paths: Sequence[Path], *, within: float = _TAKEN_WITHIN) -> None:
    """Open files in the programs of this machine, which write nothing to this terminal.

    Args:
        paths: The files.
        within: Seconds that the programs have, all together, to say that they cannot open one.
    """
    opening = [_opening(path) for path in paths]
    deadline = time.monotonic() + within
    # Not in a thread and not by asyncio's own: Ctrl-C ends the wait, and no viewer.
    while any(one and one.poll() is None for one in opening):
        if time.monotonic() > deadline:
            break
        await asyncio.sleep(0.02)
    for one in opening:
        # Where there is no desktop, xdg-open lasts as long as the viewer.
        if one is None or one.poll() not in {None, 0}:
            say("This machine has no screen, or no program, that shows it: look at the file above.")


def _opening(path: Path) -> subprocess.Popen[bytes] | None:
    """Start the program that opens a file, if this machine has one and a screen."""
    is_mac = sys.platform == "darwin"
    if not (is_mac or os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        return None  # xdg-open would start a browser that draws in the terminal
    try:
        return subprocess.Popen(  # noqa: S603 -- a program of the system
            ["open" if is_mac else "xdg-open", path],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            # Without a terminal it cannot write to ours, and Ctrl-C here does not end it.
            start_new_session=True,
            env=without_secrets(os.environ),
        )
    except OSError:
        return None


def private_folder() -> Path:
    """Return a new folder that nobody else on this machine reads; it stays for the viewer."""
    return Path(tempfile.mkdtemp(prefix="galley-"))
