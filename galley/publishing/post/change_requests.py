"""Requests to change a post after approval: reschedule, edit, retract, move, redrive.

A post has one unanswered change. Before AccountWorkflow may know the job, a change is made at
once. After that it is requested of Buffer, and the approved content stands until the answer,
which ``news`` handles.

PostWorkflow calls this with requests that the rule in ``galley.review.changes`` lets through.
"""

from datetime import datetime, timedelta
from typing import Unpack

from galley.models.account import PublishJob
from galley.models.channel import ShareMode
from galley.models.media import PublicAsset
from galley.models.post import Change, PostSnapshot, PostState, PostViewChanges, Proposal, Released
from galley.models.publishing import HoldReason
from galley.models.review import (
    ApprovedProof,
    ChangeKind,
    ChangeOutcome,
    ChangeRequest,
    Decision,
    DecisionKind,
    LastChange,
)
from galley.publishing.request import approval_of, approved_anew, request_for
from galley.publishing.schedule.plan import settle
from galley.review.changes import ON_ITS_WAY
from galley.review.proof import approvals_on, proof_of
from galley.review.proposals import is_by_agent

_NOBODY = "Nobody decided in time."
_CHANGES_KEPT = 150


def ask(
    snapshot: PostSnapshot, request: ChangeRequest, now: datetime, lead: timedelta
) -> PostSnapshot:
    """Return the post after a request to change it.

    Args:
        snapshot: The post.
        request: Any kind but an edit, which :func:`ask_edit` takes.
        now: The present.
        lead: Least time between now and a due time.
    """
    if is_by_agent(request):
        return propose_time(snapshot, request, now)
    snapshot, request = _numbered(snapshot, request, now)
    heard = (*snapshot.view.changes, request)[-_CHANGES_KEPT:]
    snapshot = with_view(snapshot, changes=heard)
    job = latest_job(snapshot)
    if request.kind is ChangeKind.RETRACT and snapshot.withdrawal is not None:
        return _withdrawn_first(snapshot, snapshot.withdrawal, request, now)
    if job is None or not snapshot.is_handed_over:
        return done_at_once(snapshot, request, now)
    match request.kind:
        case ChangeKind.RETRACT:
            after = _taken_back(snapshot, request, snapshot.job or job, now)
        case ChangeKind.RESCHEDULE:
            after = _reschedule(snapshot, request, job, now, lead)
        case ChangeKind.REDRIVE:
            after = _redrive(snapshot, request, now, lead)
        case ChangeKind.MOVE | ChangeKind.EDIT:
            after = _asked(snapshot, request, request.kind, job, now)
    return after


def propose_time(snapshot: PostSnapshot, request: ChangeRequest, now: datetime) -> PostSnapshot:
    """Return the post after an agent named another time: nothing that was approved moves.

    Of a post in review the proof has that time, so that it is approved with it or not at all; of
    one on its way it is a proposal.
    """
    snapshot, request = _numbered(snapshot, request, now)
    view = snapshot.view
    heard = (*view.changes, request)[-_CHANGES_KEPT:]
    told = f"{request.by} proposes another time."
    if view.state not in ON_ITS_WAY or view.draft is None:
        moved = with_view(snapshot, changes=heard, due_at=request.due_at, notice=told)
        return moved.replace(due_is_named=True)
    stands = Proposal(
        draft=view.draft,
        provenance=view.provenance,
        staged=view.staged,
        media_notes=view.media_notes,
        media_by=view.media_by,
    )
    proposal = (view.proposal or stands).model_copy(update={"due_at": request.due_at})
    return with_view(
        snapshot,
        changes=heard,
        proposal=proposal,
        revision=view.revision + 1,
        notice=f"{told} Approve or reject revision {view.revision + 1}; until then "
        f"revision {view.approved_revision} stands.",
    )


