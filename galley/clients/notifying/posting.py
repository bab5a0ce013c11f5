"""POST to an address that the person configured: no redirects, no proxy, no waiting."""

import asyncio
from http import HTTPStatus
from urllib.parse import urlsplit

import httpx

from galley.clients.notifying.sending import DEADLINE, NotifyError

_TIMEOUT = httpx.Timeout(10)
_LATER = {
    HTTPStatus.REQUEST_TIMEOUT,
    HTTPStatus.CONFLICT,
    HTTPStatus.TOO_EARLY,
    HTTPStatus.TOO_MANY_REQUESTS,
}
_MOST_DELAY = 3600.0


async def post(url: str, content: bytes, headers: dict[str, str]) -> int:
    """Send the body once; return the status, one of the 2xx.

    What the receiver answers beside its status is not read.

    Raises:
        NotifyError: Anything else happened.
    """
    host = urlsplit(url).hostname or "?"
    try:
        async with (
            asyncio.timeout(DEADLINE),
            httpx.AsyncClient(
                timeout=_TIMEOUT, trust_env=False, follow_redirects=False
            ) as client,
            client.stream("POST", url, content=content, headers=headers) as reply,
        ):
            status, retry_after = reply.status_code, reply.headers.get("retry-after")
    except (httpx.HTTPError, TimeoutError) as error:
        raise NotifyError(
            f"{host} cannot be reached ({type(error).__name__}).", retryable=True
        ) from None
    if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        return status
    raise _refused(host, status, retry_after)


def _refused(host: str, status: int, retry_after: str | None) -> NotifyError:
    if status == HTTPStatus.GONE:
        return NotifyError(
            f"{host} answered 410: it wants no more messages. `notify test` tries it "
            "again.",
            is_gone=True,
        )
    if HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST:
        return NotifyError(
            f"{host} answered {status}: redirects are not followed, so give the "
            "address it leads to."
        )
    later = status in _LATER or status >= HTTPStatus.INTERNAL_SERVER_ERROR
    return NotifyError(
        f"{host} answered {status}.",
        retryable=later,
        retry_after=_seconds(retry_after) if later else None,
    )


def _seconds(told: str | None) -> float | None:
    is_number = told is not None and told.isascii() and told.isdigit()
    return min(float(told), _MOST_DELAY) if told and is_number else None
