"""The program of a sandbox: it imports each reader once, and forks a child for each job.

The worker starts it with one end of a socket pair, and sends the names of readers to import, and
a job as its number, its limits and a socket of its own. The child reads the question from that
socket, a pickle that the worker made, and writes the answer, bytes of the reader's making. When
the child has ended, this program adds the report, which no child can forge: it is written last.
"""

import gc
import importlib
import os
import pickle
import resource
import select
import signal
import socket
import struct
import sys
import time
from collections import deque
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from traceback import extract_tb
from typing import Any, cast

from galley.sandbox import kernel

ORDER = struct.Struct("<iqqdd64s")
"""What to do, and to it: number of a job, bytes of memory, seconds of processor and of clock; or
the name of a module."""
DO, STOP, PREPARE = range(3)
REPORT = struct.Struct("<ibdq")
"""Exit status (of a signal negative), 1 if it was too late, seconds of processor, most bytes."""
AT_ONCE = max(2, min(4, os.cpu_count() or 1))
"""Children at the most."""
RAISED, MADE, FAILED = b"r", b"m", b"f"
_KILOBYTE = 1024 if sys.platform == "linux" else 1  # macOS counts bytes


@dataclass
class _Job:
    number: int
    memory: int
    processor: float
    clock: float
    socket: int
    child: int = 0
    until: float = 0.0


def serve(control: str, modules: str, errors: str, threads: str, folders: str) -> None:
    """Do jobs until the worker closes its end of the socket.

    Args:
        control: The socket's number.
        modules: Names of modules to import before, with commas between them.
        errors: ``module.Class``: the exception that a reader raises to refuse a source.
        threads: ``threads`` if the readers need some.
        folders: Those that may be read too, and after an empty one those that may be written
            to, with line feeds between them: names may hold anything else.
    """
    # Ctrl+C asks the worker to finish, and this is a part of it.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    with suppress(OSError):
        # Of 1000: out of memory, the kernel shall end these processes and not the worker.
        Path("/proc/self/oom_score_adj").write_text("500")
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    for name in modules.split(","):
        _prepare(name)
    module, _, name = errors.rpartition(".")
    refusal = cast("type[Exception]", getattr(importlib.import_module(module), name))
    time.tzset()  # its file is closed from here on
    before, _, writable = f"\n{folders}\n".partition("\n\n")
    read = [*map(str, _libraries()), *filter(None, before.splitlines())]
    kernel.close_files(read, [*filter(None, writable.splitlines())])
    kernel.close_calls()
    _Nursery(socket.socket(fileno=int(control)), refusal, is_alone=not threads).run()


def _prepare(name: str) -> None:
    """Import a module once for all children, with what its libraries compute for a first text."""
    getattr(importlib.import_module(name), "warm_up", _nothing)()
    # What is imported is garbage in no child, and its pages stay shared.
    gc.freeze()


def _libraries() -> list[Path]:
    """Return the folders of Python's library, which is imported late in part."""
    root = Path(__file__).parents[2]
    folders = {*map(Path, sys.path), Path(sys.prefix), Path(sys.base_prefix) / "lib"}
    # The folder of the code may also hold keys, as in a file ``.env``.
    return [root / "galley", Path("/usr/lib"), *(folders - {root, Path()})]


