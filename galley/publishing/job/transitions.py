"""The transitions of a job record that creation, changes, replies and outcomes share.

Each returns the record in its next state, with the news to be sent to its post.
"""

from datetime import datetime, timedelta

from galley.models.account import Progress, ProgressKind, PublishJob
from galley.models.publishing import BufferPost, HoldReason, ReplyKind
from galley.publishing.job.record import Doubt, JobPhase, JobRecord
from galley.publishing.request import digest

MAX_CREATES = 2
"""A second create is allowed once the first was proven absent; a third never is."""
BACKOFF_CAP = timedelta(minutes=5)
UNREAD = "unread"
"""Status of a post of which only the ID is known, until a read tells."""
TOO_LATE = "Too late: it is published."
TAKEN_BACK = "It was taken back."
UNSEARCHABLE = (
    "Too many posts were open to keep its words, so Galley cannot look for it in Buffer: look at "
    "the channel; then approve again, or reject."
)
_DUE_TIMES_KEPT = 20
_GONE_KEPT = 10
_OFTEN = (timedelta(seconds=3), timedelta(minutes=5))
_SELDOM = (timedelta(minutes=10), timedelta(hours=12))
"""First and longest pause between two reads of one post by its id."""


def with_news(record: JobRecord, progress: Progress) -> JobRecord:
    """Return the job with news to be sent to its post."""
    return record.replace(news=(*record.news, progress))


def reported(
    record: JobRecord,
    kind: ProgressKind,
    message: str = "",
    change_id: int | None = None,
    reason: HoldReason | None = None,
) -> JobRecord:
    """Return the job with news of its state, which are repeated on request."""
    progress = _progress(record, kind, message, change_id, reason)
    return with_news(record.replace(last=progress), progress)


def _progress(
    record: JobRecord,
    kind: ProgressKind,
    message: str,
    change_id: int | None,
    reason: HoldReason | None = None,
) -> Progress:
    # Without the text of the post: its workflow has it, and histories stay small.
    post = record.post and record.post.without_text()
    is_content_known = post is not None and not record.is_content_dropped
    return Progress(
        job_id=record.job.job_id,
        kind=kind,
        post=post,
        message=message,
        reason=reason,
        change_id=change_id,
        revision=record.job.revision,
        made_at=record.made_at,
        # Its post compares it with the words that it shows, after an operator's reset.
        digest=digest(record.job.request) if is_content_known else "",
        has_other_words=is_content_known and record.has_other_words,
    )


def answered(record: JobRecord, kind: ProgressKind, message: str = "") -> JobRecord:
    """Return the job with its change answered, and no change pending."""
    if record.pending is None:
        return record
    progress = _progress(record, kind, message, record.pending.change_id)
    return with_news(record.replace(pending=None, answer=progress, not_before=None), progress)


def change_refused(record: JobRecord, message: str) -> JobRecord:
    """Return the job with its change answered as refused, or as done in part."""
    pending = record.pending
    if pending is not None and pending.is_changed:
        in_part = f"It was changed, but not moved: {message}"
        return answered(record, ProgressKind.CHANGED, in_part)
    if pending is not None and pending.retracts and pending.tries:
        # One of the lost replies may have been a success: if the post turns out to be gone,
        # that was the retract, and no loss.
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
    """Return the job with a read by ID planned, if Buffer gives its post no due time.

    A poll lists posts by due time, so it does not show this one. A post that is being
    published is read within seconds. One that waits for approval or for a slot is read with
    pauses from ten minutes to half a day, because each read costs a call.
    """
    post = record.post
    if post is None or post.due_at is not None or record.pending is not None:
        return record
    first, cap = _OFTEN if post.status == "sending" else _SELDOM
    # The exponent is bounded: a timedelta overflows above 2 ** 36 days.
    pause = min(first * 2 ** min(record.asks, 20), cap)
    return record.replace(reads=True, asks=record.asks + 1, not_before=now + pause)


