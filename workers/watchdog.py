"""End a worker that does not stop by itself; ``worker.py`` starts it on a signal.

Stopping waits for threads, for Temporal and for libraries, each of which may never
answer. A worker that hangs would keep its place until somebody finds it.
"""

import asyncio
import faulthandler
import logging
import os
import sys
import threading
from collections.abc import Iterator
from types import AsyncGeneratorType, CodeType, CoroutineType, FrameType, GeneratorType
from typing import Any, cast

from galley.clients import tracing

MARGIN = 15.0
"""Seconds beyond the grace period that a worker has to tidy up."""
_LAST_RESORT = 5.0
"""Seconds later, for a process in which no Python can run any more."""

_log = logging.getLogger(__name__)


class Watchdog:
    """Ends this process, with exit code 1, some time after it was started."""

    def __init__(self, within: float, loop: asyncio.AbstractEventLoop) -> None:
        self._within, self._loop = within, loop
        self._timer = threading.Timer(within, self._end)
        self._timer.daemon = True
        self._is_started = False

    def start(self) -> None:
        """Begin to count the seconds; from the second call on it changes nothing."""
        if self._is_started:
            return
        self._is_started = True
        self._timer.start()
        faulthandler.dump_traceback_later(self._within + _LAST_RESORT, exit=True)

    def _end(self) -> None:
        _log.error(
            "The worker did not stop within %.0f s of being told to, and is ended. "
            "Temporal gives what it was doing to another worker. What it waited for:",
            self._within,
        )
        for task in asyncio.all_tasks(self._loop):
            lines = [f"Task {task.get_name()}", *frames_of(task)]
            sys.stderr.write("\n".join([*lines, "", ""]))
        faulthandler.dump_traceback(all_threads=True)
        tracing.flush()
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(1)


def frames_of(task: asyncio.Task[Any]) -> Iterator[str]:
    """Return where a task is, through all it awaits: a line each, the outermost first.

    ``Task.get_stack`` ends at the first of them.
    """
    awaited: object = task.get_coro()
    while (step := _step(awaited)) is not None:
        code, frame, awaited = step
        line = frame.f_lineno if frame else code.co_firstlineno
        yield f"  {os.path.relpath(code.co_filename)}:{line} in {code.co_qualname}"


def _step(awaited: object) -> tuple[CodeType, FrameType | None, object] | None:
    match awaited:
        case CoroutineType():
            return awaited.cr_code, awaited.cr_frame, awaited.cr_await
        case GeneratorType():
            inner = cast("object", awaited.gi_yieldfrom)
            return awaited.gi_code, awaited.gi_frame, inner
        case AsyncGeneratorType():
            return awaited.ag_code, awaited.ag_frame, awaited.ag_await
        case _:
            return None
