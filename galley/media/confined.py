"""Decoding and drawing in child processes, limited in memory, processor and time.

The activities run every decoder of strangers' files here (decision 0037); ffmpeg is held by the
same limits of memory. On Linux; elsewhere memory is not limited. Counted is ``VmData``, the
memory that a process may write to and shares with nobody: neither address space that its
threads only reserve, nor files that it maps. Out of memory, ffmpeg does not end: its threads
wait for each other. So it is killed before the kernel refuses it anything, and the limit of the
kernel is for growth between two looks.

A question and an answer to a child are each their length in 8 bytes, and a pickle. The question
is ``(memory, processor, work, args, named)``; the answer ``("made", result)``, or the name of an
error and its message, or ``("failed", where)`` of a bug.
"""

import asyncio
import os
import pickle
import re
import resource
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from traceback import extract_tb
from typing import IO, Any, ParamSpec, TypeVar, cast

from galley.media import errors
from galley.media.errors import MediaError, MediaMemoryError, MediaTimeoutError

MOST = 2_000_000_000
"""Bytes. Of 4K in, clips took 0.6 GB and posts 0.7 GB at most (2026-11, ffmpeg 9.0)."""
_ABOVE = 600_000_000  # bytes more that the kernel allows: above ffmpeg's largest allocation
_EVERY = 0.25
_DATA = re.compile(r"^VmData:\s+(\d+) kB", re.MULTILINE)
AT_ONCE = max(2, min(4, os.cpu_count() or 1))
"""Children at the most."""
ENVIRONMENT = frozenset(
    {"PATH", "HOME", "LANG", "LC_ALL", "LC_CTYPE", "TMPDIR", "TZ", "LD_LIBRARY_PATH"}
    | {"XDG_DATA_HOME", "XDG_DATA_DIRS", "PYTHONHOME", "PYTHONDONTWRITEBYTECODE"}
    | {"FONTCONFIG_FILE", "FONTCONFIG_PATH"}
)
"""By these typst and ffmpeg find fonts, and Python its library; none is a secret."""
_MOST_JOBS = 200  # then a child is replaced, and with it the memory that its libraries leak
_MOST_ANSWER = 200_000_000  # bytes: above any drawn file that a network takes
_LENGTH = 8
_ROOT = Path(__file__).parents[2]
_START = "from galley.media.confined import serve; serve()"
# Classes that an answer may hold, beside numbers, text, bytes and lists of them.
_ANSWERED = frozenset({("galley.media.probe", "Probe"), ("galley.models.media", "MediaKind")})
_ERRORS: dict[str, type[MediaError]] = {
    name: kind
    for name, kind in vars(errors).items()
    if isinstance(kind, type) and issubclass(kind, MediaError)
}
_Params = ParamSpec("_Params")
_Result = TypeVar("_Result")


def hold(pid: int, most: int = MOST) -> None:
    """Have the kernel refuse a process any memory far above ``most`` bytes."""
    limit = getattr(resource, "prlimit", None)
    if limit is not None:
        with suppress(OSError):  # it may have ended already
            limit(pid, resource.RLIMIT_DATA, (most + _ABOVE, most + _ABOVE))


async def outgrown(pid: int, most: int = MOST) -> None:
    """Return once a process has more than ``most`` bytes; if it never has, never."""
    status = Path(f"/proc/{pid}/status")
    while True:
        await asyncio.sleep(_EVERY)
        if _used(status) > most:
            return


def _used(status: Path) -> int:
    try:
        found = _DATA.search(status.read_text())
    except OSError:  # it may have ended already
        return 0
    return int(found[1]) * 1024 if found else 0


@dataclass(frozen=True)
class Limits:
    """Of one piece of work: bytes of memory, seconds of processor and of clock."""

    # A child begins with 0.07 GB, and 40 megapixels took 1.0 GB (a WebP with alpha, 2026-11).
    memory: int = 1_500_000_000
    # Seven times the frames of a video that are decoded: 900 of 4K, 35 ms each (noise in H.264
    # at 130 Mbit/s, HEVC of ten bits at 60; 2026-11).
    processor: int = 240
    clock: float = 900.0


