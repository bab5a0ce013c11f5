"""When the outcomes of posts are read, of which, and from which due time on."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from galley.outbox.pausing import ActivePause, is_covered
from galley.outbox.state import AccountPolicy
from galley.outbox.tracked import JobPhase, JobRecord

MAX_PAGES = 40
"""Pages of outcomes a poll reads at most: two thousand posts."""


def poll_due_at(
    jobs: Iterable[JobRecord], polled_at: datetime | None, policy: AccountPolicy
) -> datetime | None:
    """Return when outcomes should be read next, or ``None`` with none outstanding.

    A post is worth asking for soon after it is due. Polls keep a distance, so that
    posts due close together share one; for posts that are late, or without a link,
    the pauses grow, up to an hour: a post that is stuck must not use up the quota of
    those that are not.
    """
    due = [t.job.request.due_at for t in jobs if _is_listed(t)]
    if not due:
        return None
    publishing = timedelta(seconds=policy.publish_seconds)
    first = min(due) + publishing
    if polled_at is None or polled_at < first:
        return first
    late = polled_at - max(at for at in due if at <= polled_at)
    again = polled_at + min(late / 4, timedelta(hours=1))
    upcoming = [at + publishing for at in due if at > polled_at]
    soonest = polled_at + timedelta(seconds=policy.poll_seconds)
    return max(soonest, min([again, *upcoming]))


def not_covered(
    jobs: Iterable[JobRecord], pauses: tuple[ActivePause, ...]
) -> list[JobRecord]:
    """Return the jobs whose outcomes no pause keeps from being read."""
    if not pauses:
        return list(jobs)
    return [t for t in jobs if not is_covered(t, pauses)]


def due_posts(jobs: Iterable[JobRecord], now: datetime) -> dict[str, JobRecord]:
    """Return the outstanding jobs whose time has come, by Buffer post id."""
    return {
        record.post.id: record
        for record in jobs
        if _is_listed(record)
        and record.post is not None
        and record.job.request.due_at <= now
    }


def outcomes_since(wanted: dict[str, JobRecord]) -> datetime:
    """Return the due time from which on all of these posts are found.

    One that was missed may have been published before its time, by hand: it is looked
    for from its claim on.
    """
    return min(
        t.job.claimed_at if t.misses else t.job.request.due_at for t in wanted.values()
    )


def taken_by_others(jobs: Iterable[JobRecord], record: JobRecord) -> tuple[str, ...]:
    """Return the Buffer posts that a look for this job must not take for its own.

    Another edition of the same source may have said the same words; and what was this
    post, and is gone, may still be listed.
    """
    job = record.job
    others = (
        other.post.id
        for other in jobs
        if other.post is not None
        and other.job.job_id != job.job_id
        and other.job.request.channel_id == job.request.channel_id
        and _may_be_listed(other, job.claimed_at)
    )
    return (*others, *record.gone)


def _is_listed(record: JobRecord) -> bool:
    """Whether Buffer lists it by its due time; any other is asked for by its id."""
    post = record.post
    is_outstanding = record.phase is JobPhase.OUTSTANDING
    return is_outstanding and post is not None and post.due_at is not None


def _may_be_listed(other: JobRecord, claimed_at: datetime) -> bool:
    """Whether it may have been created since: a due time is never before that."""
    request = other.job.request
    return not request.delivery.has_due_time or request.due_at >= claimed_at
