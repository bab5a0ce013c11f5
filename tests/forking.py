"""Start programs of the project as processes of their own, already imported.

They are forked from a server that has imported them all (:mod:`tests.forkserver`), one
for all processes of a run. As a shell starts them, the programs are run by
``tests/cli/test_commands.py``, ``tests/test_worker.py``, the demo, and by all that
``starter.py up`` starts.
"""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import IO

_ROOT = Path(__file__).parents[1]
_DOOR = "TESTS_FORK_SERVER"
"""Where the server listens, for the processes that this one starts."""
_STARTED: list[tuple[socket.socket, subprocess.Popen[bytes]]] = []


@dataclass(frozen=True)
class Order:
    """A program: a module with a ``main``, and what a shell would give it."""

    module: str
    arguments: Sequence[str]
    folder: Path
    environment: Mapping[str, str]
    leads: bool = False
    """Whether it leads a session and a process group of its own."""

    def encoded(self) -> bytes:
        """Return it as the server reads it."""
        return json.dumps(
            {
                "module": self.module,
                "arguments": [*self.arguments],
                "folder": str(self.folder),
                "environment": {**self.environment},
                "leads": self.leads,
            }
        ).encode()


class Forked:
    """A running program, with what the tests use of :class:`subprocess.Popen`."""

    def __init__(self, reply: socket.socket) -> None:
        self._reply = reply
        self._unread = b""
        self.returncode: int | None = None
        self.pid = self._number(None)

    def poll(self) -> int | None:
        """Return the exit code, negative after a signal, or none while it runs."""
        if self.returncode is None:
            try:
                return self.wait(0)
            except subprocess.TimeoutExpired:
                return None
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end."""
        if self.returncode is None:
            self.returncode = self._number(timeout)
            self._reply.close()
        return self.returncode

    def kill(self) -> None:
        """End it with SIGKILL."""
        self.send_signal(signal.SIGKILL)

    def terminate(self) -> None:
        """Ask it to end, with SIGTERM."""
        self.send_signal(signal.SIGTERM)

    def send_signal(self, number: signal.Signals) -> None:
        """Send it a signal, unless it has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def _number(self, timeout: float | None) -> int:
        self._reply.settimeout(timeout)
        while b"\n" not in self._unread:
            try:
                new = self._reply.recv(64)
            except (BlockingIOError, TimeoutError) as error:
                raise subprocess.TimeoutExpired("a forked program", 0) from error
            if not new:
                raise ChildProcessError("The server that forks programs has ended.")
            self._unread += new
        line, _, self._unread = self._unread.partition(b"\n")
        return int(line)


class Piped(Forked):
    """A running program that the tests write to and read from, a line or all at once."""

    def __init__(self, order: Order) -> None:
        theirs, ours = zip(*(_pipe(is_read=one == 0) for one in range(3)), strict=True)
        self.stdin, self.stdout, self.stderr = ours
        try:
            super().__init__(_sent(order, [*theirs]))
        finally:
            for one in theirs:
                os.close(one)

    def communicate(self, timeout: float | None = None) -> tuple[str, str]:
        """Wait for its end, and return the rest of what it wrote, which is less than 64 KiB."""
        self.stdin.close()
        self.wait(timeout)
        with self.stdout, self.stderr:
            return self.stdout.read(), self.stderr.read()


def _pipe(*, is_read: bool) -> tuple[int, IO[str]]:
    """Return the program's end of a pipe, and the tests' end."""
    read, write = os.pipe()
    if is_read:
        return read, os.fdopen(write, "w")
    return write, os.fdopen(read)


def start(order: Order, out: IO[bytes], err: IO[bytes], stdin: IO[bytes] | None = None) -> Forked:
    """Start a program that reads from one of these files, or nothing, and writes into two."""
    with ExitStack() as opened:
        given = stdin or opened.enter_context(Path(os.devnull).open("rb"))
        return Forked(_sent(order, [given.fileno(), out.fileno(), err.fileno()]))


def _sent(order: Order, files: list[int]) -> socket.socket:
    """Order a program with these as its first files; return where its ID and its end are told."""
    ours, theirs = socket.socketpair()
    with theirs:
        socket.send_fds(_server(), [order.encoded()], [*files, theirs.fileno()])
    return ours


def run(order: Order, timeout: float) -> subprocess.CompletedProcess[str]:
    """Run a program to its end, as :func:`subprocess.run` does."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        process = start(order, out, err)
        try:
            code = process.wait(timeout)
        finally:
            process.kill()
            process.wait()
        told = [_read(file) for file in (out, err)]
    return subprocess.CompletedProcess(order.arguments, code, *told)


def _read(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read().decode()


@cache
def _server() -> socket.socket:
    """Connect to the server, and start it where no process above this one has."""
    start_server()
    door = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    door.connect(os.environ[_DOOR])
    return door


def start_server() -> None:
    """Start the server, unless there is one: it imports nothing before it is asked."""
    if _DOOR in os.environ:
        return
    ours, theirs = socket.socketpair()
    path = Path(tempfile.mkdtemp()) / "door"
    with theirs, socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listener:
        listener.bind(str(path))
        listener.listen()
        process = subprocess.Popen(  # noqa: S603 -- our own module
            [
                sys.executable,
                "-m",
                "tests.forkserver",
                str(listener.fileno()),
                str(theirs.fileno()),
            ],
            cwd=_ROOT,
            # A library's threads would not live on in what is forked.
            env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
            stdin=subprocess.DEVNULL,
            pass_fds=[listener.fileno(), theirs.fileno()],
        )
    os.environ[_DOOR] = str(path)
    _STARTED.append((ours, process))


def end_server() -> None:
    """End the server, if this process started one, when the tests have ended."""
    for life, process in _STARTED:
        life.close()
        process.wait()
        shutil.rmtree(Path(os.environ.pop(_DOOR)).parent)
    _STARTED.clear()
