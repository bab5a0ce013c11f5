"""What a decoder may do over a hostile file, for the child that decodes."""

import os
import signal

from galley.models.media import MediaKind


def nothing() -> int:
    """Return the ID of the process that does the work."""
    return os.getpid()


def grow() -> int:
    """Take 400 MB, a little at a time, as a decoder of too large a picture does."""
    return len([bytearray(1 << 20) for _ in range(400)])


def be_killed() -> None:
    """End as the kernel ends what has too much."""
    os.kill(os.getpid(), signal.SIGKILL)


def give_up() -> None:
    """End as a library ends that gets no more memory."""
    os.abort()


def crash() -> None:
    """Read where nothing is, as a broken decoder does."""
    os.kill(os.getpid(), signal.SIGSEGV)


def never_end() -> None:
    """Keep a core busy for ever."""
    while True:
        pass


def print_a_lot() -> MediaKind:
    """Write where answers are written."""
    os.write(1, b"\xff" * 4096)
    return MediaKind.SOUND


class Stranger:
    """A class that no answer may hold."""


def answer_with_a_stranger() -> Stranger:
    """Return what would run code of its own choice when it is read."""
    return Stranger()


def fail() -> None:
    """Have a bug, over words of a source."""
    raise KeyError("words of a source")
