"""The ceiling: workflows that only call activities which do nothing.

Throughput and scale measure as many activities on the same server, and give their own time
as a share of it.
"""

import asyncio
import time
import uuid
from collections.abc import Awaitable, Callable, Iterable
from datetime import timedelta
from functools import partial

from temporalio import activity, workflow
from temporalio.client import Client


@activity.defn
async def nothing() -> None:
    """Do nothing."""


@workflow.defn
class Plain:
    """A number of no-op activities, one after the other."""

    @workflow.run
    async def run(self, count: int) -> None:
        for _ in range(count):
            await workflow.execute_activity(nothing, start_to_close_timeout=timedelta(seconds=30))


async def plain_seconds(
    client: Client, queue: str, workflows: int, activities: int, at_once: int
) -> float:
    """Return the seconds for so many activities, shared among so many workflows."""
    each, more = divmod(activities, workflows)

    async def one(count: int) -> None:
        await client.execute_workflow(Plain.run, count, id=uuid.uuid4().hex, task_queue=queue)

    began = time.monotonic()
    counts = [each + (number < more) for number in range(workflows)]
    await in_turn([partial(one, count) for count in counts], at_once)
    return time.monotonic() - began


async def in_turn(work: Iterable[Callable[[], Awaitable[object]]], at_once: int) -> None:
    """Carry out everything, so many at a time."""
    # All tasks exist at once; the semaphore lets so many run.
    room = asyncio.Semaphore(at_once)

    async def one(task: Callable[[], Awaitable[object]]) -> None:
        async with room:
            await task()

    async with asyncio.TaskGroup() as tasks:
        for task in work:
            tasks.create_task(one(task))
