"""Changes of a post that was handed over: what each becomes, and Buffer's answers.

Signals are read between two calls only, so that a change never meets a call in flight.
What Buffer certainly does not have is changed without a call. What it may have is
looked for first, and what it has is changed by one call that may be repeated, because
it says how the post shall be.
"""

from datetime import datetime

from galley.models import (
    BufferPost,
    Change,
    ChangeKind,
    CreateKind,
    ProgressKind,
)
from galley.outbox.tracked import (
    TAKEN_BACK,
    TOO_LATE,
    JobPhase,
    Tracked,
    Wanted,
    answered,
    as_wanted,
    due_times,
    looking,
    looking_anew,
    refused,
    settled,
    told,
)

_IN_BUFFER_UNSEEN = "unknown"
_MOST_TRIED = 5
_LOOKED_FOR = {ChangeKind.RETRACT, ChangeKind.REDRIVE}
"""Their job is what Buffer may have, so that it can be looked for."""


def accept_change(change: Change, now: datetime) -> Tracked:
    """Return a job of which only a change is known: the account lost its memory.

    With Buffer's id the change is carried out. Without it, nothing is created from an
    edit: its post hands the job over again. A retraction or a redrive is looked for.
    """
    job, post_id = change.job, change.post_id
    if post_id is not None:
        post = BufferPost(
            id=post_id,
            channel_id=job.request.channel_id,
            status=_IN_BUFFER_UNSEEN,
            due_at=job.request.due_at,
        )
        known = Tracked(job=job, phase=JobPhase.OUTSTANDING, post=post)
    elif change.kind in _LOOKED_FOR:
        unknown = Tracked(job=job, phase=JobPhase.LOOKING)
        known = looking(unknown, CreateKind.UNKNOWN)
    else:
        known = Tracked(job=job, phase=JobPhase.HELD, awaits_job=True)
    return take_change(known, change, now)


def take_change(tracked: Tracked, change: Change, now: datetime) -> Tracked:
    """Return what a change makes of a job that no call is under way for.

    A repeated one is answered again; an older one is not heard any more.
    """
    if change.change_id <= tracked.heard:
        return _again(tracked, change.change_id)
    wanted = _merged(tracked.wanted, change)
    heard = {"heard": change.change_id, "wanted": wanted}
    tracked = tracked.model_copy(update=heard)
    if change.kind is ChangeKind.MOVE and change.position is None:
        return refused(tracked, "Say where to: top or bottom.")
    if tracked.awaits_job and change.kind in _LOOKED_FOR:
        known = {"job": change.job, "awaits_job": False}
        return looking(tracked.model_copy(update=known), CreateKind.UNKNOWN)
    return tracked if tracked.awaits_job else _taken(tracked, wanted, now)


def unsent(tracked: Tracked, now: datetime) -> Tracked:
    """Return a job that Buffer does not have, with its change made without a call.

    A place in the queue can only be had once it is there.
    """
    wanted = tracked.wanted
    if wanted is None:
        return tracked
    if wanted.retracts:
        return settled(tracked, ProgressKind.RETRACTED, "", now)
    job = as_wanted(tracked)
    is_new = job is not tracked.job
    changed = tracked.model_copy(
        update={
            "job": job,
            "is_wordless": tracked.is_wordless and not is_new,
            "earlier_due": _earlier_times(tracked, job.request.due_at),
        }
    )
    if wanted.position is not None:
        left = Wanted(
            change_id=wanted.change_id,
            kind=wanted.kind,
            job=wanted.job,
            position=wanted.position,
            is_changed=is_new,
        )
        return changed.model_copy(update={"wanted": left})
    kept = {"not_before": changed.not_before}
    return answered(changed, ProgressKind.CHANGED).model_copy(update=kept)


def _taken(tracked: Tracked, wanted: Wanted, now: datetime) -> Tracked:
    match tracked.phase:
        case JobPhase.WAITING | JobPhase.PULLED_BACK:
            return unsent(tracked, now)
        case JobPhase.LOOKING:
            return tracked
        case JobPhase.HELD:
            return _while_held(tracked, wanted, now)
        case JobPhase.OUTSTANDING:
            return _while_outstanding(tracked)
        case JobPhase.SETTLED:
            return _at_its_end(tracked, wanted, now)


