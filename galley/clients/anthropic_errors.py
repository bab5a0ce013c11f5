"""Errors of a request to Claude, sorted by the next step; ``anthropic`` raises them.

::

    DraftApiError
    ├── FinalDraftError          the same request fails again
    │   ├── BadKeyError          the key is missing, wrong or not allowed
    │   ├── SpendLimitError      an operator must raise a limit or pay
    │   └── InvalidRequestError  this request can never be answered
    └── LaterDraftError          a later request may work; ``retry_after`` in seconds
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from anthropic import APIStatusError
    from anthropic.types import ModelInfo

_ONE_MORE_TRY = frozenset({408, 409, 429})
_LATER_TYPES = frozenset({"overloaded_error", "rate_limit_error", "api_error", "timeout_error"})
_SPEND_CODES = ("enforced_spend_limit_reached", "contract_", "linked_organization_")
_LONGEST_WAIT = 600.0


class DraftApiError(Exception):
    """The Messages API gave no answer."""

    def __init__(self, message: str, *, request_id: str = "") -> None:
        super().__init__(message)
        self.request_id = request_id


class FinalDraftError(DraftApiError):
    """Asking again gives the same answer."""


class BadKeyError(FinalDraftError):
    """The key is missing, wrong, or may not use this model."""


class SpendLimitError(FinalDraftError):
    """The account may not spend more."""


class InvalidRequestError(FinalDraftError):
    """The API will not take this request, however often it is sent."""


class LaterDraftError(DraftApiError):
    """Asking again may work. Without a reply, the call may have been billed."""

    retryable = True

    def __init__(
        self,
        message: str,
        *,
        request_id: str = "",
        retry_after: float | None = None,
        may_be_billed: bool = True,
    ) -> None:
        super().__init__(message, request_id=request_id)
        self.retry_after = retry_after
        self.may_be_billed = may_be_billed


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


def translated(error: Exception) -> DraftApiError:
    """Return our error for one of the SDK's."""
    import anthropic

    if isinstance(error, anthropic.APIStatusError):
        return _of_status(error)
    if isinstance(error, anthropic.APITimeoutError):
        return LaterDraftError("Anthropic did not answer in time.")
    if isinstance(error, anthropic.APIConnectionError):
        return LaterDraftError(
            "Anthropic could not be reached; check the network and ANTHROPIC_BASE_URL."
        )
    if isinstance(error, anthropic.APIResponseValidationError):
        return LaterDraftError("Anthropic's answer could not be read.")
    return InvalidRequestError(
        "The Anthropic library would not send this request; check ANTHROPIC_API_KEY."
    )


def _of_status(error: "APIStatusError") -> DraftApiError:
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
        return LaterDraftError(
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


_FINAL: dict[int, tuple[type[FinalDraftError], str]] = {
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
