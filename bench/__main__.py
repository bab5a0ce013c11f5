"""Every measurement, one after the other: ``make bench``.

``SIZE=smoke`` (the default) takes a few minutes, ``SIZE=full`` over an hour and a calm
machine. ``ONLY=history,recovery`` leaves the others out. What was measured is written
to ``bench/results/<date>-bench-<size>.json`` as it comes, and shown by `bench.page` in
``docs/performance.md``.
"""

import asyncio
import json
import os
import time
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from bench import demo, quota, recovery, throughput, waiting
from bench.budget import Bill
from bench.budget import measure as bill_of
from bench.machine import leave, machine
from bench.throughput import harness_at, open_account, server

RESULTS = Path(__file__).parent / "results"
Keep = Callable[[object], None]
"""Writes what a part has found so far."""


@dataclass(frozen=True)
class Size:
    """How much of everything."""

    quota_posts: int
    campaigns: tuple[int, ...]
    waiting: int
    kills: int


SIZES = {
    "smoke": Size(quota_posts=120, campaigns=(1, 3, 10), waiting=220, kills=2),
    "full": Size(quota_posts=1000, campaigns=(1, 10, 100, 1000), waiting=10_000, kills=5),
}


async def history() -> dict[str, Any]:
    """Measure what a campaign on all networks costs."""
    async with await server() as environment:
        harness = harness_at(environment.client)
        async with harness.worker():
            await open_account(harness)
            return summary(await bill_of(harness))


def summary(bill: Bill) -> dict[str, Any]:
    """Return the cost of one post, and of what."""
    return {
        "posts": bill.posts,
        "events": bill.events_per_post,
        "actions": bill.actions_per_post,
        "publishing_events": bill.publishing_events,
        "publishing_actions": bill.publishing_actions,
        "longest": bill.longest,
    }


async def campaigns_a_second(size: Size, keep: Keep) -> list[dict[str, Any]]:
    """Measure throughput at each number of campaigns; each is kept at once."""
    found: list[dict[str, Any]] = []
    for count in size.campaigns:
        one = await throughput.measure(count)
        print(throughput.told(one), flush=True)
        found.append(
            {
                "campaigns": count,
                "posts": one.posts,
                "seconds": one.seconds,
                "plain_seconds": one.plain_seconds,
                "ratio": one.ratio,
                "events": one.cost.events / one.posts,
                "actions": one.cost.actions / one.posts,
                "load": one.load,
            }
        )
        keep(found)
    return found


async def through_the_quota(size: Size) -> list[dict[str, Any]]:
    """Simulate with nothing kept back, and as it is set up."""
    found: list[dict[str, Any]] = []
    for kept in (0.0, 0.05):
        one = await quota.pass_through(size.quota_posts, kept)
        print(quota.told(one), flush=True)
        found.append({**asdict(one), "ratio": one.ratio})
    return found


async def while_waiting(size: Size) -> list[dict[str, Any]]:
    """Measure what waiting posts cost."""
    levels = await waiting.measure(size.waiting)
    print(waiting.told(levels), flush=True)
    return [asdict(one) for one in levels]


async def after_kills(size: Size) -> list[dict[str, Any]]:
    """Measure how long a killed worker is missed."""
    kills = await recovery.measure(size.kills)
    print(recovery.told(kills), flush=True)
    return [asdict(one) for one in kills]


async def first_draft() -> dict[str, Any]:
    """Measure the demo."""
    found = await demo.measure()
    print(demo.told(found), flush=True)
    return asdict(found)


def main() -> None:
    """Measure everything that is asked for, and keep each result at once."""
    name = os.environ.get("SIZE") or "smoke"
    size = SIZES[name]
    parts: dict[str, Callable[[Keep], Awaitable[Any]]] = {
        "history": lambda _: history(),
        "demo": lambda _: first_draft(),
        "recovery": lambda _: after_kills(size),
        "waiting": lambda _: while_waiting(size),
        "throughput": lambda keep: campaigns_a_second(size, keep),
        "quota": lambda _: through_the_quota(size),
    }
    only = os.environ.get("ONLY", ",".join(parts)).split(",")
    now = datetime.now(UTC)
    file = RESULTS / f"{now:%Y-%m-%d}-bench-{name}.json"
    told: dict[str, Any] = json.loads(file.read_text()) if file.exists() else {}
    told |= {"at": f"{now:%Y-%m-%d %H:%M} UTC", "machine": machine(), "size": name}
    print(told["machine"], flush=True)
    for part in only:
        began = time.monotonic()
        keep = partial(_keep, file, told, part)
        keep(asyncio.run(_awaited(parts[part], keep)))
        print(f"-- {part}: {time.monotonic() - began:.0f} s", flush=True)
    leave()


def _keep(file: Path, told: dict[str, Any], part: str, found: object) -> None:
    told[part] = found
    file.write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")


async def _awaited(measure: Callable[[Keep], Awaitable[Any]], keep: Keep) -> object:
    return await measure(keep)


if __name__ == "__main__":
    main()
