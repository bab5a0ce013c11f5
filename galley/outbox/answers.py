"""What the answer to a change makes of a post: carried out, refused, or taken back."""

from datetime import datetime

from galley.models import (
    BufferPost,
    Change,
    ChangeKind,
    ChangeOutcome,
    PostCourse,
    PostState,
    Progress,
    Proposal,
    PublishJob,
    Wish,
)
from galley.outbox.asking import ended, retracted, viewed

WAITING_FOR = {
    PostState.PUBLISHING: "Buffer",
    PostState.SCHEDULED: "its time",
    PostState.HELD: "a person's decision",
    PostState.LATE: "Buffer",
    PostState.PULLED_BACK: "the end of the pause",
    PostState.SENT: "a link to it",
    PostState.ERROR: "a person: redrive or reject",
}

LEAVE_IT = "Reject it once more to leave it as it is."


def after_changed(course: PostCourse, news: Progress, now: datetime) -> PostCourse:
    """Return the post after a change was carried out.

    The answer to an older change does not end a newer one.
    """
    change, wish = course.change, course.view.change
    if change is None or wish is None or news.change_id is None:
        return course
    is_latest = news.change_id == change.change_id
    if course.content_since <= news.change_id <= change.change_id:
        course = _with_new_content(course, None if is_latest else now)
    if not is_latest or change.kind is ChangeKind.RETRACT:
        return course
    course = course.model_copy(update={"job": _as_it_is(change.job, news.post)})
    done = f"The {wish.kind} by {wish.by} is carried out. {news.message}".rstrip()
    course = answered(course, ChangeOutcome.DONE, done, news.message, now)
    course = viewed(course, **_placed(course, change, news.post))
    return viewed(course, **found(course, news.post))


def after_refusal(course: PostCourse, news: Progress, now: datetime) -> PostCourse:
    """Return the post as it stands, after Buffer did not carry the change out."""
    change, wish = course.change, course.view.change
    if change is None or wish is None or news.change_id != change.change_id:
        return course
    why = f"The {wish.kind} by {wish.by} was not carried out: {news.message}"
    course = answered(course, ChangeOutcome.REFUSED, why, news.message, now)
    course = with_old_content(course)
    state = course.view.state
    if change.kind is ChangeKind.REDRIVE:
        state = PostState.ERROR
    course = viewed(course, state=state, waiting_for=WAITING_FOR.get(state, ""))
    if state is PostState.ERROR:
        return viewed(course, error=news.message or course.view.error)
    if state is PostState.HELD and change.kind is ChangeKind.RETRACT:
        course = viewed(course, error=f"{news.message} {LEAVE_IT}")
        return course.model_copy(update={"is_beyond_looking": True})
    return course


def after_retraction(course: PostCourse, news: Progress, now: datetime) -> PostCourse:
    """Return the end: Buffer does not have the post, and Galley will not create it."""
    wish = course.view.change
    is_asked = wish is not None and wish.kind is ChangeKind.RETRACT
    return retracted(course, wish if is_asked else None, news.message, now)


def overtaken(
    course: PostCourse, outcome: ChangeOutcome, why: str, now: datetime
) -> PostCourse:
    """Return the post without its change, which nothing can come of any more.

    Args:
        course: The post.
        outcome: What is said of the change to those who asked for it.
        why: The beginning of a sentence that ends with the change.
        now: The present.
    """
    wish = course.view.change
    if wish is None:
        return course
    why = f"{why} the {wish.kind} by {wish.by}."
    return with_old_content(answered(course, outcome, why, why, now))


def answered(
    course: PostCourse, outcome: ChangeOutcome, notice: str, message: str, now: datetime
) -> PostCourse:
    """Return the post with its change answered, and so with none unanswered."""
    last, wish = course.view.last_change, course.view.change
    if wish is not None:
        last = ended(wish, outcome, now, message)
    return viewed(course, change=None, last_change=last, notice=notice).model_copy(
        update={"change": None, "is_told": False, "ends_rejected": False}
    )


def with_old_content(course: PostCourse) -> PostCourse:
    """Return the post with what stands in Buffer; the new words are proposed again.

    Under a new number: an approval of any earlier one must not release them.
    """
    view, before = course.view, course.before
    if before is None or view.draft is None:
        return course
    again = Proposal(draft=view.draft, provenance=view.provenance, staged=view.staged)
    return viewed(
        course,
        draft=before.draft,
        provenance=before.provenance,
        staged=before.staged,
        media=before.media,
        approved_revision=before.revision,
        proposal=view.proposal or again,
        revision=view.revision if view.proposal else view.revision + 1,
    ).model_copy(update={"before": None, "edited": None})


def found(course: PostCourse, post: BufferPost | None) -> dict[str, object]:
    """Return what Buffer shows of the post."""
    if post is None:
        return {}
    return {
        "buffer_post_id": post.id,
        "external_link": post.external_link,
        "sent_at": post.sent_at,
        "due_at": post.due_at or course.view.due_at,
    }


def _with_new_content(course: PostCourse, at: datetime | None) -> PostCourse:
    """Return the post whose new content stands; at ``at`` its change goes on without.

    That is so where a newer change was asked for meanwhile, which includes it.
    """
    job, edited = course.job, course.edited
    if edited is None or job is None:
        return course
    asked = course.view.change
    if at is not None and asked is not None:
        edit = Wish(kind=ChangeKind.EDIT, by=asked.by, change_id=course.content_since)
        rest = asked.model_copy(update={"includes": ()})
        done = ended(edit, ChangeOutcome.DONE, at)
        course = viewed(course, change=rest, last_change=done)
    time = {"due_at": job.request.due_at, "delivery": job.request.delivery}
    request = edited.request.model_copy(update=time)
    job = edited.model_copy(update={"request": request})
    return course.model_copy(update={"job": job, "edited": None, "before": None})


def _as_it_is(job: PublishJob, post: BufferPost | None) -> PublishJob:
    """The due time is evidence by which a post is looked for."""
    if post is None or post.due_at is None:
        return job
    request = job.request.model_copy(update={"due_at": post.due_at})
    return job.model_copy(update={"request": request})


def _placed(
    course: PostCourse, change: Change, post: BufferPost | None
) -> dict[str, object]:
    """Return where the change put the post: a later time ends its lateness."""
    state = course.view.state
    changes: dict[str, object] = {}
    if change.kind is ChangeKind.RESCHEDULE:
        request = change.job.request
        has_time = request.delivery.has_due_time
        changes["due_at"] = request.due_at if has_time else None
        if state is PostState.LATE or (state is PostState.ERROR and post is not None):
            is_there = post or course.view.buffer_post_id
            state = PostState.SCHEDULED if is_there else PostState.PUBLISHING
            changes["error"] = None
    if state is PostState.PUBLISHING and post is not None:
        state = PostState.SCHEDULED
    return {**changes, "state": state, "waiting_for": WAITING_FOR.get(state, "")}
