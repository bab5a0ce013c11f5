"""Leave Buffer alone while it gives no answer: tried again with growing pauses.

Without it each post would try for itself, and what an hour's outage takes of the quota
would keep the posts for a day that Buffer would take again.
"""

from datetime import datetime, timedelta

from pydantic import AwareDatetime

from galley.models import Model

_LONGEST = timedelta(minutes=5)
_TELLING = 2
"""One lost answer is an accident, and is looked up at once; two in a row tell."""


class Outage(Model):
    """Calls in a row that got no answer."""

    failures: int = 0
    since: AwareDatetime | None = None
    until: AwareDatetime | None = None

    @property
    def is_felt(self) -> bool:
        """Whether Buffer is away, as far as one can tell."""
        return self.failures >= _TELLING

    def waits(self, now: datetime) -> datetime | None:
        """Return until when nothing is called that nobody waits for."""
        is_ahead = self.until is not None and self.until > now
        return self.until if is_ahead and self.is_felt else None


def unanswered(before: Outage, now: datetime, *, is_doubt: bool = False) -> Outage:
    """Return the outage after one more call without an answer.

    One that leaves in doubt what happened is looked up soon, and only that tells more:
    until then the pauses do not grow.
    """
    failures = before.failures + 1
    if is_doubt:
        failures = max(before.failures, min(failures, _TELLING))
    pause = min(timedelta(seconds=2 ** min(failures, 20)), _LONGEST)
    return Outage(failures=failures, since=before.since or now, until=now + pause)
