"""A post after news from AccountWorkflow, and after the answer to a claim.

News (signal ``progress``) may be repeated or late. An ended PostWorkflow drops what this returns.
"""

from datetime import datetime

from galley.models.account import (
    IN_BUFFER,
    HandOverKind,
    HandOverReply,
    Progress,
    ProgressKind,
    ReceiptKind,
)
from galley.models.post import Change, PostSnapshot, PostState, PostView, PostViewChanges, Proposal
from galley.models.publishing import BufferPost, HoldReason
from galley.models.review import ChangeKind, ChangeOutcome, ChangeRequest
from galley.publishing.post.change_requests import done_at_once, ended, retracted, with_view
from galley.publishing.request import approved_anew, digest

WAITING_FOR = {
    PostState.IN_REVIEW: "an edit or a new draft",
    PostState.PUBLISHING: "Buffer",
    PostState.SCHEDULED: "its time",
    PostState.HELD: "a person's decision",
    PostState.LATE: "Buffer",
    PostState.PULLED_BACK: "the end of the pause",
    PostState.SENT: "a link to it",
    PostState.ERROR: "a person: redrive or reject",
}
_OF_TEAM = "the approvals of its team"
OTHER_WORDS = (
    "A change in Buffer, or a reset, has made Buffer's words differ from these: look at it."
)
LEAVE_IT = "Reject it once more to leave it as it is."
_STATES = {
    ProgressKind.CREATED: PostState.SCHEDULED,
    ProgressKind.SENT: PostState.PUBLISHED,
    ProgressKind.SENT_WITHOUT_LINK: PostState.SENT,
    ProgressKind.HANDED_TO_PERSON: PostState.HANDED_TO_PERSON,
    ProgressKind.REFUSED: PostState.IN_REVIEW,
    ProgressKind.DELAYED: PostState.PUBLISHING,
    ProgressKind.HELD: PostState.HELD,
    ProgressKind.PUBLISH_FAILED: PostState.ERROR,
    ProgressKind.PULLED_BACK: PostState.PULLED_BACK,
}
_ENDS = {
    ReceiptKind.SENT: PostState.PUBLISHED,
    ReceiptKind.HANDED_TO_PERSON: PostState.HANDED_TO_PERSON,
    ReceiptKind.RETRACTED: PostState.RETRACTED,
}
_OUT = {PostState.SENT, PostState.PUBLISHED, PostState.HANDED_TO_PERSON}
_NOT_REDRIVEN = {PostState.ERROR, PostState.HELD, PostState.IN_REVIEW}


def after_claim(snapshot: PostSnapshot, reply: HandOverReply, now: datetime) -> PostSnapshot:
    """Return the post after the claim of its key, or after another run's claim of it."""
    request, state = snapshot.view.change, snapshot.view.state
    if reply.kind is HandOverKind.HANDED_OVER:
        # What was handed over before a reset is replaced by this.
        snapshot = snapshot.replace(withdrawal=None)
    if reply.kind is HandOverKind.HANDED_OVER or state.is_final:
        return snapshot
    snapshot = snapshot.replace(is_handed_over=False)
    if reply.kind is HandOverKind.NOT_HOSTED:
        if request is None:
            return snapshot
        # The post is handed over later, so a change that came meanwhile needs no call.
        snapshot = with_view(snapshot, change=None).replace(change=None, is_told=False)
        return done_at_once(snapshot, request, now)
    last = reply.receipt
    if reply.kind is HandOverKind.ALREADY_ENDED and last is not None:
        state = _ENDS[last.kind]
        done = f"{state.value.replace('_', ' ')} before, by {reply.claimed_by}"
        why = f"It was {done}; too late for"
        snapshot = _overtaken(snapshot, ChangeOutcome.TOO_LATE, why, now)
        # No receipt tells the words that went out, and this run may show others.
        snapshot = with_view(snapshot, state=state, has_other_words=state in _OUT)
        snapshot = with_view(snapshot, waiting_for=f"nothing: {done}")
        return _shown_by_buffer(snapshot, last.post)
    if request is not None and request.kind is ChangeKind.RETRACT:
        return retracted(snapshot, request, "", now)
    there = last.post if last and last.kind in IN_BUFFER else None
    left = f"made Buffer's post {there.id}" if there else "left no receipt of a post in Buffer"
    helps = "follow that one" if there else "create it"
    return with_view(
        snapshot,
        state=PostState.HELD,
        waiting_for=WAITING_FOR[PostState.HELD],
        held_for=HoldReason.CLAIMED,
        buffer_post_id=there.id if there else None,
        error=f"{reply.claimed_by} claimed this post and {left}: look at the channel, then "
        f"approve to {helps}, or reject.",
    )


