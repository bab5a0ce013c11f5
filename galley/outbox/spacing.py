"""Keep the gap that a campaign asked for, and never one minute for two posts.

A plan does so too; this is for posts that are approved late, or without a plan.

Only AccountWorkflow knows what Buffer has of a channel when a post is created.
"""

from collections.abc import Iterable
from datetime import timedelta

from galley.models import ProgressKind
from galley.outbox.tracked import JobPhase, JobRecord, due_times, with_due
from galley.schedule.spacing import spaced

_SENT = {
    ProgressKind.SENT,
    ProgressKind.SENT_WITHOUT_LINK,
    ProgressKind.HANDED_TO_PERSON,
}


def apart(
    record: JobRecord, others: Iterable[JobRecord], least: timedelta
) -> JobRecord:
    """Return a job that is about to be created, as far from others as it asks for.

    It is never nearer than ``least``.

    A time that a person named has no timing rules and is kept; and where Buffer is
    told no time there is nothing to move.
    """
    job, timing = record.job, record.job.timing
    if timing is None or not job.request.delivery.has_due_time:
        return record
    timing = timing.model_copy(update={"gap": max(timing.gap, least)})
    taken = sorted(
        other.job.request.due_at for other in others if _is_beside(other, record)
    )
    due_at = spaced(job.request.due_at, taken, timing)
    if due_at == job.request.due_at:
        return record
    moved = {"job": with_due(job, due_at), "earlier_due": due_times(record)}
    return record.model_copy(update=moved)


def _is_beside(other: JobRecord, record: JobRecord) -> bool:
    """Whether the channel has the other post, or may have it."""
    if other.job.job_id == record.job.job_id:
        return False
    if other.job.request.channel_id != record.job.request.channel_id:
        return False
    was_sent = other.last is not None and other.last.kind in _SENT
    return other.phase in {JobPhase.OUTSTANDING, JobPhase.LOOKING} or was_sent
