"""Wall clock into instants, where clocks are put forward and back."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

_MINUTE = timedelta(minutes=1)


def first_instant(wall: datetime, zone: ZoneInfo) -> datetime:
    """Return the instant, in UTC, at which clocks in ``zone`` first show ``wall``.

    A wall clock that is skipped, because clocks are put forward over it, becomes the
    first minute that exists after it. Of one that comes twice the first is meant.
    """
    at = _instant(wall, zone, fold=0)
    if wall_clock(at, zone) == wall:
        return at
    wall = wall.replace(second=0, microsecond=0)
    while wall_clock(at, zone) != wall:
        wall += _MINUTE
        at = _instant(wall, zone, fold=0)
    return at


def last_instant(wall: datetime, zone: ZoneInfo) -> datetime:
    """Return the instant at which clocks show ``wall`` for the last time.

    It differs from :func:`first_instant` only where a wall clock comes twice.
    """
    at = _instant(wall, zone, fold=1)
    return at if wall_clock(at, zone) == wall else first_instant(wall, zone)


def wall_clock(at: datetime, zone: ZoneInfo) -> datetime:
    """Return what clocks in ``zone`` show at an instant, without zone."""
    return at.astimezone(zone).replace(tzinfo=None, fold=0)


def _instant(wall: datetime, zone: ZoneInfo, *, fold: int) -> datetime:
    return wall.replace(tzinfo=zone, fold=fold).astimezone(UTC)
