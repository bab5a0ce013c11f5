"""What one channel takes: a gap, a number of posts in 24 hours, posting slots.

Each rule returns the earliest instant from ``at`` on that it allows.
"""

from bisect import bisect_left, insort
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from galley.models import PostingDay
from galley.schedule.clock import first_instant, wall_clock

_DAY = timedelta(days=1)
_MINUTE = timedelta(minutes=1)
_WEEK = 7


def after_gap(at: datetime, taken: Sequence[datetime], gap: timedelta) -> datetime:
    """Keep ``gap`` from the channel's other posts, and never share a minute.

    Args:
        at: The earliest instant wanted.
        taken: When the channel's other posts are due, in order.
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
        taken: When the channel's other posts are due, in order.
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
    return all(
        times[index + limit] - times[index] >= _DAY for index in range(first, last + 1)
    )


def next_slot(
    at: datetime, schedule: Sequence[PostingDay], zone: ZoneInfo
) -> datetime | None:
    """Return the next slot of a posting schedule, or ``None`` if it has none.

    Args:
        at: The earliest instant wanted.
        schedule: The slots of each weekday, as Buffer has them.
        zone: The channel's own.
    """
    slots = {day.weekday: sorted(day.times) for day in schedule}
    today = wall_clock(at, zone).date()
    for ahead in range(_WEEK + 1):
        day = today + ahead * _DAY
        for clock in slots.get(day.weekday(), ()):
            slot = first_instant(datetime.combine(day, clock), zone)
            if slot >= at:
                return slot
    return None


def _minute(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(second=0, microsecond=0)
