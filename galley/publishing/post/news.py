"""What the answer to a change makes of a post: carried out, refused, or taken back."""

from datetime import datetime

from galley.models import (
    BufferPost,
    Change,
    ChangeKind,
    ChangeOutcome,
    ChangeRequest,
    HandOverKind,
    HandOverReply,
    PostSnapshot,
    PostState,
    Progress,
    ProgressKind,
    Proposal,
    PublishJob,
)
from galley.models.post import PostViewChanges
from galley.publishing.post.change_requests import done_at_once, ended, retracted, with_view

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


def after_changed(snapshot: PostSnapshot, news: Progress, now: datetime) -> PostSnapshot:
    """Return the post after a change was carried out.

    The answer to an older change does not end a newer one.
    """
    change, request = snapshot.change, snapshot.view.change
    if change is None or request is None or news.change_id is None:
        return snapshot
    is_latest = news.change_id == change.change_id
    if snapshot.content_since <= news.change_id <= change.change_id:
        snapshot = _with_new_content(snapshot, None if is_latest else now)
    if not is_latest or change.kind is ChangeKind.RETRACT:
        return snapshot
    snapshot = snapshot.replace(job=_as_it_is(change.job, news.post))
    done = f"The {request.kind} by {request.by} is carried out. {news.message}".rstrip()
    snapshot = answered(snapshot, ChangeOutcome.DONE, done, news.message, now)
    snapshot = with_view(snapshot, **_placed(snapshot, change, news.post))
    return with_view(snapshot, **shown_by_buffer(snapshot, news.post))


def after_refusal(snapshot: PostSnapshot, news: Progress, now: datetime) -> PostSnapshot:
    """Return the post as it stands, after Buffer did not carry the change out."""
    change, request = snapshot.change, snapshot.view.change
    if change is None or request is None or news.change_id != change.change_id:
        return snapshot
    why = f"The {request.kind} by {request.by} was not carried out: {news.message}"
    snapshot = answered(snapshot, ChangeOutcome.REFUSED, why, news.message, now)
    snapshot = with_old_content(snapshot)
    state = snapshot.view.state
    if change.kind is ChangeKind.REDRIVE:
        state = PostState.ERROR
    snapshot = with_view(snapshot, state=state, waiting_for=WAITING_FOR.get(state, ""))
    if state is PostState.ERROR:
        return with_view(snapshot, error=news.message or snapshot.view.error)
    if state is PostState.HELD and change.kind is ChangeKind.RETRACT:
        snapshot = with_view(snapshot, error=f"{news.message} {LEAVE_IT}")
        return snapshot.replace(is_beyond_looking=True)
    return snapshot


def after_retraction(snapshot: PostSnapshot, news: Progress, now: datetime) -> PostSnapshot:
    """Return the end: Buffer does not have the post, and Galley will not create it."""
    request = snapshot.view.change
    is_asked = request is not None and request.kind is ChangeKind.RETRACT
    return retracted(snapshot, request if is_asked else None, news.message, now)


def overtaken(
    snapshot: PostSnapshot, outcome: ChangeOutcome, why: str, now: datetime
) -> PostSnapshot:
    """Return the post without its change, which nothing can come of any more.

    Args:
        snapshot: The post.
        outcome: What is said of the change to those who asked for it.
        why: The beginning of a sentence that ends with the change.
        now: The present.
    """
    request = snapshot.view.change
    if request is None:
        return snapshot
    why = f"{why} the {request.kind} by {request.by}."
    return with_old_content(answered(snapshot, outcome, why, why, now))


def answered(
    snapshot: PostSnapshot, outcome: ChangeOutcome, notice: str, message: str, now: datetime
) -> PostSnapshot:
    """Return the post with its change answered, and so with none unanswered."""
    last, request = snapshot.view.last_change, snapshot.view.change
    if request is not None:
        last = ended(request, outcome, now, message)
    return with_view(snapshot, change=None, last_change=last, notice=notice).replace(
        change=None, is_told=False, ends_rejected=False
    )


def with_old_content(snapshot: PostSnapshot) -> PostSnapshot:
    """Return the post with what stands in Buffer; the new words are proposed again.

    Under a new number: an approval of any earlier one must not release them.
    """
    view, before = snapshot.view, snapshot.before
    if before is None or view.draft is None:
        return snapshot
    again = Proposal(draft=view.draft, provenance=view.provenance, staged=view.staged)
    return with_view(
        snapshot,
        draft=before.draft,
        provenance=before.provenance,
        staged=before.staged,
        media=before.media,
        approved_revision=before.revision,
        proposal=view.proposal or again,
        revision=view.revision if view.proposal else view.revision + 1,
    ).replace(before=None, edited=None)


