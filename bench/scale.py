"""Campaigns in review: with 1, 2 and 4 worker processes, and the cost of posts that wait.

``python -m bench.scale`` measures worker processes and keeps the figures, from which
``bench.page`` draws; ``SIZE`` is tiny, smoke or full. ``make bench`` measures with
:func:`waiting_posts` the memory and the listing of posts that wait for a person.
"""

import asyncio
import json
import os
import sys
import tempfile
import time
from asyncio.subprocess import PIPE, Process
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
from bench.ceiling import in_turn, plain_seconds
from bench.cost import CHANNELS, NOTHING, Cost, cost_of
from bench.report import RESULTS, Progress, children, leave, machine, memory_mib
from bench.throughput import AT_ONCE, harness_at, open_account, server
from galley.models.campaign import CampaignView
from galley.models.post import PostState, PostView
from galley.models.review import Decision, DecisionKind
from tests.end_to_end.waiting import until
from tests.workflows.harness import Harness
from tests.workflows.world import spec
from workflows import ids
from workflows.campaign.workflow import CampaignWorkflow
from workflows.ids import STATE
from workflows.post.workflow import PostWorkflow

CAMPAIGNS = {"tiny": 3, "smoke": 31, "full": 304}
"""Of eleven posts, for each number of workers: 1,000 or 10,000 of all together."""
WORKERS = (1, 2, 4)
SET = "autoscaled, 20 slots"
"""The tuning of workers/queues.py."""
OTHERS = ("5 pollers", "autoscaled, 5 slots")
TURNS = 3
_IN_REVIEW = f'GalleyState="{PostState.IN_REVIEW}"'
_DECISIONS = 100
"""Decisions taken one after the other, by the update that answers."""
_STEPS = 4
Keep = Callable[[str, object], None]
"""Writes the figures of a part."""


@asynccontextmanager
async def worker_process(harness: Harness, tuning: str = "5 pollers") -> AsyncGenerator[Process]:
    """Run a worker process for this harness."""
    address = harness.client.service_client.config.target_host
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bench.worker_process", address, harness.queue, tuning, stdout=PIPE
    )
    try:
        if process.stdout is not None:
            await process.stdout.readline()
        yield process
    finally:
        process.kill()
        await process.wait()


async def _start(harness: Harness, number: int) -> CampaignView:
    """Start one campaign; return once all its posts have started."""
    wanted = harness.campaign(
        key=ids.campaign_key(f"{harness.queue}-{number}", 1), source=spec(f"Source {number}")
    )
    return await harness.client.execute_workflow(
        CampaignWorkflow.run, wanted, id=ids.campaign_id(wanted.key), task_queue=harness.queue
    )


async def _until_in_review(client: Client, count: int, where: str = "") -> None:
    """Wait until so many posts wait for a person; ``where`` narrows them."""
    query = " AND ".join(filter(None, (_IN_REVIEW, where)))

    # Temporal's visibility lags behind the workflows, so the count is polled.
    async def all_are() -> bool:
        return (await client.count_workflows(query)).count >= count

    await until(all_are, seconds=600)


async def _list_seconds(client: Client, count: int) -> float:
    began = time.monotonic()
    rows = await list_posts(client, _IN_REVIEW, count)
    if len(rows) != count:
        raise AssertionError(f"{len(rows)} of {count} posts are listed")
    return time.monotonic() - began


@dataclass(frozen=True)
class Pile:
    """So many posts in review: seconds since the first was started, MiB, seconds."""

    posts: int
    started_within: float
    worker_mib: float
    server_mib: float
    list_seconds: float


