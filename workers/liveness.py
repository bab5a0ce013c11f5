"""The health file of a worker, and the watchdog that ends one that does not stop.

worker.py uses both.
"""

import asyncio
import faulthandler
import logging
import os
import sys
import threading
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import AsyncGeneratorType, CodeType, CoroutineType, FrameType, GeneratorType
from typing import Any, cast

from temporalio.client import Client
from temporalio.service import RPCError

from galley.clients import tracing
from observability.inspection import pollers_of
from workflows.ids import Queue

EVERY = 30.0
"""Seconds between two checks; the image's health check allows for four of them."""
# Seconds, until it is seen polling for the first time.
_AT_FIRST = 1.0

_log = logging.getLogger(__name__)


@asynccontextmanager
async def telling_health(
    client: Client, queues: Sequence[Queue], file: Path | None, every: float = EVERY
) -> AsyncGenerator[None]:
    """Touch ``file`` while the body runs and Temporal sees this worker poll its queues.

    The file gets old when Temporal is away, when the worker stops polling, and when the
    process hangs. It is deleted at the end.
    """
    if file is None:
        yield
        return
    await asyncio.to_thread(file.unlink, missing_ok=True)
    task = asyncio.create_task(_tell(client, queues, file, every))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await asyncio.to_thread(file.unlink, missing_ok=True)


async def _tell(client: Client, queues: Sequence[Queue], file: Path, every: float) -> None:
    pause = min(_AT_FIRST, every)
    while True:
        try:
            idle = await unpolled(client, queues)
        except RPCError as error:
            _log.warning("The worker's health is unknown: Temporal answers %s", error.status)
            idle = queues
        if not idle:
            await asyncio.to_thread(file.touch)
            pause = every
        await asyncio.sleep(pause)


async def unpolled(client: Client, queues: Sequence[Queue]) -> list[Queue]:
    """Return the queues that this worker does not poll, as Temporal sees it.

    Raises:
        RPCError: Temporal does not answer.
    """
    now = datetime.now(UTC)
    seen = await asyncio.gather(*(pollers_of(client, one, now) for one in queues))
    return [
        queue
        for queue, pollers in zip(queues, seen, strict=True)
        if client.identity not in {one.identity for one in pollers}
    ]


MARGIN = 15.0
"""Seconds that a worker has after its grace period to close its connections."""
# Seconds later, for a process in which no Python can run any more.
_LAST_RESORT = 5.0


class Watchdog:
    """Ends this process, with exit code 1, some time after :meth:`start`.

    Stopping waits for threads, for Temporal and for libraries, each of which may never
    answer, and a hanging worker would keep its place until somebody finds it.
    """

    def __init__(self, within: float, loop: asyncio.AbstractEventLoop) -> None:
        self._within, self._loop = within, loop
        self._timer = threading.Timer(within, self._end)
        self._timer.daemon = True
        self._is_started = False

    def start(self) -> None:
        """Start the countdown; later calls change nothing."""
        if self._is_started:
            return
        self._is_started = True
        # A thread: the event loop may be what hangs. If no Python thread runs any more,
        # faulthandler's own one, which needs none, ends the process a little later.
        self._timer.start()
        faulthandler.dump_traceback_later(self._within + _LAST_RESORT, exit=True)

    def _end(self) -> None:
        _log.error(
            "The worker did not stop within %.0f s of its signal, and is ended now. "
            "Temporal gives its work to another worker. It waited for:",
            self._within,
        )
        for task in asyncio.all_tasks(self._loop):
            lines = [f"Task {task.get_name()}", *frames_of(task)]
            sys.stderr.write("\n".join([*lines, "", ""]))
        faulthandler.dump_traceback(all_threads=True)
        tracing.flush()
        sys.stdout.flush()
        sys.stderr.flush()
        # No cleanup: atexit handlers and non-daemon threads may be what hangs.
        os._exit(1)


def frames_of(task: asyncio.Task[Any]) -> Iterator[str]:
    """Yield a line for each frame that a task is in, the outermost first."""
    # Task.get_stack gives the first one alone.
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
