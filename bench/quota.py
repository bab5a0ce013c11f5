"""A thousand posts through Buffer's smallest plan, on a clock that skips the waits.

``python -m bench.quota`` brings posts through the real AccountWorkflow on the real
Temporal dev server, against a ledger that counts every request on its own, and prints
the time they took beside the shortest time the windows allow; ``make bench`` calls
:func:`pass_through`. ``POSTS`` sets how many, ``KEPT`` the share of the windows that is kept
back for changes.
"""

import asyncio
import os
import time
from dataclasses import dataclass

from bench.report import leave, machine
from tests.publishing.ledger import FREE, Ledger, lower_bound, without_share
from tests.publishing.simulation import Clerk, at_work, skipping

_DAY = 86_400
_WITHIN = 1800


@dataclass(frozen=True)
class Passage:
    """Posts on their way through the windows. Spans are seconds of the skipping clock."""

    posts: int
    kept: float
    requests: int
    refused: int
    makespan: float
    bound: float
    worst: tuple[int, ...]
    took: float

    @property
    def ratio(self) -> float:
        """The time taken to the shortest possible; 1 is perfect."""
        return self.makespan / self.bound if self.bound else 1.0


async def pass_through(posts: int, kept: float) -> Passage:
    """Simulate, and hold that no window was exceeded and every post came out once."""
    ledger = Ledger(FREE)
    clerk = Clerk(ledger)
    began = time.monotonic()
    async with await skipping() as clock, at_work(clock.client, clerk, posts, kept) as office:
        await office.hand_over()
        created = await office.finish(_WITHIN)
    if len(set(created)) != posts or len(clerk.posts) != posts:
        raise AssertionError(f"{len(clerk.posts)} posts for {posts} jobs")
    return Passage(
        posts=posts,
        kept=kept,
        requests=len(ledger.ours),
        refused=len(ledger.refused),
        makespan=ledger.makespan,
        # Of the windows without the kept share: no plan could be faster.
        bound=lower_bound(len(ledger.ours), without_share(FREE, kept)),
        worst=tuple(ledger.worst(limit) for limit in FREE),
        took=time.monotonic() - began,
    )


def summary(passage: Passage) -> str:
    """Return the figures in words."""
    windows = ", ".join(
        f"{most} of {limit.calls} in {limit.seconds} s"
        for most, limit in zip(passage.worst, FREE, strict=True)
    )
    days, bound = passage.makespan / _DAY, passage.bound / _DAY
    return (
        f"{passage.posts} posts, {passage.kept:.0%} of the windows kept for changes, "
        f"{passage.requests} requests, {passage.refused} refused (429)\n"
        f"makespan {days:.4f} days, lower bound {bound:.4f} days: "
        f"{passage.ratio:.5f} (aim: 1.02)\n"
        f"fullest: {windows}\nsimulated in {passage.took:.0f} s on {machine()}"
    )


if __name__ == "__main__":
    asked = int(os.environ.get("POSTS", "1000")), float(os.environ.get("KEPT", "0"))
    print(summary(asyncio.run(pass_through(*asked))))
    leave()
