"""What a post leaves in Temporal: actions as they are billed, bytes, largest payload.

``python -m bench.footprint``; ``CAMPAIGNS`` sets of how many on all networks. Counts
what Temporal Cloud bills (https://docs.temporal.io/cloud/actions), which is more than
what others compare: signals, updates and changes of search attributes too. A signal
that a workflow sends is billed once; it is counted where it is received. Written to
``bench/results/<date>-footprint.json``; the plan of ``docs/scaling.md`` is made of it.
"""

import asyncio
import json
import os
from collections import Counter
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from temporalio.client import Client

from bench.budget import CHANNELS
from bench.counting import NOTHING, cost_of
from bench.machine import leave, machine
from bench.throughput import campaign, harness_at, in_turn, open_account, server
from tests.workflows.harness import Harness

RESULTS = Path(__file__).parent / "results"


@dataclass(frozen=True)
class Footprint:
    """For each post, its share of campaign and account: actions, bytes of history."""

    posts: int
    billed: dict[str, float]
    billed_in_all: float
    bytes_of_post: int
    """Of the PostWorkflow alone, at its end."""
    bytes_in_all: int
    largest_event: int
    """Bytes; Temporal refuses payloads of more than 2 MB."""


async def measure(campaigns: int) -> Footprint:
    """Publish campaigns while all outside answers at once; read all histories."""
    async with await server() as environment:
        harness = harness_at(environment.client)
        async with harness.worker():
            await open_account(harness)
            work = [partial(campaign, harness, number) for number in range(campaigns)]
            await in_turn(work, 10)
            found = await _read(environment.client, harness, campaigns * len(CHANNELS))
            await harness.stop_account()
    return found


async def _read(client: Client, harness: Harness, posts: int) -> Footprint:
    cost, sizes, largest = NOTHING, Counter[str](), 0
    async for run in client.list_workflows(f'TaskQueue="{harness.queue}"'):
        handle = client.get_workflow_handle(run.id, run_id=run.run_id)
        events = (await handle.fetch_history()).events
        cost += cost_of(events)
        each = [event.ByteSize() for event in events]
        sizes[run.workflow_type] += sum(each)
        largest = max(largest, *each)
    billed = {k: v / posts for k, v in sorted(cost.counts.items()) if k != "events"}
    return Footprint(
        posts=posts,
        billed=billed,
        billed_in_all=sum(billed.values()),
        bytes_of_post=sizes["PostWorkflow"] // posts,
        bytes_in_all=sum(sizes.values()) // posts,
        largest_event=largest,
    )


def main() -> None:
    """Measure, print and keep."""
    found = asyncio.run(measure(int(os.environ.get("CAMPAIGNS", "10"))))
    now = datetime.now(UTC)
    told = {"at": f"{now:%Y-%m-%d %H:%M} UTC", "machine": machine()} | asdict(found)
    text = json.dumps(told, indent=2) + "\n"
    (RESULTS / f"{now:%Y-%m-%d}-footprint.json").write_text(text, encoding="utf-8")
    print(text)
    leave()


if __name__ == "__main__":
    main()
