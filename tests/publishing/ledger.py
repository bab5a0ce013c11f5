"""The other side of the quota: a ledger that counts every request it gets.

It shares no code with :mod:`galley.publishing.quota`, which it is there to judge: it
keeps the instant of every request and counts anew each time.
"""

from dataclasses import dataclass, field
from itertools import pairwise


@dataclass(frozen=True)
class Limit:
    """At most ``calls`` requests in any ``seconds``."""

    calls: int
    seconds: int


FREE = (Limit(100, 900), Limit(250, 86_400), Limit(3_000, 2_592_000))
"""Buffer's smallest plan."""
SMALL = (Limit(10, 900), Limit(25, 86_400), Limit(30, 2_592_000))
"""The same shape, so small that a short run meets all three."""


def without_share(limits: tuple[Limit, ...], kept: float) -> tuple[Limit, ...]:
    """Return what is left of the limits when a share of each is kept for others."""
    return tuple(Limit(one.calls - int(one.calls * kept), one.seconds) for one in limits)


@dataclass
class Ledger:
    """Every request with its instant, in seconds; ours and those of other programs."""

    limits: tuple[Limit, ...]
    ours: list[float] = field(default_factory=list[float])
    others: list[float] = field(default_factory=list[float])
    refused: list[float] = field(default_factory=list[float])
    retry_after: list[float] = field(default_factory=list[float])

    def used(self, limit: Limit, now: float) -> int:
        """Return how many requests of the last ``limit.seconds`` count."""
        every = (*self.ours, *self.others, *self.refused)
        return sum(now - limit.seconds < at <= now for at in every)

    def admit(self, now: float) -> float | None:
        """Count a request; return how many seconds to stay away if it is refused."""
        full = [one for one in self.limits if self.used(one, now) >= one.calls]
        if not full:
            self.ours.append(now)
            return None
        self.refused.append(now)
        self.retry_after.append(max(self._until_free(one, now) for one in full))
        return self.retry_after[-1]

    def admit_other(self, at: float) -> None:
        """Count another program's request, unless the windows refuse it."""
        if all(self.used(one, at) < one.calls for one in self.limits):
            self.others.append(at)

    def _until_free(self, limit: Limit, now: float) -> float:
        """Return the seconds until one of ``limit`` is free again, rounded up."""
        every = sorted((*self.ours, *self.others, *self.refused))
        inside = [at for at in every if now - limit.seconds < at]
        leaves = inside[len(inside) - limit.calls]
        return float(int(leaves + limit.seconds - now) + 1)

    def worst(self, limit: Limit) -> int:
        """Return the most requests that any span of this length ever held."""
        every = sorted((*self.ours, *self.others))
        return max(
            (sum(at - limit.seconds < one <= at for one in every) for at in every), default=0
        )

    @property
    def makespan(self) -> float:
        """Seconds from our first request to our last."""
        return max(self.ours) - min(self.ours)

    def early_returns(self) -> list[float]:
        """Return our requests that came before a ``Retry-After`` had passed."""
        waits = list(zip(self.refused, self.retry_after, strict=True))
        return [
            at
            for at in (*self.ours, *self.refused)
            if any(told < at < told + seconds for told, seconds in waits)
        ]


def lower_bound(calls: int, limits: tuple[Limit, ...]) -> float:
    """Return the seconds that ``calls`` requests take at best.

    No request takes any time, and each goes as early as every window allows: nothing
    that keeps to the windows can be faster.
    """
    at: list[float] = []
    for number in range(calls):
        waits = [at[number - one.calls] + one.seconds for one in limits if number >= one.calls]
        at.append(max([0.0, *waits]))
    if any(later < earlier for earlier, later in pairwise(at)):
        raise AssertionError("a later request may not go earlier")
    return at[-1]