async def waiting_posts(posts: int) -> list[Pile]:
    """Let posts pile up in review, and measure memory and listing from time to time."""
    async with await server() as environment:
        client = environment.client
        harness = harness_at(client)
        server_pid = next(iter(children("temporal")), 0)
        async with worker_process(harness) as process:
            await open_account(harness)
            piles: list[Pile] = []
            began, started = time.monotonic(), 0
            for step in range(1, _STEPS + 1):
                upto = -(-posts * step // _STEPS // len(CHANNELS))
                await in_turn([partial(_start, harness, n) for n in range(started, upto)], AT_ONCE)
                started = upto
                count = started * len(CHANNELS)
                await _until_in_review(client, count)
                pile = Pile(
                    posts=count,
                    started_within=time.monotonic() - began,
                    worker_mib=memory_mib(process.pid),
                    server_mib=memory_mib(server_pid),
                    list_seconds=await _list_seconds(client, count),
                )
                piles.append(pile)
            return piles


@dataclass(frozen=True)
class Reviews:
    """Seconds from each campaign's start to its last draft, and the cost of all."""

    latencies: list[float]
    cost: Cost


async def _reviews_of(client: Client, views: list[CampaignView]) -> Reviews:
    """Read the histories of campaigns whose posts are all in review."""
    cost, latencies = NOTHING, list[float]()
    for view in views:
        history = await client.get_workflow_handle(view.campaign_id).fetch_history()
        cost += cost_of(history.events)
        began = history.events[0].event_time.ToDatetime()
        last = began
        for post in view.posts:
            events = (await client.get_workflow_handle(post.workflow_id).fetch_history()).events
            cost += cost_of(events)
            last = max(last, _came_into_review(events).event_time.ToDatetime())
        latencies.append((last - began).total_seconds())
    return Reviews(latencies, cost)


def _came_into_review(events: Iterable[HistoryEvent]) -> HistoryEvent:
    """Return the event that set the post's search attribute to in review."""
    for event in events:
        if event.event_type == EventType.EVENT_TYPE_UPSERT_WORKFLOW_SEARCH_ATTRIBUTES:
            upsert = event.upsert_workflow_search_attributes_event_attributes
            state = upsert.search_attributes.indexed_fields.get(STATE.name)
            if state and PostState.IN_REVIEW.value.encode() in state.data:
                return event
    raise AssertionError("a post has not come into review")


@dataclass(frozen=True)
class Decisions:
    """So many open reviews: seconds to list all, and to decide on one."""

    posts: int
    list_seconds: float
    decide_p50: float
    decide_p99: float


async def _decisions(client: Client, queue: str) -> Decisions:
    """List all open reviews, then decide on some of those that ``queue`` serves."""
    count = (await client.count_workflows(_IN_REVIEW)).count
    listed = await _list_seconds(client, count)
    took: list[float] = []
    for post in await list_posts(client, f'{_IN_REVIEW} AND TaskQueue="{queue}"', _DECISIONS):
        handle = client.get_workflow_handle_for(PostWorkflow.run, post.workflow_id)
        rejection = Decision(kind=DecisionKind.REJECT, revision=1, by="kim")
        began = time.monotonic()
        await handle.execute_update(  # pyright: ignore[reportUnknownMemberType] - one overload of the SDK is partly untyped
            "decide", rejection, result_type=PostView
        )
        took.append(time.monotonic() - began)
    return Decisions(count, listed, median(took), quantiles(took, n=100)[98])


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
        """The share of the ceiling in the same run."""
        return self.plain_seconds / self.seconds


async def level(
    client: Client, workers: int, tuning: str, campaigns: int, *, decides: bool = False
) -> tuple[Level, Decisions | None]:
    """Let so many workers bring campaigns to review, then do as much plain work.

    With ``decides``, measure lists and decisions then, while all of them wait.
    """
    harness = harness_at(client)
    progress, views = Progress("campaigns", campaigns), list[CampaignView]()

    async def start(number: int) -> None:
        views.append(await _start(harness, number))
        progress.step()

    async with AsyncExitStack() as running:
        for _ in range(workers):
            await running.enter_async_context(worker_process(harness, tuning))
        await open_account(harness)
        began = time.monotonic()
        await in_turn([partial(start, number) for number in range(campaigns)], AT_ONCE)
        mine = f'TaskQueue="{harness.queue}"'
        await _until_in_review(client, campaigns * len(CHANNELS), mine)
        seconds = time.monotonic() - began
        load = os.getloadavg()[0]
        found = await _reviews_of(client, views)
        activities = found.cost.counts["activities"]
        # Ten activities to a workflow, about as many as a post has.
        plain = await plain_seconds(
            client,
            f"{harness.queue}-plain",
            max(1, activities // 10),
            activities,
            AT_ONCE * len(CHANNELS),
        )
        decisions = await _decisions(client, harness.queue) if decides else None
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
        billed=found.cost.billed / campaigns,
        load=load,
    )
    return one, decisions


async def measure(campaigns: int, keep: Keep) -> None:
    """Measure numbers of workers and waiting posts, then tunings of two workers in turn."""
    levels: list[dict[str, Any]] = []
    async with await server() as environment:
        for workers in WORKERS:
            decides = workers == WORKERS[-1]
            one, decisions = await level(
                environment.client, workers, SET, campaigns, decides=decides
            )
            print(summary(one), flush=True)
            levels.append({**asdict(one), "ratio": one.ratio})
            keep("levels", levels)
            if decisions:
                print(decisions, flush=True)
                keep("waiting", asdict(decisions))
        await _measure_tunings(environment.client, max(3, campaigns // 5), keep)


async def _measure_tunings(client: Client, campaigns: int, keep: Keep) -> None:
    turns: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as folder:
        async with await server(Path(folder) / "temporal.db") as on_file:
            ways = [(client, tuning, tuning) for tuning in (SET, *OTHERS)]
            ways.append((on_file.client, SET, f"{SET}, server on a file"))
            # In turn, because the load of the machine changes meanwhile.
            for where, tuning, name in ways * TURNS:
                one, _ = await level(where, 2, tuning, campaigns)
                print(f"{name}: {summary(one)}", flush=True)
                rate = one.campaigns / one.seconds
                turns.append({"way": name, "rate": rate, "p50": one.p50})
                keep("turns", turns)


def summary(one: Level) -> str:
    """Return the figures in words."""
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
    results: dict[str, Any] = {
        "at": f"{now:%Y-%m-%d %H:%M} UTC",
        "machine": machine(),
        "size": size,
    }
    print(results["machine"], flush=True)

    def keep(part: str, found: object) -> None:
        results[part] = found
        file.write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")

    asyncio.run(measure(CAMPAIGNS[size], keep))
    leave()


if __name__ == "__main__":
    main()
