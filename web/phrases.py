"""Sentences of the pages: what became of a decision or a change, and names of things."""

from app.posts.directory import PostRow
from app.posts.states import state_words
from app.review.changes import ChangeResult
from app.review.decisions import DecisionResult
from galley.models.network import Platform
from galley.models.post import PostView
from galley.models.review import ChangeKind, Decision, DecisionKind
from galley.networks.registry import rules_for
from galley.review.approvers import StillNeeded
from galley.review.changes import ON_ITS_WAY
from galley.review.proof import proof_of
from web.sending import DONE

_CHANGED = {
    ChangeKind.RESCHEDULE: "The new time",
    ChangeKind.RETRACT: "The retraction",
    ChangeKind.MOVE: "The move",
    ChangeKind.REDRIVE: "The redrive",
    ChangeKind.EDIT: "The edit",
}


def network(platform: str) -> str:
    """Return the name of a network as people write it."""
    return rules_for(Platform(platform)).name if platform in set(Platform) else platform


def named(view: PostView) -> str:
    """Return a post in a few words: its network and channel."""
    return f"{network(view.platform)} · {view.channel_name}"


def decision_words(
    said: Decision, result: DecisionResult | str, name: str, needed: StillNeeded | None = None
) -> str:
    """Return what became of a decision on the post of a name, for the person who made it.

    Args:
        said: The decision.
        result: The answer, or why there is none.
        name: The post, in a few words.
        needed: The approvals that it needs before it goes out.
    """
    if isinstance(result, str) or not result.ok:
        why = result if isinstance(result, str) else result.error
        return f"Nothing was decided on {name}: {why}"
    view = result.view
    if view is None:
        return "Sent; it takes effect when a worker runs."
    if result.is_proposal:
        return f"{name}: the change is proposed. The approved post stands until it is approved."
    if said.kind is DecisionKind.APPROVE and needed:
        return f"{name}: your approval counts. It needs {needed.words}."
    if view.state in ON_ITS_WAY:
        proof = proof_of(view)
        approved = f"{name} is approved. It goes out {proof.when if proof else 'as planned'}."
        dropped = f"{name}: the change is dropped. The approved post stands."
        return dropped if said.kind is DecisionKind.REJECT else approved
    more = f" {result.notice}" if result.notice else ""
    return f"{name} is {DONE[said.kind]}.{more}"


def change_words(kind: ChangeKind, result: ChangeResult) -> str:
    """Return what became of a change of an approved post, in a sentence."""
    if not result.ok:
        return f"Nothing was changed: {result.error}"
    if result.is_confirmed:
        return f"{_CHANGED[kind]} is done. {result.notice}".strip()
    if not result.state:
        return f"{_CHANGED[kind]} is sent; it takes effect when a worker runs."
    return f"{_CHANGED[kind]} is asked of Buffer; this page says when Buffer has confirmed it."


def row_words(row: PostRow) -> str:
    """Return the state of a post in a list, and what there is to choose or to look at."""
    more = "edit proposed" if row.has_proposal else ""
    if not more and row.choices > 1:
        more = f"{row.choices} variants"
    return ", ".join(filter(None, (state_words(row.state), more, row.marked)))
