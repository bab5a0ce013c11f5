"""Reads that campaigns and people ask of AccountWorkflow: ReadQueue, ChannelMap, LimitsCache.

Each read is one request, made by the account's own loop when the quota allows. Whoever asks for
the same meanwhile shares the reply.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Generic, TypeVar

from temporalio import workflow
from temporalio.exceptions import ApplicationError

from galley.models.account import (
    MOST_DAYS,
    AskLimits,
    DayLimits,
    LimitsReply,
    Opening,
    Outlook,
    ReadLimits,
)
from galley.models.channel import Channel, ChannelDirectory
from galley.models.publishing import ListUnsent, ReplyKind, UnsentPage
from galley.publishing.quota import QuotaState, forecast
from galley.publishing.schedule.rules import local_day
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
        self.is_closed = False
        """Whether the run ends, and whoever waits is told to ask again."""

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
        if self.is_closed:
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
        # It stays in the queue during the call, so that others share its reply.
        what, asked = self.next, self._asked[self.next]
        reply = await asked.call()
        quota.count(reply)
        if reply.kind is ReplyKind.RATE_LIMITED:
            return
        asked.reply = reply
        # Not if it was dismissed during the call, and perhaps asked for again.
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
        self.is_closed = True
        for asked in self._asked.values():
            asked.is_dismissed = True
        self._asked.clear()


def _busy() -> ApplicationError:
    return ApplicationError("Buffer is busy: ask again.", type="Buffer:busy")


def _paused(by: str) -> ApplicationError:
    return ApplicationError(
        f"Calls to Buffer are paused by {by}: `galley resume` ends that.", type="Buffer:paused"
    )


CHANNELS = "the channel map"


class ChannelMap:
    """The channels of an organization, read for all campaigns together and kept."""

    def __init__(
        self, organization_id: str, known: ChannelDirectory | None, reads: ReadQueue
    ) -> None:
        self._organization_id = organization_id
        self._reads = reads
        self.known = known

    async def fresh(
        self, fresh_for: timedelta, stopped_by: str | None, *, or_old: bool = True
    ) -> ChannelDirectory:
        """Return the channels, read anew when what is known is old and reads are allowed.

        Args:
            fresh_for: Age up to which what is known is not read anew.
            stopped_by: Who paused every call.
            or_old: Whether to return what is known, with its time, where the quota or Buffer
                lets no read through now. A campaign is planned by it rather than not at all.

        Raises:
            ApplicationError: ``Buffer:paused``, if none is known; or ``Buffer:<kind of
                failure>``.
        """
        known = self.known
        if known is None:
            # Whoever asked would wait for a person, among the few updates that may wait.
            if stopped_by:
                raise _paused(stopped_by)
            return await self._read()
        is_old = workflow.now() - known.fetched_at > fresh_for
        if not is_old or stopped_by:
            return known
        try:
            return await self._read(is_patient=not or_old)
        except ApplicationError as error:
            # A refused key is not waited out: whoever asks must know.
            if not or_old or error.type == f"Buffer:{ReplyKind.UNAUTHORIZED}":
                raise
            return known

    async def _read(self, *, is_patient: bool = True) -> ChannelDirectory:
        reply = await self._reads.ask(
            CHANNELS,
            lambda: buffer_calls.list_channels(self._organization_id),
            is_patient=is_patient,
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
        raise _paused(stopped_by)
    reply = await reads.ask(
        f"{buffer_calls.UNSENT}, after {task.after or 'none'}",
        lambda: buffer_calls.list_unsent(task),
        is_patient=False,
    )
    if reply.kind is not ReplyKind.OK:
        raise ApplicationError(reply.message, type=f"Buffer:{reply.kind}")
    return reply.page


_FRESH_FOR = timedelta(minutes=2)
# An instant of the same date in nearly every zone, from UTC-10 to UTC+13.
_NAMES_THE_DAY = time(10, 30, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class _Known:
    reply: LimitsReply
    channel_ids: frozenset[str]
    read_at: datetime


class LimitsCache:
    """The limits of some days, kept for a few minutes: campaigns come in groups.

    A plan must not wait for a quota or a pause: limits that cannot be read soon are reported as
    missing, with the reason, and the campaign is planned without them.
    """

    def __init__(self, reads: ReadQueue) -> None:
        self._reads = reads
        self._known: dict[date, _Known] = {}

    async def outlook(
        self,
        task: AskLimits,
        usable: frozenset[str],
        quota: Callable[[], QuotaState],
        waiting: int,
        kept_back: float,
    ) -> Outlook:
        """Return the limits of the days asked for, and when the calls may go out.

        Args:
            task: Days, channels and calls.
            usable: Channels to read together, so that other campaigns find them here.
            quota: Returns the windows as they are.
            waiting: Calls that go out before.
            kept_back: Share of each window that posts leave to changes and reads.
        """
        openings = forecast(quota(), _now_ms(), waiting, task.calls, kept_back=kept_back)
        now = workflow.now()
        self._known = {
            day: known for day, known in self._known.items() if now - known.read_at < _FRESH_FOR
        }
        missing = ""
        for day in task.days:
            known = self._known.get(day)
            if known is None or not known.channel_ids.issuperset(task.channel_ids):
                (free_at,) = forecast(quota(), _now_ms(), 0, 1)
                missing = await self._read(day, task, usable, free_at)
            if missing:
                break
        return self._answer(task, openings, missing)

    async def _read(
        self, day: date, task: AskLimits, usable: frozenset[str], free_at: Opening
    ) -> str:
        """Read one day; return the reason if it could not be read."""
        if free_at.window:
            return (
                f"Buffer's quota is used up until {free_at.at:%Y-%m-%d %H:%M} UTC "
                f"({free_at.window})"
            )
        channel_ids = usable.union(task.channel_ids)
        wanted = ReadLimits(
            organization_id=task.organization_id,
            channel_ids=tuple(sorted(channel_ids)),
            day=datetime.combine(day, _NAMES_THE_DAY),
        )
        try:
            reply = await self._reads.ask(
                f"limits of {day}", lambda: buffer_calls.read_limits(wanted), is_patient=False
            )
        except ApplicationError:
            return "Buffer's quota is used up, or calls to it are paused"
        if reply.kind is not ReplyKind.OK:
            return reply.message.rstrip(".") or "Buffer did not answer"
        self._known[day] = _Known(reply, channel_ids, workflow.now())
        return ""

    def _answer(self, task: AskLimits, openings: tuple[Opening, ...], missing: str) -> Outlook:
        asked = frozenset(task.channel_ids)
        read = {day: self._known[day] for day in task.days if day in self._known}
        latest = max(read.values(), key=lambda known: known.read_at, default=None)
        # Of plan and queue the latest reply counts, whichever day it was read for.
        told = latest.reply if latest else LimitsReply(kind=ReplyKind.OK)
        return Outlook(
            days=tuple(
                DayLimits(
                    day=day,
                    daily=tuple(one for one in known.reply.daily if one.channel_id in asked),
                )
                for day, known in read.items()
            ),
            plan=told.plan,
            scheduled={name: count for name, count in told.scheduled.items() if name in asked},
            held=tuple(one for one in told.held if one.channel_id in asked),
            openings=openings,
            missing=missing,
        )


def usable_channels(directory: ChannelDirectory | None) -> tuple[Channel, ...]:
    """Return the channels whose limits Buffer reports: neither disconnected nor locked."""
    known = directory.channels if directory else ()
    return tuple(c for c in known if not (c.is_disconnected or c.is_locked))


def question_of_today(directory: ChannelDirectory, now: datetime) -> AskLimits | None:
    """Return the question of a campaign without due times; ``None`` without a channel."""
    usable = usable_channels(directory)
    if not usable:
        return None
    days = sorted({local_day(now, channel) for channel in usable})
    return AskLimits(
        organization_id=directory.organization_id,
        channel_ids=tuple(sorted(channel.id for channel in usable)),
        days=tuple(days[:MOST_DAYS]),
        # A createPost for each channel, and a read of its outcome.
        calls=2 * len(usable),
    )


def _now_ms() -> int:
    return int(workflow.now().timestamp() * 1000)