class _Nursery:
    """The children, and the jobs that wait for one."""

    def __init__(self, control: socket.socket, refusal: type[Exception], *, is_alone: bool) -> None:
        self._is_alone = is_alone
        self._control = control
        self._refusal = refusal
        self._waiting = deque[_Job]()
        self._running = dict[int, _Job]()
        # The end of a child wakes the loop.
        self._woken, waker = os.pipe()
        for end in (self._woken, waker):
            os.set_blocking(end, False)
        signal.set_wakeup_fd(waker, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, _nothing)

    def run(self) -> None:
        """Take up jobs, start and reap children until the socket is closed."""
        while True:
            left = [max(0.0, job.until - time.monotonic()) for job in self._running.values()]
            ready, _, _ = select.select(
                [self._control, self._woken], [], [], min(left, default=None)
            )
            if self._woken in ready:
                os.read(self._woken, 4096)
            if self._control in ready and not self._take():
                break
            self._reap()
            for job in self._running.values():
                if time.monotonic() >= job.until > 0:
                    os.kill(job.child, signal.SIGKILL)
            while self._waiting and len(self._running) < AT_ONCE:
                self._start(self._waiting.popleft())
        for child in self._running:
            os.kill(child, signal.SIGKILL)

    def _take(self) -> bool:
        told, sockets, _, _ = socket.recv_fds(self._control, ORDER.size, 1)
        if len(told) < ORDER.size:
            return False
        what, number, memory, processor, clock, name = ORDER.unpack(told)
        if what == PREPARE:
            _prepare(name.rstrip(b"\0").decode())
            return True
        if what == DO:
            self._waiting.append(_Job(number, memory, processor, clock, sockets[0]))
            return True
        for job in [one for one in self._waiting if one.number == number]:
            self._waiting.remove(job)
            os.close(job.socket)
        for child, job in self._running.items():
            if job.number == number:
                os.kill(child, signal.SIGKILL)
        return True

    def _start(self, job: _Job) -> None:
        job.until = time.monotonic() + job.clock
        job.child = os.fork()
        if job.child:
            self._running[job.child] = job
            return
        # The child from here on.
        try:
            kernel.die_with_parent()
            self._control.close()
            signal.set_wakeup_fd(-1)
            for other in (*self._running.values(), *self._waiting):
                os.close(other.socket)
            _limit(job)
            if self._is_alone:
                kernel.close_calls(is_alone=True)
            _do(job.socket, self._refusal)
        finally:
            os._exit(0)

    def _reap(self) -> None:
        while self._running:
            child, status, used = os.wait4(-1, os.WNOHANG)
            if not child:
                return
            job = self._running.pop(child)
            is_late = time.monotonic() >= job.until
            seconds = used.ru_utime + used.ru_stime
            report = (
                os.waitstatus_to_exitcode(status),
                is_late,
                seconds,
                used.ru_maxrss * _KILOBYTE,
            )
            with suppress(OSError):  # the worker may have gone on
                os.set_blocking(job.socket, False)
                os.write(job.socket, REPORT.pack(*report))
            os.close(job.socket)


def _nothing(*_: object) -> None:
    """Let a signal wake the loop, or a module be."""


def _limit(job: _Job) -> None:
    seconds = max(1, round(job.processor))
    # At the first the kernel asks, a second later it kills.
    limits = (
        (resource.RLIMIT_DATA, job.memory, job.memory),
        (resource.RLIMIT_CPU, seconds, seconds + 1),
    )
    for kind, soft, hard in limits:
        with suppress(ValueError, OSError):  # not everywhere
            resource.setrlimit(kind, (soft, hard))


def _do(connection: int, refusal: type[Exception]) -> None:
    with os.fdopen(os.dup(connection), "rb") as questions:
        size = int.from_bytes(questions.read(8), "big")
        question = questions.read(size)
    try:
        work, args, named = pickle.loads(question)  # noqa: S301 - the worker's own
        kind, told = MADE, cast("bytes", work(*args, **named))
    except refusal as error:
        kind = RAISED
        told = f"{type(error).__name__}:{error}".encode(errors="replace")
    except MemoryError:
        os.abort()
    except Exception as error:  # noqa: BLE001 - a bug, told where it can be seen
        # Its place, without its words: they may be a source's.
        frames: list[Any] = list(extract_tb(error.__traceback__))
        place = f" in {Path(frames[-1].filename).name}, line {frames[-1].lineno}" if frames else ""
        kind, told = FAILED, f"{type(error).__name__}{place}".encode()
    with os.fdopen(os.dup(connection), "wb") as answers:
        answers.write(kind)
        answers.write(told)
