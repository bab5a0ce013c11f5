"""Exact rolling windows over calls that take time.

A finished call is dated by its *completion* and a new one by its *start*. Buffer
counts a call somewhere between the two, so latency, late timers and outages only ever
add slack and a window is never exceeded.

Buffer's windows: 100 in 15 minutes; 250 (Team 500) in 24 hours; 3,000, 7,500 or
15,000 in 30 days (https://developers.buffer.com/guides/api-limits.html). Instants are
milliseconds since the Unix epoch.
"""

from bisect import bisect_right, insort

from galley.models import Model, RateWindow

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
    """What is carried over continue-as-new."""

    windows: tuple[Window, ...] = FREE_PLAN
    ends: tuple[int, ...] = ()
    blocked_until: int = 0


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
            windows=tuple(self._windows),
            ends=tuple(self._ends),
            blocked_until=self._blocked_until,
        )

    def earliest(
        self, now: int, in_flight: int = 0, kept_back: float = 0.0
    ) -> tuple[int, str]:
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
        del self._ends[: bisect_right(self._ends, ended - longest)]

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

    def observe(
        self, reported: tuple[RateWindow, ...], now: int, since: int | None = None
    ) -> None:
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
