"""Due times: pure functions of the plan and the workflow's clock."""

from datetime import UTC, datetime, timedelta


def due_times(
    start_at: datetime | None, every: timedelta, count: int, now: datetime
) -> tuple[datetime | None, ...]:
    """Return one due time a post, in order; ``None`` means as soon as approved.

    Without a start but with a stagger, the first post is due now.
    """
    if start_at is None and not every:
        return (None,) * count
    first = (start_at or now).astimezone(UTC)
    return tuple(first + every * index for index in range(count))


def settle(due_at: datetime | None, now: datetime, lead: timedelta) -> datetime:
    """Return the exact due time to give Buffer, on a whole second.

    A time that passed while the draft waited for review becomes the earliest one
    possible: ``lead`` leaves Buffer time to take the post. Whole seconds survive
    every clock on the way, so that the due time can serve as evidence.
    """
    earliest = now.astimezone(UTC) + lead
    due = max(due_at.astimezone(UTC), earliest) if due_at else earliest
    rounded = due.replace(microsecond=0)
    return rounded if rounded == due else rounded + timedelta(seconds=1)
