"""Changes of a job that a person asks for, by the phase of the job.

A job that is certainly not in Buffer is changed without a call. One that may be there is
searched for first. One that is there is changed by calls that are safe to repeat, because each
names the desired state of the post; ``replies`` handles their replies.

The job queue of AccountWorkflow calls this. It reads signals only between two calls, so that
a change never meets a call in flight.
"""

from datetime import datetime

from galley.models.account import ProgressKind
from galley.models.post import Change
from galley.models.publishing import ReplyKind
from galley.models.review import ChangeKind
from galley.publishing.job.outcomes import without_content
from galley.publishing.job.record import JobPhase, JobRecord, PendingChange
from galley.publishing.job.transitions import (
    TAKEN_BACK,
    TOO_LATE,
    answered,
    as_requested,
    change_refused,
    due_times,
    looking,
    looking_again,
    recalled,
    settled,
    with_news,
    with_words_of,
)

_MOST_TRIED = 5
_SEARCHED = {ChangeKind.RETRACT, ChangeKind.REDRIVE}
"""Changes whose job is the one that Buffer may have, so that a search can find it."""


def accept_change(change: Change, now: datetime) -> JobRecord:
    """Return the record of a job of which only a change is known: the account lost its memory.

    With Buffer's ID the change is carried out. Without it, the post of a retract or a
    redrive is searched for. Any other change creates nothing: the post hands its job over
    again.
    """
    job, post_id = change.job, change.post_id
    if post_id is not None:
        known = _recalled_for(JobRecord(job=job, phase=JobPhase.OUTSTANDING), change, post_id)
    elif change.is_withdrawal:
        # Its hand-over may still be on its way: the record of its end keeps that out.
        known = JobRecord(job=job, phase=JobPhase.WAITING)
    elif change.kind in _SEARCHED:
        known = looking(JobRecord(job=job, phase=JobPhase.LOOKING), ReplyKind.UNKNOWN)
    else:
        known = JobRecord(job=job, phase=JobPhase.HELD, awaits_job=True)
    return take_change(known, change, now)


def take_change(record: JobRecord, change: Change, now: datetime) -> JobRecord:
    """Return a job with one more change, carried out at once if it needs no call.

    A repeated change is answered again; an older one is ignored.
    """
    if _names_unknown_post(record, change):
        return accept_change(change, now)
    post_id, asked = change.post_id, record.pending
    is_repeated = asked is not None and asked.change_id == change.change_id
    is_open = is_repeated or change.change_id > record.heard
    if post_id is not None and is_open and is_forgotten(record, post_id):
        record = _recalled_for(record, change, post_id)
    # A search waits for words that were dropped, and its post may bring none but those.
    is_awaited = is_repeated and record.phase is JobPhase.LOOKING
    brings_words = (is_awaited or change.kind in _SEARCHED) and not change.is_withdrawal
    if record.is_content_dropped and is_open and brings_words:
        record = with_words_of(record, change.job)
    if change.change_id <= record.heard:
        answer, last = record.answer, record.last
        if answer is not None and answer.change_id == change.change_id:
            record = with_news(record, answer)
        return told_again(record) if last is not answer else record
    pending = _merged(record.pending, change)
    record = record.replace(heard=change.change_id, pending=pending)
    if change.kind is ChangeKind.MOVE and change.position is None:
        return change_refused(record, "Name the end of the queue: top or bottom.")
    if record.awaits_job and change.kind in _SEARCHED:
        job = record.job if change.is_withdrawal else change.job
        return looking(record.replace(job=job, awaits_job=False), ReplyKind.UNKNOWN)
    if _may_be_there(record, pending):
        return looking(record.replace(settled_at=None), ReplyKind.UNKNOWN)
    return record if record.awaits_job else _taken(record, pending, now)


def _may_be_there(record: JobRecord, pending: PendingChange) -> bool:
    """Whether only a search tells if Buffer has the post, as the account was reset."""
    is_absent = record.phase in {JobPhase.WAITING, JobPhase.PULLED_BACK}
    is_over = record.phase is JobPhase.SETTLED and record.post is None
    # Without words nothing can be searched for: a withdrawal brings none.
    is_over = is_over and not record.is_content_dropped
    return record.may_be_forgotten and (is_absent or (is_over and pending.retracts))


def is_forgotten(record: JobRecord, post_id: str) -> bool:
    """Whether a post knows that it is in Buffer, and its job does not: the account was reset."""
    if post_id in record.gone or (record.near is not None and record.near.id == post_id):
        return False
    if record.post is not None:
        return record.may_be_forgotten and record.post.id != post_id
    is_open = record.phase not in {JobPhase.SETTLED, JobPhase.PULLED_BACK}
    return is_open or record.may_be_forgotten


def _recalled_for(record: JobRecord, change: Change, post_id: str) -> JobRecord:
    """Return the job of a post of which a change tells: no read comes first."""
    known = recalled(record, post_id).replace(reads=False)
    if not change.kind.brings_content:
        return known
    # The change names the words that Buffer shall have; those that it has are not known.
    return without_content(known.replace(has_other_words=True))


def _names_unknown_post(record: JobRecord, change: Change) -> bool:
    """Whether a withdrawal told of no post before, as receipts were away, and does now."""
    is_repeated = change.is_withdrawal and change.change_id == record.heard
    is_known = record.post is not None or change.post_id in {None, *record.gone}
    return is_repeated and not is_known and record.phase is JobPhase.SETTLED


