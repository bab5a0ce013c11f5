"""Campaigns a second and latency with 1, 2 and 4 worker processes on this machine.

``python -m bench.scale``; ``SIZE=full`` lets 10,000 posts wait in place of 1,000. Each
number of workers brings as many campaigns from their source to drafts that wait for a
person, on all networks, while everything around Temporal answers at once. Then the same
processes carry out as many activities that do nothing: the machine is shared with the
server and with whatever else runs, so only the ratio to that ceiling can be compared.
Written to ``bench/results/<date>-scale-<size>.json`` as it comes.
"""

import asyncio
import json
import os
import tempfile
import time
import uuid
from collections.abc import AsyncGenerator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from temporalio.client import Client

from bench.budget import CHANNELS
from bench.machine import leave, machine
from bench.plain import Plain
from bench.progress import Progress
from bench.reviews import Waiting, look, reviews_of
from bench.throughput import desk_at, in_turn, open_account, server
from bench.waiting import hand, in_review, start
from galley.models import CampaignView
from tests.workflows.desk import Desk

RESULTS = Path(__file__).parent / "results"
CAMPAIGNS = {"tiny": 3, "smoke": 31, "full": 304}
"""Of eleven posts, for each number of workers: 1,000 or 10,000 of all together."""
WORKERS = (1, 2, 4)
SET = "autoscaled, 20 slots"
"""As workers/serving.py sets it."""
OTHERS = ("5 pollers", "autoscaled, 5 slots")
TURNS = 3
Keep = Callable[[str, object], None]
"""Writes what a part has found so far."""
_AT_ONCE = 10
"""Campaigns on their way at the same time."""


@dataclass(frozen=True)
class Level:
    """So many workers: seconds, latency from source to all drafts, the same ceiling."""

    workers: int
    tuning: str
    campaigns: int
    seconds: float
    p50: float
    p99: float
    plain_seconds: float
    events: float
    actions: float
    billed: float
    load: float

    @property
    def ratio(self) -> float:
        """Of the ceiling in the same run."""
        return self.plain_seconds / self.seconds


async def level(
    client: Client, workers: int, tuning: str, campaigns: int, *, looks: bool = False
) -> tuple[Level, Waiting | None]:
    """Let so many workers bring campaigns to review, then do as much plain work.

    With ``looks``, say then what lists and decisions take while all of them wait.
    """
    desk = desk_at(client)
    async with _hands(desk, workers, tuning):
        await open_account(desk)
        began = time.monotonic()
        views = await _campaigns(desk, campaigns)
        await in_review(client, campaigns * len(CHANNELS), f'TaskQueue="{desk.queue}"')
        seconds = time.monotonic() - began
        load = os.getloadavg()[0]
        found = await reviews_of(client, views)
        plain = await _plain(client, desk.queue, found.cost.counts["activities"])
        waiting = await look(client, desk.queue) if looks else None
    waits = found.latencies
    one = Level(
        workers=workers,
        tuning=tuning,
        campaigns=campaigns,
        seconds=seconds,
        p50=median(waits),
        p99=quantiles(waits, n=100)[98] if len(waits) > 1 else waits[0],
        plain_seconds=plain,
        events=found.cost.events / campaigns,
        actions=found.cost.actions / campaigns,
        billed=found.billed / campaigns,
        load=load,
    )
    return one, waiting


@asynccontextmanager
async def _hands(desk: Desk, workers: int, tuning: str) -> AsyncGenerator[None]:
    async with AsyncExitStack() as running:
        for _ in range(workers):
            await running.enter_async_context(hand(desk, tuning))
        yield


async def _campaigns(desk: Desk, campaigns: int) -> list[CampaignView]:
    progress, views = Progress("campaigns", campaigns), list[CampaignView]()

    async def one(number: int) -> None:
        views.append(await start(desk, number))
        progress.step()

    await in_turn([partial(one, number) for number in range(campaigns)], _AT_ONCE)
    return views


async def _plain(client: Client, queue: str, activities: int) -> float:
    """Return the seconds for so many activities, ten to a workflow."""
    each, more = divmod(activities, max(1, activities // 10))
    counts = [each + (n < more) for n in range(max(1, activities // 10))]

    async def one(count: int) -> None:
        await client.execute_workflow(
            Plain.run, count, id=uuid.uuid4().hex, task_queue=f"{queue}-plain"
        )

    began = time.monotonic()
    await in_turn([partial(one, n) for n in counts], _AT_ONCE * len(CHANNELS))
    return time.monotonic() - began


async def measure(campaigns: int, keep: Keep) -> None:
    """Measure numbers of workers and what waits, then ways to set two, in turn."""
    levels: list[dict[str, Any]] = []
    async with await server() as environment:
        for workers in WORKERS:
            looks = workers == WORKERS[-1]
            one, waiting = await level(
                environment.client, workers, SET, campaigns, looks=looks
            )
            print(told(one), flush=True)
            levels.append({**asdict(one), "ratio": one.ratio})
            keep("levels", levels)
            if waiting:
                print(waiting.told(), flush=True)
                keep("waiting", asdict(waiting))
        await _in_turn(environment.client, max(3, campaigns // 5), keep)


async def _in_turn(client: Client, campaigns: int, keep: Keep) -> None:
    """Measure each way several times, one after the other: what else runs changes."""
    turns: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as folder:
        async with await server(Path(folder) / "temporal.db") as on_file:
            ways = [(client, tuning, tuning) for tuning in (SET, *OTHERS)]
            ways.append((on_file.client, SET, f"{SET}, server on a file"))
            for where, tuning, name in ways * TURNS:
                one, _ = await level(where, 2, tuning, campaigns)
                print(f"{name}: {told(one)}", flush=True)
                rate = one.campaigns / one.seconds
                turns.append({"way": name, "rate": rate, "p50": one.p50})
                keep("turns", turns)


def told(one: Level) -> str:
    """Return the figures for people."""
    return (
        f"{one.workers} workers, {one.tuning}: {one.campaigns / one.seconds:.2f} "
        f"campaigns a second to review, {one.p50:.1f} s (p50), {one.p99:.1f} s (p99); "
        f"{one.ratio:.2f} of the ceiling, {one.billed:.0f} billed actions a campaign, "
        f"load {one.load:.0f}"
    )


def main() -> None:
    """Measure, and keep each result at once."""
    size = os.environ.get("SIZE") or "smoke"
    now = datetime.now(UTC)
    file = RESULTS / f"{now:%Y-%m-%d}-scale-{size}.json"
    told: dict[str, Any] = {
        "at": f"{now:%Y-%m-%d %H:%M} UTC",
        "machine": machine(),
        "size": size,
    }
    print(told["machine"], flush=True)

    def keep(part: str, found: object) -> None:
        told[part] = found
        file.write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")

    asyncio.run(measure(CAMPAIGNS[size], keep))
    leave()


if __name__ == "__main__":
    main()
