"""Ask for a change of a post: the one change that is unanswered, kept beside its view.

Before AccountWorkflow may know the job, a change is made at once. After that it is
asked of Buffer, and what was approved before stands until the answer.
"""

from datetime import datetime, timedelta

from galley.models import (
    Change,
    ChangeKind,
    ChangeOutcome,
    Channel,
    Decision,
    LastChange,
    PostCourse,
    PostState,
    PostView,
    Proposal,
    PublicAsset,
    PublishJob,
    Released,
    ShareMode,
    Wish,
)
from galley.outbox.request import request_for
from galley.schedule.plan import settle

_CHANGES_KEPT = 150


def ask(course: PostCourse, wish: Wish, now: datetime, lead: timedelta) -> PostCourse:
    """Return the post after a wish that the rule lets through.

    Args:
        course: The post.
        wish: Anything but other words, which :func:`ask_edit` takes.
        now: The present.
        lead: Least time between now and a due time.
    """
    course, wish = _numbered(course, wish, now)
    heard = (*course.view.changes, wish)[-_CHANGES_KEPT:]
    course = viewed(course, changes=heard)
    job = latest_job(course)
    if job is None or not course.is_handed_over:
        return done_at_once(course, wish, now)
    match wish.kind:
        case ChangeKind.RETRACT:
            return _taken_back(course, wish, course.job or job, now)
        case ChangeKind.RESCHEDULE:
            return _reschedule(course, wish, _timed(job, wish, now, lead), now)
        case ChangeKind.REDRIVE:
            return _redrive(course, wish, now, lead)
        case ChangeKind.MOVE | ChangeKind.EDIT:
            return _asked(course, wish, wish.kind, job, now)


def ask_edit(
    course: PostCourse,
    said: Decision,
    media: tuple[PublicAsset, ...],
    channel: Channel,
    now: datetime,
) -> PostCourse:
    """Return the post after its proposal was approved and its media made public.

    A reschedule that is unanswered goes into the same change.
    """
    job, time, before = latest_job(course), course.view.change, _released(course.view)
    if course.view.proposal is None or before is None or job is None:
        return course
    edited = _with_proposal(course, course.view.proposal, media)
    request = request_for(
        edited.view, channel, job.request.delivery, job.request.due_at
    )
    revision = edited.view.approved_revision
    changes = {"revision": revision, "provenance": edited.view.provenance}
    job = job.model_copy(update={"request": request, **changes})
    wish = Wish(
        kind=ChangeKind.EDIT,
        by=said.by,
        note=said.note,
        due_at=time.due_at if time else None,
        mode=time.mode if time else ShareMode.CUSTOM_SCHEDULED,
    )
    edited, wish = _numbered(edited, wish, now)
    if time is not None:
        wish = wish.model_copy(update={"includes": (time.change_id,)})
    kind = ChangeKind.RESCHEDULE if time else ChangeKind.EDIT
    return _asked(edited, wish, kind, job, now).model_copy(
        update={
            "before": course.before or before,
            "edited": job,
            "content_since": wish.change_id,
        }
    )


def reject(course: PostCourse, said: Decision, now: datetime) -> PostCourse:
    """Return the post after it was rejected: Buffer must not have it, or get it.

    What is held may be there and is looked for, unless that was tried in vain.
    """
    wish = Wish(kind=ChangeKind.RETRACT, by=said.by, note=said.note)
    course, wish = _numbered(course, wish, now)
    course = course.model_copy(update={"ends_rejected": True})
    is_held = course.view.state is PostState.HELD
    if course.job is None or not course.is_handed_over or not is_held:
        return retracted(course, wish, "", now)
    if course.is_beyond_looking:
        return retracted(course, wish, "", now)
    return _taken_back(course, wish, course.job, now)


def retracted(
    course: PostCourse, wish: Wish | None, message: str, now: datetime
) -> PostCourse:
    """Return the end of a post that Buffer does not have, or not any more."""
    last, asked = course.view.last_change, course.view.change
    if wish is not None:
        last = ended(wish, ChangeOutcome.DONE, now)
    elif asked is not None:
        last = ended(asked, ChangeOutcome.TAKEN_BACK, now, message)
    why = message
    if wish is not None:
        why = f"{wish.by}: {wish.note}" if wish.note else f"{wish.by}."
    rejected = course.ends_rejected
    return viewed(
        course,
        state=PostState.REJECTED if rejected else PostState.RETRACTED,
        waiting_for="",
        error=f"Rejected by {why}" if rejected else None,
        notice="" if rejected else f"Retracted by {why}" if wish else why,
        change=None,
        last_change=last,
    ).model_copy(update={"change": None, "before": None, "edited": None})


def ended(
    wish: Wish, outcome: ChangeOutcome, now: datetime, message: str = ""
) -> LastChange:
    """Return the outcome of a change."""
    return LastChange(
        id=wish.change_id,
        includes=wish.includes,
        kind=wish.kind,
        outcome=outcome,
        message=message,
        at=now,
    )


def told(course: PostCourse, now: datetime) -> PostCourse:
    """Return the post after its change, or its job, was handed over."""
    return course.model_copy(update={"is_told": True, "asked_at": now})


