"""Sandbox: the worker's side of the children that read strangers' bytes.

The readers of sources use it. A child has limits of memory, processor, clock and answer; no
network, no files but Python's library, no variables but those listed, no other program
(:mod:`galley.sandbox.kernel` says where). It does one job and ends.
"""

import asyncio
import itertools
import os
import pickle
import signal
import socket
import subprocess
import sys
import threading
import weakref
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import ParamSpec, TypeVar

from galley.sandbox.child import DO, FAILED, MADE, ORDER, PREPARE, RAISED, REPORT, STOP

ENVIRONMENT = frozenset(
    {"PATH", "HOME", "LANG", "LC_ALL", "LC_CTYPE", "TMPDIR", "TZ", "LD_LIBRARY_PATH"}
    | {"XDG_DATA_HOME", "XDG_DATA_DIRS", "PYTHONHOME", "PYTHONDONTWRITEBYTECODE"}
    | {"FONTCONFIG_FILE", "FONTCONFIG_PATH"}
)
"""By these typst and ffmpeg find fonts, and Python its library; none is a secret."""
_ROOT = Path(__file__).parents[2]
_START = "import sys; from galley.sandbox import child; child.serve(*sys.argv[1:])"
_Params = ParamSpec("_Params")
_Result = TypeVar("_Result")


def environment() -> dict[str, str]:
    """Return the part of our environment that a program over strangers' files gets."""
    return {name: os.environ[name] for name in ENVIRONMENT & os.environ.keys()}


@dataclass(frozen=True)
class Limits:
    """Of one job: bytes of memory and of its answer, seconds of processor and of clock."""

    memory: int
    processor: int
    clock: float
    answer: int = 50_000_000


@dataclass(frozen=True)
class Cost:
    """What a job took: seconds of processor, and the most bytes of memory at a time."""

    processor: float = 0.0
    memory: int = 0


class SandboxError(Exception):
    """The child could not end its job; the class says why."""

    cost = Cost()


class OutOfMemoryError(SandboxError):
    """It needs more memory."""


class LongAnswerError(SandboxError):
    """Its answer is too large."""


class OutOfProcessorError(SandboxError):
    """It needs more time of the processor."""


class OutOfTimeError(SandboxError):
    """It took longer by the clock: the machine may be busy."""


class CrashedError(SandboxError):
    """A library crashed over it."""


class ProgramEndedError(SandboxError):
    """The program that forks the children ended: not the fault of a source, so worth a retry."""