def shown_by_buffer(snapshot: PostSnapshot, post: BufferPost | None) -> PostViewChanges:
    """Return what Buffer shows of the post."""
    if post is None:
        return {}
    return {
        "buffer_post_id": post.id,
        "external_link": post.external_link,
        "sent_at": post.sent_at,
        "due_at": post.due_at or snapshot.view.due_at,
    }


def _with_new_content(snapshot: PostSnapshot, at: datetime | None) -> PostSnapshot:
    """Return the post whose new content stands; at ``at`` its change goes on without.

    That is so where a newer change was asked for meanwhile, which includes it.
    """
    job, edited = snapshot.job, snapshot.edited
    if edited is None or job is None:
        return snapshot
    asked = snapshot.view.change
    is_open = asked is not None and snapshot.content_since in asked.includes
    if at is not None and asked is not None and is_open:
        edit = ChangeRequest(kind=ChangeKind.EDIT, by=asked.by, change_id=snapshot.content_since)
        rest = asked.replace(includes=())
        done = ended(edit, ChangeOutcome.DONE, at)
        snapshot = with_view(snapshot, change=rest, last_change=done)
    post_request = edited.request.replace(due_at=job.request.due_at, delivery=job.request.delivery)
    job = edited.replace(request=post_request)
    return snapshot.replace(job=job, edited=None, before=None)


def _as_it_is(job: PublishJob, post: BufferPost | None) -> PublishJob:
    """The due time is evidence by which a post is looked for."""
    if post is None or post.due_at is None:
        return job
    post_request = job.request.replace(due_at=post.due_at)
    return job.replace(request=post_request)


def _placed(snapshot: PostSnapshot, change: Change, post: BufferPost | None) -> PostViewChanges:
    """Return where the change put the post: a later time ends its lateness."""
    state = snapshot.view.state
    changes: PostViewChanges = {}
    if change.kind is ChangeKind.RESCHEDULE:
        post_request = change.job.request
        has_time = post_request.delivery.has_due_time
        changes["due_at"] = post_request.due_at if has_time else None
        if state is PostState.LATE or (state is PostState.ERROR and post is not None):
            is_there = post or snapshot.view.buffer_post_id
            state = PostState.SCHEDULED if is_there else PostState.PUBLISHING
            changes["error"] = None
    if state is PostState.PUBLISHING and post is not None:
        state = PostState.SCHEDULED
    return {**changes, "state": state, "waiting_for": WAITING_FOR.get(state, "")}


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


def after_claim(snapshot: PostSnapshot, reply: HandOverReply, now: datetime) -> PostSnapshot:
    """Return the post after its key was claimed, or found claimed by another run."""
    view = snapshot.view
    if reply.kind is HandOverKind.HANDED_OVER or view.state.is_final:
        return snapshot
    snapshot = snapshot.replace(is_handed_over=False)
    if reply.kind is HandOverKind.NOT_HOSTED:
        return _not_begun(snapshot, now)
    if reply.kind is HandOverKind.ALREADY_PUBLISHED and reply.receipt is not None:
        why = "It was published before; too late for"
        snapshot = overtaken(snapshot, ChangeOutcome.TOO_LATE, why, now)
        snapshot = with_view(
            snapshot,
            state=PostState.PUBLISHED,
            waiting_for=f"nothing: published before, by {reply.claimed_by}",
        )
        return with_view(snapshot, **shown_by_buffer(snapshot, reply.receipt))
    request = view.change
    if request is not None and request.kind is ChangeKind.RETRACT:
        return retracted(snapshot, request, "", now)
    return with_view(
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
    snapshot = with_view(snapshot, change=None).replace(change=None, is_told=False)
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
    snapshot = with_view(snapshot, **shown_by_buffer(snapshot, news.post))
    if news.kind is ProgressKind.CREATED:
        snapshot = _known_due(snapshot)
    changes: PostViewChanges = {"state": state}
    if state is not before.state or news.message:
        changes["waiting_for"] = WAITING_FOR.get(state, "")
        changes["error"] = news.message or None
        if state is PostState.HELD and snapshot.is_beyond_looking:
            changes["error"] = f"{news.message} {LEAVE_IT}"
    if state is PostState.PULLED_BACK:
        changes["buffer_post_id"] = None
    return with_view(snapshot, **changes)


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
    return with_view(snapshot, notice=f"{late}: revision {view.approved_revision} went out.")


def _known_due(snapshot: PostSnapshot) -> PostSnapshot:
    """The due time that Buffer took is evidence by which the post is looked for."""
    job, due_at = snapshot.job, snapshot.view.due_at
    if job is None or due_at is None or not job.request.delivery.has_due_time:
        return snapshot
    post_request = job.request.replace(due_at=due_at)
    return snapshot.replace(job=job.replace(request=post_request))


def _awaits(snapshot: PostSnapshot, kind: ChangeKind) -> bool:
    return snapshot.change is not None and snapshot.change.kind is kind
