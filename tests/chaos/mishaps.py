"""What goes wrong, chosen by a seed: parts die or freeze, and services misbehave."""

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Any

import httpx
from temporalio.client import RPCTimeoutOrCancelledError, WorkflowHandle
from temporalio.service import RPCError

from galley.models.account import Pause, PauseScope, Resume
from galley.models.network import Platform
from tests.chaos.fleet import HIDDEN_AT_MOST, Fleet
from tests.chaos.steps import AtStep
from tests.end_to_end.waiting import until

AnyHandle = WorkflowHandle[Any, Any]
Fault = tuple[str, str, dict[str, Any]]

CREATES: tuple[Fault, ...] = (
    ("createPost", "lost_reply", {}),
    ("createPost", "lost_request", {}),
    ("createPost", "truncated", {}),
    ("createPost", "http_500", {"carried_out": True}),
    ("createPost", "http_502", {}),
    ("createPost", "http_503", {"carried_out": True}),
    ("createPost", "http_504", {"carried_out": True}),
    ("createPost", "slow", {"seconds": 3}),
    ("createPost", "rate_limit", {"window": "15m", "seconds": 2}),
    ("createPost", "unexpected", {}),
)
READS: tuple[Fault, ...] = (
    ("posts", "lost_reply", {}),
    ("posts", "http_500", {}),
    ("posts", "http_503", {}),
    ("posts", "truncated", {}),
    ("posts", "slow", {"seconds": 2}),
    ("posts", "rate_limit", {"window": "24h", "seconds": 1}),
    ("posts", "unexpected", {}),
)
CHANGES: tuple[Fault, ...] = tuple(
    (operation, kind, {})
    for operation in ("editPost", "deletePost")
    for kind in ("lost_reply", "lost_request", "http_500", "http_503", "rate_limit")
)
RARE: tuple[Fault, ...] = (
    ("createPost", "unauthorized", {}),
    ("posts", "unauthorized", {}),
    ("createPost", "typed_error", {"typename": "InvalidInputError", "message": "No."}),
    ("publish", "publish_error", {"message": "The network said no."}),
)
DRAFTS = ("http_500", "http_529", "cut_off", "invalid_json", "slow", "http_429")
_OVERLAP = 2


