"""What runs in the process that decodes and draws; see :mod:`galley.media.confined`.

A question and an answer are each their length in 8 bytes, and a pickle. The question
is ``(memory, processor, work, args, named)``; the answer ``("made", result)``, or the
name of an error and its message, or ``("failed", where)`` of a bug.
"""

import os
import pickle
import resource
import signal
from contextlib import suppress
from pathlib import Path
from traceback import extract_tb
from typing import Any

from galley.media.facts import MediaError, MediaMemoryError

_HEAD = 8
_SOONER = "500"
"""Of 1000: out of memory, the kernel shall end this process and not the worker."""


def serve() -> None:
    """Answer questions from standard input until it is closed."""
    # The worker ends this by closing the pipe; who stops the worker lets it finish.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text(_SOONER)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    questions, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    # What a library prints must not stand between two answers.
    os.dup2(2, 1)
    while head := questions.read(_HEAD):
        answer = _answer(questions.read(int.from_bytes(head, "big")))
        answers.write(len(answer).to_bytes(_HEAD, "big"))
        answers.write(answer)
        answers.flush()


def _answer(question: bytes) -> bytes:
    try:
        memory, processor, work, args, named = pickle.loads(question)  # noqa: S301 - the worker's own
        _hold(memory, processor)
        return pickle.dumps(("made", work(*args, **named)))
    except MediaError as error:
        return pickle.dumps((type(error).__name__, str(error)))
    except MemoryError:
        return pickle.dumps((MediaMemoryError.__name__, ""))
    except Exception as error:  # noqa: BLE001 - a bug, told where it can be seen
        return pickle.dumps(("failed", _where(error)))


def _hold(memory: int, processor: int) -> None:
    """Have the kernel refuse more memory, and end this after so much work."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    seconds = int(used.ru_utime + used.ru_stime) + 1 + processor
    for kind, most in ((resource.RLIMIT_DATA, memory), (resource.RLIMIT_CPU, seconds)):
        _, hard = resource.getrlimit(kind)
        with suppress(ValueError, OSError):  # not everywhere
            resource.setrlimit(kind, (_least(most, hard), hard))


def _least(most: int, hard: int) -> int:
    return most if hard == resource.RLIM_INFINITY else min(most, hard)


def _where(error: Exception) -> str:
    """Return what was raised and where, without its words: they may be a source's."""
    frames: list[Any] = list(extract_tb(error.__traceback__))
    last = frames[-1] if frames else None
    place = f" in {Path(last.filename).name}, line {last.lineno}" if last else ""
    return f"{type(error).__name__}{place}"
