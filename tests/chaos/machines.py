"""What befalls an operator's machines: a bucket away, a full disk, clocks off, a new build.

A worker's clock is that of libfaketime, as Debian packs it. Where that is missing, or no disk can
be mounted, the scene does not happen, and the report shows it.
"""

import asyncio
import random
from pathlib import Path

from tests.chaos.fleet import Fleet


class Machines:
    """Lets it happen; each method says what did."""

    def __init__(self, fleet: Fleet, chance: random.Random) -> None:
        self._fleet, self._chance = fleet, chance
        self._ahead = 0.0

    async def lose_bucket(self) -> str:
        await self._fleet.crash("gcs", self._chance.uniform(8, 20))
        return "bucket down for long"

    async def fill_drafts(self) -> str:
        await self._fleet.anthropic.order("slow", times=20, seconds=3)
        return "drafts in every slot"

    async def move_clock(self) -> str:
        """Let Buffer's clock run ahead of ours, once."""
        if self._ahead:
            return "Buffer's clock is ahead already"
        self._ahead = self._chance.uniform(20, 60)
        await self._fleet.buffer.ask("POST", "clock", {"seconds": self._ahead})
        return "Buffer's clock runs ahead"

    async def move_worker_clock(self) -> str:
        """Have one worker's clock off by minutes for a while, ahead or behind."""
        ahead = self._chance.choice((1, -1)) * self._chance.uniform(40, 600)
        clock = clock_off_by(ahead)
        if not clock:
            return "no clock to set: libfaketime is missing"
        name = self._chance.choice(self._fleet.workers)
        async with self._fleet.hold(name):
            self._fleet.kill(name)
            await self._fleet.revive(name, **clock)
            await asyncio.sleep(self._chance.uniform(15, 40))
            self._fleet.kill(name)
            await self._fleet.revive(name)
        return f"a worker's clock minutes {'ahead' if ahead > 0 else 'behind'}"

    async def fill_disk(self) -> str:
        """Leave the Temporal server no room on its disk, then make room and start it again."""
        disk = self._fleet.disk
        if disk is None or not disk.is_own:
            return "no disk to fill: only root mounts one"
        async with self._fleet.hold("temporal"):
            disk.fill()
            await asyncio.sleep(self._chance.uniform(4, 12))
            disk.empty()
            # A server that could not write may have given up its shard, or itself.
            self._fleet.kill("temporal")
            await self._fleet.revive("temporal")
        return "the Temporal server's disk full"

    async def deploy(self) -> str:
        """Roll a build out that writes members of enumerations which this one does not know."""
        if self._fleet.build is not None:
            return "the newer build runs already"
        self._fleet.build = await asyncio.to_thread(self._fleet.newer_build)
        for name in self._fleet.workers:
            async with self._fleet.hold(name):
                self._fleet.kill(name)
                await self._fleet.revive(name)
            await asyncio.sleep(self._chance.uniform(1, 4))
        return "rolling deploy of a newer build"


def clock_off_by(seconds: float) -> dict[str, str]:
    """Return the environment of a program whose clock is so far ahead; empty where none can be."""
    found = sorted(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))
    if not found:
        return {}
    return {
        "LD_PRELOAD": str(found[0]),
        "FAKETIME": f"{seconds:+.0f}s",
        # Spans of time pass as they do.
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
    }
