"""Instants as whole milliseconds since the epoch, and how Buffer writes them."""

import re
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SECOND = 1000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_YEARS = (2, 9998)
_MOMENT = re.compile(
    r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})", re.IGNORECASE
)


class Clock:
    """The emulator's wall clock; the control API can move it forward."""

    def __init__(
        self,
        ahead_ms: int = 0,
        speed: float = 1.0,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self.ahead_ms = ahead_ms
        self.speed = speed
        self._wall = wall
        self._start = wall()

    def restart(self) -> None:
        """Show the wall's time again."""
        self.ahead_ms = 0
        self._start = self._wall()

    def now(self) -> int:
        """Milliseconds since the epoch, shifted by how far the clock was moved."""
        passed = (self._wall() - self._start) * self.speed
        return int((self._start + passed) * SECOND) + self.ahead_ms

    def ahead_of_wall(self) -> int:
        """Milliseconds between this clock and the wall's, by moves and by speed."""
        return self.now() - int(self._wall() * SECOND)


def iso(instant: int) -> str:
    """Write an instant as Buffer does: UTC, milliseconds, ``Z``."""
    moment = EPOCH + timedelta(milliseconds=instant)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def parse_instant(text: str) -> int:
    """Read an ISO 8601 date and time that carries an offset or ``Z``.

    A date alone is its midnight in UTC, as it is to JavaScript; Buffer's own client
    sends such dates.

    Raises:
        ValueError: Not such a date, or its offset is missing, or its year is 1 or 9999.
    """
    if _DATE.fullmatch(text):
        moment = datetime.fromisoformat(text).replace(tzinfo=UTC)
    elif _MOMENT.fullmatch(text):
        moment = datetime.fromisoformat(text.upper())
    else:
        raise ValueError("a date, or a date and time with an offset or Z")
    if not _YEARS[0] <= moment.year <= _YEARS[1]:
        raise ValueError("a year that every zone can write")
    return (moment - EPOCH) // timedelta(milliseconds=1)


def date_in(zone: str, instant: int) -> date:
    """The date an instant falls on in a zone."""
    return datetime.fromtimestamp(instant / SECOND, ZoneInfo(zone)).date()


def local_day(zone: str, day: date) -> tuple[int, int]:
    """Start and end of a date in a zone."""
    midnight = datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone))
    # Wall clock: adding a day gives the next midnight, 23 to 25 hours later.
    ends = (midnight, midnight + timedelta(days=1))
    start, end = (int(one.timestamp()) * SECOND for one in ends)
    return start, end
