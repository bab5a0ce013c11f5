"""Sentences of the pages: what became of a decision or a change, and names of things."""

from app.review.changes import ChangeResult
from app.review.decisions import DecisionResult
from galley.models.network import Platform
from galley.models.post import PostView
from galley.models.review import ChangeKind, Decision, DecisionKind
from galley.networks.registry import rules_for
from galley.review.changes import ON_ITS_WAY
from galley.review.proof import proof_of
from web.sending import DONE
from web.text import words

STATES = {
    "drafting": "A draft is being written",
    "in_review": "Waits for review",
    "publishing": "Approved, on its way to Buffer",
    "held": "Held: look whether Buffer has it",
    "scheduled": "Scheduled in Buffer",
    "late": "Late: Buffer has not published it",
    "pulled_back": "Taken out of Buffer by a pause",
    "sent": "Published, no link yet",
    "error": "Buffer could not publish it",
    "published": "Published",
    "handed_to_person": "Handed to a person",
    "retracted": "Retracted",
    "rejected": "Rejected",
    "expired": "The review ended without a decision",
    "failed": "Failed",
}
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


def decision_words(said: Decision, result: DecisionResult | str, name: str) -> str:
    """Return what became of a decision on the post of a name, for the person who made it."""
    if isinstance(result, str):
        return f"Nothing was decided on {name}: {result}"
    if not result.ok:
        return f"Nothing was decided on {name}: {result.error}"
    view = result.view
    if view is None:
        return "Sent; it takes effect when a worker runs."
    if result.is_proposal:
        return f"{name}: the change is proposed. The approved post stands until it is approved."
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


def state_words(state: str) -> str:
    """Return a state as a sentence."""
    return STATES.get(state, words(state))