def wants_telling(course: PostCourse) -> bool:
    """Whether AccountWorkflow should be told of the change now.

    A held post is either taken back, or approved again before anything else.
    """
    if course.change is None or course.is_told or not course.is_handed_over:
        return False
    is_held = course.view.state is PostState.HELD
    return not is_held or course.change.kind is ChangeKind.RETRACT


def latest_job(course: PostCourse) -> PublishJob | None:
    """Return the job as it was last asked for, answered or not."""
    return course.change.job if course.change else course.job


def viewed(course: PostCourse, **changes: object) -> PostCourse:
    """Return the post with another view."""
    view = course.view.model_copy(update=changes)
    return course.model_copy(update={"view": view})


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
    course: PostCourse, proposal: Proposal, media: tuple[PublicAsset, ...]
) -> PostCourse:
    return viewed(
        course,
        draft=proposal.draft,
        provenance=proposal.provenance,
        staged=proposal.staged,
        media_notes=proposal.media_notes,
        media_by=proposal.media_by,
        media=media,
        problems=(),
        proposal=None,
        approved_revision=course.view.revision,
    )


def done_at_once(course: PostCourse, wish: Wish, now: datetime) -> PostCourse:
    """Return the post after a wish for what Buffer certainly does not have."""
    if wish.kind is ChangeKind.RETRACT:
        return retracted(course, wish, "", now)
    delivery = course.delivery.model_copy(update={"mode": wish.mode})
    changed = viewed(
        course,
        due_at=wish.due_at,
        notice=f"Rescheduled by {wish.by}.",
        last_change=ended(wish, ChangeOutcome.DONE, now),
    )
    return changed.model_copy(update={"delivery": delivery, "due_is_named": True})


def _taken_back(
    course: PostCourse, wish: Wish, job: PublishJob, now: datetime
) -> PostCourse:
    """What Buffer may have is looked for by the job as it was confirmed last."""
    asked = _asked(course, wish, ChangeKind.RETRACT, job, now)
    return viewed(asked, waiting_for="Buffer, to take it back")


def _reschedule(
    course: PostCourse, wish: Wish, job: PublishJob, now: datetime
) -> PostCourse:
    edit = course.view.change
    if edit is not None and edit.kind is ChangeKind.EDIT:
        is_content_open = course.edited is not None
        wish = edit.model_copy(
            update={
                "change_id": wish.change_id,
                "includes": (course.content_since,) if is_content_open else (),
                "due_at": wish.due_at,
                "mode": wish.mode,
            }
        )
    return _asked(course, wish, ChangeKind.RESCHEDULE, job, now)


def _redrive(
    course: PostCourse, wish: Wish, now: datetime, lead: timedelta
) -> PostCourse:
    if course.job is None:
        return course
    job = course.job
    due_at = settle(None, now, lead, job.timing)
    request = job.request.model_copy(update={"due_at": due_at})
    job = job.model_copy(update={"request": request})
    asked = _asked(course, wish, ChangeKind.REDRIVE, job, now)
    return viewed(
        asked,
        state=PostState.PUBLISHING,
        waiting_for="Buffer",
        error=None,
        due_at=due_at if request.delivery.has_due_time else None,
        review_expires_at=None,
    )


def _timed(job: PublishJob, wish: Wish, now: datetime, lead: timedelta) -> PublishJob:
    """A time that a person names is taken as it is: no quiet hours, no slots."""
    delivery = job.request.delivery.model_copy(update={"mode": wish.mode})
    due_at = settle(wish.due_at, now, lead)
    request = job.request.model_copy(update={"delivery": delivery, "due_at": due_at})
    return job.model_copy(update={"request": request, "timing": None})


def _asked(
    course: PostCourse, wish: Wish, kind: ChangeKind, job: PublishJob, now: datetime
) -> PostCourse:
    change = Change(
        change_id=wish.change_id,
        kind=kind,
        job=job,
        post_id=course.view.buffer_post_id,
        position=wish.position,
    )
    last, replaced = course.view.last_change, course.view.change
    if replaced is not None and replaced.change_id not in wish.includes:
        # What the new change carries out too is not over.
        over = tuple(one for one in replaced.includes if one not in wish.includes)
        replaced = replaced.model_copy(update={"includes": over})
        why = f"The {wish.kind} by {wish.by} replaced it."
        last = ended(replaced, ChangeOutcome.SUPERSEDED, now, why)
    return viewed(course, change=wish, last_change=last, notice="").model_copy(
        update={"change": change, "is_told": False}
    )


def _numbered(course: PostCourse, wish: Wish, now: datetime) -> tuple[PostCourse, Wish]:
    """Return the post and what is asked of it, under a number of its own."""
    # Counted up by the clock: a run that an operator resets must not use a number
    # again that AccountWorkflow knows for another change.
    number = max(course.last_change_id + 1, int(now.timestamp() * 1000))
    wish = wish.model_copy(update={"change_id": number, "includes": ()})
    return course.model_copy(update={"last_change_id": number}), wish
