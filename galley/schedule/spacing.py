"""Keep a post that is about to go out apart from the others of its channel."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from galley.models import Timing, TimingRule
from galley.schedule.channel_rules import after_gap
from galley.schedule.rulebook import Rule, earliest, hours
from galley.schedule.timeline import Placed

_SECOND = timedelta(seconds=1)


def spaced(due_at: datetime, taken: Sequence[datetime], timing: Timing) -> datetime:
    """Return the first whole second from ``due_at`` on that keeps gap and quiet hours.

    Args:
        due_at: When the post would go out.
        taken: When the channel's other posts are due, in order.
        timing: The rules; without a gap the time stays as it is.
    """
    if not timing.gap:
        return due_at
    gap = Rule(TimingRule.GAP, "", lambda at: after_gap(at, taken, timing.gap))
    found = earliest(Placed(due_at), [*hours(timing, None), gap])
    if found is None or found.at == due_at:
        return due_at
    whole = found.at.replace(microsecond=0)
    return whole if whole == found.at else whole + _SECOND
