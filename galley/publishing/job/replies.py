"""Buffer's replies to an edit, a deletion, a move or a read of one post.

A lost reply does no harm: the call names the desired state of the post, and is repeated after
a pause. After a refusal the post is read, because only its status tells whether the change
came too late.

The job queue of AccountWorkflow calls this.
"""

from datetime import datetime, timedelta
from enum import StrEnum

from galley.models.account import ProgressKind, PublishJob
from galley.models.publishing import BufferPost, ChangeReply, HoldReason, ReplyKind
from galley.models.review import ChangeKind
from galley.publishing.job import outcomes
from galley.publishing.job.changes import changed_without_call, told_again
from galley.publishing.job.outcomes import (
    GONE,
    after_outcome,
    gone_from_buffer,
    left_to_person,
    with_words_seen,
)
from galley.publishing.job.record import JobPhase, JobRecord, PendingChange
from galley.publishing.job.transitions import (
    TAKEN_BACK,
    TOO_LATE,
    UNREAD,
    adopted,
    answered,
    as_requested,
    backoff,
    change_refused,
    due_times,
    held,
    looking_again,
    read_by_id,
    reported,
    settled,
    with_words_of,
    without_post,
)
from galley.publishing.schedule.plan import settle

MAX_TRIES = 8
"""Lost replies to one change, over about eight minutes, before it is given up."""
MAX_FAILED_READS = 6
PULL_CAP = timedelta(hours=1)
"""Longest pause between two deletions by a pause, which are tried until the post is due."""
EDITED = (
    "Buffer has other words than these: a person may have edited the post there. Look at it; "
    "then approve again to leave it as it is, or reject it, which deletes it."
)
_EARLIER_WORDS = (
    "Buffer still has the words from before this post was reset. Retract it, or approve again to "
    "leave those."
)
_OUT = {"sending", "sent"}
_PUBLISHING = "Too late: Buffer is publishing it now."


class Step(StrEnum):
    """The one call to Buffer that a job needs next."""

    CREATE = "createPost"
    LOOK = "look"
    READ = "post"
    EDIT = "editPost"
    DELETE = "deletePost"
    MOVE = "movePostInQueue"
    PULL = "deletePost, by a pause"


def edited(record: JobRecord, now: datetime, lead: timedelta) -> PublishJob:
    """Return the job for ``editPost``; a due time that the call sets lies ahead of now."""
    job, pending = as_requested(record), record.pending
    request = job.request
    if pending is None or not pending.schedules or not request.delivery.has_due_time:
        return job
    if request.due_at - now >= lead:
        return job
    return job.with_due_time(settle(None, now, 2 * lead, job.timing))


def after_change(record: JobRecord, step: Step, reply: ChangeReply, now: datetime) -> JobRecord:
    """Return the job after one ``editPost``, ``deletePost`` or ``movePostInQueue``."""
    pending = record.pending
    if pending is None or reply.kind is ReplyKind.RATE_LIMITED:
        return record
    if step is Step.DELETE and reply.kind is ReplyKind.GONE:
        return _gone(record, pending, now)
    if step is Step.DELETE and reply.kind is ReplyKind.OK:
        return settled(without_post(record), ProgressKind.RETRACTED, "", now)
    match reply.kind:
        case ReplyKind.UNAUTHORIZED:
            after = change_refused(record, reply.message)
        case ReplyKind.FAILED | ReplyKind.UNREACHABLE | ReplyKind.STORE_AWAY:
            after = _repeated(record, pending, reply, now)
        case ReplyKind.REFUSED:
            said = reply.message or "Buffer refuses it and gives no reason."
            after = _read_first(record, pending, refusal=said)
        case ReplyKind.GONE:
            after = _read_first(record, pending, refusal="")
        case ReplyKind.OK:
            after = _changed(record, pending, step, reply.post, now)
    return _with_earlier_words_held(record, after)


def after_read(record: JobRecord, reply: ChangeReply, now: datetime) -> JobRecord:
    """Return the job after a read of its post by ID."""
    pending, post = record.pending, reply.post
    if reply.kind is ReplyKind.RATE_LIMITED:
        return record
    if pending is None:
        return _verified(record, reply, now)
    match reply.kind:
        case ReplyKind.UNAUTHORIZED:
            after = change_refused(record, reply.message)
        case ReplyKind.GONE:
            after = _gone(record, pending, now)
        case ReplyKind.OK if post is not None:
            after = _seen(record, pending, post, now)
        case _:
            after = _repeated(record, pending, reply, now)
    return _with_earlier_words_held(record, after)


