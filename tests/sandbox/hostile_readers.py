"""Readers that a hostile page took over."""

import contextlib
import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

from galley.sandbox.child import REPORT
from galley.sources.text import SourceError

left_behind = 0


def process() -> bytes:
    return str(os.getpid()).encode()


def remember() -> bytes:
    global left_behind  # noqa: PLW0603 -- what this is about
    left_behind += 1
    return str(left_behind).encode()


def contents(file: Path) -> bytes:
    return file.read_bytes()


def environment() -> bytes:
    return "\n".join(os.environ).encode()


def refuse() -> bytes:
    raise SourceError("It holds no text: give another.")


def fail() -> bytes:
    raise KeyError("a word of the source")


def compute() -> bytes:
    while True:
        pass


def sleep() -> bytes:
    while True:
        time.sleep(1)


def grow() -> bytes:
    held = list[bytes]()
    while True:
        held.append(bytes(10_000_000))


def crash() -> bytes:
    return ctypes.string_at(0)


def print_and_answer() -> bytes:
    print("not the answer")  # noqa: T201
    return b"answer"


def answer_much() -> bytes:
    return bytes(3_000_000)


def forge() -> bytes:
    """Answer on every socket as if the reader had ended well, and then do not."""
    for number in range(3, 40):
        with contextlib.suppress(OSError):
            os.write(number, b"mforged" + REPORT.pack(0, 0, 0.0, 0))
    os._exit(3)


def reach_out(secret: Path) -> bytes:
    """Return the names of what could be done."""
    tries = {
        "read a file": secret.read_bytes,
        "see the worker's variables": Path(f"/proc/{os.getppid()}/environ").read_bytes,
        "write a file": lambda: (secret.parent / "written").write_bytes(b"x"),
        "list a folder": lambda: list(Path("/").iterdir()),
        "open a socket": lambda: socket.socket(socket.AF_INET),
        "open a local socket": lambda: socket.socket(socket.AF_UNIX),
        "run a program": lambda: subprocess.run([sys.executable, "-c", ""], check=True),
        "fork": _fork,
        "stop another process": lambda: os.kill(os.getppid(), signal.SIGCONT),
    }
    done = list[str]()
    for name, attempt in tries.items():
        with contextlib.suppress(OSError):
            attempt()
            done.append(name)
    return "\n".join(done).encode()


def _fork() -> None:
    if not os.fork():
        os._exit(0)
