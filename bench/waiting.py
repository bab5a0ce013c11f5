"""What posts cost that wait for a person: memory, time to start, time to list.

``python -m bench.waiting``; ``POSTS`` sets how many. The worker is a process of its
own; its memory is read while posts pile up in review, and should stay flat.
"""

import asyncio
import os
import re
import sys
import time
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from temporalio.client import Client

from app.posts.directory import list_posts
from bench.budget import CHANNELS
from bench.machine import leave, machine
from bench.throughput import harness_at, in_turn, open_account, server
from galley.models.campaign import CampaignView
from tests.end_to_end.waiting import until
from tests.workflows.harness import Harness
from tests.workflows.world import spec
from workflows import ids
from workflows.campaign.workflow import CampaignWorkflow

_AT_ONCE = 10
_STEPS = 4


@dataclass(frozen=True)
class Level:
    """So many posts in review: seconds since the first was started, MiB, seconds."""

    posts: int
    started_within: float
    worker_mib: float
    server_mib: float
    list_seconds: float


@asynccontextmanager
async def hand(harness: Harness, tuning: str = "5 pollers") -> AsyncGenerator[Process]:
    """Run a worker process for this harness."""
    address = harness.client.service_client.config.target_host
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bench.hand", address, harness.queue, tuning, stdout=PIPE
    )
    try:
        if process.stdout is not None:
            await process.stdout.readline()
        yield process
    finally:
        process.kill()
        await process.wait()


async def measure(posts: int) -> list[Level]:
    """Let posts pile up in review, and look at the cost from time to time."""
    async with await server() as environment:
        harness = harness_at(environment.client)
        async with hand(harness) as process:
            await open_account(harness)
            return await _pile_up(harness, process, posts)


async def _pile_up(harness: Harness, process: Process, posts: int) -> list[Level]:
    levels: list[Level] = []
    began, started = time.monotonic(), 0
    for step in range(1, _STEPS + 1):
        upto = -(-posts * step // _STEPS // len(CHANNELS))
        await in_turn([partial(start, harness, n) for n in range(started, upto)], _AT_ONCE)
        started = upto
        count = started * len(CHANNELS)
        await in_review(harness.client, count)
        within = time.monotonic() - began
        levels.append(await _look(harness.client, process.pid, count, within))
    return levels


async def start(harness: Harness, number: int) -> CampaignView:
    """Bring one campaign to where all its posts have started."""
    wanted = harness.campaign(
        key=ids.campaign_key(f"{harness.queue}-{number}", 1), source=spec(f"Source {number}")
    )
    return await harness.client.execute_workflow(
        CampaignWorkflow.run, wanted, id=ids.campaign_id(wanted.key), task_queue=harness.queue
    )


async def in_review(client: Client, count: int, where: str = "") -> None:
    """Wait until so many posts wait for a person; ``where`` narrows them."""
    query = " AND ".join(filter(None, ('GalleyState="in_review"', where)))

    async def all_are() -> bool:
        found = await client.count_workflows(query)
        return found.count >= count

    await until(all_are, seconds=600)


async def _look(client: Client, pid: int, posts: int, within: float) -> Level:
    began = time.monotonic()
    rows = await list_posts(client, 'GalleyState="in_review"', posts)
    if len(rows) != posts:
        raise AssertionError(f"{len(rows)} of {posts} posts are listed")
    listed = time.monotonic() - began
    return Level(posts, within, memory_of(pid), memory_of(_server_pid()), listed)


def memory_of(pid: int) -> float:
    """Return the resident memory of a process in MiB; 0 where it is not told."""
    try:
        told = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    except OSError:
        return 0
    found = re.search(r"VmRSS:\s+(\d+) kB", told)
    return int(found.group(1)) / 1024 if found else 0


def _server_pid() -> int:
    """Return our child that is the Temporal server."""
    for task in Path(f"/proc/{os.getpid()}/task").glob("*/children"):
        for pid in task.read_text(encoding="utf-8").split():
            name = Path(f"/proc/{pid}/comm").read_text(encoding="utf-8")
            if name.strip() == "temporal":
                return int(pid)
    return 0


def told(levels: list[Level]) -> str:
    """Return the figures for people."""
    return "\n".join(
        f"{one.posts:>6} posts in review after {one.started_within:6.1f} s: worker "
        f"{one.worker_mib:.0f} MiB, server {one.server_mib:.0f} MiB, list in "
        f"{one.list_seconds:.2f} s"
        for one in levels
    )


if __name__ == "__main__":
    print(machine())
    print(told(asyncio.run(measure(int(os.environ.get("POSTS", "500"))))))
    leave()
