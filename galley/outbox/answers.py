"""What the answer to a change makes of a post: carried out, refused, or taken back."""

from galley.models import (
    BufferPost,
    Change,
    ChangeKind,
    PostCourse,
    PostState,
    Progress,
    Proposal,
    PublishJob,
    Wish,
)
from galley.outbox.asking import retracted, viewed
from galley.outbox.notices import carried_out

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


def after_changed(course: PostCourse, news: Progress) -> PostCourse:
    """Return the post after a change was carried out.

    The answer to an older change does not end a newer one.
    """
    change, wish = course.change, course.view.change
    if change is None or wish is None or news.change_id is None:
        return course
    if course.content_since <= news.change_id <= change.change_id:
        course = _with_new_content(course)
    if news.change_id != change.change_id or change.kind is ChangeKind.RETRACT:
        return course
    course = course.model_copy(update={"job": _as_it_is(change.job, news.post)})
    course = settled(course, carried_out(wish))
    course = viewed(course, **_placed(course, change, news.post))
    return viewed(course, **found(course, news.post))


def after_refusal(course: PostCourse, news: Progress) -> PostCourse:
    """Return the post as it stands, after Buffer did not carry the change out."""
    change, wish = course.change, course.view.change
    if change is None or wish is None or news.change_id != change.change_id:
        return course
    course = settled(course, _refused(wish, news.message))
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


def after_retraction(course: PostCourse, news: Progress) -> PostCourse:
    """Return the end: Buffer does not have the post, and Galley will not create it."""
    wish = course.view.change
    is_asked = wish is not None and wish.kind is ChangeKind.RETRACT
    return retracted(course, wish if is_asked else None, news.message)


def overtaken(course: PostCourse, why: str) -> PostCourse:
    """Return the post without its change, which came too late."""
    wish = course.view.change
    if wish is None:
        return course
    return with_old_content(settled(course, f"{why} the {wish.kind} by {wish.by}."))


def settled(course: PostCourse, notice: str) -> PostCourse:
    """Return the post with no change unanswered."""
    return viewed(course, change=None, notice=notice).model_copy(
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


def _refused(wish: Wish, message: str) -> str:
    return f"The {wish.kind} by {wish.by} was not carried out: {message}"


def _with_new_content(course: PostCourse) -> PostCourse:
    if course.edited is None or course.job is None:
        return course
    time = course.job.request
    request = course.edited.request.model_copy(
        update={"due_at": time.due_at, "delivery": time.delivery}
    )
    job = course.edited.model_copy(update={"request": request})
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
