"""What every way of telling does, and how its trouble is told apart."""

import asyncio
from http import HTTPStatus
from typing import Protocol
from urllib.parse import urlsplit

import httpx

from galley.clients.addresses import is_local_name
from galley.models.notification import Notification, NotifyChannel

DEADLINE = 15.0
"""Seconds for one attempt, whoever answers and however slowly."""


class NotifyError(Exception):
    """The message was not taken. No address with a secret in it, no header.

    Attributes:
        retryable: Whether a later attempt may succeed.
        is_gone: Whether the receiver says that nothing is to be sent there any more.
        retry_after: Seconds that the receiver asks for.
    """

    def __init__(
        self,
        message: str,
        *,
        retryable: bool = False,
        is_gone: bool = False,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message)
        self.retryable = retryable
        self.is_gone = is_gone
        self.retry_after = retry_after


class Sender(Protocol):
    """One configured way to tell a person."""

    channel: NotifyChannel
    address: str
    """What is sent to; it may hold a secret and is never shown."""
    shown: str
    """The host, which may be shown."""

    async def send(self, told: Notification) -> str:
        """Send the message once; return what the receiver said.

        Safe to repeat: the receiver knows the message by its ID, where its protocol
        has one.

        Raises:
            NotifyError: It was not taken.
        """
        ...


def checked_url(url: str, setting: str) -> str:
    """Return an address that secrets may be sent to.

    Raises:
        NotifyError: It is neither https nor on loopback.
    """
    parts = urlsplit(url)
    host = parts.hostname or ""
    if parts.scheme == "https" and host:
        return url
    if parts.scheme == "http" and is_loopback(host):
        return url
    raise NotifyError(f"{setting} must be an https address; http is for this machine alone.")


def is_loopback(host: str) -> bool:
    """Whether a host, without asking DNS, can only be this machine."""
    return is_local_name(host) and (host in {"localhost", "::1"} or host.startswith("127."))


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
            httpx.AsyncClient(timeout=_TIMEOUT, trust_env=False, follow_redirects=False) as client,
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
            f"{host} answered 410: it wants no more messages. `notify test` tries it again.",
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
