"""What the answer to a change makes of a post: carried out, refused, or taken back."""

from datetime import datetime

from galley.models import (
    BufferPost,
    Change,
    ChangeKind,
    ChangeOutcome,
    ChangeRequest,
    PostSnapshot,
    PostState,
    Progress,
    Proposal,
    PublishJob,
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


def after_changed(
    snapshot: PostSnapshot, news: Progress, now: datetime
) -> PostSnapshot:
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
    snapshot = snapshot.model_copy(update={"job": _as_it_is(change.job, news.post)})
    done = f"The {request.kind} by {request.by} is carried out. {news.message}".rstrip()
    snapshot = answered(snapshot, ChangeOutcome.DONE, done, news.message, now)
    snapshot = viewed(snapshot, **_placed(snapshot, change, news.post))
    return viewed(snapshot, **found(snapshot, news.post))


def after_refusal(
    snapshot: PostSnapshot, news: Progress, now: datetime
) -> PostSnapshot:
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
    snapshot = viewed(snapshot, state=state, waiting_for=WAITING_FOR.get(state, ""))
    if state is PostState.ERROR:
        return viewed(snapshot, error=news.message or snapshot.view.error)
    if state is PostState.HELD and change.kind is ChangeKind.RETRACT:
        snapshot = viewed(snapshot, error=f"{news.message} {LEAVE_IT}")
        return snapshot.model_copy(update={"is_beyond_looking": True})
    return snapshot


def after_retraction(
    snapshot: PostSnapshot, news: Progress, now: datetime
) -> PostSnapshot:
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
    snapshot: PostSnapshot,
    outcome: ChangeOutcome,
    notice: str,
    message: str,
    now: datetime,
) -> PostSnapshot:
    """Return the post with its change answered, and so with none unanswered."""
    last, request = snapshot.view.last_change, snapshot.view.change
    if request is not None:
        last = ended(request, outcome, now, message)
    return viewed(snapshot, change=None, last_change=last, notice=notice).model_copy(
        update={"change": None, "is_told": False, "ends_rejected": False}
    )


def with_old_content(snapshot: PostSnapshot) -> PostSnapshot:
    """Return the post with what stands in Buffer; the new words are proposed again.

    Under a new number: an approval of any earlier one must not release them.
    """
    view, before = snapshot.view, snapshot.before
    if before is None or view.draft is None:
        return snapshot
    again = Proposal(draft=view.draft, provenance=view.provenance, staged=view.staged)
    return viewed(
        snapshot,
        draft=before.draft,
        provenance=before.provenance,
        staged=before.staged,
        media=before.media,
        approved_revision=before.revision,
        proposal=view.proposal or again,
        revision=view.revision if view.proposal else view.revision + 1,
    ).model_copy(update={"before": None, "edited": None})


def found(snapshot: PostSnapshot, post: BufferPost | None) -> dict[str, object]:
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
        edit = ChangeRequest(
            kind=ChangeKind.EDIT, by=asked.by, change_id=snapshot.content_since
        )
        rest = asked.model_copy(update={"includes": ()})
        done = ended(edit, ChangeOutcome.DONE, at)
        snapshot = viewed(snapshot, change=rest, last_change=done)
    time = {"due_at": job.request.due_at, "delivery": job.request.delivery}
    post_request = edited.request.model_copy(update=time)
    job = edited.model_copy(update={"request": post_request})
    return snapshot.model_copy(update={"job": job, "edited": None, "before": None})


def _as_it_is(job: PublishJob, post: BufferPost | None) -> PublishJob:
    """The due time is evidence by which a post is looked for."""
    if post is None or post.due_at is None:
        return job
    post_request = job.request.model_copy(update={"due_at": post.due_at})
    return job.model_copy(update={"request": post_request})


def _placed(
    snapshot: PostSnapshot, change: Change, post: BufferPost | None
) -> dict[str, object]:
    """Return where the change put the post: a later time ends its lateness."""
    state = snapshot.view.state
    changes: dict[str, object] = {}
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
