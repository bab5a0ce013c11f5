"""The days of the calendar: which posts are due when, and what speaks against it.

Pure: :mod:`web.calendar` reads the posts and shows the days.
"""

import calendar
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from app.posts.directory import PostRow
from galley.models.network import Platform
from galley.models.post import PostState
from galley.models.schedule import Timing
from galley.networks.registry import rules_for
from galley.publishing.schedule.clock import after_quiet, first_instant, wall_clock
from galley.review.changes import ON_ITS_WAY, STAYS_OUT

_DAY = timedelta(days=1)
_YEARS = (2000, 2100)
_MOVABLE = {state.value for state in (*ON_ITS_WAY, PostState.DRAFTING, PostState.IN_REVIEW)}


class Span(StrEnum):
    """What one page of the calendar shows."""

    MONTH = "month"
    WEEK = "week"
    LIST = "list"


@dataclass(frozen=True, slots=True)
class Entry:
    """A post on its day, in the reader's zone; ``warnings`` are sentences."""

    row: PostRow
    at: datetime
    warnings: tuple[str, ...] = ()

    @property
    def is_movable(self) -> bool:
        """Whether another time can be asked for."""
        return self.row.state in _MOVABLE

    @property
    def words(self) -> str:
        """What a person knows it by."""
        return self.row.opening or self.row.title or self.row.handle


@dataclass(frozen=True, slots=True)
class Day:
    """One day; ``in_span`` is false for the days that only fill a week."""

    date: date
    in_span: bool
    is_today: bool
    entries: tuple[Entry, ...]

    @property
    def warnings(self) -> tuple[str, ...]:
        """The warnings of its posts, each once."""
        return tuple(dict.fromkeys(one for entry in self.entries for one in entry.warnings))


@dataclass(frozen=True, slots=True)
class Page:
    """One page of the calendar; ``before`` and ``after`` are days of the pages beside it."""

    span: Span
    title: str
    first: date
    before: date
    after: date
    weeks: tuple[tuple[Day, ...], ...]

    @property
    def days(self) -> tuple[Day, ...]:
        """The days of the span, in order."""
        return tuple(day for week in self.weeks for day in week if day.in_span)

    @property
    def anchor(self) -> date:
        """The day that another span shows as well: today, if it is on this page."""
        return next((day.date for day in self.days if day.is_today), self.first)

    @property
    def rows(self) -> tuple[PostRow, ...]:
        """The posts that take a place in the span."""
        return tuple(entry.row for day in self.days for entry in day.entries)


def span_of(text: str, wanted: str, today: date) -> tuple[Span, date, date]:
    """Return the span, its first day and the day after its last, as an address names them.

    What cannot be read is this month.
    """
    span = Span(text) if text in set(Span) else Span.MONTH
    try:
        day = date.fromisoformat(f"{wanted}-01" if wanted.count("-") == 1 else wanted)
    except ValueError:
        day = today
    day = day if _YEARS[0] <= day.year <= _YEARS[1] else today
    if span is Span.WEEK:
        first = day - day.weekday() * _DAY
        return span, first, first + 7 * _DAY
    first = day.replace(day=1)
    return span, first, (first + 31 * _DAY).replace(day=1)


@dataclass(frozen=True)
class Planner:
    """What lays posts out on days.

    Attributes:
        zone: The reader's.
        today: In that zone.
        timings: The rules of each campaign, by its ID, as far as they are known.
    """

    zone: ZoneInfo
    today: date
    timings: Mapping[str, Timing] = field(default_factory=dict[str, Timing])

    def page(self, span: Span, first: date, until: date, rows: Iterable[PostRow]) -> Page:
        """Return the page of the days from ``first`` to before ``until``."""
        entries = self.entries(rows)
        days: dict[date, list[Entry]] = defaultdict(list)
        for entry in entries:
            days[entry.at.date()].append(entry)
        last = until - _DAY
        shown = [first + n * _DAY for n in range((until - first).days)]
        if span is not Span.WEEK:
            weeks = calendar.Calendar().monthdatescalendar(first.year, first.month)
        else:
            weeks = [shown]
        laid = tuple(
            tuple(
                Day(day, first <= day < until, day == self.today, tuple(days.get(day, ())))
                for day in week
            )
            for week in weeks
        )
        is_week = span is Span.WEEK
        title = (
            f"{first.day} {first:%B} to {last.day} {last:%B %Y}" if is_week else f"{first:%B %Y}"
        )
        return Page(
            span, title, first, (first - _DAY if not is_week else first - 7 * _DAY), until, laid
        )

    def entries(self, rows: Iterable[PostRow]) -> list[Entry]:
        """Return the posts that are due at a time, the earliest first, with their warnings."""
        timed = sorted(
            ((row.due_at, row) for row in rows if row.due_at is not None),
            key=lambda one: (one[0], one[1].workflow_id),
        )
        taken: dict[str, list[datetime]] = defaultdict(list)
        for at, row in timed:
            if row.state not in STAYS_OUT:
                taken[row.channel_id].append(at)
        return [
            Entry(row, wall_clock(at, self.zone), self.warnings(row, at, taken[row.channel_id]))
            for at, row in timed
            if row.state not in STAYS_OUT
        ]

    def warnings(self, row: PostRow, at: datetime, taken: Sequence[datetime]) -> tuple[str, ...]:
        """Return what speaks against a post at a time, in sentences.

        Args:
            row: The post.
            at: The time, aware.
            taken: The times of all posts of its channel, this one among them or not.
        """
        found: list[str] = []
        timing = self.timings.get(row.campaign_id, Timing())
        if timing.quiet is not None:
            zone = ZoneInfo(timing.timezone)
            if after_quiet(at, timing.quiet, zone) != at:
                found.append(f"In the quiet hours of its campaign ({timing.quiet}, {zone.key}).")
        others = list(taken)
        if at in others:
            others.remove(at)  # itself, and once: two posts may share a time
        near = min((abs(one - at) for one in others), default=None)
        if near is not None and timing.gap and near < timing.gap:
            found.append(
                f"{in_words(near)} from another post of its channel; its campaign keeps "
                f"{in_words(timing.gap)}."
            )
        if row.platform in set(Platform):
            rules = rules_for(Platform(row.platform))
            around = [one for one in (*others, at) if timedelta(0) <= at - one < _DAY]
            if len(around) > rules.posts_per_day:
                found.append(
                    f"{len(around)} posts of its channel in 24 hours; {rules.name} takes "
                    f"{rules.posts_per_day}."
                )
        return tuple(found)


def in_words(span: timedelta) -> str:
    """Return a span as people say it: ``2 days``, ``3 h 20 min``."""
    if span >= 2 * _DAY:
        return f"{span.days} days"
    hours, minutes = divmod(int(span.total_seconds()) // 60, 60)
    return (
        " ".join(filter(None, (f"{hours} h" if hours else "", f"{minutes} min" * bool(minutes))))
        or "0 min"
    )


def moved_to(day: date, clock: time, zone: ZoneInfo) -> datetime:
    """Return the instant of a wall clock, or the next one where clocks skip it."""
    return first_instant(datetime.combine(day, clock), zone)
