"""Why something could not be fetched from the web.

Errors::

    WebError (``retryable`` says whether a later try may succeed)
    ├── ForbiddenAddressError   final: scheme, port or address is off limits
    ├── UnreachableError        mostly later: no answer, or too slow
    ├── TooManyRedirectsError   final
    ├── TooLargeError           final
    ├── WrongTypeError          final: not a page of text
    └── HttpStatusError         429 and 5xx later, other 4xx final
"""


class WebError(Exception):
    """The page could not be fetched."""

    def __init__(
        self,
        message: str,
        *,
        retryable: bool = False,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message)
        self.retryable = retryable
        self.retry_after = retry_after


class ForbiddenAddressError(WebError):
    """The URL leads where a stranger's URL may not lead."""


class UnreachableError(WebError):
    """The host did not answer."""


class TooManyRedirectsError(WebError):
    """The page keeps pointing elsewhere."""


class TooLargeError(WebError):
    """The page is larger than a page of text can be."""


class WrongTypeError(WebError):
    """What came is not a page of text."""

    def __init__(self, message: str, content_type: str = "") -> None:
        super().__init__(message)
        self.content_type = content_type

    @property
    def is_recording(self) -> bool:
        """Whether audio or video came instead."""
        return self.content_type.startswith(("audio/", "video/"))


class HttpStatusError(WebError):
    """The host answered with an error status."""

    def __init__(
        self,
        message: str,
        *,
        retryable: bool = False,
        retry_after: float | None = None,
        status: int | None = None,
    ) -> None:
        super().__init__(message, retryable=retryable, retry_after=retry_after)
        self.status = status
