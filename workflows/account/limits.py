"""LimitsCache: the limits Buffer reports, for campaigns that are about to be planned.

A plan must not wait for a quota or a pause: limits that cannot be read soon are reported as
missing, with the reason, and the campaign is planned without them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

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
from galley.models.publishing import ReplyKind
from galley.publishing.quota import QuotaState, forecast
from galley.publishing.schedule.rules import local_day
from workflows.account import buffer_calls
from workflows.account.reads import ReadQueue

_FRESH_FOR = timedelta(minutes=2)
_NAMES_THE_DAY = time(10, 30, tzinfo=UTC)
"""An instant of the same date in nearly every zone, from UTC-10 to UTC+13."""


@dataclass(frozen=True, slots=True)
class _Known:
    reply: LimitsReply
    channel_ids: frozenset[str]
    read_at: datetime


class LimitsCache:
    """The limits of some days, kept for a few minutes: campaigns come in groups."""

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
            usable: Channels read together, so that other campaigns find them here.
            quota: Tells the windows and what they hold.
            waiting: Calls that go out before.
            kept_back: Share of each window that posts leave to changes and reads.
        """
        openings = forecast(quota(), _now_ms(), waiting, task.calls, kept_back=kept_back)
        self._forget()
        missing = ""
        for day in task.days:
            if not self._knows(day, task.channel_ids):
                (free_at,) = forecast(quota(), _now_ms(), 0, 1)
                missing = await self._read(day, task, usable, free_at)
            if missing:
                break
        return self._answer(task, openings, missing)

    def _forget(self) -> None:
        now = workflow.now()
        self._known = {
            day: known for day, known in self._known.items() if now - known.read_at < _FRESH_FOR
        }

    def _knows(self, day: date, channel_ids: tuple[str, ...]) -> bool:
        known = self._known.get(day)
        return known is not None and known.channel_ids.issuperset(channel_ids)

    async def _read(
        self, day: date, task: AskLimits, usable: frozenset[str], free_at: Opening
    ) -> str:
        """Read one day; return why it could not be read."""
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
    """Return the channels whose limits Buffer can be asked for."""
    known = directory.channels if directory else ()
    return tuple(c for c in known if not (c.is_disconnected or c.is_locked))


def question_of_today(directory: ChannelDirectory, now: datetime) -> AskLimits | None:
    """Return what a campaign asks whose posts go out as soon as they are approved."""
    usable = usable_channels(directory)
    if not usable:
        return None
    days = sorted({local_day(now, channel) for channel in usable})
    return AskLimits(
        organization_id=directory.organization_id,
        channel_ids=tuple(sorted(channel.id for channel in usable)),
        days=tuple(days[:MOST_DAYS]),
        calls=2 * len(usable),
    )


def _now_ms() -> int:
    return int(workflow.now().timestamp() * 1000)
