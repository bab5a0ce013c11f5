"""Say by a file that a worker takes work: to look at that costs a container nothing."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

from temporalio.client import Client
from temporalio.service import RPCError

from observability.inspection import pollers_of
from workflows.ids import Queue

EVERY = 30.0
"""Seconds between two looks; the image's health check allows for four of them."""
_AT_FIRST = 1.0
"""Seconds, until it is seen polling for the first time."""

_log = logging.getLogger(__name__)


@asynccontextmanager
async def telling_health(
    client: Client, queues: Sequence[Queue], file: Path | None, every: float = EVERY
) -> AsyncGenerator[None]:
    """Touch ``file`` while the body runs and Temporal sees this worker poll its queues.

    So it gets old when Temporal is gone, when the worker stopped polling, and when the
    process hangs. It is taken away at the end.
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
            _log.warning("The health cannot be seen: Temporal says %s", error.status)
            idle = queues
        if not idle:
            await asyncio.to_thread(file.touch)
            pause = every
        await asyncio.sleep(pause)


async def unpolled(client: Client, queues: Sequence[Queue]) -> list[Queue]:
    """Return the queues of which Temporal does not see this very worker take work.

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
