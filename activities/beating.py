"""Tell the server, while an activity waits, that its worker is alive.

A worker that was killed is noticed by the missing heartbeat, long before the activity's
own timeout.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress

from temporalio import activity

EVERY = 3.0
"""Seconds; a third of the shortest heartbeat timeout the workflows give."""


@asynccontextmanager
async def heartbeating() -> AsyncGenerator[None]:
    """Heartbeat while the block runs.

    The first beat comes after :data:`EVERY`: Temporal bills heartbeats, and most
    activities have ended by then.
    """

    async def beat() -> None:
        while True:
            await asyncio.sleep(EVERY)
            activity.heartbeat()

    beater = asyncio.create_task(beat())
    try:
        yield
    finally:
        beater.cancel()
        with suppress(asyncio.CancelledError):
            await beater
