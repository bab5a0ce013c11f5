"""How long a post waits after its only worker was killed in the middle of createPost.

``python -m bench.recovery``; ``TIMES`` sets how often. Real servers, emulators and
worker processes; the new worker is started as soon as the old one is dead.
"""

import asyncio
import os
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from bench.machine import leave, machine
from galley.models.network import Platform
from galley.models.post import PostState
from tests.end_to_end.campaigns import begin
from tests.end_to_end.stack import Stack
from tests.end_to_end.waiting import until

_TOWNS = ("Runswick", "Sandsend", "Hinderwell", "Skinningrove", "Marske", "Redcar")


@dataclass(frozen=True)
class Recovery:
    """Seconds after SIGKILL until a worker polls, and until the post is known."""

    polls: float
    scheduled: float


async def measure(times: int) -> list[Recovery]:
    """Kill the only worker in the middle of a call, so many times."""
    with tempfile.TemporaryDirectory() as folder:
        stack = Stack(Path(folder) / "stack")
        try:
            await stack.start()
            return [await _once(stack, town) for _, town in zip(range(times), _TOWNS, strict=False)]
        finally:
            stack.close()


async def _once(stack: Stack, town: str) -> Recovery:
    campaign = await begin(stack, town, f"--platform={Platform.X}")
    await campaign.reach(PostState.IN_REVIEW)
    await stack.buffer.order("slow", Platform.X, seconds=20)
    known = len(await stack.buffer.ledger())

    async def is_created_and_not_told() -> bool:
        return len(await stack.buffer.ledger()) > known

    await campaign.approve(Platform.X)
    await until(is_created_and_not_told)
    stack.kill("worker")
    killed = time.monotonic()
    await stack.revive("worker")
    polls = time.monotonic() - killed
    await campaign.reach(PostState.SCHEDULED, PostState.PUBLISHED)
    return Recovery(polls, time.monotonic() - killed)


def told(found: list[Recovery]) -> str:
    """Return the figures for people."""
    polls = median(one.polls for one in found)
    scheduled = [one.scheduled for one in found]
    return (
        f"{len(found)} kills in the middle of createPost: a new worker polls after "
        f"{polls:.1f} s (median), the post is found and known to be scheduled after "
        f"{median(scheduled):.1f} s (median; {min(scheduled):.1f} to "
        f"{max(scheduled):.1f} s)"
    )


if __name__ == "__main__":
    print(machine())
    print(told(asyncio.run(measure(int(os.environ.get("TIMES", "3"))))))
    leave()
