"""Buffer's quota: exact rolling windows, the pauses of an outage, and a forecast of calls.

Called by AccountWorkflow, and by the planning of a campaign for the forecast.

A finished call is dated by its *completion* and a new one by its *start*. Buffer
counts a call somewhere between the two, so latency, late timers and outages only ever
add slack and a window is never exceeded.

Buffer's windows: 100 in 15 minutes; 250 (Team 500) in 24 hours; 3,000, 7,500 or
15,000 in 30 days (https://developers.buffer.com/guides/api-limits.html). Instants are
milliseconds since the Unix epoch.
"""

from bisect import bisect_left, bisect_right, insort
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from pydantic import AwareDatetime

from galley.models.account import Opening
from galley.models.base import Model
from galley.models.publishing import RateWindow

_NAMES = {900: "15 minutes", 86_400: "24 hours", 2_592_000: "30 days"}


class Window(Model):
    """At most ``limit`` calls in any span of ``seconds``."""

    seconds: int
    limit: int

    @property
    def span(self) -> int:
        """Length in milliseconds."""
        return self.seconds * 1000

    @property
    def label(self) -> str:
        """For people: ``100 in 15 minutes``."""
        return f"{self.limit} in {_NAMES.get(self.seconds, f'{self.seconds} s')}"


FREE_PLAN = (
    Window(seconds=900, limit=100),
    Window(seconds=86_400, limit=250),
    Window(seconds=2_592_000, limit=3_000),
)
"""The smallest plan: assumed until the first answer's headers say otherwise."""


class QuotaState(Model):
    """The windows and the calls in them, as they are carried from run to run."""

    windows: tuple[Window, ...] = FREE_PLAN
    ends: tuple[int, ...] = ()
    """When each counted call ended."""
    blocked_until: int = 0
    """Until when Buffer asked to wait."""


