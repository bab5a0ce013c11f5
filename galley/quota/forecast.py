"""When the calls of a campaign could go out, before it is started.

A forecast assumes that nothing else uses the key and that every draft is approved at
once. Calls are taken to last longer than they do, so that within these assumptions it
never promises too much.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from galley.models import Opening
from galley.quota.rolling import QuotaState, RollingWindows

CALL_MS = 2_000
"""How long one call is taken to last, in milliseconds."""
_MERGED = timedelta(minutes=15)
_WEEK = timedelta(days=7)


def forecast(
    state: QuotaState, now: int, waiting: int, calls: int, *, kept_back: float = 0.0
) -> tuple[Opening, ...]:
    """Return when new calls may go out, in order.

    Of the windows that held calls back, the one that cost most time is named.

    Args:
        state: The windows and what they hold.
        now: Milliseconds since the Unix epoch.
        waiting: Calls that are made first.
        calls: New calls.
        kept_back: Share of each window that these calls must leave to others.
    """
    quota = RollingWindows(state)
    openings: list[Opening] = []
    at, held_by, longest = now, "", 0
    for index in range(waiting + calls):
        start, window = quota.earliest(at, kept_back=kept_back)
        if start - at > longest:
            held_by, longest = window, start - at
        at = start + CALL_MS
        quota.record(at)
        if index >= waiting:
            one = Opening(at=_instant(start), calls=1, window=held_by)
            openings.append(one)
    return tuple(_merged(openings))


def first(openings: Sequence[Opening], calls: int) -> tuple[Opening, ...]:
    """Return the openings of so many calls; those of the others are left out."""
    found: list[Opening] = []
    for run in openings:
        room = calls - sum(one.calls for one in found)
        if room > 0:
            cut = {"calls": min(room, run.calls)}
            found.append(run.model_copy(update=cut))
    return tuple(found)


def each(openings: Sequence[Opening]) -> tuple[datetime, ...]:
    """Return one instant a call, at which it may go out at the latest."""
    return tuple(run.at for run in openings for _ in range(run.calls))


def told(
    openings: Sequence[Opening],
    due: Sequence[datetime | None],
    now: datetime,
    zone: ZoneInfo,
) -> str:
    """Return the forecast in a sentence, or ``""`` without one.

    Args:
        openings: Of the posts first, then of the reads that follow them.
        due: When each post is due, ``None`` for as soon as approved.
        now: The present, aware.
        zone: Whose days are named.
    """
    posts, times = len(due), each(openings)[: len(due)]
    if not posts or len(times) < posts:
        return ""
    alone = "if nothing else uses this key."
    window = _binding(openings, posts)
    if not window:
        return f"Buffer's quota takes {_all(posts)} at once, {alone}"
    days = Counter(at.astimezone(zone).date() for at in times)
    today = now.astimezone(zone).date()
    fits = ", ".join(
        f"{count} {'fit' if count > 1 else 'fits'} today"
        if day == today
        else f"{count} on {_day(day, today)}"
        for day, count in sorted(days.items())
    )
    late = _late(times, due)
    after = f", {late} after the time planned" if late else ""
    return (
        f"{posts} {'post' if posts == 1 else 'posts'}: {fits}, the last at "
        f"{times[-1].astimezone(zone):%H:%M}{after} ({window}), {alone}"
    )


def _binding(openings: Sequence[Opening], posts: int) -> str:
    """Return the window that holds the last of the posts back, or ``""``."""
    seen = 0
    for run in openings:
        seen += run.calls
        if seen >= posts:
            return run.window
    return ""


def _late(times: Sequence[datetime], due: Sequence[datetime | None]) -> int:
    """Count the posts that go out after their time; the earliest due go first."""
    timed = sorted(at for at in due if at is not None)
    return sum(
        at > wanted
        for at, wanted in zip(times[len(due) - len(timed) :], timed, strict=True)
    )


def _merged(openings: Sequence[Opening]) -> Iterator[Opening]:
    """Put calls together that the same window holds back, and that are close."""
    run: Opening | None = None
    first = datetime.min.replace(tzinfo=UTC)
    for one in openings:
        if run and one.window == run.window and one.at - first <= _MERGED:
            run = Opening(at=one.at, calls=run.calls + 1, window=run.window)
            continue
        if run:
            yield run
        run, first = one, one.at
    if run:
        yield run


def _all(posts: int) -> str:
    return "the post" if posts == 1 else f"all {posts} posts"


def _day(day: date, today: date) -> str:
    return f"{day:%A}" if day - today < _WEEK else f"{day.day} {day:%B %Y}"


def _instant(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, tz=UTC)
