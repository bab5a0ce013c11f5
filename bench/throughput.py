"""Campaigns a second beside the ceiling, and what a published post leaves in Temporal.

``python -m bench.throughput`` prints both and keeps the second as
``bench/results/<date>-footprint.json``, of which the plan of ``docs/scaling.md`` is made;
``CAMPAIGNS`` sets how many. Everything around Temporal answers at once and from memory, so
that the cost of the workflows is left. The ceiling is measured in the same run with the
same client, worker and server.
"""

import asyncio
import os
import time
import uuid
from collections import Counter
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Worker

from bench.ceiling import Plain, in_turn, nothing, plain_seconds
from bench.cost import CHANNELS, NOTHING, WITH_MEDIA, Cost, cost_of
from bench.report import Progress, keep, leave, machine
from emulators.launch import temporal_binary
from galley.models.post import PostOutcome
from galley.publishing.job.state import AccountInput, AccountState
from galley.publishing.quota import QuotaState, Window
from tests.asking import automatic
from tests.memory_store import MemoryStore
from tests.workflows.harness import Harness
from tests.workflows.world import Buffer, spec
from workflows import ids
from workflows.account.workflow import AccountWorkflow
from workflows.campaign.workflow import CampaignWorkflow

# More than any run here asks for.
_NO_QUOTA = QuotaState(windows=(Window(seconds=900, limit=10_000_000),))
AT_ONCE = 10
"""Campaigns on their way at the same time."""


@dataclass(frozen=True)
class Footprint:
    """For each post, its share of campaign and account: actions, bytes of history."""

    posts: int
    billed: dict[str, float]
    """Actions that Temporal Cloud bills (https://docs.temporal.io/cloud/actions), by kind."""
    billed_in_all: float
    bytes_of_post: int
    """Of the PostWorkflow alone, at its end."""
    bytes_in_all: int
    largest_event: int
    """Bytes; Temporal refuses payloads of more than 2 MB."""


@dataclass(frozen=True)
class Throughput:
    """Seconds for so many campaigns, and for as much plain work."""

    campaigns: int
    posts: int
    seconds: float
    cost: Cost
    footprint: Footprint
    plain_seconds: float
    load: float
    """Load of the machine when the campaigns were done."""

    @property
    def ratio(self) -> float:
        """The share of the ceiling; the aim is 0.7."""
        return self.plain_seconds / self.seconds


async def server(database: Path | None = None) -> WorkflowEnvironment:
    """Start the real dev server with Galley's attributes, in memory or on a file."""
    return await WorkflowEnvironment.start_local(  # pyright: ignore[reportUnknownMemberType] - one parameter of the SDK is untyped
        data_converter=pydantic_data_converter,
        dev_server_existing_path=str(temporal_binary()),
        search_attributes=ids.ALL,
        dev_server_database_filename=str(database) if database else None,
    )


def harness_at(client: Client) -> Harness:
    """Return an organization with all networks whose world is memory alone."""
    harness = Harness(client, MemoryStore(), Buffer(CHANNELS))
    harness.studio.media_on = WITH_MEDIA
    return harness


async def open_account(harness: Harness) -> None:
    """Start AccountWorkflow without any quota: the quota is measured by bench.quota."""
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
        client = environment.client
        harness = harness_at(client)
        posts = campaigns * len(CHANNELS)
        async with harness.worker():
            await open_account(harness)
            began = time.monotonic()
            progress = Progress("campaigns", campaigns)

            async def one(number: int) -> None:
                await _campaign(harness, number)
                progress.step()

            await in_turn([partial(one, n) for n in range(campaigns)], AT_ONCE)
            seconds = time.monotonic() - began
            load = os.getloadavg()[0]
            # Before the account stops, whose end would count too.
            cost, footprint = await _histories(harness, posts)
            await harness.stop_account()
        queue = f"plain-{uuid.uuid4().hex[:8]}"
        worker = Worker(
            client,
            task_queue=queue,
            workflows=[Plain],
            activities=[nothing],
            max_cached_workflows=100,
        )
        async with worker:
            activities = cost.counts["activities"]
            plain = await plain_seconds(client, queue, posts, activities, AT_ONCE * len(CHANNELS))
    return Throughput(campaigns, posts, seconds, cost, footprint, plain, load)


async def _campaign(harness: Harness, number: int) -> None:
    """Bring one source to every network, and wait for the last post."""
    source = spec(f"Source {number}")
    key = ids.campaign_key(f"{harness.queue}-{number}", 1)
    start = harness.campaign(**automatic(key=key, source=source))
    view = await harness.client.execute_workflow(
        CampaignWorkflow.run, start, id=ids.campaign_id(start.key), task_queue=harness.queue
    )

    async def published(workflow_id: str) -> None:
        result = await harness.post(workflow_id).result()
        if result.outcome is not PostOutcome.PUBLISHED:
            raise AssertionError(f"{workflow_id} is {result.outcome}")

    async with asyncio.TaskGroup() as posts:
        for one in view.posts:
            posts.create_task(published(one.workflow_id))


async def _histories(harness: Harness, posts: int) -> tuple[Cost, Footprint]:
    """Read all runs of a harness, those that continued as new too."""
    cost, sizes, largest = NOTHING, Counter[str](), 0
    async for run in harness.client.list_workflows(f'TaskQueue="{harness.queue}"'):
        handle = harness.client.get_workflow_handle(run.id, run_id=run.run_id)
        events = (await handle.fetch_history()).events
        cost += cost_of(events)
        each = [event.ByteSize() for event in events]
        sizes[run.workflow_type] += sum(each)
        largest = max(largest, *each)
    footprint = Footprint(
        posts=posts,
        billed={k: v / posts for k, v in sorted(cost.counts.items()) if k != "events"},
        billed_in_all=cost.billed / posts,
        bytes_of_post=sizes["PostWorkflow"] // posts,
        bytes_in_all=sizes.total() // posts,
        largest_event=largest,
    )
    return cost, footprint


def summary(found: Throughput) -> str:
    """Return the figures in words."""
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
    measured_on = machine()
    result = asyncio.run(measure(int(os.environ.get("CAMPAIGNS", "10"))))
    print(summary(result))
    keep("footprint", asdict(result.footprint), measured_on)
    leave()
