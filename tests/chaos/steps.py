"""Kill a worker inside a named step, as Temporal shows it to be under way."""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from temporalio.api.enums.v1 import PendingActivityState
from temporalio.client import RPCTimeoutOrCancelledError
from temporalio.service import RPCError

from tests.chaos.fleet import Fleet
from tests.end_to_end.pending import WHERE

_STARTED = PendingActivityState.PENDING_ACTIVITY_STATE_STARTED
_PATIENCE = 6.0
_MOST = 12
Mishap = Callable[[], Awaitable[str]]


_STORED = frozenset(
    {
        *("read_source", "reserve_budget", "write_draft"),
        *("rehost_assets", "hand_over", "tell_posts"),
    }
)
"""Steps that use the store: it is made to answer late, so that they can be caught."""


class AtStep:
    """Waits for a step and kills the worker that is at it."""

    def __init__(self, fleet: Fleet, chance: random.Random) -> None:
        self._fleet, self._chance = fleet, chance
        self.hit: Counter[str] = Counter()

    async def kill(self) -> str:
        """Kill the worker that comes first to one of the steps hit least so far."""
        least = min(self.hit[step] for step in WHERE)
        wanted = {step for step in WHERE if self.hit[step] <= least}
        async with self._prolonged(self._chance.choice(sorted(wanted))):
            caught = await self._await(wanted)
        worker = None if caught is None else self._fleet.worker_of(caught.pid)
        if caught is None or worker is None:
            return "no worker came to a named step in time"
        async with self._fleet.hold(worker):
            if self._fleet.worker_of(caught.pid) != worker:
                return "the worker at a named step died before"
            self._fleet.kill(worker)
            self.hit[caught.step] += 1
            await asyncio.sleep(self._chance.uniform(0, 3))
            await self._fleet.revive(worker)
        return "worker killed at a named step"

    @asynccontextmanager
    async def _prolonged(self, step: str) -> AsyncGenerator[None]:
        """Make a step last long enough to be seen."""
        if step in _STORED:
            async with self._fleet.hold("gcs"):
                self._fleet.halt("gcs")
                try:
                    yield
                finally:
                    self._fleet.go_on("gcs")
            return
        order = self._fleet.buffer.order
        match step:
            case "create_post":
                await order("slow", seconds=3)
            case "find_post":
                await order("lost_reply")
                await order("slow", operation="posts", seconds=3)
            case "read_outcomes":
                await order("slow", operation="posts", seconds=3)
            case "write_set":
                await self._fleet.anthropic.order("slow", seconds=3)
            case _:
                pass
        yield

    async def _await(self, wanted: set[str]) -> "Caught | None":
        """Return who is at one of the steps, once somebody is."""
        try:
            async with asyncio.timeout(_PATIENCE):
                while True:
                    for query in sorted({WHERE[step] for step in wanted}):
                        caught = await self._at(query, wanted)
                        if caught is not None:
                            return caught
                    # Often enough for a step that lasts; each look describes a dozen runs.
                    await asyncio.sleep(0.25)
        except TimeoutError:
            return None

    async def _at(self, query: str, wanted: set[str]) -> "Caught | None":
        client = self._fleet.client
        try:
            runs = [run.id async for run in client.list_workflows(query, limit=_MOST)]
            for run_id in runs:
                told = await client.get_workflow_handle(run_id).describe()
                for one in told.raw_description.pending_activities:
                    step = one.activity_type.name
                    if step in wanted and one.state == _STARTED:
                        pid = int(one.last_worker_identity.partition("@")[0])
                        return Caught(step, pid)
        except (RPCError, RPCTimeoutOrCancelledError):
            return None
        return None


@dataclass(frozen=True)
class Caught:
    """A worker's process, and the step it is at."""

    step: str
    pid: int