def _with_earlier_words_held(before: JobRecord, after: JobRecord) -> JobRecord:
    """Return the job held if Buffer keeps words from before its post was reset.

    Its post asked for no change, and would hear of the refusal only when those words are out.
    """
    asked = before.pending
    # A withdrawal is of a later life: the post that it is from learns of the refusal itself.
    is_own = asked is not None and asked.job.made_at == before.made_at
    is_given_up = is_own and after.pending is None and after.has_earlier_words
    is_out = after.post is not None and after.post.status in _OUT
    if not is_given_up or is_out:
        return after
    if after.phase is not JobPhase.OUTSTANDING:
        return told_again(after) if after.last is before.last else after
    why = after.answer.message if after.answer else ""
    return held(after, f"{why} {_EARLIER_WORDS}", HoldReason.EARLIER_WORDS)


def after_pull(record: JobRecord, reply: ChangeReply, now: datetime) -> JobRecord:
    """Return the job after a deletion by a pause."""
    match reply.kind:
        case ReplyKind.OK:
            # As long as Buffer had this one, no other was made in its place.
            return _pulled(record.replace(may_be_forgotten=False), now)
        case ReplyKind.GONE:
            return _not_there(record, now)
        case ReplyKind.REFUSED:
            return record.replace(is_unpullable=True)
        case ReplyKind.RATE_LIMITED:
            return record
        case _:
            pulls = record.pulls + 1
            return record.replace(pulls=pulls, not_before=backoff(now, pulls, PULL_CAP))


def _repeated(
    record: JobRecord, pending: PendingChange, reply: ChangeReply, now: datetime
) -> JobRecord:
    """Return the job with its call to be repeated after a pause, until the tries are used up."""
    tries = pending.tries + 1
    # A post that is not due yet waits for the end of an outage, of Buffer or of the state bucket.
    is_away = reply.kind in {ReplyKind.UNREACHABLE, ReplyKind.STORE_AWAY}
    if is_away and record.job.request.due_at > now:
        tries = min(tries, MAX_TRIES - 1)
    if tries >= MAX_TRIES:
        return change_refused(
            record,
            f"Galley could not find out whether Buffer took it ({reply.message}). "
            "Look at the post in Buffer, or ask for it again.",
        )
    return record.replace(pending=pending.replace(tries=tries), not_before=backoff(now, tries))


def _read_first(record: JobRecord, pending: PendingChange, refusal: str) -> JobRecord:
    return record.replace(
        pending=pending.replace(reads=True, refusal=refusal, tries=pending.tries + 1),
        not_before=None,
    )


def _changed(
    record: JobRecord, pending: PendingChange, step: Step, post: BufferPost | None, now: datetime
) -> JobRecord:
    """Return the job of a post that Buffer changed, or moved in its queue."""
    known = post or record.post
    job = as_requested(record) if step is Step.EDIT else record.job
    if post is not None and post.due_at is not None:
        job = job.with_due_time(post.due_at)
    # A post that failed stays settled after an edit; with a new due time it is awaited again.
    is_awaited = record.phase is JobPhase.OUTSTANDING or pending.schedules
    done = record.replace(
        job=job,
        post=known and known.without_text(),
        phase=JobPhase.OUTSTANDING if is_awaited else record.phase,
        settled_at=None if is_awaited else record.settled_at,
        is_content_dropped=record.is_content_dropped and step is not Step.EDIT,
        has_other_words=record.has_other_words and step is not Step.EDIT,
        misses=0,
        reads=False,
        not_before=None,
    )
    if step is Step.EDIT and pending.position is not None:
        return done.replace(
            pending=pending.replace(edits=False, schedules=False, is_changed=True, tries=0)
        )
    done = answered(done, ProgressKind.CHANGED)
    if not is_awaited:
        return done
    if post is not None and post.status == "draft":
        return left_to_person(done, now)
    told = done.news
    done = reported(read_by_id(done, now), ProgressKind.CREATED)
    # Where the post stands now is no news, after its answer; it is said when the post asks again.
    # A post that was reset has asked for no change: to it this is the answer.
    return done if record.has_earlier_words else done.replace(news=told)


