"""ReadQueue: reads of Buffer that an update of AccountWorkflow waits for; and the channel map.

Each read is one request, made by the account's own loop when the quota allows. Whoever asks for
the same meanwhile shares the reply.
"""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Generic, TypeVar

from temporalio import workflow
from temporalio.exceptions import ApplicationError

from galley.models.channel import ChannelDirectory
from galley.models.publishing import ListUnsent, ReplyKind, UnsentPage
from workflows.account import buffer_calls
from workflows.account.quota import Counted, QuotaKeeper

R = TypeVar("R", bound=Counted)


class _Asked(Generic[R]):
    """One read: its call, its reply, and whether it was dismissed without one."""

    def __init__(self, call: Callable[[], Awaitable[R]], *, is_patient: bool) -> None:
        self.call = call
        self.is_patient = is_patient
        self.reply: R | None = None
        self.is_dismissed = False


class ReadQueue:
    """The reads that are asked for, made in the order they came."""

    def __init__(self, on_asked: Callable[[], None]) -> None:
        self._asked: dict[str, _Asked[Counted]] = {}
        self._on_asked = on_asked
        self._is_closed = False

    @property
    def is_busy(self) -> bool:
        """Whether somebody waits."""
        return bool(self._asked)

    @property
    def next(self) -> str:
        """What is read next, for people."""
        return next(iter(self._asked), "")

    async def ask(
        self, what: str, call: Callable[[], Awaitable[R]], *, is_patient: bool = True
    ) -> R:
        """Return the reply to ``call``, which the account makes in its turn.

        Args:
            what: Names the read; the same name shares one request.
            call: One request, never raising.
            is_patient: Whether to wait for the quota, or for the end of a pause.

        Raises:
            ApplicationError: ``Buffer:busy``: the run ends, or there would be a wait for one
                who is not patient; ask again.
        """
        if self._is_closed:
            raise _busy()
        mine = _Asked(call, is_patient=is_patient)
        asked = self._asked.setdefault(what, mine)  # pyright: ignore[reportArgumentType] - one name, one type of answer
        self._on_asked()
        await workflow.wait_condition(lambda: asked.reply is not None or asked.is_dismissed)
        if asked.reply is None:
            raise _busy()
        return asked.reply  # pyright: ignore[reportReturnType] - see above

    async def serve(self, quota: QuotaKeeper) -> None:
        """Make the oldest request; one that hit the rate limit is made again."""
        what, asked = self.next, self._asked[self.next]
        reply = await asked.call()
        quota.count(reply)
        if reply.kind is ReplyKind.RATE_LIMITED:
            return
        asked.reply = reply
        if self._asked.get(what) is asked:
            del self._asked[what]

    def dismiss_impatient(self) -> bool:
        """Dismiss the reads that do not wait; return whether there were any."""
        impatient = [name for name, one in self._asked.items() if not one.is_patient]
        for name in impatient:
            self._asked.pop(name).is_dismissed = True
        return bool(impatient)

    def close(self) -> None:
        """Dismiss every read, and whatever is asked from now on: it would hold the next run up."""
        self._is_closed = True
        for asked in self._asked.values():
            asked.is_dismissed = True
        self._asked.clear()


def _busy() -> ApplicationError:
    return ApplicationError("Buffer is busy: ask again.", type="Buffer:busy")


CHANNELS = "the channel map"


class ChannelMap:
    """The channels of an organization, read for all campaigns together and kept."""

    def __init__(
        self, organization_id: str, known: ChannelDirectory | None, reads: ReadQueue
    ) -> None:
        self._organization_id = organization_id
        self._reads = reads
        self.known = known

    async def fresh(self, fresh_for: timedelta, *, is_stopped: bool) -> ChannelDirectory:
        """Return the channels, read anew when what is known is old and reads are allowed.

        Raises:
            ApplicationError: ``Buffer:<kind of failure>``.
        """
        known = self.known
        if known is None:
            return await self._read()
        is_old = workflow.now() - known.fetched_at > fresh_for
        return await self._read() if is_old and not is_stopped else known

    async def _read(self) -> ChannelDirectory:
        reply = await self._reads.ask(
            CHANNELS, lambda: buffer_calls.list_channels(self._organization_id)
        )
        if reply.kind is not ReplyKind.OK:
            raise ApplicationError(reply.message, type=f"Buffer:{reply.kind}")
        if reply.directory is None:
            raise ApplicationError("Buffer gave no channel list.", type="Buffer:failed")
        self.known = reply.directory
        return self.known

    async def seed(self, quota: QuotaKeeper) -> None:
        """Read the channels before any other call, for the quota that the headers report."""
        reply = await buffer_calls.list_channels(self._organization_id)
        quota.count(reply)
        # Whatever came of it, the next answer's headers correct the count again.
        quota.is_seeded = True
        self.known = reply.directory or self.known


async def unsent_page(reads: ReadQueue, task: ListUnsent, stopped_by: str | None) -> UnsentPage:
    """Return one page of the posts that Buffer did not send yet, read in its turn.

    It does not wait for the quota: whoever deletes media by these pages must know that all of
    them are of the same hour.

    Raises:
        ApplicationError: ``Buffer:paused``; ``Buffer:busy``, ask again; or
            ``Buffer:<kind of failure>``.
    """
    if stopped_by:
        raise ApplicationError(
            f"Calls to Buffer are paused by {stopped_by}: `uv run starter.py resume` ends that.",
            type="Buffer:paused",
        )
    reply = await reads.ask(
        f"{buffer_calls.UNSENT}, after {task.after or 'none'}",
        lambda: buffer_calls.list_unsent(task),
        is_patient=False,
    )
    if reply.kind is not ReplyKind.OK:
        raise ApplicationError(reply.message, type=f"Buffer:{reply.kind}")
    return reply.page
