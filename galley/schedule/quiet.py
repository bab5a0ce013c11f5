"""Quiet hours: a span of every day in which nothing goes out."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from galley.models import QuietHours
from galley.schedule.clock import first_instant, last_instant, wall_clock

_DAY = timedelta(days=1)


def after_quiet(at: datetime, quiet: QuietHours, zone: ZoneInfo) -> datetime:
    """Return ``at``, or the end of the quiet span it lies in, in UTC.

    A span begins the first time clocks show its start and ends the last time they show
    its end, so that an hour that comes twice is quiet both times; and a later ``at``
    never gives an earlier answer.
    """
    today = wall_clock(at, zone).date()
    # Yesterday's span may reach into today. Where an hour comes twice, a span of
    # nearly a whole day may even reach into the next one.
    for ahead in range(-1, 3):
        start, end = _span(today + ahead * _DAY, quiet, zone)
        if start <= at < end:
            at = end
    return at


def _span(day: date, quiet: QuietHours, zone: ZoneInfo) -> tuple[datetime, datetime]:
    last = day if quiet.end > quiet.start else day + _DAY
    return (
        first_instant(datetime.combine(day, quiet.start), zone),
        last_instant(datetime.combine(last, quiet.end), zone),
    )