def _seen(record: JobRecord, pending: PendingChange, post: BufferPost, now: datetime) -> JobRecord:
    """Return the job after a read: its change is too late, refused for good, or to be made."""
    record = with_words_seen(record.replace(post=post.without_text()), post)
    if post.status in _OUT and outcomes.is_edit_in_doubt(record):
        late = TOO_LATE if post.status == "sent" else _PUBLISHING
        record = outcomes.answered_by_text(record, post, late)
    if post.status == "sent":
        return after_outcome(record, post, now)
    if post.status == "sending":
        return adopted(change_refused(record, _PUBLISHING), post, now)
    if pending.refusal:
        record = change_refused(record, pending.refusal)
        has_failed = record.phase is JobPhase.OUTSTANDING and post.status == "error"
        return after_outcome(record, post, now) if has_failed else record
    # Buffer publishes a post that ended again only after an edit that sets its due time.
    redrives = pending.schedules and (
        pending.kind is ChangeKind.REDRIVE or record.phase is JobPhase.SETTLED
    )
    seen = pending.replace(reads=False, edits=pending.edits or redrives)
    if seen.tries >= MAX_TRIES:
        return change_refused(record, "Buffer shows the post and says that it is not there.")
    return record.replace(pending=seen, not_before=None)


def _gone(record: JobRecord, pending: PendingChange, now: datetime) -> JobRecord:
    """Return the job of a post that Buffer no longer has, with a change pending."""
    if pending.retracts and record.may_be_forgotten:
        # The account was reset: Buffer may have the post under an ID that it forgot.
        if record.is_content_dropped and pending.job.request.text:
            # A retract brings the words that a job at its end dropped; a withdrawal brings none.
            record = with_words_of(record, pending.job)
        if not record.is_content_dropped:
            return looking_again(without_post(record))
    if pending.retracts:
        return settled(without_post(record), ProgressKind.RETRACTED, "", now)
    if record.pulls:
        return _pulled(record, now)
    is_taken_back = record.may_be_retracted and record.has_earlier_words
    if (
        pending.kind is ChangeKind.REDRIVE
        or (pending.schedules and record.phase is JobPhase.SETTLED)
        or is_taken_back
    ):
        # Buffer may have it under another ID: the redrive brings the content for a search.
        again = without_post(record).replace(
            job=as_requested(record),
            is_content_dropped=False,
            earlier_due=due_times(record),
            may_be_retracted=record.may_be_retracted and not is_taken_back,
            redriven_at=pending.asked_at,
        )
        return looking_again(again)
    record = change_refused(record, TAKEN_BACK if record.may_be_retracted else GONE)
    return record if record.phase is JobPhase.SETTLED else gone_from_buffer(record, now)


def _verified(record: JobRecord, reply: ChangeReply, now: datetime) -> JobRecord:
    """Return the job after a read without a pending change: a list did not show its post."""
    if reply.kind is ReplyKind.OK and reply.post is not None:
        is_first_read = record.post is not None and record.post.status == UNREAD
        record = with_words_seen(record, reply.post)
        is_waiting = reply.post.status not in {*_OUT, "error"}
        is_known = not record.is_content_dropped
        if is_first_read and is_waiting and is_known and record.has_other_words:
            there = record.replace(post=reply.post.without_text(), reads=False, failed_reads=0)
            return held(there, EDITED, HoldReason.CHANGED_IN_BUFFER)
        found = record.replace(pulls=0, failed_reads=0, not_before=None)
        return after_outcome(found, reply.post, now)
    if reply.kind is ReplyKind.GONE:
        return _not_there(record, now)
    failed = record.failed_reads + 1
    if failed < MAX_FAILED_READS:
        return record.replace(failed_reads=failed, not_before=backoff(now, failed))
    # Given up for now: polls go on, and after three more misses it is read again.
    return record.replace(reads=False, failed_reads=0, misses=0, not_before=None)


def _not_there(record: JobRecord, now: datetime) -> JobRecord:
    """Return the job of a post that Buffer no longer has: a pause took it out, or a person did."""
    if record.pending is not None:
        return _gone(record, record.pending, now)
    return _pulled(record, now) if record.pulls else gone_from_buffer(record, now)


def _pulled(record: JobRecord, now: datetime) -> JobRecord:
    """Return the job that a pause took out of Buffer, with a pending change made at once."""
    pulled = reported(
        without_post(record).replace(phase=JobPhase.PULLED_BACK, is_unpullable=False),
        ProgressKind.PULLED_BACK,
    )
    return changed_without_call(pulled, now)
