"""What AccountWorkflow's news and the claim make of a post."""

from datetime import datetime

from galley.models import (
    ChangeKind,
    ChangeOutcome,
    HandOverKind,
    HandOverReply,
    PostCourse,
    PostState,
    Progress,
    ProgressKind,
)
from galley.outbox.answers import (
    LEAVE_IT,
    WAITING_FOR,
    after_changed,
    after_refusal,
    after_retraction,
    answered,
    found,
    overtaken,
)
from galley.outbox.asking import done_at_once, retracted, viewed

_STATES = {
    ProgressKind.CREATED: PostState.SCHEDULED,
    ProgressKind.SENT: PostState.PUBLISHED,
    ProgressKind.SENT_WITHOUT_LINK: PostState.SENT,
    ProgressKind.HANDED_TO_PERSON: PostState.HANDED_TO_PERSON,
    ProgressKind.REFUSED: PostState.REFUSED,
    ProgressKind.HELD: PostState.HELD,
    ProgressKind.PUBLISH_FAILED: PostState.ERROR,
    ProgressKind.PULLED_BACK: PostState.PULLED_BACK,
}
_OUT = {PostState.SENT, PostState.PUBLISHED, PostState.HANDED_TO_PERSON}
_NOT_REDRIVEN = {PostState.ERROR, PostState.HELD, PostState.REFUSED}


def after_news(course: PostCourse, news: Progress, now: datetime) -> PostCourse:
    """Return the post after what Buffer said of it; an ended post stays as it is.

    News that say nothing new leave what is known of it, such as that it is late.
    """
    if course.view.state.is_final:
        return course
    match news.kind:
        case ProgressKind.CHANGED:
            return after_changed(course, news, now)
        case ProgressKind.CHANGE_REFUSED:
            return after_refusal(course, news, now)
        case ProgressKind.RETRACTED:
            return after_retraction(course, news, now)
        case _:
            return course if _is_old(course, news) else _moved(course, news, now)


def after_claim(course: PostCourse, reply: HandOverReply, now: datetime) -> PostCourse:
    """Return the post after its key was claimed, or found claimed by another run."""
    view = course.view
    if reply.kind is HandOverKind.HANDED_OVER or view.state.is_final:
        return course
    course = course.model_copy(update={"is_handed_over": False})
    if reply.kind is HandOverKind.NOT_HOSTED:
        return _not_begun(course, now)
    if reply.kind is HandOverKind.ALREADY_PUBLISHED and reply.receipt is not None:
        why = "It was published before; too late for"
        course = overtaken(course, ChangeOutcome.TOO_LATE, why, now)
        course = viewed(
            course,
            state=PostState.PUBLISHED,
            waiting_for=f"nothing: published before, by {reply.claimed_by}",
        )
        return viewed(course, **found(course, reply.receipt))
    wish = view.change
    if wish is not None and wish.kind is ChangeKind.RETRACT:
        return retracted(course, wish, "", now)
    return viewed(
        course,
        state=PostState.HELD,
        waiting_for=WAITING_FOR[PostState.HELD],
        error=f"{reply.claimed_by} claimed this post and left no receipt: "
        "look at the channel, then approve to create it, or reject.",
    )


def _not_begun(course: PostCourse, now: datetime) -> PostCourse:
    """Return the post to be handed over later; what was asked meanwhile is done."""
    wish = course.view.change
    if wish is None:
        return course
    nothing = {"change": None, "is_told": False}
    course = viewed(course, change=None).model_copy(update=nothing)
    return done_at_once(course, wish, now)


def _is_old(course: PostCourse, news: Progress) -> bool:
    """Whether the news are of before what is known: told again, or overtaken."""
    view = course.view
    is_same = news.post is None or news.post.id == view.buffer_post_id
    match view.state:
        case PostState.SENT:
            return _STATES[news.kind] not in _OUT
        case PostState.ERROR:
            return news.kind is ProgressKind.CREATED and is_same
        case _:
            is_redriven = _awaits(course, ChangeKind.REDRIVE)
            is_failure = news.kind is ProgressKind.PUBLISH_FAILED
            answers = news.change_id == course.last_change_id
            return is_redriven and is_failure and is_same and not answers


def _moved(course: PostCourse, news: Progress, now: datetime) -> PostCourse:
    before = course.view
    state = _STATES[news.kind]
    if _is_still_late(course, news):
        state = PostState.LATE
    course = _without_what_is_over(course, state, news.message, now)
    course = viewed(course, **found(course, news.post))
    if news.kind is ProgressKind.CREATED:
        course = _known_due(course)
    changes: dict[str, object] = {"state": state}
    if state is not before.state or news.message:
        changes["waiting_for"] = WAITING_FOR.get(state, "")
        changes["error"] = news.message or None
        if state is PostState.HELD and course.is_beyond_looking:
            changes["error"] = f"{news.message} {LEAVE_IT}"
    if state is PostState.PULLED_BACK:
        changes["buffer_post_id"] = None
    return viewed(course, **changes)


def _is_still_late(course: PostCourse, news: Progress) -> bool:
    """Whether a late post is as late as before: the same post, due no later."""
    view, post = course.view, news.post
    if view.state is not PostState.LATE or news.kind is not ProgressKind.CREATED:
        return False
    if post is None or post.id != view.buffer_post_id:
        return False
    return not (post.due_at and view.due_at and post.due_at > view.due_at)


def _without_what_is_over(
    course: PostCourse, state: PostState, message: str, now: datetime
) -> PostCourse:
    """Return the post without a change that nothing can come of in its new state."""
    if _awaits(course, ChangeKind.REDRIVE):
        is_in_vain = state in _NOT_REDRIVEN
        outcome = ChangeOutcome.REFUSED if is_in_vain else ChangeOutcome.DONE
        return answered(course, outcome, "", message, now)
    if state in _OUT:
        return _gone_out(course, now)
    # What Buffer could not publish may still be changed there, and is answered.
    if state is PostState.REFUSED:
        why = "Buffer did not confirm"
        return overtaken(course, ChangeOutcome.REFUSED, why, now)
    return course


def _gone_out(course: PostCourse, now: datetime) -> PostCourse:
    """Say what came too late, a change or an edit that nobody approved."""
    view = course.view
    if view.change is not None:
        why = "It went out before Buffer confirmed"
        return overtaken(course, ChangeOutcome.TOO_LATE, why, now)
    if view.proposal is None or view.state in _OUT:
        return course
    late = f"Revision {view.revision} was not approved in time"
    return viewed(course, notice=f"{late}: revision {view.approved_revision} went out.")


def _known_due(course: PostCourse) -> PostCourse:
    """The due time that Buffer took is evidence by which the post is looked for."""
    job, due_at = course.job, course.view.due_at
    if job is None or due_at is None or not job.request.delivery.has_due_time:
        return course
    request = job.request.model_copy(update={"due_at": due_at})
    return course.model_copy(
        update={"job": job.model_copy(update={"request": request})}
    )


def _awaits(course: PostCourse, kind: ChangeKind) -> bool:
    return course.change is not None and course.change.kind is kind
