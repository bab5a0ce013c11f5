"""Wall clock into instants, where clocks are put forward and back."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from galley.models.schedule import Move, QuietHours, Timing, TimingRule

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


@dataclass(frozen=True, slots=True)
class Placed:
    """An instant in UTC, and every reason why it is not the one asked for."""

    at: datetime
    moves: tuple[Move, ...] = ()

    def moved(self, to: datetime, rule: TimingRule, why: str) -> "Placed":
        """Return it at a later time; of each rule only the last move is told."""
        others = tuple(move for move in self.moves if move.rule is not rule)
        return Placed(to, (*others, Move(rule=rule, why=why, to=to)))


def is_timed(timing: Timing) -> bool:
    """Whether posts get due times, and do not go out as soon as they are approved."""
    return timing.start_at is not None or bool(timing.every) or timing.slots


def timeline(timing: Timing, count: int, now: datetime) -> tuple[Placed | None, ...]:
    """Return one time a post, in order; ``None`` means as soon as approved.

    A stagger is counted in real time; one of whole days keeps the wall clock instead.
    Quiet hours move a post to their end, and those after it as far as the stagger
    needs. Without a start but with a stagger, the first post is due now.
    """
    if not is_timed(timing):
        return (None,) * count
    zone = ZoneInfo(timing.timezone)
    places: list[Placed] = []
    for index in range(count):
        wanted = _wanted(timing, index, now, zone)
        if places and timing.every and not _keeps_wall_clock(timing.every):
            wanted = _staggered(wanted, places[-1], timing)
        places.append(_loud(wanted, timing, zone))
    return tuple(places)


def _keeps_wall_clock(every: timedelta) -> bool:
    return every >= _DAY and not every % _DAY


def _wanted(timing: Timing, index: int, now: datetime, zone: ZoneInfo) -> Placed:
    first = (timing.start_at or now).astimezone(UTC)
    wall = timing.start_wall or wall_clock(first, zone)
    if index == 0 or not timing.every:
        return _on_the_clock(first, wall, zone)
    if not _keeps_wall_clock(timing.every):
        return Placed(first + index * timing.every)
    wall += index * timing.every
    return _on_the_clock(first_instant(wall, zone), wall, zone)


def _on_the_clock(at: datetime, wall: datetime, zone: ZoneInfo) -> Placed:
    """Say so where the wall clock asked for does not exist."""
    if wall_clock(at, zone) == wall:
        return Placed(at)
    why = f"{wall:%Y-%m-%d %H:%M} does not exist in {zone.key}"
    return Placed(at).moved(at, TimingRule.CLOCK, why)


def _staggered(wanted: Placed, before: Placed, timing: Timing) -> Placed:
    earliest = before.at + timing.every
    if earliest <= wanted.at:
        return wanted
    why = f"keeps its distance from the post that quiet hours {timing.quiet} moved"
    return wanted.moved(earliest, TimingRule.QUIET, why)


def _loud(wanted: Placed, timing: Timing, zone: ZoneInfo) -> Placed:
    if timing.quiet is None:
        return wanted
    end = after_quiet(wanted.at, timing.quiet, zone)
    if end == wanted.at:
        return wanted
    return wanted.moved(end, TimingRule.QUIET, f"quiet hours {timing.quiet}")
