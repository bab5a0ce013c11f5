"""Errors of Anthropic's library, sorted by the next step; ``anthropic`` raises them."""

from typing import TYPE_CHECKING

from galley.drafting.answers import (
    BadKeyError,
    FinalModelError,
    InvalidRequestError,
    LaterModelError,
    ModelError,
    SpendLimitError,
)

if TYPE_CHECKING:
    from anthropic import APIStatusError
    from anthropic.types import ModelInfo

_ONE_MORE_TRY = frozenset({408, 409, 429})
_LATER_TYPES = frozenset({"overloaded_error", "rate_limit_error", "api_error", "timeout_error"})
_SPEND_CODES = ("enforced_spend_limit_reached", "contract_", "linked_organization_")
_LONGEST_WAIT = 600.0


def usable(info: "ModelInfo") -> str:
    """Return the name of a model that can write drafts.

    Raises:
        InvalidRequestError: It is retired, or gives no structured answers. A model of
            which nothing is told is taken to give them.
    """
    told = getattr(info.capabilities, "structured_outputs", None)
    if told is not None and not told.supported:
        raise InvalidRequestError(f"{info.id} gives no structured answers: set another model.")
    stage = getattr(info, "lifecycle", "active")
    if stage == "retired":
        raise InvalidRequestError(f"{info.id} is retired: set another model.")
    name = info.display_name
    return name if stage == "active" else f"{name} ({stage})"


def translated(error: Exception) -> ModelError:
    """Return our error for one of the SDK's."""
    import anthropic

    if isinstance(error, anthropic.APIStatusError):
        return _of_status(error)
    if isinstance(error, anthropic.APITimeoutError):
        return LaterModelError("Anthropic did not answer in time.")
    if isinstance(error, anthropic.APIConnectionError):
        return LaterModelError(
            "Anthropic could not be reached; check the network and ANTHROPIC_BASE_URL."
        )
    if isinstance(error, anthropic.APIResponseValidationError):
        return LaterModelError("Anthropic's answer could not be read.")
    return InvalidRequestError(
        "The Anthropic library would not send this request; check ANTHROPIC_API_KEY."
    )


def _of_status(error: "APIStatusError") -> ModelError:
    request_id = error.request_id or ""
    status, kind = error.status_code, error.type or ""
    if (error.error_code or "").startswith(_SPEND_CODES):
        return SpendLimitError(
            "Anthropic's spend limit is reached; raise it in the Anthropic Console.",
            request_id=request_id,
        )
    # Anthropic's own advice wins. Without it the body's type counts beside the status.
    advice = error.response.headers.get("x-should-retry")
    is_server_error = status >= 500  # noqa: PLR2004  # HTTP's server errors
    is_later = status in _ONE_MORE_TRY or is_server_error or kind in _LATER_TYPES
    if advice == "true" or (advice != "false" and is_later):
        return LaterModelError(
            f"Anthropic is not answering now ({kind or status}).",
            request_id=request_id,
            retry_after=_retry_after(error),
            may_be_billed=False,
        )
    unknown = (
        f"Anthropic refused the request ({status}): check GALLEY_DRAFT_MODEL "
        "and GALLEY_DRAFT_EFFORT; the worker's log has its words."
    )
    final, message = _FINAL.get(status, (InvalidRequestError, unknown))
    return final(message, request_id=request_id)


_FINAL: dict[int, tuple[type[FinalModelError], str]] = {
    401: (BadKeyError, "Anthropic refused the key: set ANTHROPIC_API_KEY to a valid one."),
    402: (SpendLimitError, "The Anthropic account has no credit: add some in the Console."),
    403: (
        BadKeyError,
        "Anthropic denies this key the model: check ANTHROPIC_API_KEY and GALLEY_DRAFT_MODEL.",
    ),
    404: (InvalidRequestError, "Anthropic does not know this model: check GALLEY_DRAFT_MODEL."),
    413: (InvalidRequestError, "The source is too long for Anthropic: shorten it."),
}


def _retry_after(error: "APIStatusError") -> float | None:
    headers = error.response.headers
    for name, unit in (("retry-after-ms", 1000.0), ("retry-after", 1.0)):
        try:
            seconds = float(headers.get(name, "")) / unit
        except ValueError:
            continue
        if 0 <= seconds < float("inf"):
            return min(seconds, _LONGEST_WAIT)
    return None
