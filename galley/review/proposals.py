"""The rule for agents: they propose, and nothing of theirs counts as a person's decision.

It stands before the rules for people's decisions and changes, whichever way a message comes.
"""

from galley.models.agents import PREFIX, AgentMark
from galley.models.channel import ShareMode
from galley.models.post import PostState, PostView
from galley.models.review import (
    ChangeKind,
    ChangeRequest,
    Decision,
    DecisionKind,
    Message,
    Refusal,
    RefusalReason,
)

MOST_OF_AGENTS = 20
"""Edits, new drafts and times that agents may propose for one post: people need the rest."""
_PROPOSING = {DecisionKind.EDIT, DecisionKind.REGENERATE, ChangeKind.RESCHEDULE}
_FIELDS = {"text", "thread", "title", "headline", "alt_text", "slides", "split", "media"}
"""What an agent may change of a draft: its words and pictures, and not where they lead."""


def is_by_agent(said: Message) -> bool:
    """Whether a message is an agent's: it says so, or its name does."""
    return said.agent is not None or said.by.startswith(PREFIX)


def agents_of(view: PostView) -> tuple[Decision | ChangeRequest, ...]:
    """Return what agents have proposed for a post, as it keeps it."""
    return tuple(one for one in (*view.decisions, *view.changes) if is_by_agent(one))


def writer_of(said: Decision) -> str:
    """Return who writes by an edit, as provenance names it."""
    if not is_by_agent(said):
        return f"person:{said.by}"
    return (said.agent or AgentMark(name="unnamed")).words


def why_no_proposal(said: Decision | ChangeRequest, view: PostView) -> Refusal | None:
    """Return why a message of an agent proposes nothing, or ``None``; also for people's."""
    if not is_by_agent(said):
        return None
    if said.kind not in _PROPOSING or (said.agent and said.agent.by != said.by):
        return _refusal(RefusalReason.AGENT, f"an agent may not {said.kind}: a person decides.")
    if len(agents_of(view)) >= MOST_OF_AGENTS:
        why = f"agents have proposed {MOST_OF_AGENTS} changes of it: a person goes on."
        return _refusal(RefusalReason.UNFIT, why)
    if view.approvals:
        names = ", ".join(one.by for one in view.approvals)
        return _refusal(RefusalReason.CLOSED, f"{names} approved it as it is: ask a person.")
    shown = view.proposal or view
    is_of_person = shown.provenance is not None and shown.provenance.is_by_person
    is_open = view.proposal is not None or view.state is PostState.IN_REVIEW
    if isinstance(said, Decision) and is_of_person and is_open:
        return _refusal(RefusalReason.CLOSED, "a person wrote what waits now: ask that person.")
    why = _unusable_edit(said) if isinstance(said, Decision) else _unusable_time(said, view)
    return _refusal(RefusalReason.UNFIT, why) if why else None


def _unusable_edit(said: Decision) -> str | None:
    given = said.edit.model_dump(exclude_none=True) if said.edit else {}
    others = sorted(given.keys() - _FIELDS)
    if others:
        return f"an agent may not change {', '.join(others)} of a post."
    return None


def _unusable_time(said: ChangeRequest, view: PostView) -> str | None:
    if said.mode is not ShareMode.CUSTOM_SCHEDULED or not view.delivery.has_due_time:
        return "an agent may only name another time, of a post that has one."
    if view.change is not None:
        return f"{view.change.by} has asked for a change already: wait for Buffer's answer."
    return None


def _refusal(reason: RefusalReason, message: str) -> Refusal:
    return Refusal(reason=reason, message=message)
