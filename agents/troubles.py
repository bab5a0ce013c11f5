"""Errors as agents and programs get them: a kind, a sentence, and what to do next."""

from app.advice import Action, Advice
from app.agents.limits import LimitError, LimitReason
from app.errors import (
    AppError,
    ConflictError,
    InvalidRequestError,
    NotAuthorizedError,
    NotFoundError,
    ServiceError,
    app_error,
)
from app.review.messages import RefusedError
from galley.models.base import Model

_STATUS: dict[type[AppError], tuple[str, int]] = {
    LimitError: ("limit", 429),
    InvalidRequestError: ("invalid", 422),
    NotFoundError: ("not_found", 404),
    ConflictError: ("conflict", 409),
    RefusedError: ("refused", 409),
    ServiceError: ("service", 503),
    NotAuthorizedError: ("service_credentials", 503),
    AppError: ("failed", 409),
}
"""Kind and HTTP status of each class of error; of a subclass, those of its nearest base."""
_FORBIDDEN = {LimitReason.SCOPE, LimitReason.STOPPED}
_TOOLS = {
    Action.LIST_POSTS: "call list_posts.",
    Action.SHOW: "call read_post or read_campaign with {}.",
    Action.EXPLAIN: "call explain_post with {}.",
    Action.EDIT: "call propose_edit with {}.",
    Action.REGENERATE: "call request_draft with {}.",
    Action.REVISE: "call request_draft with {} and a note.",
    Action.RESCHEDULE: "call propose_time with {}.",
    Action.START_AGAIN: "call start_campaign with the next edition.",
}
"""The tools that carry out an advised action; any other is a person's."""


_READ_AGAIN = "Call read_post to see how it stands now, then propose again if it still fits."
_STEPS = {
    "invalid": "Correct the arguments by the schema, then call again.",
    "not_found": "Call list_posts to see the names.",
    "conflict": _READ_AGAIN,
    "refused": _READ_AGAIN,
    "service": "Try again in a minute; if it stays so, tell a person to run `galley doctor`.",
    "failed": "Call explain_post or read_campaign, and tell a person.",
}


class Trouble(Model):
    """Why a call was not carried out, and what to do about it."""

    kind: str
    status: int
    message: str
    next: str
    retry_after: int | None = None
    """Seconds."""


def trouble_of(error: Exception) -> Trouble | None:
    """Return what an agent is told of an error; ``None`` for a mistake of ours."""
    told = app_error(error)
    if told is None:
        return None
    kind, status = next(_STATUS[one] for one in type(told).__mro__ if one in _STATUS)
    retry_after = None
    if isinstance(told, LimitError):
        kind = told.reason.value
        status = 403 if told.reason in _FORBIDDEN else status
        retry_after = told.retry_after
    message = " ".join(str(told).split())
    next_ = _next(told, kind)
    return Trouble(kind=kind, status=status, message=message, next=next_, retry_after=retry_after)


def _next(error: AppError, kind: str) -> str:
    if error.advice is not None and error.advice.action is not None:
        return _by_advice(error.advice)
    if kind == LimitReason.RATE.value and isinstance(error, LimitError):
        return f"Wait {error.retry_after} seconds."
    return _STEPS.get(kind, "Tell a person: you cannot change that.")


def _by_advice(advice: Advice) -> str:
    if advice.action is Action.START_WORKER:
        # A busy one answers later.
        return "Try again in a minute; if it stays so, tell a person that no worker runs."
    tool = _TOOLS.get(advice.action) if advice.action else None
    if tool is None:
        return "Tell a person: that is theirs to do."
    said = tool.format(advice.name or "its name")
    return f"{said[:1].upper()}{said[1:]}"
