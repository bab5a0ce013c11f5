"""Senders of notifications: what each is, and the one of signed webhooks.

Mail and Slack have files of their own; :mod:`galley.clients.senders` opens those that are
configured. The activity that delivers a notification uses one for each.
"""

import asyncio
import binascii
import json
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

import httpx
from standardwebhooks import Webhook
from typing_extensions import override

from galley.clients.addresses import is_local_name
from galley.clients.certificates import authorities
from galley.clients.web_replies import delay_of
from galley.models.notification import Notification, NotifyChannel
from galley.notifications.asks import Ask

DEADLINE = 15.0
"""Seconds for one attempt, whoever answers and however slowly."""


class NotifyError(Exception):
    """The message was not taken. No address with a secret in it, no header.

    Attributes:
        retryable: Whether a later attempt may succeed.
        is_gone: Whether the receiver says that nothing is to be sent there any more.
        is_of_part: Whether it is about this part alone: the receiver may take the others.
        retry_after: Seconds that the receiver asks for.
    """

    def __init__(
        self,
        message: str,
        *,
        retryable: bool = False,
        is_gone: bool = False,
        is_of_part: bool = False,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message)
        self.retryable = retryable
        self.is_gone = is_gone
        self.is_of_part = is_of_part
        self.retry_after = retry_after


@dataclass(frozen=True)
class Part:
    """One request or letter of a message; whoever repeats a message sends no part twice."""

    name: str
    """Which part it is, in every attempt."""
    send: Callable[[], Awaitable[str]]
    """Sends it once, and returns what the receiver said; raises as :meth:`Sender.send`."""


class Sender(ABC):
    """One configured way to tell a person."""

    channel: NotifyChannel
    address: str
    """What is sent to; it may hold a secret and is never shown."""
    shown: str
    """The host, which may be shown."""

    @abstractmethod
    def parts(self, told: Notification, asks: Sequence[Ask] = ()) -> list[Part]:
        """Return what is to be sent, with what a person needs to decide on each post."""
        ...

    async def send(self, told: Notification) -> str:
        """Send the message once; return what the receiver said.

        Safe to repeat: the receiver knows the message by its ID, where its protocol
        has one.

        Raises:
            NotifyError: It was not taken.
        """
        return await send_all(self.parts(told))


async def send_all(parts: Iterable[Part]) -> str:
    """Send each part, also after one that was refused; return what the receiver said last.

    Raises:
        NotifyError: One was not taken. A failure that may pass comes before one that is final.
    """
    said, failed = "", list[NotifyError]()
    for part in parts:
        try:
            said = await part.send()
        except NotifyError as error:
            failed.append(error)
            # A receiver that is away, or refuses our password, would do so for each part.
            if not error.is_of_part:
                break
    if failed:
        raise next((one for one in failed if one.retryable), failed[0])
    return said


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
                timeout=_TIMEOUT, verify=authorities(), trust_env=False, follow_redirects=False
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
    raise refused(host, status, retry_after)


def refused(host: str, status: int, retry_after: str | None) -> NotifyError:
    """Return the error of an answer that is none of the 2xx."""
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
    delay = delay_of(retry_after) if later else None
    # So Slack refuses a message for what it holds.
    is_of_part = status == HTTPStatus.BAD_REQUEST
    return NotifyError(
        f"{host} answered {status}.", retryable=later, is_of_part=is_of_part, retry_after=delay
    )


_LEAST_BYTES = 24
"""The specification wants secrets of 24 to 64 bytes."""


class WebhookSender(Sender):
    """POSTs a message or an event as JSON, signed with every secret there is.

    Args:
        url: https, or http on this machine.
        secrets: ``whsec_…``, separated by blanks; the newest first.
        channel: For messages or for events; their settings have other names.

    Raises:
        NotifyError: Address or secrets cannot be used.
    """

    def __init__(
        self, url: str, secrets: str, channel: NotifyChannel = NotifyChannel.WEBHOOK
    ) -> None:
        self.channel = channel
        setting = "GALLEY_EVENTS" if channel is NotifyChannel.EVENTS else "GALLEY_NOTIFY_WEBHOOK"
        self.address = checked_url(url, f"{setting}_URL")
        self.shown = urlsplit(url).hostname or ""
        self._keys = [_key(secret, f"{setting}_SECRET") for secret in secrets.split()]
        if not self._keys:
            raise NotifyError(
                f"{setting}_URL needs {setting}_SECRET: "
                '`echo "whsec_$(openssl rand -base64 32)"` makes one.'
            )

    @override
    def parts(self, told: Notification, asks: Sequence[Ask] = ()) -> list[Part]:
        """Return the one request; a program decides nothing, and gets no links."""
        del asks
        body = json.dumps(payload(told), ensure_ascii=False, separators=(",", ":"))
        return [Part("", lambda: self.send_signed(told.id, body))]

    async def send_signed(self, message_id: str, body: str) -> str:
        """Send a body once; see :class:`Sender`."""
        now = datetime.now(UTC)
        signed = [key.sign(message_id, now, body) for key in self._keys]
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "Galley/0.1",
            "webhook-id": message_id,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": " ".join(signed),
        }
        status = await post(self.address, body.encode(), headers)
        return f"{self.shown} answered {status}"


def payload(told: Notification) -> dict[str, Any]:
    """Return the body: ``type``, ``timestamp`` and ``data``, as the standard has it."""
    data = told.model_dump(mode="json", exclude={"kind", "at"})
    return {"type": f"galley.{told.kind}", "timestamp": told.at.isoformat(), "data": data}


def _key(secret: str, setting: str) -> Webhook:
    try:
        count = len(binascii.a2b_base64(secret.removeprefix("whsec_") + "=="))
    except ValueError:
        count = 0
    if count < _LEAST_BYTES:
        raise NotifyError(
            f"{setting} must be whsec_ and the Base64 of at least {_LEAST_BYTES} bytes: "
            '`echo "whsec_$(openssl rand -base64 32)"` makes one.'
        )
    return Webhook(secret)