class RollingWindows:
    """When the next call may start."""

    def __init__(self, state: QuotaState) -> None:
        self._windows = sorted(state.windows, key=lambda window: window.seconds)
        self._ends = sorted(state.ends)
        self._blocked_until = state.blocked_until

    @property
    def state(self) -> QuotaState:
        """The state to carry over."""
        return QuotaState(
            windows=tuple(self._windows), ends=tuple(self._ends), blocked_until=self._blocked_until
        )

    def earliest(self, now: int, in_flight: int = 0, kept_back: float = 0.0) -> tuple[int, str]:
        """Return when a call may start and which rule binds (empty if none does).

        Calls in flight count as made now. With every slot of a window in flight the
        answer is one span from now: ask again when one has finished.

        Args:
            now: The present.
            in_flight: Calls that have begun and not ended.
            kept_back: Share of each window that this call must leave to others.
        """
        at, why = now, ""
        if self._blocked_until > now:
            at, why = self._blocked_until, "Buffer asked to wait"
        for window in self._windows:
            room = window.limit - int(window.limit * kept_back) - in_flight
            if room <= 0:
                candidate = now + window.span
            elif len(self._ends) >= room:
                candidate = self._ends[-room] + window.span + 1
            else:
                continue
            if candidate > at:
                at, why = candidate, window.label
        return at, why

    def record(self, ended: int) -> None:
        """Count one finished call, and forget those no window can see."""
        insort(self._ends, ended)
        longest = self._windows[-1].span
        # A call that ended exactly one window ago still counts in earliest().
        del self._ends[: bisect_left(self._ends, ended - longest)]

    def block(self, until: int) -> None:
        """Let nothing start before ``until``: a 429's ``Retry-After``."""
        self._blocked_until = max(self._blocked_until, until)

    def used(self, window: Window, now: int) -> int:
        """Return how many counted calls the window holds now."""
        return len(self._ends) - bisect_right(self._ends, now - window.span)

    def report(self, now: int) -> tuple[RateWindow, ...]:
        """Return each window's use, in Buffer's own terms."""
        return tuple(
            RateWindow(
                seconds=window.seconds,
                limit=window.limit,
                remaining=max(0, window.limit - self.used(window, now)),
                resets_in=self._resets_in(window, now),
            )
            for window in self._windows
        )

    def _resets_in(self, window: Window, now: int) -> int:
        """Return the seconds until the window's newest call has left it, rounded up."""
        last = self._ends[-1] if self._ends else now - window.span
        return max(0, -(-(last + window.span - now) // 1000))

    def observe(self, reported: tuple[RateWindow, ...], now: int, since: int | None = None) -> None:
        """Correct the count by an answer's ``RateLimit`` headers.

        Buffer's limits replace ours. Calls it counts and we do not were made by other
        programs on the same key: they are dated as late as the headers allow, just
        outside the next shorter window, or now for the shortest.

        Args:
            reported: The windows of the answer.
            now: When it came.
            since: When its call went out. Buffer counted at some instant since then,
                so that what has left a window meanwhile is no other program's call.
        """
        began = (now if since is None else since) - 1  # instants are rounded down
        by_length = {window.seconds: window for window in self._windows}
        for seen in reported:
            by_length[seen.seconds] = Window(seconds=seen.seconds, limit=seen.limit)
        self._windows = sorted(by_length.values(), key=lambda window: window.seconds)
        shorter = 0
        remaining = {seen.seconds: seen.remaining for seen in reported}
        for window in self._windows:
            if window.seconds in remaining:
                counted = window.limit - remaining[window.seconds]
                missing = counted - self.used(window, began)
                for _ in range(missing):
                    insort(self._ends, now - shorter)
            shorter = window.span


# Outages


_LONGEST = timedelta(minutes=5)
_OUTAGE = 2
"""One lost answer is an accident, and is looked up at once; two in a row are an outage."""


class Outage(Model):
    """Calls in a row that got no answer, and the pause after the last one.

    Without pauses each post would try for itself, and what an hour's outage takes of the quota
    would keep the posts for a day that Buffer would take again.
    """

    failures: int = 0
    since: AwareDatetime | None = None
    until: AwareDatetime | None = None

    @property
    def is_felt(self) -> bool:
        """Whether Buffer seems to be away."""
        return self.failures >= _OUTAGE

    def waits(self, now: datetime) -> datetime | None:
        """Return until when only calls are made that somebody waits for; ``None``: no pause."""
        is_ahead = self.until is not None and self.until > now
        return self.until if is_ahead and self.is_felt else None


def after_no_answer(before: Outage, now: datetime, *, is_doubt: bool = False) -> Outage:
    """Return the outage after one more call without an answer.

    A ``createPost`` in doubt is searched for soon. Only that search tells more, so that the
    pauses do not grow before it.
    """
    failures = before.failures + 1
    if is_doubt:
        failures = max(before.failures, min(failures, _OUTAGE))
    pause = min(timedelta(seconds=2 ** min(failures, 20)), _LONGEST)
    return Outage(failures=failures, since=before.since or now, until=now + pause)


# Forecasts


CALL_MS = 2_000
"""How long one call is taken to last, in milliseconds."""
_MERGED = timedelta(minutes=15)
_WEEK = timedelta(days=7)


def forecast(
    state: QuotaState, now: int, waiting: int, calls: int, *, kept_back: float = 0.0
) -> tuple[Opening, ...]:
    """Return when new calls may go out, in order, if nothing else uses the key.

    Of the windows that held calls back, the one that cost most time is named. Calls are taken
    to last longer than they do, so that the forecast never promises too much.

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


def first_openings(openings: Sequence[Opening], calls: int) -> tuple[Opening, ...]:
    """Return the openings of the first ``calls`` calls."""
    found: list[Opening] = []
    for run in openings:
        room = calls - sum(one.calls for one in found)
        if room > 0:
            count = min(room, run.calls)
            found.append(Opening(at=run.at, calls=count, window=run.window))
    return tuple(found)


def call_times(openings: Sequence[Opening]) -> tuple[datetime, ...]:
    """Return for each call the instant at which it may go out at the latest."""
    return tuple(run.at for run in openings for _ in range(run.calls))


def forecast_sentence(
    openings: Sequence[Opening], due: Sequence[datetime | None], now: datetime, zone: ZoneInfo
) -> str:
    """Return the forecast in a sentence, or ``""`` without one.

    Args:
        openings: Of the posts first, then of the reads that follow them.
        due: When each post is due, ``None`` for as soon as approved.
        now: The present, aware.
        zone: Whose days are named.
    """
    posts, times = len(due), call_times(openings)[: len(due)]
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
    late = _count_late(times, due)
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


def _count_late(times: Sequence[datetime], due: Sequence[datetime | None]) -> int:
    """Count the posts that go out after their time; the earliest due go first."""
    timed = sorted(at for at in due if at is not None)
    return sum(
        at > wanted for at, wanted in zip(times[len(due) - len(timed) :], timed, strict=True)
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
