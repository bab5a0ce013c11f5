"""What AccountWorkflow's news and the claim make of a post."""

from datetime import datetime

from galley.models import (
    ChangeKind,
    ChangeOutcome,
    HandOverKind,
    HandOverReply,
    PostSnapshot,
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


def after_news(snapshot: PostSnapshot, news: Progress, now: datetime) -> PostSnapshot:
    """Return the post after what Buffer said of it; an ended post stays as it is.

    News that say nothing new leave what is known of it, such as that it is late.
    """
    if snapshot.view.state.is_final:
        return snapshot
    match news.kind:
        case ProgressKind.CHANGED:
            return after_changed(snapshot, news, now)
        case ProgressKind.CHANGE_REFUSED:
            return after_refusal(snapshot, news, now)
        case ProgressKind.RETRACTED:
            return after_retraction(snapshot, news, now)
        case _:
            return snapshot if _is_old(snapshot, news) else _moved(snapshot, news, now)


def after_claim(
    snapshot: PostSnapshot, reply: HandOverReply, now: datetime
) -> PostSnapshot:
    """Return the post after its key was claimed, or found claimed by another run."""
    view = snapshot.view
    if reply.kind is HandOverKind.HANDED_OVER or view.state.is_final:
        return snapshot
    snapshot = snapshot.model_copy(update={"is_handed_over": False})
    if reply.kind is HandOverKind.NOT_HOSTED:
        return _not_begun(snapshot, now)
    if reply.kind is HandOverKind.ALREADY_PUBLISHED and reply.receipt is not None:
        why = "It was published before; too late for"
        snapshot = overtaken(snapshot, ChangeOutcome.TOO_LATE, why, now)
        snapshot = viewed(
            snapshot,
            state=PostState.PUBLISHED,
            waiting_for=f"nothing: published before, by {reply.claimed_by}",
        )
        return viewed(snapshot, **found(snapshot, reply.receipt))
    request = view.change
    if request is not None and request.kind is ChangeKind.RETRACT:
        return retracted(snapshot, request, "", now)
    return viewed(
        snapshot,
        state=PostState.HELD,
        waiting_for=WAITING_FOR[PostState.HELD],
        error=f"{reply.claimed_by} claimed this post and left no receipt: "
        "look at the channel, then approve to create it, or reject.",
    )


def _not_begun(snapshot: PostSnapshot, now: datetime) -> PostSnapshot:
    """Return the post to be handed over later; what was asked meanwhile is done."""
    request = snapshot.view.change
    if request is None:
        return snapshot
    nothing = {"change": None, "is_told": False}
    snapshot = viewed(snapshot, change=None).model_copy(update=nothing)
    return done_at_once(snapshot, request, now)


def _is_old(snapshot: PostSnapshot, news: Progress) -> bool:
    """Whether the news are of before what is known: told again, or overtaken."""
    view = snapshot.view
    is_same = news.post is None or news.post.id == view.buffer_post_id
    match view.state:
        case PostState.SENT:
            return _STATES[news.kind] not in _OUT
        case PostState.ERROR:
            return news.kind is ProgressKind.CREATED and is_same
        case _:
            is_redriven = _awaits(snapshot, ChangeKind.REDRIVE)
            is_failure = news.kind is ProgressKind.PUBLISH_FAILED
            answers = news.change_id == snapshot.last_change_id
            return is_redriven and is_failure and is_same and not answers


def _moved(snapshot: PostSnapshot, news: Progress, now: datetime) -> PostSnapshot:
    before = snapshot.view
    state = _STATES[news.kind]
    if _is_still_late(snapshot, news):
        state = PostState.LATE
    snapshot = _without_what_is_over(snapshot, state, news.message, now)
    snapshot = viewed(snapshot, **found(snapshot, news.post))
    if news.kind is ProgressKind.CREATED:
        snapshot = _known_due(snapshot)
    changes: dict[str, object] = {"state": state}
    if state is not before.state or news.message:
        changes["waiting_for"] = WAITING_FOR.get(state, "")
        changes["error"] = news.message or None
        if state is PostState.HELD and snapshot.is_beyond_looking:
            changes["error"] = f"{news.message} {LEAVE_IT}"
    if state is PostState.PULLED_BACK:
        changes["buffer_post_id"] = None
    return viewed(snapshot, **changes)


def _is_still_late(snapshot: PostSnapshot, news: Progress) -> bool:
    """Whether a late post is as late as before: the same post, due no later."""
    view, post = snapshot.view, news.post
    if view.state is not PostState.LATE or news.kind is not ProgressKind.CREATED:
        return False
    if post is None or post.id != view.buffer_post_id:
        return False
    return not (post.due_at and view.due_at and post.due_at > view.due_at)


def _without_what_is_over(
    snapshot: PostSnapshot, state: PostState, message: str, now: datetime
) -> PostSnapshot:
    """Return the post without a change that nothing can come of in its new state."""
    if _awaits(snapshot, ChangeKind.REDRIVE):
        is_in_vain = state in _NOT_REDRIVEN
        outcome = ChangeOutcome.REFUSED if is_in_vain else ChangeOutcome.DONE
        return answered(snapshot, outcome, "", message, now)
    if state in _OUT:
        return _gone_out(snapshot, now)
    # What Buffer could not publish may still be changed there, and is answered.
    if state is PostState.REFUSED:
        why = "Buffer did not confirm"
        return overtaken(snapshot, ChangeOutcome.REFUSED, why, now)
    return snapshot


def _gone_out(snapshot: PostSnapshot, now: datetime) -> PostSnapshot:
    """Say what came too late, a change or an edit that nobody approved."""
    view = snapshot.view
    if view.change is not None:
        why = "It went out before Buffer confirmed"
        return overtaken(snapshot, ChangeOutcome.TOO_LATE, why, now)
    if view.proposal is None or view.state in _OUT:
        return snapshot
    late = f"Revision {view.revision} was not approved in time"
    return viewed(
        snapshot, notice=f"{late}: revision {view.approved_revision} went out."
    )


def _known_due(snapshot: PostSnapshot) -> PostSnapshot:
    """The due time that Buffer took is evidence by which the post is looked for."""
    job, due_at = snapshot.job, snapshot.view.due_at
    if job is None or due_at is None or not job.request.delivery.has_due_time:
        return snapshot
    post_request = job.request.model_copy(update={"due_at": due_at})
    return snapshot.model_copy(
        update={"job": job.model_copy(update={"request": post_request})}
    )


def _awaits(snapshot: PostSnapshot, kind: ChangeKind) -> bool:
    return snapshot.change is not None and snapshot.change.kind is kind
