"""What Buffer still takes of one channel: posts a day, and posts at a time.

Days are those of the channel's own zone: Buffer does not say whose it counts.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from galley.models import BusyTime, Channel, DailyLimit, Outlook
from galley.schedule.clock import first_instant, wall_clock

_DAY = timedelta(days=1)
_FAR = 100
"""Days after which no free one is looked for any more."""


@dataclass(frozen=True, slots=True)
class ChannelRoom:
    """What one channel still takes. ``None`` is no limit, or one that was not told.

    ``counted`` are the posts Buffer has sent or will send on a day. The times in
    ``known`` are among them; any other post comes on top.
    """

    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))
    per_day: int | None = None
    counted: Mapping[date, int] = field(default_factory=dict[date, int])
    known: tuple[datetime, ...] = ()
    at_a_time: int | None = None
    scheduled: int = 0

    def after_full_days(self, at: datetime, taken: Sequence[datetime]) -> datetime:
        """Return ``at``, or the same clock time on the next day with room.

        Without one in a hundred days the answer lies a hundred days ahead.

        Args:
            at: The earliest instant wanted.
            taken: When the channel's posts are due, those of ``known`` too.
        """
        if self.per_day is None:
            return at
        wall, used = wall_clock(at, self.zone), self._used(taken)
        for ahead in range(_FAR):
            later = wall + ahead * _DAY
            if used(later.date()) < self.per_day:
                return first_instant(later, self.zone) if ahead else at
        return at + _FAR * _DAY

    def has_place(self, more: int) -> bool:
        """Whether one post fits beside those Buffer holds and ``more`` planned ones."""
        return self.at_a_time is None or self.scheduled + more < self.at_a_time

    def _used(self, taken: Sequence[datetime]) -> Callable[[date], int]:
        others = (Counter(taken) - Counter(self.known)).elements()
        listed = Counter(wall_clock(at, self.zone).date() for at in taken)
        beside = Counter(wall_clock(at, self.zone).date() for at in others)

        def used(day: date) -> int:
            counted = self.counted.get(day)
            return listed[day] if counted is None else counted + beside[day]

        return used


def room_of(
    channel: Channel, outlook: Outlook, busy: Sequence[BusyTime], now: datetime
) -> ChannelRoom:
    """Return what a channel still takes, from what was read of Buffer.

    Args:
        channel: The channel.
        outlook: What was read.
        busy: The posts of other campaigns: Buffer has those whose time is past.
        now: The present, aware.
    """
    told = {
        one.day: limit
        for one in outlook.days
        for limit in one.daily
        if limit.channel_id == channel.id
    }
    past = [one for one in busy if one.at <= now]
    held, sent = (
        Counter(one.at.astimezone(UTC) for one in posts if one.channel_id == channel.id)
        for posts in (outlook.held, past)
    )
    limits = [limit.limit for limit in told.values() if limit.limit is not None]
    return ChannelRoom(
        zone=zone_of(channel) or ZoneInfo("UTC"),
        per_day=min(limits, default=None),
        counted={day: _count(limit) for day, limit in told.items()},
        known=tuple((held | sent).elements()),
        at_a_time=outlook.plan.scheduled_posts,
        scheduled=outlook.scheduled.get(channel.id, 0),
    )


def zone_of(channel: Channel) -> ZoneInfo | None:
    """Return the channel's time zone, or ``None`` where its name means nothing."""
    try:
        return ZoneInfo(channel.timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def local_day(at: datetime, channel: Channel) -> date:
    """Return the date that the channel's calendar shows."""
    zone: tzinfo = zone_of(channel) or UTC
    return at.astimezone(zone).date()


def _count(limit: DailyLimit) -> int:
    return limit.sent + limit.scheduled
