"""Ask for a change of a post: the one change that is unanswered, kept beside its view.

Before AccountWorkflow may know the job, a change is made at once. After that it is
asked of Buffer, and what was approved before stands until the answer.
"""

from datetime import datetime, timedelta
from typing import Unpack

from galley.models import (
    Change,
    ChangeKind,
    ChangeOutcome,
    ChangeRequest,
    Channel,
    Decision,
    LastChange,
    PostSnapshot,
    PostState,
    PostView,
    Proposal,
    PublicAsset,
    PublishJob,
    Released,
    ShareMode,
)
from galley.models.post import PostViewChanges
from galley.publishing.request import request_for
from galley.publishing.schedule.plan import settle

_CHANGES_KEPT = 150


def ask(
    snapshot: PostSnapshot, request: ChangeRequest, now: datetime, lead: timedelta
) -> PostSnapshot:
    """Return the post after a request that the rule lets through.

    Args:
        snapshot: The post.
        request: Anything but other words, which :func:`ask_edit` takes.
        now: The present.
        lead: Least time between now and a due time.
    """
    snapshot, request = _numbered(snapshot, request, now)
    heard = (*snapshot.view.changes, request)[-_CHANGES_KEPT:]
    snapshot = with_view(snapshot, changes=heard)
    job = latest_job(snapshot)
    if job is None or not snapshot.is_handed_over:
        return done_at_once(snapshot, request, now)
    match request.kind:
        case ChangeKind.RETRACT:
            return _taken_back(snapshot, request, snapshot.job or job, now)
        case ChangeKind.RESCHEDULE:
            return _reschedule(snapshot, request, _timed(job, request, now, lead), now)
        case ChangeKind.REDRIVE:
            return _redrive(snapshot, request, now, lead)
        case ChangeKind.MOVE | ChangeKind.EDIT:
            return _asked(snapshot, request, request.kind, job, now)


def ask_edit(
    snapshot: PostSnapshot,
    said: Decision,
    media: tuple[PublicAsset, ...],
    channel: Channel,
    now: datetime,
) -> PostSnapshot:
    """Return the post after its proposal was approved and its media made public.

    A reschedule that is unanswered goes into the same change.
    """
    job, time, before = (latest_job(snapshot), snapshot.view.change, _released(snapshot.view))
    if snapshot.view.proposal is None or before is None or job is None:
        return snapshot
    edited = _with_proposal(snapshot, snapshot.view.proposal, media)
    post_request = request_for(edited.view, channel, job.request.delivery, job.request.due_at)
    revision = edited.view.approved_revision
    job = job.replace(request=post_request, revision=revision, provenance=edited.view.provenance)
    request = ChangeRequest(
        kind=ChangeKind.EDIT,
        by=said.by,
        note=said.note,
        due_at=time.due_at if time else None,
        mode=time.mode if time else ShareMode.CUSTOM_SCHEDULED,
    )
    edited, request = _numbered(edited, request, now)
    if time is not None:
        request = request.replace(includes=(time.change_id,))
    kind = ChangeKind.RESCHEDULE if time else ChangeKind.EDIT
    return _asked(edited, request, kind, job, now).replace(
        before=snapshot.before or before, edited=job, content_since=request.change_id
    )


def reject(snapshot: PostSnapshot, said: Decision, now: datetime) -> PostSnapshot:
    """Return the post after it was rejected: Buffer must not have it, or get it.

    What is held may be there and is looked for, unless that was tried in vain.
    """
    request = ChangeRequest(kind=ChangeKind.RETRACT, by=said.by, note=said.note)
    snapshot, request = _numbered(snapshot, request, now)
    snapshot = snapshot.replace(ends_rejected=True)
    is_held = snapshot.view.state is PostState.HELD
    if snapshot.job is None or not snapshot.is_handed_over or not is_held:
        return retracted(snapshot, request, "", now)
    if snapshot.is_beyond_looking:
        return retracted(snapshot, request, "", now)
    return _taken_back(snapshot, request, snapshot.job, now)


def retracted(
    snapshot: PostSnapshot, request: ChangeRequest | None, message: str, now: datetime
) -> PostSnapshot:
    """Return the end of a post that Buffer does not have, or not any more."""
    last, asked = snapshot.view.last_change, snapshot.view.change
    if request is not None:
        last = ended(request, ChangeOutcome.DONE, now)
    elif asked is not None:
        last = ended(asked, ChangeOutcome.TAKEN_BACK, now, message)
    why = message
    if request is not None:
        why = f"{request.by}: {request.note}" if request.note else f"{request.by}."
    rejected = snapshot.ends_rejected
    return with_view(
        snapshot,
        state=PostState.REJECTED if rejected else PostState.RETRACTED,
        waiting_for="",
        error=f"Rejected by {why}" if rejected else None,
        notice="" if rejected else f"Retracted by {why}" if request else why,
        change=None,
        last_change=last,
    ).replace(change=None, before=None, edited=None)


def ended(
    request: ChangeRequest, outcome: ChangeOutcome, now: datetime, message: str = ""
) -> LastChange:
    """Return the outcome of a change."""
    return LastChange(
        id=request.change_id,
        includes=request.includes,
        kind=request.kind,
        outcome=outcome,
        message=message,
        at=now,
    )


def change_sent(snapshot: PostSnapshot, now: datetime) -> PostSnapshot:
    """Return the post after its change, or its job, was handed over."""
    return snapshot.replace(is_told=True, asked_at=now)