LIMITS = Limits()


def environment() -> dict[str, str]:
    """Return the part of our environment that a program over strangers' files gets."""
    return {name: os.environ[name] for name in ENVIRONMENT & os.environ.keys()}


async def confined(
    work: Callable[_Params, _Result], *args: _Params.args, **named: _Params.kwargs
) -> _Result:
    """Return the result of ``work``, done in a child process within :data:`LIMITS`.

    Waits for a free child. Cancelling kills the child.

    Raises:
        MediaError: ``work`` raised it, crashed, or took too much processor time.
        MediaMemoryError: It needs more memory.
        MediaTimeoutError: It took longer by the clock: the machine may be busy.
        RuntimeError: ``work`` has a bug; it says where.
    """
    return await confined_to(LIMITS, work, *args, **named)


async def confined_to(
    limits: Limits, work: Callable[_Params, _Result], *args: _Params.args, **named: _Params.kwargs
) -> _Result:
    """Return the result of ``work`` within other limits; as :func:`confined`."""
    wanted = (limits.memory, limits.processor, work, args, named)
    job = _Job(pickle.dumps(wanted), limits)
    waiting = asyncio.get_running_loop().run_in_executor(_POOL, job.run)
    try:
        answer = await waiting
    except asyncio.CancelledError:
        job.stop()
        raise
    return cast("_Result", _result(answer, limits))


