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

_ASK_AGAIN = 60
"""Seconds until the next call asks, where headers do not tell when other calls leave."""
_PROBED_AFTER = 86_400_000


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


class OtherCalls(Model):
    """Calls of other programs with the same key, as the last headers told of them.

    When they were made is not known: they count until the reset that Buffer named. Then a call
    may go out, whose headers tell anew.
    """

    seconds: int
    calls: int
    until: int


class QuotaState(Model):
    """The windows and the calls in them, carried over by continue-as-new."""

    windows: tuple[Window, ...] = FREE_PLAN
    ends: tuple[int, ...] = ()
    """The end of each call of our own."""
    others: tuple[OtherCalls, ...] = ()
    """By window, where there are any."""
    blocked_until: int = 0
    """The end of the wait that Buffer asked for."""


class RollingWindows:
    """When the next call may start."""

    def __init__(self, state: QuotaState) -> None:
        self._windows = sorted(state.windows, key=lambda window: window.seconds)
        self._ends = sorted(state.ends)
        self._others = {one.seconds: one for one in state.others}
        self._blocked_until = state.blocked_until

    @property
    def state(self) -> QuotaState:
        """The state to carry over."""
        return QuotaState(
            windows=tuple(self._windows),
            ends=tuple(self._ends),
            others=tuple(self._others.values()),
            blocked_until=self._blocked_until,
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
            candidate = self._free_at(now, window, room)
            others = self._of_others(window, now)
            if others is not None:
                # Room comes by our own calls leaving, or when the others are said to be gone.
                reset = max(others.until, self._free_at(now, window, room))
                left = room - others.calls
                candidate = reset if left <= 0 else min(reset, self._free_at(now, window, left))
            if candidate > at:
                at, why = candidate, window.label
        return at, why

    def _free_at(self, now: int, window: Window, room: int) -> int:
        """Return when our own calls leave a place among ``room`` in this window."""
        if room <= 0:
            return now + window.span
        return self._ends[-room] + window.span + 1 if len(self._ends) >= room else now

    def _of_others(self, window: Window, now: int) -> OtherCalls | None:
        """Return the calls of other programs, as long as they count."""
        others = self._others.get(window.seconds)
        return others if others is not None and others.until > now else None

    def record(self, ended: int) -> None:
        """Count one finished call, and forget those no window can see."""
        insort(self._ends, ended)
        # This was the call that may tell of the others after their reset. If it does not, the
        # next one waits.
        for seconds, others in self._others.items():
            if others.until <= ended:
                later = ended + min(seconds, _ASK_AGAIN) * 1000
                self._others[seconds] = others.model_copy(update={"until": later})
        longest = self._windows[-1].span
        # A call that ended exactly one window ago still counts in earliest().
        del self._ends[: bisect_left(self._ends, ended - longest)]

    def block(self, until: int) -> None:
        """Let nothing start before ``until``: a 429's ``Retry-After``, the last one counts."""
        self._blocked_until = until

    def used(self, window: Window, now: int) -> int:
        """Return how many calls of our own the window holds now."""
        return len(self._ends) - bisect_right(self._ends, now - window.span)

    def report(self, now: int) -> tuple[RateWindow, ...]:
        """Return each window's use, in Buffer's own terms."""

        def use(window: Window) -> RateWindow:
            others = self._of_others(window, now)
            used = self.used(window, now) + (others.calls if others else 0)
            newest = self._ends[-1] + window.span if self._ends else now
            reset = max(now, newest, others.until if others else now)
            return RateWindow(
                seconds=window.seconds,
                limit=window.limit,
                remaining=max(0, window.limit - used),
                # Until the newest call has left the window, rounded up to whole seconds.
                resets_in=-(-(reset - now) // 1000),
            )

        return tuple(map(use, self._windows))

    def probe_at(self) -> int | None:
        """Return when a call goes out a day after the last one, if our own calls leave room.

        It takes a place that is kept back, or one that others are said to use. Else nobody would
        learn of a larger plan while a long window holds everything back.
        """
        if not self._ends:
            return None
        at = self._ends[-1] + _PROBED_AFTER
        return max(self._free_at(at, window, window.limit) for window in self._windows)

    def observe(self, reported: tuple[RateWindow, ...], now: int, since: int | None = None) -> None:
        """Correct the count by an answer's ``RateLimit`` headers.

        Buffer's limits replace ours. Calls that only Buffer counts were made by other
        programs with the same key: the newest answer tells of all of them, be they more than
        before or fewer.

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
        for seen in reported:
            self._others.pop(seen.seconds, None)
            calls = seen.limit - seen.remaining - self.used(by_length[seen.seconds], began)
            if calls > 0:
                until = now + (seen.resets_in or min(seen.seconds, _ASK_AGAIN)) * 1000
                others = OtherCalls(seconds=seen.seconds, calls=calls, until=until)
                self._others[seen.seconds] = others


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
        delayed = "the post" if posts == 1 else f"these {posts} posts"
        return f"Buffer's quota of calls does not delay {delayed}, {alone}"
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
