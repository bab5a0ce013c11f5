"""Decisions on their way from a page to a post: held for seconds, taken back, sent, told.

A decision that is held lives in this process alone: one that stops is told to send it first; after
a crash the post is still in review, as the inbox says.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field
from datetime import UTC, datetime

from app.errors import app_error
from app.review.decisions import DecisionResult
from galley.models.review import DecisionKind
from web.access import Link

HELD_SECONDS = 8.0
"""For so long an approval or a rejection can be taken back."""
_ENOUGH = 1.0
"""Seconds that a page waits for an answer; a longer one is told when it comes."""
DONE = {
    DecisionKind.APPROVE: "approved",
    DecisionKind.EDIT: "edited",
    DecisionKind.REGENERATE: "sent back for a new draft",
    DecisionKind.REJECT: "rejected",
}

Send = Callable[[], Awaitable[DecisionResult]]


@dataclass
class Held:
    """A decision that has not reached its post yet."""

    workflow_id: str
    kind: DecisionKind
    person: str
    send: Send
    tell: Callable[[DecisionResult | str], None]
    """Told once: the answer, or why there is none."""
    until: float
    """On the monotonic clock."""
    link: Link | None = None
    """Of the client who decided; ``None``: a person who signed in."""
    at: datetime = field(default_factory=lambda: datetime.now(UTC))
    hurry: asyncio.Event = field(default_factory=asyncio.Event)
    is_sent: bool = False

    def is_of(self, person: str, link: Link | None) -> bool:
        """Whether this browser's decision it is.

        A client decides in the name of whoever made the link, and takes back only their own.
        """
        return self.link == link if link else self.person == person

    @property
    def seconds(self) -> int:
        """Whole seconds until it is sent."""
        return max(0, round(self.until - time.monotonic()))


class Sending:
    """All decisions that are on their way; a post has one at a time."""

    def __init__(self, held_seconds: float = HELD_SECONDS) -> None:
        self.held_seconds = held_seconds
        self._held: dict[str, Held] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def of(self, workflow_id: str) -> Held | None:
        """Return the decision on a post that is on its way."""
        return self._held.get(workflow_id)

    def hold(
        self,
        workflow_id: str,
        kind: DecisionKind,
        person: str,
        send: Send,
        tell: Callable[[DecisionResult | str], None],
        link: Link | None = None,
    ) -> Held:
        """Send a decision after some seconds, unless it is taken back; it is the only one."""
        until = time.monotonic() + self.held_seconds
        held = Held(workflow_id, kind, person, send, tell, until, link)
        self._held[workflow_id] = held
        self._begin(self._later(held))
        return held

    async def now(
        self,
        workflow_id: str,
        kind: DecisionKind,
        person: str,
        send: Send,
        tell: Callable[[DecisionResult | str], None],
    ) -> None:
        """Send a decision at once, and wait a moment for its answer."""
        held = Held(workflow_id, kind, person, send, tell, time.monotonic())
        self._held[workflow_id] = held
        task = self._begin(self._send(held))
        await asyncio.wait({task}, timeout=_ENOUGH)

    def take_back(self, workflow_id: str, person: str, link: Link | None = None) -> bool:
        """Return whether this person's, or this client's, decision was taken back."""
        held = self._held.get(workflow_id)
        if held is None or held.is_sent or not held.is_of(person, link):
            return False
        del self._held[workflow_id]
        return True

    async def close(self) -> None:
        """Send all that is held: a person was told that it is decided."""
        for held in self._held.values():
            held.hurry.set()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=10)

    def _begin(self, work: Coroutine[None, None, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        # The loop itself keeps only weak references.
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _later(self, held: Held) -> None:
        try:
            async with asyncio.timeout(max(0.0, held.until - time.monotonic())):
                await held.hurry.wait()
        except TimeoutError:
            pass
        if self._held.get(held.workflow_id) is held:
            await self._send(held)

    async def _send(self, held: Held) -> None:
        held.is_sent = True
        try:
            held.tell(await held.send())
        except Exception as error:
            known = app_error(error)
            held.tell(str(known) if known else "A mistake of Galley's own: see its log.")
            if known is None:
                raise
        finally:
            if self._held.get(held.workflow_id) is held:
                del self._held[held.workflow_id]