def is_change_unsent(snapshot: PostSnapshot) -> bool:
    """Whether AccountWorkflow should be told of the change now.

    A held post is either taken back, or approved again before anything else.
    """
    if snapshot.change is None or snapshot.is_told or not snapshot.is_handed_over:
        return False
    is_held = snapshot.view.state is PostState.HELD
    return not is_held or snapshot.change.kind is ChangeKind.RETRACT


def latest_job(snapshot: PostSnapshot) -> PublishJob | None:
    """Return the job as it was last asked for, answered or not."""
    return snapshot.change.job if snapshot.change else snapshot.job


def with_view(snapshot: PostSnapshot, **changes: Unpack[PostViewChanges]) -> PostSnapshot:
    """Return the post with another view."""
    view = snapshot.view.replace(**changes)
    return snapshot.replace(view=view)


def _released(view: PostView) -> Released | None:
    """Return what was approved last, as it stands until a change is confirmed."""
    if view.draft is None:
        return None
    return Released(
        revision=view.approved_revision,
        draft=view.draft,
        provenance=view.provenance,
        staged=view.staged,
        media=view.media,
    )


def _with_proposal(
    snapshot: PostSnapshot, proposal: Proposal, media: tuple[PublicAsset, ...]
) -> PostSnapshot:
    return with_view(
        snapshot,
        draft=proposal.draft,
        provenance=proposal.provenance,
        staged=proposal.staged,
        media_notes=proposal.media_notes,
        media_by=proposal.media_by,
        media=media,
        problems=(),
        proposal=None,
        approved_revision=snapshot.view.revision,
    )


def done_at_once(snapshot: PostSnapshot, request: ChangeRequest, now: datetime) -> PostSnapshot:
    """Return the post after a request for what Buffer certainly does not have."""
    if request.kind is ChangeKind.RETRACT:
        return retracted(snapshot, request, "", now)
    delivery = snapshot.delivery.with_mode(request.mode)
    changed = with_view(
        snapshot,
        due_at=request.due_at,
        notice=f"Rescheduled by {request.by}.",
        last_change=ended(request, ChangeOutcome.DONE, now),
    )
    return changed.replace(delivery=delivery, due_is_named=True)


def _taken_back(
    snapshot: PostSnapshot, request: ChangeRequest, job: PublishJob, now: datetime
) -> PostSnapshot:
    """What Buffer may have is looked for by the job as it was confirmed last."""
    asked = _asked(snapshot, request, ChangeKind.RETRACT, job, now)
    return with_view(asked, waiting_for="Buffer, to take it back")


def _reschedule(
    snapshot: PostSnapshot, request: ChangeRequest, job: PublishJob, now: datetime
) -> PostSnapshot:
    edit = snapshot.view.change
    if edit is not None and edit.kind is ChangeKind.EDIT:
        is_content_open = snapshot.edited is not None
        request = edit.replace(
            change_id=request.change_id,
            includes=(snapshot.content_since,) if is_content_open else (),
            due_at=request.due_at,
            mode=request.mode,
        )
    return _asked(snapshot, request, ChangeKind.RESCHEDULE, job, now)


def _redrive(
    snapshot: PostSnapshot, request: ChangeRequest, now: datetime, lead: timedelta
) -> PostSnapshot:
    if snapshot.job is None:
        return snapshot
    job = snapshot.job
    due_at = settle(None, now, lead, job.timing)
    post_request = job.request.replace(due_at=due_at)
    job = job.replace(request=post_request)
    asked = _asked(snapshot, request, ChangeKind.REDRIVE, job, now)
    return with_view(
        asked,
        state=PostState.PUBLISHING,
        waiting_for="Buffer",
        error=None,
        due_at=due_at if post_request.delivery.has_due_time else None,
        review_expires_at=None,
    )


def _timed(job: PublishJob, request: ChangeRequest, now: datetime, lead: timedelta) -> PublishJob:
    """A time that a person names is taken as it is: no quiet hours, no slots."""
    delivery = job.request.delivery.with_mode(request.mode)
    due_at = settle(request.due_at, now, lead)
    post_request = job.request.replace(delivery=delivery, due_at=due_at)
    return job.replace(request=post_request, timing=None)


def _asked(
    snapshot: PostSnapshot, request: ChangeRequest, kind: ChangeKind, job: PublishJob, now: datetime
) -> PostSnapshot:
    change = Change(
        change_id=request.change_id,
        kind=kind,
        job=job,
        post_id=snapshot.view.buffer_post_id,
        position=request.position,
    )
    last, replaced = snapshot.view.last_change, snapshot.view.change
    if replaced is not None and replaced.change_id not in request.includes:
        # What the new change carries out too is not over.
        over = tuple(one for one in replaced.includes if one not in request.includes)
        replaced = replaced.replace(includes=over)
        why = f"The {request.kind} by {request.by} replaced it."
        last = ended(replaced, ChangeOutcome.SUPERSEDED, now, why)
    return with_view(snapshot, change=request, last_change=last, notice="").replace(
        change=change, is_told=False
    )


def _numbered(
    snapshot: PostSnapshot, request: ChangeRequest, now: datetime
) -> tuple[PostSnapshot, ChangeRequest]:
    """Return the post and what is asked of it, under a number of its own."""
    # Counted up by the clock: a run that an operator resets must not use a number
    # again that AccountWorkflow knows for another change.
    number = max(snapshot.last_change_id + 1, int(now.timestamp() * 1000))
    request = request.replace(change_id=number, includes=())
    return snapshot.replace(last_change_id=number), request
