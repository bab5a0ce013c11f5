"""The rules for the due times of one channel: gap, posts in 24 hours, slots, Buffer's limits.

Each rule returns the earliest instant from ``at`` on that it allows. ``plan`` calls them, and
AccountWorkflow calls :func:`spaced` before it creates a post.
"""

from bisect import bisect_left, insort
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from galley.models.account import Outlook
from galley.models.channel import Channel, PostingDay
from galley.models.schedule import BusyTime, Move, Timing, TimingRule
from galley.publishing.schedule.clock import Placed, after_quiet, first_instant, wall_clock

_DAY = timedelta(days=1)
_MINUTE = timedelta(minutes=1)
_WEEK = 7


def after_gap(at: datetime, taken: Sequence[datetime], gap: timedelta) -> datetime:
    """Keep ``gap`` from the channel's other posts, and never share a minute.

    Args:
        at: The earliest instant wanted.
        taken: The due times of the channel's other posts, in order.
        gap: Least distance, before and after; may be zero.
    """
    for other in taken:
        is_same_minute = _minute(other) == _minute(at)
        if is_same_minute or abs(at - other) < gap:
            at = max(at, other + gap, _minute(other) + _MINUTE)
    return at


def after_limit(at: datetime, taken: Sequence[datetime], limit: int) -> datetime:
    """Keep every span of 24 hours to ``limit`` posts (the networks' rolling limits).

    Args:
        at: The earliest instant wanted.
        taken: The due times of the channel's other posts, in order.
        limit: Most posts in less than 24 hours; at least 1.
    """
    # Room opens only when an earlier post falls out of the 24 hours.
    exits = (other + _DAY for other in taken if other + _DAY > at)
    for candidate in (at, *exits):
        if _fits(candidate, taken, limit):
            return candidate
    return at  # pragma: no cover -- 24 hours after the last post there is room


def _fits(at: datetime, taken: Sequence[datetime], limit: int) -> bool:
    times = list(taken)
    insort(times, at)
    own = bisect_left(times, at)
    first = max(0, own - limit)
    last = min(own, len(times) - 1 - limit)
    return all(times[index + limit] - times[index] >= _DAY for index in range(first, last + 1))


def next_slot(at: datetime, schedule: Sequence[PostingDay], zone: ZoneInfo) -> datetime | None:
    """Return the next slot of a posting schedule, or ``None`` if it has none.

    Args:
        at: The earliest instant wanted.
        schedule: The slots of each weekday in Buffer.
        zone: The channel's own.
    """
    slots = {day.weekday: sorted(day.times) for day in schedule}
    today = wall_clock(at, zone).date()
    # Eight days: today's slots may all be past, and next week's are then the first.
    for ahead in range(_WEEK + 1):
        day = today + ahead * _DAY
        for clock in slots.get(day.weekday(), ()):
            slot = first_instant(datetime.combine(day, clock), zone)
            if slot >= at:
                return slot
    return None


