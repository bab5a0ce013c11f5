"""Buffer's three rolling windows, kept exactly and remembered across restarts.

Quotas: https://developers.buffer.com/guides/api-limits.html
"""

import base64
from dataclasses import dataclass
from typing import Literal

from emulators.buffer.records import DAY, MINUTE, SECOND
from emulators.buffer.store import Store

Plan = Literal["free", "essentials", "team"]


@dataclass(frozen=True, slots=True)
class Window:
    """A quota over the last ``length`` milliseconds."""

    label: str
    name: str
    length: int
    quota: int


def windows(plan: Plan, scale: int = 1) -> tuple[Window, ...]:
    """The windows of a plan, shortest first; ``scale`` makes each as many times larger.

    Load and chaos tests need the room: no plan of Buffer's has it.
    """
    day, month = {"free": (250, 3_000), "essentials": (250, 7_500), "team": (500, 15_000)}[plan]
    return (
        Window("15m", f"{100 * scale}-in-15min", 15 * MINUTE, 100 * scale),
        Window("24h", f"{day * scale}-in-1day", DAY, day * scale),
        Window("30d", f"{month * scale}-in-30days", 30 * DAY, month * scale),
    )


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a client stands after a request was weighed.

    ``refused`` names the window that is full, ``retry_after`` (seconds) says when a
    request will pass again.
    """

    headers: dict[str, str]
    refused: str | None = None
    retry_after: int = 0


class RateLimiter:
    """Weighs each request against the windows of its client.

    A request counts in every window from the millisecond it arrives until the window
    has passed. Whether Buffer also counts the requests it refuses is not documented;
    they count here, the harder case, unless ``count_refused`` is false.
    """

    def __init__(self, store: Store, limits: tuple[Window, ...], *, count_refused: bool) -> None:
        self._store = store
        self._windows = limits
        self._count_refused = count_refused

    def admit(self, client: str, now: int) -> Standing:
        """Count one request of ``client`` at ``now`` (ms) and say if it may pass."""
        self._store.forget_hits(now - self._windows[-1].length)
        full = self._full(client, now)
        if not full or self._count_refused:
            self._store.add_hit(client, now)
        headers = self._headers(client, now)
        if not full:
            return Standing(headers)
        refused = max(full, key=lambda window: self._wait(client, window, now))
        # Where refusals count, this one may have filled another window.
        filled = self._full(client, now)
        longest = max(self._wait(client, window, now) for window in filled)
        return Standing(headers, refused.label, max(1, longest))

    def _full(self, client: str, now: int) -> list[Window]:
        return [w for w in self._windows if self._used(client, w, now) >= w.quota]

    def _used(self, client: str, window: Window, now: int) -> int:
        return self._store.count_hits(client, now - window.length)

    def _wait(self, client: str, window: Window, now: int) -> int:
        """Seconds, rounded up, until the window's next change that matters."""
        used = self._used(client, window, now)
        if used == 0:
            return 0
        leaving = max(0, used - window.quota)
        oldest = self._store.hit(client, now - window.length, leaving)
        return -(-(oldest + window.length - now) // SECOND)

    def _headers(self, client: str, now: int) -> dict[str, str]:
        partition = base64.b64encode(client.encode()).decode()
        state: list[str] = []
        policy: list[str] = []
        for window in self._windows:
            left = max(0, window.quota - self._used(client, window, now))
            wait = self._wait(client, window, now)
            state.append(f'"{window.name}";r={left};t={wait}')
            seconds = window.length // SECOND
            policy.append(f'"{window.name}";q={window.quota};w={seconds};pk=:{partition}:')
        return {"RateLimit": ", ".join(state), "RateLimit-Policy": ", ".join(policy)}