def _again(tracked: Tracked, change_id: int) -> Tracked:
    answer = tracked.answer
    if answer is not None and answer.change_id == change_id:
        tracked = told(tracked, answer)
    if tracked.last is not None and tracked.last is not answer:
        tracked = told(tracked, tracked.last)
    return tracked


def _merged(before: Wanted | None, change: Change) -> Wanted:
    kind = change.kind
    if kind is ChangeKind.RETRACT:
        return Wanted(
            change_id=change.change_id, kind=kind, job=change.job, retracts=True
        )
    tried = _tried(before)
    if before is None or before.retracts:
        before = Wanted(change_id=change.change_id, kind=kind, job=change.job)
    schedules = kind in {ChangeKind.RESCHEDULE, ChangeKind.REDRIVE}
    return Wanted(
        change_id=change.change_id,
        kind=kind,
        job=change.job,
        edits=before.edits or schedules or kind is ChangeKind.EDIT,
        schedules=before.schedules or schedules,
        reads=before.reads or kind is ChangeKind.REDRIVE,
        position=change.position,
        is_changed=before.is_changed and kind is ChangeKind.MOVE,
        tried=tried,
    )


def _tried(before: Wanted | None) -> tuple[str, ...]:
    """Return the texts of edits that got no answer: a newer change forgets none."""
    if before is None or before.retracts or before.is_changed:
        return ()
    if before.tries == 0 or not (before.edits or before.schedules):
        return before.tried
    return (*before.tried, before.job.request.text)[-_MOST_TRIED:]


def _while_held(tracked: Tracked, wanted: Wanted, now: datetime) -> Tracked:
    """A person is asked; what is certainly not in Buffer can be changed all the same.

    To take it back, or to publish it after all, is a decision: Buffer is looked at.
    """
    if tracked.is_certainly_absent:
        if wanted.kind is ChangeKind.REDRIVE:
            waiting = {"phase": JobPhase.WAITING, "unsent": 0}
            return unsent(tracked.model_copy(update=waiting), now)
        tracked = unsent(tracked, now)
    elif wanted.retracts:
        return looking(tracked, tracked.doubt or CreateKind.UNKNOWN)
    elif wanted.kind is ChangeKind.REDRIVE:
        return looking_anew(tracked)
    is_held = tracked.phase is JobPhase.HELD and tracked.last is not None
    return told(tracked, tracked.last) if is_held and tracked.last else tracked


def _while_outstanding(tracked: Tracked) -> Tracked:
    if tracked.post is not None and tracked.post.status == "sent":
        tracked = refused(tracked, TOO_LATE)
        return told(tracked, tracked.last) if tracked.last else tracked
    return tracked.model_copy(update={"not_before": None})


def _at_its_end(tracked: Tracked, wanted: Wanted, now: datetime) -> Tracked:
    """What ended can hardly be changed, but for what Buffer could not publish."""
    kind = tracked.last.kind if tracked.last else ProgressKind.SENT
    is_open = kind is ProgressKind.PUBLISH_FAILED or (
        tracked.post is not None and tracked.post.status == "draft"
    )
    if is_open and tracked.post is not None:
        return _mended(tracked, wanted)
    if wanted.retracts and kind in {ProgressKind.RETRACTED, ProgressKind.REFUSED}:
        return settled(tracked, ProgressKind.RETRACTED, "", now)
    if kind is ProgressKind.RETRACTED:
        return refused(tracked, TAKEN_BACK)
    if kind is ProgressKind.REFUSED and tracked.last is not None:
        return refused(tracked, f"Buffer refused it: {tracked.last.message}")
    tracked = refused(tracked, TOO_LATE)
    return told(tracked, tracked.last) if tracked.last else tracked


def _mended(tracked: Tracked, wanted: Wanted) -> Tracked:
    if wanted.kind is ChangeKind.MOVE and not wanted.edits:
        return refused(tracked, "It is in no queue: redrive it.")
    reads = {"reads": wanted.reads or wanted.schedules}
    update = {"wanted": wanted.model_copy(update=reads), "not_before": None}
    return tracked.model_copy(update=update)


def _earlier_times(tracked: Tracked, due_at: datetime) -> tuple[datetime, ...]:
    """An attempt that was proven absent may still have been made at its old time."""
    if tracked.creates == 0 or tracked.job.request.due_at == due_at:
        return tracked.earlier_due
    return due_times(tracked)
