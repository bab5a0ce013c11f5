"""What comes back from the web: its type, its status, and its bytes within a limit."""

import ssl
from collections.abc import AsyncIterator, Collection
from http import HTTPStatus

import httpx

from galley.clients.unpacking import CODINGS, DamagedError, TooMuchError, Unpacker
from galley.clients.web_errors import (
    HttpStatusError,
    TooLargeError,
    UnreachableError,
    WrongTypeError,
)


def type_of(
    url: httpx.URL, reply: httpx.Response, types: Collection[str], wanted: str
) -> str:
    """Return the media type, without parameters; ``wanted`` completes "sent …, not".

    Raises:
        WrongTypeError: It is none of ``types``.
    """
    declared = reply.headers.get("content-type", "").partition(";")[0]
    content_type = declared.strip().lower()
    if content_type not in types:
        raise WrongTypeError(
            f"{url.host} sent {content_type[:60]}, not {wanted}.", content_type
        )
    return content_type


def require_ok(url: httpx.URL, reply: httpx.Response) -> None:
    """Refuse an answer that is not the page.

    Raises:
        HttpStatusError: Any status but 200.
    """
    status = reply.status_code
    if status == HTTPStatus.OK:
        return
    later = (
        status == HTTPStatus.TOO_MANY_REQUESTS
        or status >= HTTPStatus.INTERNAL_SERVER_ERROR
    )
    advice = "try again later" if later else "check that anyone can open this address"
    raise HttpStatusError(
        f"{url.host} answered {status}: {advice}.",
        retryable=later,
        retry_after=_seconds(reply.headers.get("retry-after", "")),
        status=status,
    )


def _seconds(retry_after: str) -> float | None:
    return float(min(int(retry_after), 3600)) if _is_short_number(retry_after) else None


def _is_short_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 10  # noqa: PLR2004


async def decoded(
    url: httpx.URL, reply: httpx.Response, limit: int
) -> AsyncIterator[bytes]:
    """Yield the body, decoded here, so that no more than ``limit`` bytes come of it.

    Raises:
        WebError: It is too large, damaged, or in an encoding nobody asked for.
    """
    coding = reply.headers.get("content-encoding", "identity").strip().lower()
    if coding not in {"", "identity", *CODINGS}:
        raise WrongTypeError(
            f"{url.host} sent an encoding that was not asked for: save the page and "
            "give the file."
        )
    unpack = Unpacker(coding, limit)
    try:
        async for chunk in reply.aiter_raw():
            for part in unpack(chunk):
                yield part
    except DamagedError as error:
        raise UnreachableError(
            f"{url.host} sent a damaged page: try again later.", retryable=True
        ) from error
    except TooMuchError:
        raise TooLargeError(
            f"What is at {url.host} is larger than {limit // 1_000_000} MB: give a "
            "smaller file, or one with only the text."
        ) from None


def unreachable(url: httpx.URL, error: httpx.HTTPError) -> UnreachableError:
    """Return why no answer came: a certificate is not mended by another try."""
    if _is_tls(error):
        return UnreachableError(
            f"The certificate of {url.host} is not valid: check the address."
        )
    return UnreachableError(
        f"{url.host} cannot be reached ({type(error).__name__}): check the address "
        "and the network.",
        retryable=True,
    )


def _is_tls(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError):
            return True
        error = error.__cause__ or error.__context__
    return False