class _Child:
    """A child process that does one piece of work after the other."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(  # noqa: S603 - our own module
            [sys.executable, "-P", "-c", _START],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**environment(), "PYTHONPATH": str(_ROOT)},
            # Ctrl+C asks the worker to finish, and this is a part of it.
            process_group=0,
        )
        self._jobs = 0

    def answer(self, question: bytes) -> bytes:
        """Return the answer, empty if the child ended.

        Raises:
            MediaError: The answer is larger than any can be.
        """
        self._jobs += 1
        into, out = (cast("IO[bytes]", self._process.stdin), self._process.stdout)
        try:
            into.write(len(question).to_bytes(_LENGTH, "big"))
            into.write(question)
            into.flush()
        except BrokenPipeError:
            return b""
        head = cast("IO[bytes]", out).read(_LENGTH)
        size = int.from_bytes(head, "big")
        if size > _MOST_ANSWER:
            self.kill()
            raise MediaError("What was made of it is larger than any network takes.")
        data = cast("IO[bytes]", out).read(size)
        return data if len(data) == size else b""

    @property
    def is_spent(self) -> bool:
        """True once another child should replace it."""
        return self._jobs >= _MOST_JOBS or self._process.poll() is not None

    def kill(self) -> None:
        """End it at once."""
        self._process.kill()

    def end(self) -> int:
        """Let it end, and return its exit code; that of a signal is negative."""
        # The rest of a question to a child that died cannot be flushed.
        try:
            self._process.communicate()
        except (BrokenPipeError, ValueError):
            self._process.wait()
        return self._process.returncode


class _Job:
    """One piece of work, which a thread of the pool gives to its child."""

    def __init__(self, question: bytes, limits: Limits) -> None:
        self._question = question
        self._limits = limits
        self._lock = threading.Lock()
        self._child: _Child | None = None
        self._is_stopped = False

    def run(self) -> bytes | int:
        """Return the answer, or the exit code of a child that died of it.

        Raises:
            MediaTimeoutError: It took too long.
        """
        # Each thread of the pool has a child of its own.
        child: _Child | None = getattr(_MINE, "child", None)
        if child is not None and child.is_spent:
            child.end()
            child = None
        child = _MINE.child = child or _Child()
        with self._lock:
            self._child = child
        alarm = threading.Timer(self._limits.clock, self.stop)
        alarm.daemon = True
        alarm.start()
        try:
            if self._is_stopped:
                return -signal.SIGKILL
            answer = child.answer(self._question)
        finally:
            alarm.cancel()
            with self._lock:
                self._child = None
        if answer:
            return answer
        code = child.end()
        if self._is_stopped:
            raise MediaTimeoutError(
                f"It took longer than {self._limits.clock:g} s to be decoded or drawn: "
                "the machine may be busy."
            )
        return code

    def stop(self) -> None:
        """Kill the child that does the work."""
        with self._lock:
            self._is_stopped = True
            if self._child is not None:
                self._child.kill()


_POOL = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="galley-confined")
_MINE = threading.local()


class _Reader(pickle.Unpickler):
    """Reads answers; of a child that a hostile file took over it creates no other class."""

    def find_class(self, module_name: str, global_name: str, /) -> Any:  # noqa: ANN401
        if (module_name, global_name) not in _ANSWERED:
            raise pickle.UnpicklingError("An answer holds what it must not.")
        return super().find_class(module_name, global_name)


def _result(answer: bytes | int, limits: Limits) -> object:
    """Return the result in an answer, or raise the error that it or the exit code stands for."""
    too_large = MediaMemoryError(
        f"It needs more than {limits.memory / 1e9:g} GB of memory to be decoded or "
        "drawn: make it smaller first."
    )
    if answer == -signal.SIGXCPU:
        raise MediaError(
            f"It needs more than {limits.processor} s of processor time to be decoded "
            "or drawn: make it shorter or smaller first."
        )
    if answer in {-signal.SIGKILL, -signal.SIGABRT}:
        # The kernel kills a process that has too much; a library that gets no more aborts.
        raise too_large
    if isinstance(answer, int):
        raise MediaError(
            "The program that decodes it crashed over it: use another file, such as one "
            "that was saved anew."
        )
    kind, told = _Reader(BytesIO(answer)).load()
    if kind == "made":
        return told
    if kind == "failed":
        raise RuntimeError(f"Decoding or drawing failed: {told}")
    if kind == MediaMemoryError.__name__ and not told:
        raise too_large
    raise _ERRORS.get(kind, MediaError)(str(told))


def serve() -> None:
    """Be the child: answer questions from standard input until it is closed."""
    # The worker ends its child by closing the pipe; stopping the worker lets both finish.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    with suppress(OSError):
        # Of 1000: out of memory, the kernel shall end this process and not the worker.
        Path("/proc/self/oom_score_adj").write_text("500")
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    questions, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    # A library may print, which must not stand between two answers.
    os.dup2(2, 1)
    while head := questions.read(_LENGTH):
        answer = _answer(questions.read(int.from_bytes(head, "big")))
        answers.write(len(answer).to_bytes(_LENGTH, "big"))
        answers.write(answer)
        answers.flush()


def _answer(question: bytes) -> bytes:
    try:
        memory, processor, work, args, named = pickle.loads(question)  # noqa: S301 - the worker's own
        used = resource.getrusage(resource.RUSAGE_SELF)
        # The limit is of the whole life of a process, so earlier work is added.
        seconds = int(used.ru_utime + used.ru_stime) + 1 + processor
        for kind, most in ((resource.RLIMIT_DATA, memory), (resource.RLIMIT_CPU, seconds)):
            _, hard = resource.getrlimit(kind)
            least = most if hard == resource.RLIM_INFINITY else min(most, hard)
            with suppress(ValueError, OSError):  # not everywhere
                resource.setrlimit(kind, (least, hard))
        return pickle.dumps(("made", work(*args, **named)))
    except MediaError as error:
        return pickle.dumps((type(error).__name__, str(error)))
    except MemoryError:
        return pickle.dumps((MediaMemoryError.__name__, ""))
    except Exception as error:  # noqa: BLE001 - a bug, told where it can be seen
        # Its place, without its words: they may be a source's.
        frames: list[Any] = list(extract_tb(error.__traceback__))
        place = f" in {Path(frames[-1].filename).name}, line {frames[-1].lineno}" if frames else ""
        return pickle.dumps(("failed", f"{type(error).__name__}{place}"))
