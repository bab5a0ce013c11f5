"""Whether a decision may be taken on a post as it stands."""

from galley.models import Decision, DecisionKind, PostState, PostView

_OPEN = {PostState.IN_REVIEW, PostState.HELD}


def why_not(decision: Decision, view: PostView, pending: Decision | None) -> str | None:
    """Return why the decision changes nothing, or ``None`` if it counts.

    A decision names the revision it answers, so an approval of an earlier text can
    never release a later one.
    """
    untimely = _untimely(decision, view, pending)
    if untimely is not None:
        return untimely
    match decision.kind:
        case DecisionKind.APPROVE:
            return _unfit(view)
        case DecisionKind.EDIT:
            return _held(view) or _empty_edit(decision, view)
        case DecisionKind.REGENERATE:
            return _held(view)
        case DecisionKind.REJECT:
            return None


def _untimely(
    decision: Decision, view: PostView, pending: Decision | None
) -> str | None:
    if pending is not None:
        return f"{pending.by} has just decided ({pending.kind}); look at it again."
    if view.state not in _OPEN:
        return _closed(view)
    if decision.revision != view.revision:
        return (
            f"You decided on revision {decision.revision}, but revision "
            f"{view.revision} is in review: look at it, then decide on that one."
        )
    return None


def _held(view: PostView) -> str | None:
    if view.state is PostState.HELD:
        return "A held post may already be in Buffer: approve it again, or reject it."
    return None


def _closed(view: PostView) -> str:
    if view.state is PostState.DRAFTING:
        return "A new draft is being written: wait for it, then decide."
    return f"There is nothing to decide: the post is {view.state}."


def _unfit(view: PostView) -> str | None:
    if view.draft is None:
        return "There is no draft to approve: regenerate it, or reject it."
    if view.problems and view.state is not PostState.HELD:
        first = view.problems[0].message
        return f"The draft does not fit: {first} Edit or regenerate it first."
    return None


def _empty_edit(decision: Decision, view: PostView) -> str | None:
    if decision.edit is None or not decision.edit.model_dump(exclude_none=True):
        return "The edit changes nothing: give at least one field."
    if view.draft is None:
        return "There is no draft to edit: regenerate it, or reject it."
    return None
