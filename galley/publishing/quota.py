"""Buffer's quota: exact rolling windows, the pauses of an outage, and a forecast of calls.

AccountWorkflow calls this, and the planning of a campaign for its forecast.

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
from datetime import UTC, datetime, timedelta
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
    """The windows and the calls in them, carried over by continue-as-new."""

    windows: tuple[Window, ...] = FREE_PLAN
    ends: tuple[int, ...] = ()
    """The end of each counted call."""
    blocked_until: int = 0
    """The end of the wait that Buffer asked for."""


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
        last = self._ends[-1] if self._ends else None
        return tuple(
            RateWindow(
                seconds=window.seconds,
                limit=window.limit,
                remaining=max(0, window.limit - self.used(window, now)),
                # Until the newest call has left the window, rounded up to whole seconds.
                resets_in=0 if last is None else max(0, -(-(last + window.span - now) // 1000)),
            )
            for window in self._windows
        )

    def observe(self, reported: tuple[RateWindow, ...], now: int, since: int | None = None) -> None:
        """Correct the count by an answer's ``RateLimit`` headers.

        Buffer's limits replace ours. Calls that only Buffer counts were made by other
        programs with the same key: they are dated as late as the headers allow, just
        outside the next shorter window, or now for the shortest.

        Args:
            reported: The windows of the answer.
            now: The time of the answer.
            since: The time of its call. Buffer counted at some instant since then, so a call
                that has left a window meanwhile is no other program's.
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
                for _ in range(counted - self.used(window, began)):
                    insort(self._ends, now - shorter)
            shorter = window.span


# Outages


_LONGEST = timedelta(minutes=5)
_OUTAGE = 2
"""One lost answer is an accident, and is looked up at once; two in a row are an outage."""


class Outage(Model):
    """Calls in a row without an answer, and the pause after the last one.

    Without pauses each post would try for itself: the calls of one hour's outage would use up
    the quota, and keep the posts back for a day.
    """

    failures: int = 0
    since: AwareDatetime | None = None
    until: AwareDatetime | None = None

    @property
    def is_felt(self) -> bool:
        """Whether Buffer seems to be down."""
        return self.failures >= _OUTAGE

    def waits(self, now: datetime) -> datetime | None:
        """Return the end of the pause for calls that nobody waits for; ``None``: no pause."""
        is_ahead = self.until is not None and self.until > now
        return self.until if is_ahead and self.is_felt else None


def after_no_answer(before: Outage, now: datetime, *, is_doubt: bool = False) -> Outage:
    """Return the outage after one more call without an answer.

    A ``createPost`` in doubt is searched for soon. Only that search tells more, so the pauses
    do not grow before it.
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

    Of the windows that held calls back, the one that cost most time is named. The forecast
    overestimates the length of calls, so that it never promises too much.

    Args:
        state: The windows and the calls in them.
        now: Milliseconds since the Unix epoch.
        waiting: Calls that come first.
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
            opens = datetime.fromtimestamp(start / 1000, tz=UTC)
            openings.append(Opening(at=opens, calls=1, window=held_by))
    return tuple(_merged(openings))


def first_openings(openings: Sequence[Opening], calls: int) -> tuple[Opening, ...]:
    """Return the openings of the first ``calls`` calls."""
    found: list[Opening] = []
    for run in openings:
        room = calls - sum(one.calls for one in found)
        if room > 0:
            found.append(run.model_copy(update={"calls": min(room, run.calls)}))
    return tuple(found)


def call_times(openings: Sequence[Opening]) -> tuple[datetime, ...]:
    """Return the latest time of each call."""
    return tuple(run.at for run in openings for _ in range(run.calls))


def forecast_sentence(
    openings: Sequence[Opening], due: Sequence[datetime | None], now: datetime, zone: ZoneInfo
) -> str:
    """Return the forecast in a sentence, or ``""`` without one.

    Args:
        openings: Those of the posts first, then those of the reads that follow them.
        due: The due time of each post, ``None`` for right after approval.
        now: The present, aware.
        zone: The zone whose days are named.
    """
    posts, times = len(due), call_times(openings)[: len(due)]
    if not posts or len(times) < posts:
        return ""
    alone = "if nothing else uses this key."
    windows = [run.window for run in openings for _ in range(run.calls)]
    if not (window := windows[posts - 1]):
        every = "the post" if posts == 1 else f"all {posts} posts"
        return f"Buffer's quota takes {every} at once, {alone}"
    days = Counter(at.astimezone(zone).date() for at in times)
    today = now.astimezone(zone).date()
    fits = ", ".join(
        f"{count} {'fit' if count > 1 else 'fits'} today"
        if day == today
        else f"{count} on {f'{day:%A}' if day - today < _WEEK else f'{day.day} {day:%B %Y}'}"
        for day, count in sorted(days.items())
    )
    # The earliest due go first, and posts without a time before them.
    timed = sorted(at for at in due if at is not None)
    late = sum(at > wanted for at, wanted in zip(times[posts - len(timed) :], timed, strict=True))
    after = f", {late} after the time planned" if late else ""
    return (
        f"{posts} {'post' if posts == 1 else 'posts'}: {fits}, the last at "
        f"{times[-1].astimezone(zone):%H:%M}{after} ({window}), {alone}"
    )


def _merged(openings: Sequence[Opening]) -> Iterator[Opening]:
    """Yield runs of openings that the same window holds back within 15 minutes."""
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
