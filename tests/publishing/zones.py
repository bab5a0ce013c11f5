"""Every zone whose clocks change in the two years from the end of November 2026."""

from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

from galley.models.schedule import QuietHours

START = datetime(2026, 11, 25, tzinfo=UTC)
_STEPS = 92
_STEP, _MINUTE = timedelta(days=8), timedelta(minutes=1)
"""No clock is put on and back again within eight days."""


def changes(zone: ZoneInfo) -> list[datetime]:
    """Return the instants at which the clocks of a zone change, to the minute."""
    days = [START + index * _STEP for index in range(_STEPS + 1)]
    return [
        _change(zone, day)
        for day, later in pairwise(days)
        if _offset(zone, day) != _offset(zone, later)
    ]


def _change(zone: ZoneInfo, before: datetime) -> datetime:
    first, last = before, before + _STEP
    while last - first > _MINUTE:
        middle = first + ((last - first) // _MINUTE // 2) * _MINUTE
        if _offset(zone, middle) == _offset(zone, before):
            first = middle
        else:
            last = middle
    return last


def _offset(zone: ZoneInfo, at: datetime) -> timedelta | None:
    return at.astimezone(zone).utcoffset()


EVERYWHERE = {
    name: found for name in sorted(available_timezones()) if (found := changes(ZoneInfo(name)))
}


def _alike(name: str) -> tuple[object, ...]:
    """Return what all zones have in common whose clocks show the same all the time."""
    zone = ZoneInfo(name)
    return tuple((at, _offset(zone, at)) for at in (START, *EVERYWHERE[name]))


_FIRST = {_alike(name): name for name in reversed(EVERYWHERE)}
CHANGES = {name: EVERYWHERE[name] for name in sorted(_FIRST.values())}
"""One of those zones whose clocks show the same: what holds for it holds for all."""


def shows(at: datetime, zone: ZoneInfo) -> datetime:
    """Return what clocks show, without zone or fold."""
    return at.astimezone(zone).replace(tzinfo=None, fold=0)


def is_quiet(at: datetime, quiet: QuietHours, zone: ZoneInfo) -> bool:
    """Whether the clock on the wall shows a time in the quiet hours."""
    clock: time = shows(at, zone).time()
    if quiet.start < quiet.end:
        return quiet.start <= clock < quiet.end
    return clock >= quiet.start or clock < quiet.end
