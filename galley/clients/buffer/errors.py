"""Errors of a request to Buffer.

::

    BufferApiError
    ├── NotSentError            never reached Buffer; safe to send again
    ├── UnknownOutcomeError     the answer is lost: a write may or may not have happened
    │   └── NoAnswerError       nobody but a gateway answered, if anybody did
    ├── UnauthorizedError       the key is wrong, expired or revoked
    ├── ForbiddenError          the key may not do this
    │   └── BlockedError        turned away before the API saw the request
    ├── NotFoundError           the thing asked for does not exist
    ├── RateLimitedError        a window is used up; carries ``retry_after``
    ├── SchemaError             the request does not fit Buffer's schema or query limits
    ├── OrganizationError       it is not clear which organization is meant
    └── RefusedError            the post was refused for a reason a person must mend
        └── DuplicateError      Buffer says it has this post already

Only after UnknownOutcomeError and DuplicateError can a post exist that we did not get
an answer for. Messages are one short sentence, hold no key, and quote of Buffer's
answer only its own message.
"""

from galley.models.publishing import HoldReason, RateWindow

_SHORTEST_SECRET = 12


class BufferApiError(Exception):
    """A request to Buffer failed.

    Attributes:
        message: One sentence that says what happened and what to do.
        windows: The rate windows the answer reported, if it did.
    """

    def __init__(self, message: str, *, windows: tuple[RateWindow, ...] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.windows = windows

    def __str__(self) -> str:
        return self.message

    def hide(self, secret: str) -> None:
        """Take ``secret`` out of the message, should an answer have echoed it.

        A made-up key of the local stack may be a common word: it is no secret.
        """
        if len(secret) < _SHORTEST_SECRET:
            return
        self.message = self.message.replace(secret, "***")
        self.args = (self.message,)


class NotSentError(BufferApiError):
    """No connection was made, so Buffer never saw the request."""


class UnknownOutcomeError(BufferApiError):
    """The request went out and no usable answer came back: look before repeating."""


class NoAnswerError(UnknownOutcomeError):
    """Buffer itself said nothing: it is down, or the way to it is."""


class UnauthorizedError(BufferApiError):
    """Buffer does not know the key. Nothing was done."""


class ForbiddenError(BufferApiError):
    """The key is known and may not do this. Nothing was done."""


class BlockedError(ForbiddenError):
    """A gateway, or a wrong address, answered in place of the API. Nothing was done."""


class NotFoundError(BufferApiError):
    """The channel, post or organization asked for does not exist."""


class RateLimitedError(BufferApiError):
    """A rate window is used up. Nothing was done.

    Attributes:
        retry_after: Seconds until the next request may go, if Buffer said so.
        window: ``15m``, ``24h`` or ``30d``, as Buffer names it, or empty.
    """

    def __init__(
        self,
        message: str,
        *,
        retry_after: float | None,
        window: str,
        windows: tuple[RateWindow, ...] = (),
    ) -> None:
        super().__init__(message, windows=windows)
        self.retry_after = retry_after
        self.window = window


class SchemaError(BufferApiError):
    """Buffer's API no longer understands the request. Nothing was done."""


class OrganizationError(BufferApiError):
    """The key reaches no organization, several, or not the one that was named."""


class RefusedError(BufferApiError):
    """Buffer's typed answer to a post it will not take. Nothing was created.

    Attributes:
        kind: The union member, such as ``InvalidInputError``; empty when Galley
            refused before sending.
        reason: Why it is not taken now; ``None``: for its content.
    """

    def __init__(
        self,
        message: str,
        *,
        kind: str = "",
        reason: HoldReason | None = None,
        windows: tuple[RateWindow, ...] = (),
    ) -> None:
        super().__init__(message, windows=windows)
        self.kind = kind
        self.reason = reason


class DuplicateError(RefusedError):
    """Buffer's duplicate guard: it holds, or held, this post on this channel."""