def settled(
    record: JobRecord,
    kind: ProgressKind,
    message: str,
    now: datetime,
    reason: HoldReason | None = None,
) -> JobRecord:
    """Return the job at its end, with a pending change answered as too late.

    After ``PUBLISH_FAILED`` the change stays: it may still mend the post.
    """
    pending, is_retracted = record.pending, kind is ProgressKind.RETRACTED
    if not is_retracted and kind is not ProgressKind.PUBLISH_FAILED:
        record = change_refused(record, message if kind is ProgressKind.REFUSED else TOO_LATE)
    ended = record.replace(phase=JobPhase.SETTLED, settled_at=now, not_before=None)
    change_id = pending.change_id if pending is not None and is_retracted else None
    ended = reported(ended, kind, message, change_id, reason)
    return ended.replace(pending=None, answer=ended.last) if is_retracted else ended


def held(record: JobRecord, message: str, reason: HoldReason) -> JobRecord:
    """Return the job waiting for a person; a pending retract is refused first."""
    if record.pending is not None and record.pending.retracts:
        record = change_refused(record, message)
    waiting = record.replace(phase=JobPhase.HELD, not_before=None)
    return reported(waiting, ProgressKind.HELD, message, reason=reason)


def looking(record: JobRecord, doubt: Doubt) -> JobRecord:
    """Return the job at the beginning of a search, without its last news.

    Words that were dropped are brought by its post, unless that has others since it was reset:
    then a person looks.
    """
    is_withdrawn = record.pending is not None and record.pending.retracts
    if record.is_content_dropped and (is_withdrawn or record.has_earlier_words):
        return held(record.replace(doubt=doubt), UNSEARCHABLE, HoldReason.WORDS_DROPPED)
    return record.replace(
        phase=JobPhase.LOOKING,
        last=None,
        doubt=doubt,
        looks=0,
        failed_looks=0,
        cursor=None,
        pages=0,
        near=None,
        has_other_words=False,
        not_before=None,
    )


def looking_again(record: JobRecord) -> JobRecord:
    """Return the job as after a new hand-over: searched for, then created if absent."""
    anew = record.replace(creates=0, unsent=0, delays=0, repeats=0, settled_at=None)
    return looking(anew, ReplyKind.UNKNOWN)


def recalled(record: JobRecord, post_id: str) -> JobRecord:
    """Return the job of a post of which only Buffer's ID is known: it is read by that first."""
    request = record.job.request
    post = BufferPost(
        id=post_id,
        channel_id=request.channel_id,
        status=UNREAD,
        due_at=request.due_at if request.delivery.has_due_time else None,
    )
    return record.replace(
        phase=JobPhase.OUTSTANDING,
        post=post,
        reads=True,
        failed_reads=0,
        near=None,
        awaits_job=False,
        may_be_forgotten=False,
        settled_at=None,
    )


def with_words_of(record: JobRecord, job: PublishJob) -> JobRecord:
    """Return the job with the words of a newer form of it, due as before."""
    # A search begins at the claim: a later claim would hide posts of earlier attempts.
    since = min(record.job.claimed_at, job.claimed_at)
    worded = job.with_due_time(record.job.request.due_at).replace(claimed_at=since)
    return record.replace(job=worded, is_content_dropped=False)


def doubted(record: JobRecord) -> JobRecord:
    """Return the job after a reset of its account, which may have forgotten a post of it."""
    return record.replace(may_be_forgotten=True, is_searched=False)


def without_post(record: JobRecord) -> JobRecord:
    """Return the job of a post that Buffer deleted; no search adopts that post again.

    The next ``createPost`` may meet Buffer's guard against repeats.
    """
    gone = record.gone if record.post is None else (*record.gone, record.post.id)
    return record.replace(
        gone=gone[-_GONE_KEPT:],
        post=None,
        is_repeat=True,
        has_other_words=False,
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
    """Return the job that the pending change wants, at the old due time if it sets none."""
    pending = record.pending
    if pending is None or not (pending.edits or pending.schedules):
        return record.job
    # A search begins at the claim: a later claim would hide posts of earlier attempts.
    since = min(record.job.claimed_at, pending.job.claimed_at)
    job = pending.job.replace(claimed_at=since)
    return job if pending.schedules else job.with_due_time(record.job.request.due_at)


def backoff(now: datetime, tries: int, cap: timedelta = BACKOFF_CAP) -> datetime:
    """Return the time of the next try: each failure doubles the pause."""
    # The exponent is bounded, as in read_by_id.
    return now + min(timedelta(seconds=2 ** min(tries + 1, 20)), cap)
