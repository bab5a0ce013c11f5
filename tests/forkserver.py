"""Have every program of the project imported, and fork one from it for each order.

``python -m tests.forkserver LISTENER LIFE``, two sockets of :mod:`tests.forking`.
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


class Server:
    """Everything imported, the doors by which programs are ordered, and whoever waits for an end.

    ``life`` ends when the process that started this one has ended, or wants it to.
    """

    def __init__(self, listener: socket.socket, life: socket.socket) -> None:
        self._listener, self._life = listener, life
        self._doors: list[socket.socket] = []
        self._replies: dict[int, int] = {}
        # The end of a program wakes the loop. No process waits beside each: to fork one of this
        # size takes as long as a short command.
        self._woken, self._waker = socket.socketpair()
        self._woken.settimeout(0)
        self._waker.settimeout(0)
        signal.set_wakeup_fd(self._waker.fileno(), warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, _nothing)

    def serve(self) -> None:
        """Fork a program for each order, and say how each one ended."""
        while True:
            ready, _, _ = select.select(
                [self._listener, self._life, self._woken, *self._doors], [], []
            )
            if self._life in ready:
                return
            if self._woken in ready:
                self._woken.recv(4096)
            self._tell_ended()
            if self._listener in ready:
                self._doors.append(self._listener.accept()[0])
            for door in ready:
                if door in self._doors:
                    self._take_order(door)

    def _take_order(self, door: socket.socket) -> None:
        try:
            order, given, _, _ = socket.recv_fds(door, _LARGEST, 4)
        except ConnectionResetError:  # whoever ordered was killed
            order, given = b"", list[int]()
        if not order:
            self._doors.remove(door)
            door.close()
            return
        *files, reply = given
        child = os.fork()
        if child == 0:
            self._leave(reply)
            _become(json.loads(order), files)
        for one in files:
            os.close(one)
        _tell(reply, child)
        self._replies[child] = reply

    def _leave(self, reply: int) -> None:
        """Keep nothing of the server in what was forked."""
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        for one in (self._listener, self._life, self._woken, self._waker, *self._doors):
            one.close()
        for end in (reply, *self._replies.values()):
            os.close(end)

    def _tell_ended(self) -> None:
        """Say of each program that has ended with which code."""
        while self._replies:
            child, status = os.waitpid(-1, os.WNOHANG)
            if not child:
                return
            reply = self._replies.pop(child)
            _tell(reply, os.waitstatus_to_exitcode(status))
            os.close(reply)


def main(listener: socket.socket, life: socket.socket) -> None:
    """Import everything once it is asked, and serve."""
    if listener not in select.select([listener, life], [], [])[0]:
        return
    _import_all()
    gc.freeze()
    _take_large_pages()
    Server(listener, life).serve()


def _import_all() -> None:
    for room in _ROOMS:
        package = import_module(room)
        for found in pkgutil.walk_packages(package.__path__, f"{room}."):
            import_module(found.name)
    for name in (*_PROGRAMS, *_LAZY):
        import_module(name)
    # And what compiles patterns at its first use.
    import_module("galley.networks.text").find_links("example.com")
    import_module("galley.clients.certificates").authorities()


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
    main(*(socket.socket(fileno=int(number)) for number in sys.argv[1:]))