def ask_edit(
    snapshot: PostSnapshot,
    said: Decision,
    media: tuple[PublicAsset, ...],
    now: datetime,
    approval: ApprovedProof | None = None,
) -> PostSnapshot:
    """Return the post after approval of its proposal, whose media are public.

    An unanswered reschedule, or a time that an agent proposed, becomes part of the same change.
    ``approval`` is that of the same
    content, where nobody needs to approve it again.
    """
    view = snapshot.view
    # The rule lets an edit follow a pending reschedule, and no other pending change.
    job, time, new = latest_job(snapshot), view.change, view.proposal
    proof = proof_of(view)
    if new is None or view.draft is None or job is None or proof is None:
        return snapshot
    before = Released(
        revision=view.approved_revision,
        draft=view.draft,
        provenance=view.provenance,
        staged=view.staged,
        media=view.media,
    )
    edited = with_view(
        snapshot,
        draft=new.draft,
        provenance=new.provenance,
        staged=new.staged,
        media_notes=new.media_notes,
        media_by=new.media_by,
        media=media,
        problems=(),
        proposal=None,
        approved_revision=view.revision,
    )
    due_at = job.request.due_at if new.due_at is None else max(new.due_at, now)
    job = job.replace(
        request=request_for(proof, media, due_at),
        # A time that was approved by name is kept in quiet hours and outside slots.
        timing=None if new.due_at else job.timing,
        revision=view.revision,
        provenance=proof.provenance,
        approval=approval or approval_of(proof, approvals_on(view, said)),
    )
    request = ChangeRequest(
        kind=ChangeKind.EDIT,
        by=said.by,
        note=said.note,
        due_at=new.due_at or (time.due_at if time else None),
        mode=time.mode if time and new.due_at is None else ShareMode.CUSTOM_SCHEDULED,
    )
    edited, request = _numbered(edited, request, now)
    if time is not None:
        request = request.replace(includes=(time.change_id,))
    kind = ChangeKind.RESCHEDULE if time or new.due_at else ChangeKind.EDIT
    return _asked(edited, request, kind, job, now).replace(
        before=snapshot.before or before, edited=job, content_since=request.change_id
    )


def reject(snapshot: PostSnapshot, said: Decision, now: datetime) -> PostSnapshot:
    """Return the post after its rejection: Buffer must neither have it nor get it.

    A held post may be in Buffer: a search takes it back, unless that failed before.
    """
    request = ChangeRequest(kind=ChangeKind.RETRACT, by=said.by, note=said.note)
    snapshot, request = _numbered(snapshot, request, now)
    snapshot = snapshot.replace(ends_rejected=True)
    if snapshot.withdrawal is not None and not snapshot.is_beyond_looking:
        return _withdrawn_first(snapshot, snapshot.withdrawal, request, now)
    may_be_there = (
        snapshot.is_handed_over
        and snapshot.view.state is PostState.HELD
        and not snapshot.is_beyond_looking
    )
    if snapshot.job is None or not may_be_there:
        return retracted(snapshot, request, "", now)
    return _taken_back(snapshot, request, snapshot.job, now)


def unanswered(snapshot: PostSnapshot, now: datetime) -> PostSnapshot:
    """Return the post whose review nobody answered in time.

    What it handed over before a reset comes out of Buffer first. Where Buffer kept that, silence
    ends no review as a rejection would: the post expires, and goes on saying what Buffer has.
    """
    if snapshot.withdrawal is not None and not snapshot.is_beyond_looking:
        said = Decision(
            kind=DecisionKind.REJECT, revision=snapshot.view.revision, by="Galley", note=_NOBODY
        )
        return reject(snapshot, said, now)
    kept = snapshot.view.error if snapshot.withdrawal is not None else None
    error = f"{kept} {_NOBODY}" if kept else _NOBODY
    expired = with_view(snapshot, state=PostState.EXPIRED, error=error)
    return with_view(expired, waiting_for="", held_for=None)


