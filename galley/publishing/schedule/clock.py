"""The timeline of a campaign, and wall clocks as instants where clocks go forward and back.

``rules`` and ``plan`` beside it call this when a campaign is planned or a post is moved.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from galley.models.schedule import Move, QuietHours, Timing, TimingRule

_MINUTE = timedelta(minutes=1)


def first_instant(wall: datetime, zone: ZoneInfo) -> datetime:
    """Return the instant, in UTC, at which clocks in ``zone`` first show ``wall``.

    A wall clock that is skipped when clocks go forward becomes the first minute that exists
    after it. Of one that comes twice this is the first.
    """
    at = wall.replace(tzinfo=zone, fold=0).astimezone(UTC)
    if wall_clock(at, zone) == wall:
        return at
    wall = wall.replace(second=0, microsecond=0)
    while wall_clock(at, zone) != wall:
        wall += _MINUTE
        at = wall.replace(tzinfo=zone, fold=0).astimezone(UTC)
    return at


def last_instant(wall: datetime, zone: ZoneInfo) -> datetime:
    """Return the instant at which clocks last show ``wall``, which may come twice."""
    at = wall.replace(tzinfo=zone, fold=1).astimezone(UTC)
    return at if wall_clock(at, zone) == wall else first_instant(wall, zone)


def wall_clock(at: datetime, zone: ZoneInfo) -> datetime:
    """Return the time on clocks in ``zone`` at an instant, without zone."""
    return at.astimezone(zone).replace(tzinfo=None, fold=0)


_DAY = timedelta(days=1)


def after_quiet(at: datetime, quiet: QuietHours, zone: ZoneInfo) -> datetime:
    """Return ``at``, or the end of the quiet span around it, in UTC.

    A span begins when clocks first show its start and ends when they last show its end, so
    that an hour that comes twice is quiet both times; and a later ``at`` never gives an
    earlier answer.
    """
    today = wall_clock(at, zone).date()
    # Yesterday's span may reach into today. Where an hour comes twice, a span of
    # nearly a whole day may even reach into the next one.
    for ahead in range(-1, 3):
        day = today + ahead * _DAY
        last = day if quiet.end > quiet.start else day + _DAY
        start = first_instant(datetime.combine(day, quiet.start), zone)
        end = last_instant(datetime.combine(last, quiet.end), zone)
        if start <= at < end:
            at = end
    return at


@dataclass(frozen=True, slots=True)
class Placed:
    """An instant in UTC, and every reason why it is not the one asked for."""

    at: datetime
    moves: tuple[Move, ...] = ()

    def moved(self, to: datetime, rule: TimingRule, why: str) -> "Placed":
        """Return it at a later time; of each rule only the last move is kept."""
        others = tuple(move for move in self.moves if move.rule is not rule)
        return Placed(to, (*others, Move(rule=rule, why=why, to=to)))


def is_timed(timing: Timing) -> bool:
    """Whether posts get due times, instead of going out right after approval."""
    return timing.start_at is not None or bool(timing.every) or timing.slots


def timeline(timing: Timing, count: int, now: datetime) -> tuple[Placed | None, ...]:
    """Return one time for each post, in order; ``None`` means right after approval.

    A stagger is counted in real time; one of whole days keeps the wall clock instead.
    Quiet hours move a post to their end, and those after it as far as the stagger
    needs. Without a start but with a stagger, the first post is due now.
    """
    if not is_timed(timing):
        return (None,) * count
    zone = ZoneInfo(timing.timezone)
    places: list[Placed] = []
    for index in range(count):
        place = _wanted(timing, index, now, zone)
        if places and timing.every and not _keeps_wall_clock(timing.every):
            earliest = places[-1].at + timing.every
            if earliest > place.at:
                why = f"keeps its distance from the post that quiet hours {timing.quiet} moved"
                place = place.moved(earliest, TimingRule.QUIET, why)
        if timing.quiet is not None:
            end = after_quiet(place.at, timing.quiet, zone)
            if end != place.at:
                place = place.moved(end, TimingRule.QUIET, f"quiet hours {timing.quiet}")
        places.append(place)
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
    """Return the place, with a note if the wall clock asked for does not exist."""
    if wall_clock(at, zone) == wall:
        return Placed(at)
    why = f"{wall:%Y-%m-%d %H:%M} does not exist in {zone.key}"
    return Placed(at).moved(at, TimingRule.CLOCK, why)
