"""The rule for changes of a post after approval: the requests that count in each state.

PostWorkflow applies it to signals and updates, and the application layer beforehand.
"""

from datetime import datetime, timedelta

from galley.models.channel import ShareMode
from galley.models.post import PostState, PostView
from galley.models.proof import ProofChange
from galley.models.review import ChangeKind, ChangeRequest, Refusal, RefusalReason
from galley.review.proposals import why_no_proposal

ON_ITS_WAY = frozenset(
    {PostState.PUBLISHING, PostState.SCHEDULED, PostState.LATE, PostState.PULLED_BACK}
)
"""States of a post that is approved and not published: it can still be changed."""
STAYS_OUT = frozenset(
    {PostState.RETRACTED, PostState.REJECTED, PostState.EXPIRED, PostState.FAILED}
)
"""States of a post that does not go out: it has no time any more."""
MOST_CHANGES = 100
"""Changes of one post, without retractions; and, counted apart, edits and new drafts.

The view keeps each of them, and a payload of Temporal holds 2 MiB.
"""
_FARTHEST = timedelta(days=3660)


def why_not_change(request: ChangeRequest, view: PostView, now: datetime) -> Refusal | None:
    """Return why the request changes nothing, or ``None`` if it counts."""
    closed = _closed(view)
    if closed is not None:
        return over(closed)
    if (unwanted := why_no_proposal(request, view)) is not None:
        return unwanted
    # Nobody needs to have seen the latest words to take them back.
    if request.kind is ChangeKind.RETRACT:
        return None
    if request.digest and view.digest and request.digest != view.digest:
        what = "You looked at an earlier proof: look at it again, then ask."
        return stale(view, request.digest, 0, what)
    why = _unusable(request, view, now)
    return Refusal(reason=RefusalReason.UNFIT, message=why) if why else None


def over(message: str) -> Refusal:
    """Return the refusal of a message that came too late."""
    return Refusal(reason=RefusalReason.CLOSED, message=message)


def stale(view: PostView, digest: str, revision: int, what: str) -> Refusal:
    """Return the refusal of a message about an earlier proof, with the changes since."""
    changes = changed_since(view, digest, revision) or ()
    since = f" Since then {'; '.join(one.words for one in changes)}." if changes else ""
    return Refusal(reason=RefusalReason.STALE, message=f"{what}{since}", changes=changes)


def changed_since(view: PostView, digest: str, revision: int) -> tuple[ProofChange, ...] | None:
    """Return the differences since a proof of this post; ``None`` if it never had that one.

    A field that changed twice is told once, from its first value to its last.
    """
    found = [n for n, one in enumerate(view.past_proofs) if one.digest == digest]
    if not digest:
        found = [n for n, one in enumerate(view.past_proofs) if one.revision == revision]
    if not found:
        return None
    merged: dict[str, ProofChange] = {}
    for past in view.past_proofs[found[-1] :]:
        for one in past.changes:
            first = merged.get(one.field, one)
            merged[one.field] = first.model_copy(update={"after": one.after})
    return tuple(one for one in merged.values() if one.before != one.after)


def _unusable(request: ChangeRequest, view: PostView, now: datetime) -> str | None:
    if len(view.changes) >= MOST_CHANGES:
        return f"It has been changed {MOST_CHANGES} times: retract it, or leave it."
    match request.kind:
        case ChangeKind.RESCHEDULE:
            why = _why_not_rescheduled(request, view, now)
        case ChangeKind.MOVE if view.state is not PostState.SCHEDULED:
            why = f"Only a scheduled post has a place in the queue: it is {view.state}."
        case ChangeKind.MOVE if request.position is None:
            why = "Name the end of the queue: top or bottom."
        case ChangeKind.REDRIVE if view.state is not PostState.ERROR:
            why = f"Only a post in error is redriven: it is {view.state}."
        case ChangeKind.EDIT:
            why = "Send other words by edit, then approve them."
        case _:
            why = unanswered(view)
    return why


def _closed(view: PostView) -> str | None:
    if view.state.is_final:
        return f"There is nothing to change: the post is {view.state}."
    if view.state is PostState.SENT:
        return "It is published already: take it down on the network itself."
    return being_retracted(view)


def being_retracted(view: PostView) -> str | None:
    """Return a sentence that names who asked to retract the post, if somebody did."""
    known = view.change
    if known is None or known.kind is not ChangeKind.RETRACT:
        return None
    return f"{known.by} has asked to take it back: wait for Buffer's answer."


def unanswered(view: PostView) -> str | None:
    """Return a sentence that names the unanswered change, if there is one."""
    if view.change is None:
        return None
    asked = f"{view.change.kind} by {view.change.by}"
    return f"Buffer has not confirmed the {asked} yet: wait for it, or retract the post."


def _why_not_rescheduled(request: ChangeRequest, view: PostView, now: datetime) -> str | None:
    if view.state is PostState.HELD:
        return "A held post may already be in Buffer: approve or retract it first."
    if view.state is PostState.ERROR:
        return "Buffer could not publish it: redrive it, or retract it."
    return _unusable_time(request, view, now) or _conflict(request, view)


def _unusable_time(request: ChangeRequest, view: PostView, now: datetime) -> str | None:
    if request.mode is not ShareMode.CUSTOM_SCHEDULED:
        return "Only the mode customScheduled takes a time." if request.due_at else None
    if request.due_at is None:
        return "Give a due time, or a mode that needs none."
    if request.due_at <= now:
        return f"{request.due_at:%Y-%m-%d %H:%M %Z} is past: give a later time."
    if request.due_at - now > _FARTHEST:
        return "That is more than ten years away: give an earlier time."
    if view.change is None and view.due_at == request.due_at:
        return f"It is due at {request.due_at:%Y-%m-%d %H:%M %Z} already."
    return None


def _conflict(request: ChangeRequest, view: PostView) -> str | None:
    """Return why a reschedule must wait for the unanswered change, or ``None``.

    It replaces another reschedule, and joins an edit that sets no time.
    """
    known = view.change
    if known is None:
        return None
    if not known.kind.brings_content:
        return unanswered(view)
    if known.kind is ChangeKind.EDIT and known.due_at is None:
        return None
    if (known.due_at, known.mode) == (request.due_at, request.mode):
        return f"{known.by} has asked for that already: wait for Buffer's answer."
    return None