def retracted(
    snapshot: PostSnapshot, request: ChangeRequest | None, message: str, now: datetime
) -> PostSnapshot:
    """Return the end of a post that is not in Buffer.

    Args:
        snapshot: The post.
        request: The request for it; ``None``: AccountWorkflow reports it by itself.
        message: The reason without a request.
        now: The present.
    """
    last, asked = snapshot.view.last_change, snapshot.view.change
    why = message
    if request is not None:
        last = ended(request, ChangeOutcome.DONE, now)
        why = f"{request.by}: {request.note}" if request.note else f"{request.by}."
    elif asked is not None:
        last = ended(asked, ChangeOutcome.TAKEN_BACK, now, message)
    rejected = snapshot.ends_rejected
    return with_view(
        snapshot,
        state=PostState.REJECTED if rejected else PostState.RETRACTED,
        waiting_for="",
        error=f"Rejected by {why}" if rejected else None,
        held_for=None,
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
    """Return the post after its change was handed to AccountWorkflow."""
    return snapshot.replace(is_told=True, asked_at=now)


def is_change_unsent(snapshot: PostSnapshot) -> bool:
    """Whether the change is to be handed to AccountWorkflow now."""
    return snapshot.is_handed_over and not snapshot.is_told and is_change_for_account(snapshot)


def is_change_for_account(snapshot: PostSnapshot) -> bool:
    """Whether there is a change that AccountWorkflow has to carry out now.

    A held post waits for a person: until then only a retract goes to AccountWorkflow.
    """
    change, is_held = snapshot.change, snapshot.view.state is PostState.HELD
    return change is not None and (not is_held or change.kind is ChangeKind.RETRACT)


def latest_job(snapshot: PostSnapshot) -> PublishJob | None:
    """Return the job as last requested, whether Buffer has answered or not."""
    return snapshot.change.job if snapshot.change else snapshot.job


def with_view(snapshot: PostSnapshot, **changes: Unpack[PostViewChanges]) -> PostSnapshot:
    """Return the post with changes to its view."""
    return snapshot.replace(view=snapshot.view.replace(**changes))


def done_at_once(snapshot: PostSnapshot, request: ChangeRequest, now: datetime) -> PostSnapshot:
    """Return a post that is certainly not in Buffer, with a request carried out."""
    if request.kind is ChangeKind.RETRACT:
        return retracted(snapshot, request, "", now)
    changed = with_view(
        snapshot,
        due_at=request.due_at,
        notice=f"Rescheduled by {request.by}.",
        last_change=ended(request, ChangeOutcome.DONE, now),
    )
    view = changed.view.replace(delivery=changed.view.delivery.with_mode(request.mode))
    proof, anew = proof_of(view), snapshot.approval
    if proof is not None and anew is not None:
        # Whoever names another time after the approval approves the proof with that time.
        again = {"digest": proof.digest, "due_at": proof.due_at, "moved": request}
        anew = anew.model_copy(update=again)
    return changed.replace(view=view, due_is_named=True, approval=anew)


def _taken_back(
    snapshot: PostSnapshot, request: ChangeRequest, job: PublishJob, now: datetime
) -> PostSnapshot:
    """Return the post to be taken out of Buffer; ``job`` is the one that a search finds there."""
    asked = _asked(snapshot, request, ChangeKind.RETRACT, job, now)
    return with_view(asked, waiting_for="Buffer, to take it back")


def _withdrawn_first(
    snapshot: PostSnapshot, withdrawal: Change, request: ChangeRequest, now: datetime
) -> PostSnapshot:
    """Return a post that was reset, to be taken out of Buffer before it ends.

    What it handed over before may still be there.
    """
    asked = _taken_back(snapshot, request, withdrawal.job, now)
    change = withdrawal.model_copy(update={"change_id": request.change_id})
    held = with_view(asked, state=PostState.HELD, held_for=HoldReason.EARLIER_WORDS, error=None)
    return held.replace(change=change, is_handed_over=True)


def _reschedule(
    snapshot: PostSnapshot, request: ChangeRequest, job: PublishJob, now: datetime, lead: timedelta
) -> PostSnapshot:
    delivery = job.request.delivery.with_mode(request.mode)
    due_at = settle(request.due_at, now, lead)
    post_request = job.request.replace(delivery=delivery, due_at=due_at)
    # Without timing: a time that a person names is kept in quiet hours and outside slots.
    moved = job.replace(request=post_request, timing=None)
    job = approved_anew(moved, job.approval, request.due_at, request)
    edit = snapshot.view.change
    if edit is not None and edit.kind is ChangeKind.EDIT:
        # The pending edit goes on as part of this change, and is shown as an edit.
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
    due_at = settle(snapshot.job.request.due_at, now, lead, snapshot.job.timing)
    job = snapshot.job.with_due_time(due_at)
    asked = _asked(snapshot, request, ChangeKind.REDRIVE, job, now)
    return with_view(
        asked,
        state=PostState.PUBLISHING,
        waiting_for="Buffer",
        error=None,
        due_at=due_at if job.request.delivery.has_due_time else None,
        review_expires_at=None,
    )


def _asked(
    snapshot: PostSnapshot, request: ChangeRequest, kind: ChangeKind, job: PublishJob, now: datetime
) -> PostSnapshot:
    """Return the post with a change to be handed over, which replaces any unanswered one."""
    change = Change(
        change_id=request.change_id,
        kind=kind,
        job=job,
        post_id=snapshot.view.buffer_post_id,
        position=request.position,
        asked_at=now,
    )
    last, replaced = snapshot.view.last_change, snapshot.view.change
    if replaced is not None and replaced.change_id not in request.includes:
        # Changes that the new one includes have not ended.
        over = tuple(one for one in replaced.includes if one not in request.includes)
        why = f"The {request.kind} by {request.by} replaced it."
        last = ended(replaced.replace(includes=over), ChangeOutcome.SUPERSEDED, now, why)
    asked = with_view(snapshot, change=request, last_change=last, notice="")
    return asked.replace(change=change, is_told=False)


def _numbered(
    snapshot: PostSnapshot, request: ChangeRequest, now: datetime
) -> tuple[PostSnapshot, ChangeRequest]:
    """Return the post and the request with a number of its own."""
    # From the clock: after an operator's reset, a run must not reuse a number that
    # AccountWorkflow knows for another change.
    number = max(snapshot.last_change_id + 1, int(now.timestamp() * 1000))
    request = request.replace(change_id=number, includes=())
    return snapshot.replace(last_change_id=number), request
