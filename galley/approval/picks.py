"""Which of several drafts a decision means, and whether it may mean it."""

from galley.approval.changes import ON_ITS_WAY
from galley.models import Decision, DecisionKind, PostState, PostView, Variant

_PICKING = frozenset({DecisionKind.APPROVE, DecisionKind.EDIT})


def meant(view: PostView, decision: Decision) -> tuple[int, Variant] | None:
    """Return the number and the variant that a decision is about.

    ``None`` where there is nothing to pick from: it is about the draft as it stands.
    """
    if not view.variants:
        return None
    number = decision.pick or view.picked or 1
    return number, view.variants[number - 1]


def why_no_pick(decision: Decision, view: PostView) -> str | None:
    """Return why the pick of a decision cannot be taken, or ``None``."""
    if decision.pick is None:
        return None
    if decision.kind not in _PICKING:
        return f"A pick goes with approve or edit, not with {decision.kind}."
    if view.state in ON_ITS_WAY or view.state is PostState.HELD:
        return "What was approved stands: leave the pick away."
    count = len(view.variants)
    if not count:
        return f"Revision {view.revision} is a single draft: leave the pick away."
    if decision.pick > count:
        return f"Revision {view.revision} has {count} variants: pick 1 to {count}."
    return None