# News


def after_news(snapshot: PostSnapshot, news: Progress, now: datetime) -> PostSnapshot:
    """Return the post after news of it; a post that has ended stays as it is."""
    made_at = snapshot.job.made_at if snapshot.job else None
    if snapshot.view.state.is_final or (news.made_at and made_at and news.made_at < made_at):
        return snapshot  # The second: of a job from before this post was reset.
    if snapshot.withdrawal is not None and not snapshot.is_handed_over:
        return _withdrawn(snapshot, snapshot.withdrawal, news, now)
    match news.kind:
        case ProgressKind.CHANGED:
            return _changed(snapshot, news, now)
        case ProgressKind.CHANGE_REFUSED:
            return _change_refused(snapshot, news, now)
        case ProgressKind.RETRACTED:
            asked = snapshot.view.change
            is_asked = asked is not None and asked.kind is ChangeKind.RETRACT
            return retracted(snapshot, asked if is_asked else None, news.message, now)
        case _:
            return snapshot if _is_old(snapshot, news) else _moved(snapshot, news, now)


def _withdrawn(
    snapshot: PostSnapshot, withdrawal: Change, news: Progress, now: datetime
) -> PostSnapshot:
    """Return a post that was reset after news of its earlier job: what went out is its end."""
    if _STATES.get(news.kind) in _OUT:
        return _moved(snapshot, news, now)
    if news.change_id != withdrawal.change_id:
        return snapshot
    if news.kind is ProgressKind.RETRACTED:
        return snapshot.replace(withdrawal=None)
    there = (
        f"What it handed over before it was reset is not taken back: {news.message} "
        "Words that are approved now take its place; or delete it in Buffer."
    )
    return with_view(snapshot, error=there)


def _is_old(snapshot: PostSnapshot, news: Progress) -> bool:
    """Whether the news are a repetition, or older than the state of the post."""
    view = snapshot.view
    is_same = news.post is None or news.post.id == view.buffer_post_id
    latest = snapshot.job.revision if snapshot.job else 0
    if news.kind is ProgressKind.REFUSED and 0 < news.revision < latest:
        return True  # A person has approved other content since.
    match view.state:
        case PostState.IN_REVIEW:
            return _STATES[news.kind] in {PostState.IN_REVIEW, PostState.PUBLISHING}
        case PostState.SENT:
            return _STATES[news.kind] not in _OUT
        case PostState.ERROR:
            return news.kind is ProgressKind.CREATED and is_same
        case _:
            # While a redrive is unanswered, the failure that it is to mend may be repeated.
            is_failure = news.kind is ProgressKind.PUBLISH_FAILED
            is_answer = news.change_id == snapshot.last_change_id
            return _awaits_redrive(snapshot) and is_failure and is_same and not is_answer


def _moved(snapshot: PostSnapshot, news: Progress, now: datetime) -> PostSnapshot:
    """Return the post in the state that the news name."""
    before = snapshot.view
    state = PostState.LATE if _is_still_late(before, news) else _STATES[news.kind]
    snapshot = _without_overtaken_change(snapshot, state, news.message, now)
    snapshot = _shown_by_buffer(snapshot, news.post)
    job, due_at = snapshot.job, snapshot.view.due_at
    if news.kind is ProgressKind.CREATED and job and due_at and job.request.delivery.has_due_time:
        # The due time that Buffer took is evidence for a search.
        snapshot = snapshot.replace(job=job.with_due_time(due_at))
    changes: PostViewChanges = {"state": state}
    # A repetition without a message keeps the last message, such as that the post is late.
    if state is not before.state or news.message:
        of_team = state is PostState.IN_REVIEW and news.reason is HoldReason.NOT_LET_OUT
        changes["waiting_for"] = _OF_TEAM if of_team else WAITING_FOR.get(state, "")
        changes["error"] = news.message or None
        changes["held_for"] = news.reason
        if state is PostState.HELD and snapshot.is_beyond_looking:
            changes["error"] = f"{news.message} {LEAVE_IT}"
    if state in {PostState.PULLED_BACK, PostState.IN_REVIEW}:
        changes["buffer_post_id"] = None
    if news.digest:
        is_same = snapshot.job is not None and news.digest == digest(snapshot.job.request)
        if has_other := news.has_other_words or not is_same:
            changes["notice"] = OTHER_WORDS
        changes["has_other_words"] = has_other
    moved = with_view(snapshot, **changes)
    return _reopened(moved) if state is PostState.IN_REVIEW else moved