def _minute(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(second=0, microsecond=0)


_FAR = 100
"""Days after which no free one is looked for any more."""


@dataclass(frozen=True, slots=True)
class ChannelRoom:
    """The room of one channel. ``None`` is no limit, or an unknown one.

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
            taken: The due times of the channel's posts, those of ``known`` included.
        """
        if self.per_day is None:
            return at
        wall = wall_clock(at, self.zone)
        others = (Counter(taken) - Counter(self.known)).elements()
        listed = Counter(wall_clock(one, self.zone).date() for one in taken)
        beside = Counter(wall_clock(one, self.zone).date() for one in others)
        for ahead in range(_FAR):
            later = wall + ahead * _DAY
            day = later.date()
            counted = self.counted.get(day)
            used = listed[day] if counted is None else counted + beside[day]
            if used < self.per_day:
                return first_instant(later, self.zone) if ahead else at
        return at + _FAR * _DAY

    def has_place(self, more: int) -> bool:
        """Whether a post fits beside those that Buffer holds and ``more`` planned ones."""
        return self.at_a_time is None or self.scheduled + more < self.at_a_time


def room_of(
    channel: Channel, outlook: Outlook, busy: Sequence[BusyTime], now: datetime
) -> ChannelRoom:
    """Return the room of a channel, as far as it was read.

    Args:
        channel: The channel.
        outlook: The limits that were read.
        busy: The posts of other campaigns; those whose time is past are in Buffer.
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
        counted={day: limit.sent + limit.scheduled for day, limit in told.items()},
        known=tuple((held | sent).elements()),
        at_a_time=outlook.plan.scheduled_posts,
        scheduled=outlook.scheduled.get(channel.id, 0),
    )


def zone_of(channel: Channel) -> ZoneInfo | None:
    """Return the channel's time zone, or ``None`` if its name is unknown here."""
    try:
        return ZoneInfo(channel.timezone)
    # "America" is a folder (OSError), "../x" leaves the time zones (ValueError).
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def local_day(at: datetime, channel: Channel) -> date:
    """Return the date on the channel's calendar."""
    zone: tzinfo = zone_of(channel) or UTC
    return at.astimezone(zone).date()


HORIZON = timedelta(days=90)
"""How far ahead of the time wanted a free one is looked for."""


@dataclass(frozen=True, slots=True)
class Rule:
    """What moves a due time: ``allowed`` gives the first instant that may be used."""

    kind: TimingRule
    why: str
    allowed: Callable[[datetime], datetime]


def earliest(place: Placed, rules: Sequence[Rule]) -> Placed | None:
    """Return the first time every rule allows; ``None``: none within the horizon."""
    horizon = place.at + HORIZON
    is_moving = True
    while is_moving:
        is_moving = False
        for rule in rules:
            at = rule.allowed(place.at)
            if at > horizon:
                return None
            if at > place.at:
                place, is_moving = place.moved(at, rule.kind, rule.why), True
    return place


def hours(timing: Timing, channel: Channel | None) -> Iterator[Rule]:
    """The rules that do not depend on other posts."""
    quiet, zone = timing.quiet, ZoneInfo(timing.timezone)
    own = zone_of(channel) if channel is not None else None
    if timing.slots and channel is not None and own and channel.posting_schedule:
        schedule = channel.posting_schedule
        why = f"next posting slot of the channel, in {own.key}"
        yield Rule(TimingRule.SLOT, why, lambda at: next_slot(at, schedule, own) or at)
    if quiet is not None:
        why = f"quiet hours {quiet}"
        yield Rule(TimingRule.QUIET, why, lambda at: after_quiet(at, quiet, zone))


def load(
    timing: Timing, channel: Channel, taken: Sequence[datetime], limit: int, room: ChannelRoom
) -> Iterator[Rule]:
    """The rules that depend on the channel's other posts."""
    whole, minutes = divmod(int(timing.gap.total_seconds()) // 60, 60)
    gap = " ".join(f"{n} {unit}" for n, unit in ((whole, "h"), (minutes, "min")) if n)
    least = f"{gap} from" if gap else "not in the minute of"
    why = f"{least} another post of the channel"
    yield Rule(TimingRule.GAP, why, lambda at: after_gap(at, taken, timing.gap))
    why = network_limit(channel, limit)
    yield Rule(TimingRule.LIMIT, why, lambda at: after_limit(at, taken, limit))
    if room.per_day is not None:
        why = daily_limit(channel, room.per_day)
        yield Rule(TimingRule.LIMIT, why, lambda at: room.after_full_days(at, taken))


def full_channel(
    channel: Channel, taken: Sequence[datetime], limit: int, room: ChannelRoom, now: datetime
) -> Iterator[Move]:
    """Yield warnings about a full channel, for a post that goes out right after approval."""
    free = after_limit(now, taken, limit)
    if free > now:
        why = f"{network_limit(channel, limit)}: room from {free:%Y-%m-%d %H:%M} UTC on"
        yield Move(rule=TimingRule.LIMIT, why=why)
    day = room.after_full_days(now, taken)
    if day > now and room.per_day is not None:
        local = day.astimezone(room.zone)
        why = f"{daily_limit(channel, room.per_day)}: room from {local:%Y-%m-%d} on"
        yield Move(rule=TimingRule.LIMIT, why=why)


def unused_slots(channel: Channel) -> tuple[Move, ...]:
    """Return the reason why posting slots cannot be used, if there is one."""
    why = ""
    if not channel.posting_schedule:
        why = "the channel has no posting slots in Buffer: they are not used"
    elif zone_of(channel) is None:
        why = "the channel's time zone is unknown: its posting slots are not used"
    return (Move(rule=TimingRule.SLOT, why=why),) if why else ()


def network_limit(channel: Channel, limit: int) -> str:
    """Return the network's own limit in a sentence."""
    return f"{channel.platform} takes at most {limit} posts in 24 hours"


def daily_limit(channel: Channel, limit: int) -> str:
    """Return Buffer's daily limit in a sentence."""
    return f"Buffer takes at most {limit} posts a day on {channel.platform}"


def spaced(due_at: datetime, taken: Sequence[datetime], timing: Timing) -> datetime:
    """Return the first whole second from ``due_at`` on that keeps gap and quiet hours.

    Args:
        due_at: The due time of the post.
        taken: The due times of the channel's other posts, in order.
        timing: The rules; without a gap the due time stays.
    """
    if not timing.gap:
        return due_at
    gap = Rule(TimingRule.GAP, "", lambda at: after_gap(at, taken, timing.gap))
    found = earliest(Placed(due_at), [*hours(timing, None), gap])
    if found is None or found.at == due_at:
        return due_at
    whole = found.at.replace(microsecond=0)
    return whole if whole == found.at else whole + timedelta(seconds=1)
