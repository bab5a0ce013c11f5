"""The transitions of a job record that creation, changes, replies and outcomes share.

Each returns the record in its next state, with the news that its post is to be sent.
"""

from datetime import datetime, timedelta

from galley.models.account import Progress, ProgressKind, PublishJob
from galley.models.publishing import BufferPost, ReplyKind
from galley.publishing.job.record import Doubt, JobPhase, JobRecord

BACKOFF_CAP = timedelta(minutes=5)
TOO_LATE = "Too late: it is published."
TAKEN_BACK = "It was taken back."
_DUE_TIMES_KEPT = 20
_GONE_KEPT = 10
_OFTEN = (timedelta(seconds=3), timedelta(minutes=5))
_SELDOM = (timedelta(minutes=10), timedelta(hours=12))
"""First and longest pause between two reads of one post by its id."""


def with_news(record: JobRecord, progress: Progress) -> JobRecord:
    """Return the job with news to be sent to its post."""
    return record.replace(news=(*record.news, progress))


def reported(
    record: JobRecord, kind: ProgressKind, message: str = "", change_id: int | None = None
) -> JobRecord:
    """Return the job with news of where it stands, which are repeated when asked for."""
    progress = Progress(
        job_id=record.job.job_id,
        kind=kind,
        post=_without_text(record.post),
        message=message,
        change_id=change_id,
    )
    return with_news(record.replace(last=progress), progress)


def answered(record: JobRecord, kind: ProgressKind, message: str = "") -> JobRecord:
    """Return the job with its change answered, and no change pending."""
    if record.pending is None:
        return record
    progress = Progress(
        job_id=record.job.job_id,
        kind=kind,
        post=_without_text(record.post),
        message=message,
        change_id=record.pending.change_id,
    )
    return with_news(record.replace(pending=None, answer=progress, not_before=None), progress)


def change_refused(record: JobRecord, message: str) -> JobRecord:
    """Return the job with its change answered: not carried out, or only in part."""
    pending = record.pending
    if pending is not None and pending.is_changed:
        in_part = f"It was changed, but not moved: {message}"
        return answered(record, ProgressKind.CHANGED, in_part)
    if pending is not None and pending.retracts and pending.tries:
        # One of the lost replies may have been a success: if the post turns out to be gone,
        # that was the retraction, and no loss.
        record = record.replace(may_be_retracted=True)
    return answered(record, ProgressKind.CHANGE_REFUSED, message)


def adopted(record: JobRecord, post: BufferPost, now: datetime) -> JobRecord:
    """Return the job of a post that Buffer has, due when Buffer says.

    A post that is being published already is due now, whatever it was asked for.
    """
    is_out = post.status in {"sending", "sent"}
    known = record.job.request
    due_at = post.due_at or (min(now, known.due_at) if is_out else known.due_at)
    outstanding = record.replace(
        job=record.job.with_due_time(due_at),
        phase=JobPhase.OUTSTANDING,
        post=post,
        not_before=None,
        settled_at=None,
        misses=0,
        is_repeat=False,
    )
    return reported(read_by_id(outstanding, now), ProgressKind.CREATED)


def read_by_id(record: JobRecord, now: datetime) -> JobRecord:
    """Return the job to be read by its id, if Buffer gives its post no due time.

    A poll lists posts by due time, so that it does not show this one. A post that is being
    published is read within seconds. One that waits for approval or for a slot is read with
    pauses from ten minutes to half a day, because each read costs a request.
    """
    post = record.post
    if post is None or post.due_at is not None or record.pending is not None:
        return record
    first, cap = _OFTEN if post.status == "sending" else _SELDOM
    # The exponent is bounded: a timedelta overflows above 2 ** 36 days.
    pause = min(first * 2 ** min(record.asks, 20), cap)
    return record.replace(reads=True, asks=record.asks + 1, not_before=now + pause)


def settled(record: JobRecord, kind: ProgressKind, message: str, now: datetime) -> JobRecord:
    """Return the job at its end, with a pending change answered as too late.

    After ``PUBLISH_FAILED`` the change stays: it may still mend the post.
    """
    pending = record.pending
    change_id = None
    if pending is not None and kind is ProgressKind.RETRACTED:
        change_id = pending.change_id
    elif kind is not ProgressKind.PUBLISH_FAILED:
        why = message if kind is ProgressKind.REFUSED else TOO_LATE
        record = change_refused(record, why)
    ended = reported(
        record.replace(phase=JobPhase.SETTLED, settled_at=now, not_before=None),
        kind,
        message,
        change_id,
    )
    if kind is ProgressKind.RETRACTED:
        return ended.replace(pending=None, answer=ended.last)
    return ended


def held(record: JobRecord, message: str) -> JobRecord:
    """Return the job waiting for a person; a pending retraction is refused first."""
    if record.pending is not None and record.pending.retracts:
        record = change_refused(record, message)
    return reported(
        record.replace(phase=JobPhase.HELD, not_before=None), ProgressKind.HELD, message
    )


def looking(record: JobRecord, doubt: Doubt) -> JobRecord:
    """Return the job at the beginning of a search; its last news hold no longer."""
    return record.replace(
        phase=JobPhase.LOOKING,
        last=None,
        doubt=doubt,
        looks=0,
        failed_looks=0,
        cursor=None,
        pages=0,
        not_before=None,
    )


def looking_again(record: JobRecord) -> JobRecord:
    """Return the job as if handed over anew: searched for, then created if absent."""
    return looking(
        record.replace(creates=0, unsent=0, repeats=0, settled_at=None), ReplyKind.UNKNOWN
    )


def without_post(record: JobRecord) -> JobRecord:
    """Return the job of a post that Buffer deleted; a search never adopts that one again.

    What is created in its place may meet Buffer's guard against repeats.
    """
    gone = record.gone if record.post is None else (*record.gone, record.post.id)
    return record.replace(
        gone=gone[-_GONE_KEPT:],
        post=None,
        is_repeat=True,
        misses=0,
        reads=False,
        pulls=0,
        not_before=None,
    )


def due_times(record: JobRecord) -> tuple[datetime, ...]:
    """Return the due times of all attempts, for a job that gets another one.

    An attempt that was proven absent may still show up late, at its old due time.
    """
    return (*record.earlier_due, record.job.request.due_at)[-_DUE_TIMES_KEPT:]


def as_requested(record: JobRecord) -> PublishJob:
    """Return the job as the pending change asks for; without a new due time it keeps its own."""
    pending = record.pending
    if pending is None or not (pending.edits or pending.schedules):
        return record.job
    # A search begins at the claim. A later claim would hide posts of earlier attempts.
    since = min(record.job.claimed_at, pending.job.claimed_at)
    job = pending.job.replace(claimed_at=since)
    return job if pending.schedules else job.with_due_time(record.job.request.due_at)


def backoff(now: datetime, tries: int, cap: timedelta = BACKOFF_CAP) -> datetime:
    """Return when to try again: after twice the pause with each failure."""
    return now + min(timedelta(seconds=2 ** min(tries + 1, 20)), cap)


def _without_text(post: BufferPost | None) -> BufferPost | None:
    """News carry no text: the post that gets them knows its own."""
    return None if post is None else post.without_text()