def _reopened(snapshot: PostSnapshot) -> PostSnapshot:
    """Return a post whose content Buffer refused, as a new revision in review.

    The number is new, so that no approval of the refused revision lets it out again. An edit
    that was proposed meanwhile is what a person reviews.
    """
    view, proposal = snapshot.view, snapshot.view.proposal
    snapshot = snapshot.replace(is_handed_over=False)
    if proposal is None:
        return with_view(snapshot, approved_revision=0, approvals=(), revision=view.revision + 1)
    return with_view(
        snapshot,
        approved_revision=0,
        approvals=(),
        draft=proposal.draft,
        problems=proposal.problems,
        provenance=proposal.provenance,
        staged=proposal.staged,
        media_notes=proposal.media_notes,
        media_by=proposal.media_by,
        due_at=proposal.due_at or view.due_at,
        proposal=None,
    )


def _is_still_late(view: PostView, news: Progress) -> bool:
    """Whether a late post is as late as before: the same post, due no later."""
    post = news.post
    if view.state is PostState.LATE and news.kind is ProgressKind.DELAYED:
        return True
    if view.state is not PostState.LATE or news.kind is not ProgressKind.CREATED:
        return False
    if post is None or post.id != view.buffer_post_id:
        return False
    return not (post.due_at and view.due_at and post.due_at > view.due_at)


def _without_overtaken_change(
    snapshot: PostSnapshot, state: PostState, message: str, now: datetime
) -> PostSnapshot:
    """Return the post without a change that its new state makes pointless."""
    view = snapshot.view
    if _awaits_redrive(snapshot):
        is_in_vain = state in _NOT_REDRIVEN
        outcome = ChangeOutcome.REFUSED if is_in_vain else ChangeOutcome.DONE
        return _answered(snapshot, outcome, "", message, now)
    if state in _OUT and view.change is not None:
        why = "It went out before Buffer confirmed"
        return _overtaken(snapshot, ChangeOutcome.TOO_LATE, why, now)
    if state in _OUT and view.proposal is not None and view.state not in _OUT:
        late = f"Revision {view.revision} was not approved in time"
        notice = f"{late}: revision {view.approved_revision} went out."
        return with_view(snapshot, notice=notice)
    # A post that Buffer could not publish may still be changed there, and gets its answer.
    if state is PostState.IN_REVIEW:
        return _overtaken(snapshot, ChangeOutcome.REFUSED, "Buffer did not confirm", now)
    return snapshot


def _awaits_redrive(snapshot: PostSnapshot) -> bool:
    return snapshot.change is not None and snapshot.change.kind is ChangeKind.REDRIVE


# Answers to a change


def _changed(snapshot: PostSnapshot, news: Progress, now: datetime) -> PostSnapshot:
    """Return the post after Buffer took a change.

    The answer to an older change does not end a newer one, but may confirm new content.
    """
    change, request = snapshot.change, snapshot.view.change
    if change is None or request is None or news.change_id is None:
        return snapshot
    is_latest = news.change_id == change.change_id
    if snapshot.content_since <= news.change_id <= change.change_id:
        snapshot = _with_new_content(snapshot)
        snapshot = snapshot if is_latest else _with_edit_done(snapshot, now)
    if not is_latest or change.kind is ChangeKind.RETRACT:
        return snapshot
    job, post = change.job, news.post
    # The due time that Buffer took is evidence for a search.
    if post is not None and post.due_at is not None:
        job = job.with_due_time(post.due_at)
    done = f"The {request.kind} by {request.by} is carried out. {news.message}".rstrip()
    snapshot = _answered(snapshot.replace(job=job), ChangeOutcome.DONE, done, news.message, now)
    return _shown_by_buffer(_placed(snapshot, change, post), post)


def _with_new_content(snapshot: PostSnapshot) -> PostSnapshot:
    """Return the post with its edit confirmed by Buffer, at the old due time."""
    job, edited = snapshot.job, snapshot.edited
    if edited is None or job is None:
        return snapshot
    known = job.request
    request = edited.request.replace(due_at=known.due_at, delivery=known.delivery)
    named = job.approval.due_at if job.approval else None
    edited = approved_anew(edited.replace(request=request), edited.approval, named, None)
    return snapshot.replace(job=edited, edited=None, before=None)