def changed_without_call(record: JobRecord, now: datetime) -> JobRecord:
    """Return a job that Buffer does not have, with its pending change carried out.

    A place in Buffer's queue stays pending until the post is there.
    """
    pending = record.pending
    if pending is None:
        return record
    if pending.retracts:
        return settled(record, ProgressKind.RETRACTED, "", now)
    job = as_requested(record)
    is_new = job is not record.job
    is_moved = job.request.due_at != record.job.request.due_at
    changed = record.replace(
        job=job,
        is_content_dropped=record.is_content_dropped and not is_new,
        # An attempt that was proven absent may still show up late, at its old due time.
        earlier_due=due_times(record) if is_moved and record.creates else record.earlier_due,
    )
    if pending.position is not None:
        left = PendingChange(
            change_id=pending.change_id,
            kind=pending.kind,
            job=pending.job,
            position=pending.position,
            is_changed=is_new,
        )
        return changed.replace(pending=left)
    return answered(changed, ProgressKind.CHANGED).replace(not_before=changed.not_before)


def told_again(record: JobRecord) -> JobRecord:
    """Return the job with its last news, if any, to be sent once more."""
    return with_news(record, record.last) if record.last else record


def _taken(record: JobRecord, pending: PendingChange, now: datetime) -> JobRecord:
    match record.phase:
        case JobPhase.WAITING | JobPhase.PULLED_BACK:
            return changed_without_call(record, now)
        case JobPhase.LOOKING:
            # Without words its search waits for the post, and a withdrawal brings none.
            is_blind = record.is_content_dropped and pending.retracts
            return looking(record, record.doubt or ReplyKind.UNKNOWN) if is_blind else record
        case JobPhase.HELD:
            return _while_held(record, pending, now)
        case JobPhase.OUTSTANDING:
            if record.post is not None and record.post.status == "sent":
                return told_again(change_refused(record, TOO_LATE))
            return record.replace(not_before=None)
        case JobPhase.SETTLED:
            return _while_settled(record, pending, now)


def _merged(before: PendingChange | None, change: Change) -> PendingChange:
    """Return a change together with what is pending; a retract drops all that was."""
    kind = change.kind
    asked = PendingChange(
        change_id=change.change_id, kind=kind, job=change.job, asked_at=change.asked_at
    )
    if kind is ChangeKind.RETRACT:
        return asked.replace(retracts=True)
    if before is None or before.retracts:
        before = asked
    tried = before.tried
    is_edit_open = (before.edits or before.schedules) and not before.is_changed
    if before.tries and is_edit_open:
        # An edit without an answer: only its text tells later whether Buffer took it.
        tried = (*tried, before.job.request.text)[-_MOST_TRIED:]
    schedules = kind in {ChangeKind.RESCHEDULE, ChangeKind.REDRIVE}
    return PendingChange(
        change_id=change.change_id,
        kind=kind,
        job=change.job,
        asked_at=change.asked_at,
        edits=before.edits or schedules or kind is ChangeKind.EDIT,
        schedules=before.schedules or schedules,
        reads=before.reads or kind is ChangeKind.REDRIVE,
        position=change.position,
        is_changed=before.is_changed and kind is ChangeKind.MOVE,
        tried=() if before.is_changed else tried,
    )


def _while_held(record: JobRecord, pending: PendingChange, now: datetime) -> JobRecord:
    """Return a held job after a change.

    What is certainly not in Buffer can be changed. To retract or redrive anything else is
    the decision of a person that the job waits for: Buffer is searched.
    """
    if record.is_certainly_absent:
        if pending.kind is ChangeKind.REDRIVE:
            return changed_without_call(record.replace(phase=JobPhase.WAITING, unsent=0), now)
        record = changed_without_call(record, now)
    elif pending.retracts and record.post is not None:
        return record.replace(phase=JobPhase.OUTSTANDING, not_before=None)
    elif pending.retracts:
        return looking(record, record.doubt or ReplyKind.UNKNOWN)
    elif pending.kind is ChangeKind.REDRIVE and record.post is not None:
        # By its ID, whatever words it has: a search would know it by those of the job alone.
        return record.replace(phase=JobPhase.OUTSTANDING, not_before=None)
    elif pending.kind is ChangeKind.REDRIVE:
        return looking_again(record)
    return told_again(record) if record.phase is JobPhase.HELD else record


def _while_settled(record: JobRecord, pending: PendingChange, now: datetime) -> JobRecord:
    """Return a settled job after a change: only a post that Buffer failed to publish can change."""
    kind = record.last.kind if record.last else ProgressKind.SENT
    is_open = kind is ProgressKind.PUBLISH_FAILED or (
        record.post is not None and record.post.status == "draft"
    )
    if is_open and record.post is not None:
        if pending.kind is ChangeKind.MOVE and not pending.edits:
            return change_refused(record, "It is in no queue: redrive it.")
        reads = pending.reads or pending.schedules
        return record.replace(pending=pending.replace(reads=reads), not_before=None)
    if pending.retracts and kind in {ProgressKind.RETRACTED, ProgressKind.REFUSED}:
        return settled(record, ProgressKind.RETRACTED, "", now)
    if kind is ProgressKind.RETRACTED:
        return change_refused(record, TAKEN_BACK)
    if kind is ProgressKind.REFUSED and record.last is not None:
        return change_refused(record, f"Buffer refused it: {record.last.message}")
    return told_again(change_refused(record, TOO_LATE))
