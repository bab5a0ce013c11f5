"""Campaigns a second, beside as many no-op activities on the same server.

``python -m bench.throughput``; ``CAMPAIGNS`` sets how many. Everything around Temporal
answers at once and from memory, so that what is left is the cost of the workflows. The
ceiling is measured in the same run with the same client, worker and server: workflows
that do nothing but as many activities, one after the other, as a post needs on average.
"""

import asyncio
import os
import time
import uuid
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Worker

from bench.budget import CHANNELS, WITH_MEDIA
from bench.counting import NOTHING, Cost, cost_of
from bench.machine import Progress, leave, machine
from bench.memory_store import MemoryStore
from bench.plain import Plain, nothing
from emulators.launch import temporal_binary
from galley.models.options import Approval
from galley.models.post import PostOutcome
from galley.publishing.job.state import AccountInput, AccountState
from galley.publishing.quota import QuotaState, Window
from tests.workflows.harness import Harness
from tests.workflows.world import Buffer, spec
from workflows import ids
from workflows import ids as attributes
from workflows.account.workflow import AccountWorkflow
from workflows.campaign.workflow import CampaignWorkflow

_NO_QUOTA = QuotaState(windows=(Window(seconds=900, limit=10_000_000),))
_AT_ONCE = 10
"""Campaigns on their way at the same time."""


@dataclass(frozen=True)
class Throughput:
    """Seconds for so many campaigns, and for as much plain work."""

    campaigns: int
    posts: int
    seconds: float
    cost: Cost
    plain_seconds: float
    load: float
    """Of the machine, when the campaigns were done."""

    @property
    def ratio(self) -> float:
        """Of the ceiling; the aim is 0.7."""
        return self.plain_seconds / self.seconds


async def server(database: Path | None = None) -> WorkflowEnvironment:
    """Start the real dev server with Galley's attributes, in memory or on a file."""
    return await WorkflowEnvironment.start_local(  # pyright: ignore[reportUnknownMemberType] - one parameter of the SDK is untyped
        data_converter=pydantic_data_converter,
        dev_server_existing_path=str(temporal_binary()),
        search_attributes=attributes.ALL,
        dev_server_database_filename=str(database) if database else None,
    )


def harness_at(client: Client) -> Harness:
    """Return an organization with all networks whose world is memory alone."""
    harness = Harness(client, MemoryStore(), Buffer(CHANNELS))
    harness.studio.media_on = WITH_MEDIA
    return harness


async def open_account(harness: Harness) -> None:
    """Start AccountWorkflow without any quota: the quota is not what is measured."""
    await harness.client.start_workflow(
        AccountWorkflow.run,
        AccountInput(
            organization_id=harness.organization_id,
            policy=harness.policy,
            state=AccountState(quota=_NO_QUOTA),
        ),
        id=harness.account.id,
        task_queue=harness.queue,
    )


async def measure(campaigns: int) -> Throughput:
    """Carry out campaigns from source to confirmed posts, then the plain work."""
    async with await server() as environment:
        harness = harness_at(environment.client)
        async with harness.worker():
            await open_account(harness)
            began = time.monotonic()
            progress = Progress("campaigns", campaigns)

            async def one(number: int) -> None:
                await campaign(harness, number)
                progress.step()

            await in_turn([partial(one, n) for n in range(campaigns)], _AT_ONCE)
            seconds = time.monotonic() - began
            load = os.getloadavg()[0]
            cost = await _cost(harness)
            await harness.stop_account()
        posts = campaigns * len(CHANNELS)
        plain = await _plain(environment.client, posts, cost.counts["activities"])
    return Throughput(campaigns, posts, seconds, cost, plain, load)


async def in_turn(work: Iterable[Callable[[], Awaitable[object]]], at_once: int) -> None:
    """Carry out everything, so many at a time."""
    room = asyncio.Semaphore(at_once)

    async def one(task: Callable[[], Awaitable[object]]) -> None:
        async with room:
            await task()

    async with asyncio.TaskGroup() as tasks:
        for task in work:
            tasks.create_task(one(task))


async def campaign(harness: Harness, number: int) -> None:
    """Bring one source to every network, and wait for the last post."""
    source = spec(f"Source {number}")
    start = harness.campaign(
        key=ids.campaign_key(f"{harness.queue}-{number}", 1), source=source, approval=Approval.AUTO
    )
    view = await harness.client.execute_workflow(
        CampaignWorkflow.run, start, id=ids.campaign_id(start.key), task_queue=harness.queue
    )
    async with asyncio.TaskGroup() as posts:
        for one in view.posts:
            posts.create_task(_published(harness, one.workflow_id))


async def _published(harness: Harness, workflow_id: str) -> None:
    result = await harness.post(workflow_id).result()
    if result.outcome is not PostOutcome.PUBLISHED:
        raise AssertionError(f"{workflow_id} is {result.outcome}")


async def _plain(client: Client, workflows: int, activities: int) -> float:
    """Return the seconds for so many activities, shared among so many workflows."""
    queue = f"plain-{uuid.uuid4().hex[:8]}"
    each, more = divmod(activities, workflows)

    async def one(count: int) -> None:
        await client.execute_workflow(Plain.run, count, id=uuid.uuid4().hex, task_queue=queue)

    worker = Worker(
        client, task_queue=queue, workflows=[Plain], activities=[nothing], max_cached_workflows=100
    )
    async with worker:
        began = time.monotonic()
        counts = [each + (number < more) for number in range(workflows)]
        work = [partial(one, count) for count in counts]
        await in_turn(work, _AT_ONCE * len(CHANNELS))
        return time.monotonic() - began


async def _cost(harness: Harness) -> Cost:
    """Return what all runs of this harness cost, those that went on as new too."""
    total = NOTHING
    async for run in harness.client.list_workflows(f'TaskQueue="{harness.queue}"'):
        handle = harness.client.get_workflow_handle(run.id, run_id=run.run_id)
        total += cost_of((await handle.fetch_history()).events)
    return total


def told(found: Throughput) -> str:
    """Return the figures for people."""
    return (
        f"{found.campaigns} campaigns, {found.posts} posts in {found.seconds:.1f} s: "
        f"{found.campaigns / found.seconds:.2f} campaigns and "
        f"{found.posts / found.seconds:.1f} posts a second\n"
        f"{found.cost.events / found.posts:.1f} events and "
        f"{found.cost.actions / found.posts:.2f} actions a post\n"
        f"the same {found.cost.counts['activities']} activities alone: "
        f"{found.plain_seconds:.1f} s, ratio {found.ratio:.2f} (aim: 0.7)"
    )


if __name__ == "__main__":
    print(machine())
    print(told(asyncio.run(measure(int(os.environ.get("CAMPAIGNS", "10"))))))
    leave()
