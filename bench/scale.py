"""Posts that wait for a person: when they came there, and what a decision takes."""

import asyncio
import json
import os
import tempfile
import time
import uuid
from collections.abc import AsyncGenerator, Callable, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from temporalio.api.enums.v1 import EventType
from temporalio.api.history.v1 import HistoryEvent
from temporalio.client import Client

from app.posts.directory import list_posts
from bench.budget import CHANNELS
from bench.counting import COLUMNS, NOTHING, Cost, cost_of
from bench.machine import Progress, leave, machine
from bench.plain import Plain
from bench.throughput import harness_at, in_turn, open_account, server
from bench.waiting import hand, in_review, start
from galley.models.campaign import CampaignView
from galley.models.post import PostState, PostView
from galley.models.review import Decision, DecisionKind
from tests.workflows.harness import Harness
from workflows.ids import STATE
from workflows.post.workflow import PostWorkflow

_DECISIONS = 100
"""Taken one after the other, by the update that answers."""
_NOT_BILLED = {"events"}


@dataclass(frozen=True)
class Found:
    """Seconds from each campaign's start to its last draft, and what all cost."""

    latencies: list[float]
    cost: Cost

    @property
    def billed(self) -> int:
        """Actions as Temporal Cloud bills them: signals, updates and upserts too."""
        return sum(self.cost.counts[name] for name in set(COLUMNS) - _NOT_BILLED)


async def reviews_of(client: Client, views: list[CampaignView]) -> Found:
    """Read when every post of these campaigns came into review."""
    cost, latencies = NOTHING, list[float]()
    for view in views:
        history = await client.get_workflow_handle(view.campaign_id).fetch_history()
        cost += cost_of(history.events)
        began = history.events[0].event_time.ToDatetime()
        last = began
        for post in view.posts:
            events = (await client.get_workflow_handle(post.workflow_id).fetch_history()).events
            cost += cost_of(events)
            last = max(last, _came(events).event_time.ToDatetime())
        latencies.append((last - began).total_seconds())
    return Found(latencies, cost)


def _came(events: Iterable[HistoryEvent]) -> HistoryEvent:
    """Return the event by which the post showed that it waits for a person."""
    for event in events:
        if event.event_type == EventType.EVENT_TYPE_UPSERT_WORKFLOW_SEARCH_ATTRIBUTES:
            told = event.upsert_workflow_search_attributes_event_attributes
            state = told.search_attributes.indexed_fields.get(STATE.name)
            if state and PostState.IN_REVIEW.value.encode() in state.data:
                return event
    raise AssertionError("a post has not come into review")


@dataclass(frozen=True)
class Waiting:
    """So many open reviews: seconds to list all, and to decide on one."""

    posts: int
    list_seconds: float
    decide_p50: float
    decide_p99: float

    def told(self) -> str:
        """Return the figures for people."""
        return (
            f"{self.posts} open reviews: list {self.list_seconds:.2f} s, a decision "
            f"{self.decide_p50 * 1000:.0f} ms (p50), {self.decide_p99 * 1000:.0f} ms"
        )


async def look(client: Client, queue: str) -> Waiting:
    """List all open reviews, then decide on some of those that ``queue`` serves."""
    in_review = f'GalleyState="{PostState.IN_REVIEW}"'
    count = (await client.count_workflows(in_review)).count
    began = time.monotonic()
    if len(await list_posts(client, in_review, count)) != count:
        raise AssertionError("not all open reviews are listed")
    listed = time.monotonic() - began
    here = await list_posts(client, f'{in_review} AND TaskQueue="{queue}"', _DECISIONS)
    took = [await _reject(client, post.workflow_id) for post in here]
    p99 = quantiles(took, n=100)[98]
    return Waiting(count, listed, median(took), p99)


async def _reject(client: Client, workflow_id: str) -> float:
    handle = client.get_workflow_handle_for(PostWorkflow.run, workflow_id)
    said = Decision(kind=DecisionKind.REJECT, revision=1, by="kim")
    began = time.monotonic()
    await handle.execute_update(  # pyright: ignore[reportUnknownMemberType] - one overload of the SDK is partly untyped
        "decide", said, result_type=PostView
    )
    return time.monotonic() - began


RESULTS = Path(__file__).parent / "results"
CAMPAIGNS = {"tiny": 3, "smoke": 31, "full": 304}
"""Of eleven posts, for each number of workers: 1,000 or 10,000 of all together."""
WORKERS = (1, 2, 4)
SET = "autoscaled, 20 slots"
"""As workers/queues.py sets it."""
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
    harness = harness_at(client)
    async with _hands(harness, workers, tuning):
        await open_account(harness)
        began = time.monotonic()
        views = await _campaigns(harness, campaigns)
        await in_review(client, campaigns * len(CHANNELS), f'TaskQueue="{harness.queue}"')
        seconds = time.monotonic() - began
        load = os.getloadavg()[0]
        found = await reviews_of(client, views)
        plain = await _plain(client, harness.queue, found.cost.counts["activities"])
        waiting = await look(client, harness.queue) if looks else None
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
async def _hands(harness: Harness, workers: int, tuning: str) -> AsyncGenerator[None]:
    async with AsyncExitStack() as running:
        for _ in range(workers):
            await running.enter_async_context(hand(harness, tuning))
        yield


async def _campaigns(harness: Harness, campaigns: int) -> list[CampaignView]:
    progress, views = Progress("campaigns", campaigns), list[CampaignView]()

    async def one(number: int) -> None:
        views.append(await start(harness, number))
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
            one, waiting = await level(environment.client, workers, SET, campaigns, looks=looks)
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
    told: dict[str, Any] = {"at": f"{now:%Y-%m-%d %H:%M} UTC", "machine": machine(), "size": size}
    print(told["machine"], flush=True)

    def keep(part: str, found: object) -> None:
        told[part] = found
        file.write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")

    asyncio.run(measure(CAMPAIGNS[size], keep))
    leave()


if __name__ == "__main__":
    main()