def _with_edit_done(snapshot: PostSnapshot, now: datetime) -> PostSnapshot:
    """Return the post with its edit done, while a later change that included it goes on."""
    asked, edit_id = snapshot.view.change, snapshot.content_since
    if asked is None or edit_id not in asked.includes:
        return snapshot
    edit = ChangeRequest(kind=ChangeKind.EDIT, by=asked.by, change_id=edit_id)
    last = ended(edit, ChangeOutcome.DONE, now)
    return with_view(snapshot, change=asked.replace(includes=()), last_change=last)


def _placed(snapshot: PostSnapshot, change: Change, post: BufferPost | None) -> PostSnapshot:
    """Return the post in its state after a change: a later time ends its lateness."""
    view = snapshot.view
    state, error, due_at = view.state, view.error, view.due_at
    request = change.job.request
    if change.kind is ChangeKind.RESCHEDULE:
        due_at = request.due_at if request.delivery.has_due_time else None
        if state is PostState.LATE or (state is PostState.ERROR and post is not None):
            is_there = post or view.buffer_post_id
            state = PostState.SCHEDULED if is_there else PostState.PUBLISHING
            error = None
    if state is PostState.PUBLISHING and post is not None:
        state = PostState.SCHEDULED
    return with_view(
        snapshot,
        state=state,
        # Whatever Buffer had before.
        has_other_words=view.has_other_words and not change.kind.brings_content,
        error=error,
        due_at=due_at,
        delivery=request.delivery,
        waiting_for=WAITING_FOR.get(state, ""),
    )


def _change_refused(snapshot: PostSnapshot, news: Progress, now: datetime) -> PostSnapshot:
    """Return the post as before the change, which Buffer did not take."""
    change, request = snapshot.change, snapshot.view.change
    if change is None or request is None or news.change_id != change.change_id:
        return snapshot
    why = f"The {request.kind} by {request.by} was not carried out: {news.message}"
    snapshot = _answered(snapshot, ChangeOutcome.REFUSED, why, news.message, now)
    snapshot = _with_old_content(snapshot)
    is_redrive = change.kind is ChangeKind.REDRIVE
    state = PostState.ERROR if is_redrive else snapshot.view.state
    snapshot = with_view(snapshot, state=state, waiting_for=WAITING_FOR.get(state, ""))
    if state is PostState.ERROR:
        return with_view(snapshot, error=news.message or snapshot.view.error)
    if state is PostState.HELD and change.kind is ChangeKind.RETRACT:
        snapshot = with_view(snapshot, error=f"{news.message} {LEAVE_IT}")
        if snapshot.withdrawal is not None:
            # Its own words are not out yet, so that they may be approved all the same.
            waits = WAITING_FOR[PostState.IN_REVIEW]
            snapshot = with_view(snapshot, state=PostState.IN_REVIEW, waiting_for=waits)
            snapshot = snapshot.replace(is_handed_over=False)
        return snapshot.replace(is_beyond_looking=True)
    return snapshot


def _overtaken(
    snapshot: PostSnapshot, outcome: ChangeOutcome, why: str, now: datetime
) -> PostSnapshot:
    """Return the post without its change; ``why`` begins a sentence that ends with the change."""
    request = snapshot.view.change
    if request is None:
        return snapshot
    why = f"{why} the {request.kind} by {request.by}."
    return _with_old_content(_answered(snapshot, outcome, why, why, now))


def _answered(
    snapshot: PostSnapshot, outcome: ChangeOutcome, notice: str, message: str, now: datetime
) -> PostSnapshot:
    """Return the post with its change answered, and none unanswered."""
    last, request = snapshot.view.last_change, snapshot.view.change
    if request is not None:
        last = ended(request, outcome, now, message)
    snapshot = with_view(snapshot, change=None, last_change=last, notice=notice)
    return snapshot.replace(change=None, is_told=False, ends_rejected=False)


def _with_old_content(snapshot: PostSnapshot) -> PostSnapshot:
    """Return the post with the content that Buffer has; the new content is a proposal again."""
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
        # A new number: an approval of any earlier revision must not release the proposal.
        revision=view.revision if view.proposal else view.revision + 1,
    ).replace(before=None, edited=None)


def _shown_by_buffer(snapshot: PostSnapshot, post: BufferPost | None) -> PostSnapshot:
    """Return the post with the ID, link and times that Buffer shows."""
    if post is None:
        return snapshot
    return with_view(
        snapshot,
        buffer_post_id=post.id,
        external_link=post.external_link,
        sent_at=post.sent_at,
        due_at=post.due_at or snapshot.view.due_at,
    )
