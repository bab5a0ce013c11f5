"""Every measurement of docs/performance.md, one after the other: ``make bench``.

``SIZE=smoke`` (the default) takes a few minutes, ``SIZE=full`` over an hour and a calm
machine. ``ONLY=history,recovery`` leaves the others out. Each result is written at once to
``bench/results/<date>-bench-<size>.json``; ``bench.page`` shows it in the page.
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

from bench import cost, local_stack, quota, review_speed, scale, throughput
from bench.report import RESULTS, leave, machine
from bench.throughput import harness_at, open_account, server

Keep = Callable[[object], None]
"""Writes the figures that a part has so far."""


@dataclass(frozen=True)
class Size:
    """The size of every measurement."""

    quota_posts: int
    campaigns: tuple[int, ...]
    waiting: int
    kills: int


SIZES = {
    "smoke": Size(quota_posts=120, campaigns=(1, 3, 10), waiting=220, kills=2),
    "full": Size(quota_posts=1000, campaigns=(1, 10, 100, 1000), waiting=10_000, kills=5),
}


async def history(_size: Size, _keep: Keep) -> dict[str, Any]:
    """Measure the cost of a campaign on all networks."""
    async with await server() as environment:
        harness = harness_at(environment.client)
        async with harness.worker():
            await open_account(harness)
            bill = await cost.measure(harness)
    return {
        "posts": bill.posts,
        "events": bill.events_per_post,
        "actions": bill.actions_per_post,
        "billed": bill.billed_per_post,
        "publishing_billed": bill.publishing_billed,
        "publishing_events": bill.publishing_events,
        "publishing_actions": bill.publishing_actions,
        "longest": bill.longest,
    }


async def campaigns_a_second(size: Size, keep: Keep) -> list[dict[str, Any]]:
    """Measure throughput at each number of campaigns; each is kept at once."""
    found: list[dict[str, Any]] = []
    for count in size.campaigns:
        one = await throughput.measure(count)
        print(throughput.summary(one), flush=True)
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


async def through_the_quota(size: Size, _keep: Keep) -> list[dict[str, Any]]:
    """Simulate the quota with nothing kept back for changes, and with the default."""
    found: list[dict[str, Any]] = []
    for kept in (0.0, 0.05):
        one = await quota.pass_through(size.quota_posts, kept)
        print(quota.summary(one), flush=True)
        found.append({**asdict(one), "ratio": one.ratio})
    return found


async def demo(_size: Size, _keep: Keep) -> dict[str, Any]:
    """Measure the demo."""
    return asdict(await local_stack.demo())


async def recovery(size: Size, _keep: Keep) -> list[dict[str, Any]]:
    """Measure the recovery of a killed worker."""
    return [asdict(one) for one in await local_stack.recovery(size.kills)]


async def waiting(size: Size, _keep: Keep) -> list[dict[str, Any]]:
    """Measure the cost of posts that wait."""
    return [asdict(one) for one in await scale.waiting_posts(size.waiting)]


async def review(size: Size, _keep: Keep) -> dict[str, Any]:
    """Measure the review pages while posts wait."""
    return asdict(await review_speed.measure(size.waiting))


PARTS: dict[str, Callable[[Size, Keep], Awaitable[Any]]] = {
    "history": history,
    "demo": demo,
    "recovery": recovery,
    "waiting": waiting,
    "throughput": campaigns_a_second,
    "quota": through_the_quota,
    "review": review,
}


def main() -> None:
    """Measure every part that is asked for, and keep each result at once."""
    name = os.environ.get("SIZE") or "smoke"
    only = os.environ.get("ONLY", ",".join(PARTS)).split(",")
    now = datetime.now(UTC)
    file = RESULTS / f"{now:%Y-%m-%d}-bench-{name}.json"
    # A second run of a day replaces only the parts that it measures.
    results: dict[str, Any] = json.loads(file.read_text()) if file.exists() else {}
    results |= {"at": f"{now:%Y-%m-%d %H:%M} UTC", "machine": machine(), "size": name}
    print(results["machine"], flush=True)
    # Each part has a server of its own, so that none slows the next.
    for part in only:
        began = time.monotonic()
        keep = partial(_keep, file, results, part)
        found = asyncio.run(_measured(part, SIZES[name], keep))
        keep(found)
        print(f"{json.dumps(found)}\n-- {part}: {time.monotonic() - began:.0f} s", flush=True)
    leave()


def _keep(file: Path, results: dict[str, Any], part: str, found: object) -> None:
    results[part] = found
    file.write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")


async def _measured(part: str, size: Size, keep: Keep) -> object:
    return await PARTS[part](size, keep)


if __name__ == "__main__":
    main()
