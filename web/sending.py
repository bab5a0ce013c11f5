"""Decisions on their way from a page to a post: kept back for seconds, taken back, sent, told.

A pending decision lives in this process alone: one that stops is told to send it first; after
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

UNDO_SECONDS = 8.0
"""For so long an approval or a rejection can be taken back."""
_ENOUGH = 1.0
"""Seconds that a page waits for an answer; a longer one is told when it comes."""
DONE = {
    DecisionKind.APPROVE: "approved",
    DecisionKind.EDIT: "edited",
    DecisionKind.REGENERATE: "sent back for a new draft",
    DecisionKind.REJECT: "rejected",
}

FAILED = "Galley failed; its log says why."
"""Said of what is a mistake of ours."""

Send = Callable[[], Awaitable[DecisionResult]]


@dataclass
class PendingDecision:
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

    def __init__(self, undo_seconds: float = UNDO_SECONDS) -> None:
        self.undo_seconds = undo_seconds
        self._pending: dict[str, PendingDecision] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def of(self, workflow_id: str) -> PendingDecision | None:
        """Return the decision on a post that is on its way."""
        return self._pending.get(workflow_id)

    def hold(
        self,
        workflow_id: str,
        kind: DecisionKind,
        person: str,
        send: Send,
        tell: Callable[[DecisionResult | str], None],
        link: Link | None = None,
    ) -> PendingDecision:
        """Send a decision after some seconds, unless it is taken back; it is the only one."""
        until = time.monotonic() + self.undo_seconds
        pending = PendingDecision(workflow_id, kind, person, send, tell, until, link)
        self._pending[workflow_id] = pending
        self._begin(self._later(pending))
        return pending

    async def now(
        self,
        workflow_id: str,
        kind: DecisionKind,
        person: str,
        send: Send,
        tell: Callable[[DecisionResult | str], None],
    ) -> None:
        """Send a decision at once, and wait a moment for its answer."""
        pending = PendingDecision(workflow_id, kind, person, send, tell, time.monotonic())
        self._pending[workflow_id] = pending
        task = self._begin(self._send(pending))
        await asyncio.wait({task}, timeout=_ENOUGH)

    def take_back(self, workflow_id: str, person: str, link: Link | None = None) -> bool:
        """Return whether this person's, or this client's, decision was taken back."""
        pending = self._pending.get(workflow_id)
        if pending is None or pending.is_sent or not pending.is_of(person, link):
            return False
        del self._pending[workflow_id]
        pending.hurry.set()  # nobody waits for it any more, nor does the end of the server
        return True

    async def close(self) -> None:
        """Send all that is pending: a person was told that it is decided."""
        for pending in self._pending.values():
            pending.hurry.set()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=10)

    def _begin(self, work: Coroutine[None, None, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        # The loop itself keeps only weak references.
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _later(self, pending: PendingDecision) -> None:
        try:
            async with asyncio.timeout(max(0.0, pending.until - time.monotonic())):
                await pending.hurry.wait()
        except TimeoutError:
            pass
        if self._pending.get(pending.workflow_id) is pending:
            await self._send(pending)

    async def _send(self, pending: PendingDecision) -> None:
        pending.is_sent = True
        try:
            result = await pending.send()
        except Exception as error:
            known = app_error(error)
            pending.tell(str(known) if known else FAILED)
            if known is None:
                raise
        else:
            # Whatever fails from here on, the decision counted.
            pending.tell(result)
        finally:
            if self._pending.get(pending.workflow_id) is pending:
                del self._pending[pending.workflow_id]