class RefusedError(SandboxError):
    """The reader refused it, in words of its own; ``kind`` is the name of its exception."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


class Sandbox:
    """Children of one kind. Can be used from any thread and event loop.

    Args:
        modules: What most readers share, imported once, before the first job.
        refusal: The exception by which a reader refuses a source; raised as RefusedError.
        has_threads: The readers need threads.
        readable: Folders and files that children may read, beside Python's library.
        writable: Folders that they may write to.
    """

    def __init__(
        self,
        modules: tuple[str, ...],
        refusal: str,
        *,
        has_threads: bool = False,
        readable: tuple[str, ...] = (),
        writable: tuple[str, ...] = (),
    ) -> None:
        folders = "\n".join((*readable, "", *writable))
        threads = "threads" if has_threads else ""
        self._arguments = (",".join(modules), refusal, threads, folders)
        self._lock = threading.Lock()
        self._prepared = set[str]()
        self._numbers = itertools.count()
        self._program: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None
        # A process that is forked from this one starts children of its own. That is never taken
        # back, so that it must not keep a sandbox of one file alive.
        weak = weakref.ref(self)
        os.register_at_fork(after_in_child=lambda: (found := weak()) and found._forget())  # noqa: SLF001 - ours

    def alike(self, *modules: str, refusal: str | None = None) -> "Sandbox":
        """Return one whose children may do the same, but import these modules alone."""
        found = Sandbox(modules, refusal or self._arguments[1])
        found._arguments = (*found._arguments[:2], *self._arguments[2:])
        return found

    def prepare(self, module: str) -> None:
        """Have the program import the module of a reader, unless it has; it goes on importing."""
        with self._lock:
            control = self._running()
            if module not in self._prepared:
                self._prepared.add(module)
                control.send(ORDER.pack(PREPARE, 0, 0, 0, 0, module.encode()))

    async def run(
        self,
        limits: Limits,
        work: Callable[_Params, bytes],
        /,
        *args: _Params.args,
        **named: _Params.kwargs,
    ) -> tuple[bytes, Cost]:
        """Return what ``work`` makes in a child, and what it took.

        Waits for a free child. Cancelling kills the child.

        Raises:
            SandboxError: It did not end well; the class says how.
            RuntimeError: ``work`` has a bug; it says where.
        """
        question = pickle.dumps((work, args, named))
        number = next(self._numbers)
        ours, theirs = socket.socketpair()
        told = ORDER.pack(DO, number, limits.memory, limits.processor, limits.clock, b"")
        with theirs, self._lock:
            socket.send_fds(self._running(), [told], [theirs.fileno()])
        reader, writer = await asyncio.open_connection(sock=ours)
        has_ended = False
        try:
            writer.write(len(question).to_bytes(8, "big") + question)
            answer = await _read(reader, limits.answer + REPORT.size + 1)
            has_ended = True
        finally:
            if not has_ended:
                self._stop(number)
            writer.close()
        return _result(answer)

    def close(self) -> None:
        """End the program, and the children that it has."""
        with self._lock:
            program, control = self._program, self._control
            self._program = self._control = None
        if control is not None and program is not None:
            control.close()
            program.wait()

    def _running(self) -> socket.socket:
        if self._control is None or self._program is None or self._program.poll() is not None:
            self._control, theirs = socket.socketpair()
            self._prepared.clear()
            with theirs:
                self._program = subprocess.Popen(  # noqa: S603 - our own module
                    [sys.executable, "-P", "-c", _START, str(theirs.fileno()), *self._arguments],
                    stdin=subprocess.DEVNULL,
                    # A library may print, and standard output belongs to commands.
                    stdout=2,
                    env={**environment(), "PYTHONPATH": str(_ROOT)},
                    pass_fds=[theirs.fileno()],
                    process_group=0,
                )
        return self._control

    def _stop(self, number: int) -> None:
        with self._lock, suppress(OSError):
            if self._control is not None:
                self._control.send(ORDER.pack(STOP, number, 0, 0, 0, b""))

    def _forget(self) -> None:
        self._lock = threading.Lock()
        self._prepared.clear()
        if self._control is not None:
            self._control.close()
        self._control = self._program = None


def waited_for(job: Coroutine[None, None, _Result]) -> _Result:
    """Return the result of a job to code that is not asynchronous, and waits meanwhile."""
    # In a thread, for the caller's may have a loop that runs already.
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, job).result()


async def _read(reader: asyncio.StreamReader, most: int) -> bytes:
    parts, size = list[bytes](), 0
    with suppress(ConnectionError):  # it ended before it had read the question
        while part := await reader.read(1 << 20):
            parts.append(part)
            size += len(part)
            if size > most:
                raise LongAnswerError
    return b"".join(parts)


def _result(answer: bytes) -> tuple[bytes, Cost]:
    if len(answer) < REPORT.size:
        raise ProgramEndedError
    status, is_late, seconds, memory = REPORT.unpack(answer[-REPORT.size :])
    kind, told = answer[:1], answer[1 : -REPORT.size]
    cost = Cost(seconds, memory)
    error = _error(status, kind, told, is_late=bool(is_late))
    if error is not None:
        error.cost = cost
        raise error
    if kind == FAILED:
        raise RuntimeError(f"A reader failed: {told.decode(errors='replace')}")
    return told, cost


def _error(status: int, kind: bytes, told: bytes, *, is_late: bool) -> SandboxError | None:
    """Return how the child ended, if not well."""
    if is_late:
        return OutOfTimeError()
    if status == -signal.SIGXCPU:
        return OutOfProcessorError()
    if status in {-signal.SIGKILL, -signal.SIGABRT}:
        # The kernel kills a process that has too much; a library that gets no more aborts.
        return OutOfMemoryError()
    if status or kind not in {MADE, RAISED, FAILED}:
        return CrashedError()
    if kind == RAISED:
        name, _, message = told.decode(errors="replace").partition(":")
        return RefusedError(name, message)
    return None
