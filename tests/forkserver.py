"""Have every program of the project imported, and fork one from it for each order.

``python -m tests.forkserver FD``, with a socket of :mod:`tests.forking` at its end.
Importing takes a second or more, for each of the hundreds of commands, workers and
emulators of the tests; forked, each still is a process of its own, with its own
environment, folder, output and signals.
"""

import gc
import json
import os
import pkgutil
import socket
import sys
import time
from collections.abc import Callable
from importlib import import_module
from typing import Any, NoReturn

_ROOMS = ("activities", "cli", "galley.media", "galley.sources", "workers")
_PROGRAMS = (
    "starter",
    "worker",
    "emulators.anthropic.__main__",
    "emulators.buffer.__main__",
    "emulators.replicate.__main__",
)
_LAZY = ("anthropic", "google.cloud.storage", "httpx", "pypdf", "trafilatura")
"""Libraries that the project imports only where they are first used."""
_LARGEST = 1 << 20


def serve(door: socket.socket) -> None:
    """Import everything; then fork until the other end is closed."""
    _import_all()
    gc.freeze()
    while True:
        order, given, _, _ = socket.recv_fds(door, _LARGEST, 3)
        _reap()
        if not order:
            return
        if os.fork() == 0:
            door.close()
            _watch(json.loads(order), *given)
        for one in given:
            os.close(one)


def _import_all() -> None:
    for room in _ROOMS:
        package = import_module(room)
        for found in pkgutil.walk_packages(package.__path__, f"{room}."):
            import_module(found.name)
    for name in (*_PROGRAMS, *_LAZY):
        import_module(name)


def _reap() -> None:
    try:
        while os.waitpid(-1, os.WNOHANG) != (0, 0):
            pass
    except ChildProcessError:
        return


def _watch(order: dict[str, Any], out: int, err: int, reply: int) -> NoReturn:
    """Fork the program, and say its number, then how it ended."""
    child = os.fork()
    if child == 0:
        os.close(reply)
        _become(order, out, err)
    os.close(out)
    os.close(err)
    os.write(reply, f"{child}\n".encode())
    _, status = os.waitpid(child, 0)
    os.write(reply, f"{os.waitstatus_to_exitcode(status)}\n".encode())
    os._exit(0)


def _become(order: dict[str, Any], out: int, err: int) -> NoReturn:
    """Be the program: nothing of the server's folder, environment or files is left."""
    if order["leads"]:
        os.setpgid(0, 0)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for ours, usual in ((nothing, 0), (out, 1), (err, 2)):
        os.dup2(ours, usual)
        os.close(ours)
    os.chdir(order["folder"])
    os.environ.clear()
    os.environ.update(order["environment"])
    time.tzset()
    program = sys.modules[order["module"]]
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
