"""Have every program of the project imported, and fork one from it for each order.

``python -m tests.forkserver FD``, with a socket of :mod:`tests.forking` at its end.
Importing takes a second or more, for each of the hundreds of commands, workers and
emulators of the tests; forked, each still is a process of its own, with its own
environment, folder, output and signals.
"""

import ctypes
import gc
import json
import os
import pkgutil
import re
import select
import signal
import socket
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Any, NoReturn

from galley.networks.text import find_links

_ROOMS = ("activities", "cli", "galley.media", "galley.sources", "workers")
_PROGRAMS = (
    "starter",
    "worker",
    "emulators.anthropic.__main__",
    "emulators.buffer.__main__",
    "emulators.replicate.__main__",
)
_LAZY = (
    *("anthropic", "anyio._backends._asyncio", "av", "feedparser", "fontTools.ttLib.tables.C_F_F_"),
    *("frontmatter", "galley.clients.stores.google", "google.cloud.storage", "httpx", "httpx2"),
    *("httpx_secure", "jsonschema", "jwt", "numpy", "pypdf", "referencing", "replicate.client"),
    *("sumy.summarizers.text_rank", "trafilatura", "trafilatura.metadata"),
)
"""Libraries that the project imports only where they are first used."""
_LARGEST = 1 << 20
_LARGE_PAGE, _COLLAPSE = 2 << 20, 25  # bytes; MADV_COLLAPSE of linux/mman.h, since Linux 6.1
_OWN_MEMORY = re.compile(
    r"^(?P<begin>[0-9a-f]+)-(?P<end>[0-9a-f]+) rw-p \S+ 00:00 0 *(?:\[heap\])?$", re.MULTILINE
)


def serve(door: socket.socket) -> None:
    """Import everything; then fork until the other end is closed, and say how each one ended."""
    _import_all()
    gc.freeze()
    _take_large_pages()
    woken, waker = os.pipe()
    for end in (woken, waker):
        os.set_blocking(end, False)
    # The end of a program wakes the loop. No process waits beside each: to fork one of this size
    # takes as long as a short command.
    signal.set_wakeup_fd(waker, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, _nothing)
    replies: dict[int, int] = {}
    while True:
        ready, _, _ = select.select([door, woken], [], [])
        if woken in ready:
            os.read(woken, 4096)
        _tell_ended(replies)
        if door not in ready:
            continue
        order, given, _, _ = socket.recv_fds(door, _LARGEST, 4)
        if not order:
            return
        *files, reply = given
        child = os.fork()
        if child == 0:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            for one in (door.detach(), woken, waker, reply, *replies.values()):
                os.close(one)
            _become(json.loads(order), files)
        for one in files:
            os.close(one)
        _tell(reply, child)
        replies[child] = reply


def _import_all() -> None:
    for room in _ROOMS:
        package = import_module(room)
        for found in pkgutil.walk_packages(package.__path__, f"{room}."):
            import_module(found.name)
    for name in (*_PROGRAMS, *_LAZY):
        import_module(name)
    find_links("example.com")  # and what compiles patterns at its first use


def _take_large_pages() -> None:
    """Have the kernel hold this memory in large pages: a fork copies one entry for 512.

    That is a third of what a short command takes. Where the kernel does not, nothing else changes.
    """
    if sys.platform != "linux":
        return
    advise = ctypes.CDLL(None).madvise
    advise.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int)
    for own in _OWN_MEMORY.finditer(Path("/proc/self/maps").read_text()):
        begin = -(-int(own["begin"], 16) // _LARGE_PAGE) * _LARGE_PAGE
        end = int(own["end"], 16) // _LARGE_PAGE * _LARGE_PAGE
        if begin < end:
            advise(begin, end - begin, _COLLAPSE)


def _tell_ended(replies: dict[int, int]) -> None:
    """Say of each program that has ended with which code."""
    while replies:
        child, status = os.waitpid(-1, os.WNOHANG)
        if not child:
            return
        reply = replies.pop(child)
        _tell(reply, os.waitstatus_to_exitcode(status))
        os.close(reply)


def _tell(reply: int, number: int) -> None:
    with suppress(BrokenPipeError):  # whoever started it may wait no more
        os.write(reply, f"{number}\n".encode())


def _nothing(*_: object) -> None:
    """Let a signal wake the loop."""


def _become(order: dict[str, Any], files: list[int]) -> NoReturn:
    """Be the program: nothing of the server's folder, environment or files is left."""
    if order["leads"]:
        os.setsid()
    for usual, given in enumerate(files):
        os.dup2(given, usual)
        os.close(given)
    os.chdir(order["folder"])
    os.environ.clear()
    os.environ.update(order["environment"])
    time.tzset()
    # A shell in the background has its children ignore it, and so does whoever it starts.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    program = import_module(order["module"])  # what only a test runs is not imported yet
    sys.argv = [str(program.__file__), *order["arguments"]]
    sys.modules["__main__"] = program
    code = _ended(program.main)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def _ended(main: Callable[[], object]) -> int:
    """Run a program's ``main`` as the interpreter does, and return the exit code."""
    try:
        told = main()
    except SystemExit as end:
        told = end.code
    except BaseException as error:  # noqa: BLE001 -- told as the interpreter tells it
        sys.excepthook(type(error), error, error.__traceback__)
        return 1
    if isinstance(told, str):
        sys.stderr.write(f"{told}\n")
        return 1
    return told if isinstance(told, int) else 0


if __name__ == "__main__":
    serve(socket.socket(fileno=int(sys.argv[1])))