class Mishaps:
    """Lets something go wrong again and again; ``happened`` counts what did."""

    def __init__(
        self,
        fleet: Fleet,
        seed: int,
        pause: float,
        operated: Sequence[tuple[Callable[[], Awaitable[str]], int]] = (),
    ) -> None:
        self._fleet, self._pause, self._operated = fleet, pause, operated
        self._chance = random.Random(seed)  # noqa: S311 - a repeatable choice
        self._steps = AtStep(fleet, self._chance)
        self._room = asyncio.Semaphore(_OVERLAP)
        self.happened: Counter[str] = Counter()

    @property
    def steps_hit(self) -> Counter[str]:
        """At which named steps a worker was killed, and how often."""
        return self._steps.hit

    async def befall(self, *, until: asyncio.Event) -> None:
        """Go on until told to end; then wait until everything runs again."""
        async with asyncio.TaskGroup() as tasks:
            while not until.is_set():
                mishaps, weights = zip(*self._known(), strict=True)
                chosen = self._chance.choices(mishaps, weights)[0]
                await self._room.acquire()
                tasks.create_task(self._let(chosen))
                pause = self._chance.uniform(0.2, 2 * self._pause)
                try:
                    async with asyncio.timeout(pause):
                        await until.wait()
                except TimeoutError:
                    continue

    async def _let(self, mishap: Callable[[], Awaitable[str]]) -> None:
        try:
            self.happened[await mishap()] += 1
        except httpx.TransportError:
            self.happened["a fault could not be ordered"] += 1
        finally:
            self._room.release()

    def _known(self) -> list[tuple[Callable[[], Awaitable[str]], int]]:
        if self._operated:
            return [*self._operated, *self._beside_an_operator()]
        return [
            (self._steps.kill, 24),
            (self._kill_worker, 10),
            (self._kill_all_workers, 2),
            (self._freeze_worker, 4),
            (self._kill_temporal, 4),
            (self._freeze_temporal, 3),
            (self._kill_buffer, 4),
            (self._freeze_buffer, 4),
            (self._cut_off_store, 5),
            (self._disturb_creates, 22),
            (self._hide_a_post, 8),
            (self._disturb_reads, 14),
            (self._storm_429, 4),
            (self._disturb_rarely, 3),
            (self._disturb_drafts, 6),
            (self._disturb_changes, 6),
            (self._pause_calls, 4),
        ]

    def _beside_an_operator(self) -> list[tuple[Callable[[], Awaitable[str]], int]]:
        return [
            (self._kill_worker, 6),
            (self._freeze_worker, 2),
            (self._kill_temporal, 1),
            (self._kill_buffer, 1),
            (self._cut_off_store, 2),
            (self._disturb_creates, 8),
            (self._hide_a_post, 3),
            (self._disturb_reads, 4),
            (self._disturb_changes, 4),
            (self._disturb_rarely, 1),
        ]

    async def _kill_worker(self) -> str:
        name = self._chance.choice(self._fleet.workers)
        await self._fleet.crash(name, self._chance.uniform(0, 4))
        return "worker killed"

    async def _kill_all_workers(self) -> str:
        away = self._chance.uniform(0, 3)
        async with asyncio.TaskGroup() as tasks:
            for name in self._fleet.workers:
                tasks.create_task(self._fleet.crash(name, away))
        return "all workers killed"

    async def _freeze_worker(self) -> str:
        # Longer than the heartbeat allows, shorter than Buffer is looked at.
        name = self._chance.choice(self._fleet.workers)
        await self._fleet.freeze(name, self._chance.uniform(1, 13))
        return "worker frozen"

    async def _kill_temporal(self) -> str:
        await self._fleet.crash("temporal", self._chance.uniform(0, 3))
        return "Temporal server killed"

    async def _freeze_temporal(self) -> str:
        await self._fleet.freeze("temporal", self._chance.uniform(0.5, 5))
        return "Temporal server frozen"

    async def _kill_buffer(self) -> str:
        await self._fleet.crash("buffer", self._chance.uniform(0, 3))
        return "Buffer killed"

    async def _freeze_buffer(self) -> str:
        await self._fleet.freeze("buffer", self._chance.uniform(0.5, 6))
        return "Buffer frozen"

    async def _cut_off_store(self) -> str:
        if self._chance.random() < 0.5:
            await self._fleet.freeze("gcs", self._chance.uniform(0.5, 4))
        else:
            await self._fleet.crash("gcs", self._chance.uniform(0.5, 4))
        return "store cut off"

    async def _disturb_creates(self) -> str:
        return await self._order(self._chance.choice(CREATES))

    async def _disturb_reads(self) -> str:
        return await self._order(self._chance.choice(READS))

    async def _disturb_rarely(self) -> str:
        return await self._order(self._chance.choice(RARE))

    async def _order(self, fault: Fault) -> str:
        operation, kind, details = fault
        await self._fleet.buffer.order(kind, operation=operation, **details)
        return f"{operation}: {kind}"

    async def _disturb_changes(self) -> str:
        return await self._order(self._chance.choice(CHANGES))

    async def _pause_calls(self) -> str:
        """Pause everything or one network, perhaps with a pull-back; then resume."""
        platform = self._chance.choice((None, Platform.X, Platform.LINKEDIN))
        scope = PauseScope(platform=platform)
        pull_back = self._chance.random() < 0.5
        said = Pause(by="kim", scope=scope, pull_back=pull_back)
        account = await self._fleet.account()
        if account is None or not await _told(account, "pause", said):
            return "a pause nobody heard"
        await asyncio.sleep(self._chance.uniform(1, 8))
        resume = Resume(by="kim", scope=scope)
        await until(partial(_told, account, "resume", resume))
        return "paused, pulled back, resumed" if pull_back else "paused, resumed"

    async def _hide_a_post(self) -> str:
        """Hide a post from the list right after its reply was lost."""
        seconds = self._chance.uniform(0.5, HIDDEN_AT_MOST)
        await self._fleet.buffer.order("hidden_for", seconds=seconds)
        await self._fleet.buffer.order("lost_reply")
        return "createPost: lost_reply and hidden"

    async def _storm_429(self) -> str:
        await self._fleet.buffer.order(
            "rate_limit", operation="*", times=6, window="15m", seconds=1
        )
        return "storm of 429"

    async def _disturb_drafts(self) -> str:
        kind = self._chance.choice(DRAFTS)
        await self._fleet.anthropic.order(kind, seconds=2)
        return f"draft: {kind}"


async def _told(account: AnyHandle, signal: str, said: Pause | Resume) -> bool:
    try:
        await account.signal(signal, said)
    except (RPCError, RPCTimeoutOrCancelledError):
        return False
    return True
