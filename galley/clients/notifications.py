"""Senders of notifications: signed webhooks, e-mail over SMTP, and Slack.

The activity that delivers a notification uses one sender for each configured channel.
E-mail goes by TLS from the first byte or by STARTTLS, never in the clear.
"""

import asyncio
import binascii
import json
import ssl
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime
from http import HTTPStatus
from typing import Any, Protocol
from urllib.parse import unquote, urlsplit

import aiosmtplib
import httpx
from standardwebhooks import Webhook

from galley.clients.addresses import is_local_name
from galley.clients.web_replies import delay_of, is_certificate_error
from galley.models.notification import Notification, NotifyChannel
from galley.notifications.messages import as_text, plain
from galley.settings import Settings

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
    delay = delay_of(retry_after) if later else None
    return NotifyError(f"{host} answered {status}.", retryable=later, retry_after=delay)


_PORTS = {"smtp": 587, "smtps": 465}
_PERMANENT = 500
_WANTED = (
    "GALLEY_NOTIFY_SMTP_URL must be smtp://user:password@host:587, which is STARTTLS, "
    "or smtps://user:password@host:465."
)


class MailSender:
    """Sends a message as plain text.

    Args:
        url: ``smtp://user:password@host:587`` or ``smtps://…:465``; signs of the
            password that an address cannot hold are written with ``%``.
        to: Who is told.
        sender: Whom it is from; the first of ``to`` if empty.

    Raises:
        NotifyError: One of them cannot be used.
    """

    channel = NotifyChannel.MAIL

    def __init__(self, url: str, to: tuple[str, ...], sender: str = "") -> None:
        parts = urlsplit(url)
        if parts.scheme not in _PORTS or not parts.hostname:
            raise NotifyError(_WANTED)
        try:
            self._port = parts.port or _PORTS[parts.scheme]
        except ValueError:
            raise NotifyError(_WANTED) from None
        self._host, self._is_tls = parts.hostname, parts.scheme == "smtps"
        self._user = unquote(parts.username) if parts.username else None
        self._password = unquote(parts.password) if parts.password else None
        self._to = tuple(_address(one) for one in to)
        self._from = _address(sender or to[0])
        self.address = f"{url} {' '.join(self._to)}"
        self.shown = self._host

    async def send(self, told: Notification) -> str:
        """Send it once; see :class:`Sender`. ``Message-ID`` stays the same."""
        try:
            async with asyncio.timeout(DEADLINE):
                await aiosmtplib.send(
                    self._written(told),
                    hostname=self._host,
                    port=self._port,
                    username=self._user,
                    password=self._password,
                    use_tls=self._is_tls,
                    # Even where the server does not offer it: else it is refused.
                    start_tls=not self._is_tls,
                    tls_context=ssl.create_default_context(),
                    timeout=DEADLINE,
                )
        except (aiosmtplib.SMTPException, OSError, TimeoutError) as error:
            raise self._failed(error) from None
        return f"{self.shown} took it for {', '.join(self._to)}"

    def _written(self, told: Notification) -> EmailMessage:
        letter = EmailMessage()
        letter["From"] = self._from
        letter["To"] = ", ".join(self._to)
        letter["Subject"] = plain(f"[Galley] {told.title}")
        letter["Date"] = format_datetime(told.at)
        letter["Message-ID"] = f"<{told.id}@{self._from.rpartition('@')[2]}>"
        letter["Auto-Submitted"] = "auto-generated"
        letter.set_content(as_text(told))
        return letter

    def _failed(self, error: Exception) -> NotifyError:
        name = type(error).__name__
        if isinstance(error, aiosmtplib.SMTPAuthenticationError):
            return NotifyError(
                f"{self.shown} does not accept the user and password of "
                f"GALLEY_NOTIFY_SMTP_URL (it answered {error.code})."
            )
        if isinstance(error, aiosmtplib.SMTPRecipientsRefused):
            codes = [one.code for one in error.recipients]
            final = all(code >= _PERMANENT for code in codes)
            said = ", ".join(map(str, codes))
            return NotifyError(
                f"{self.shown} takes no mail for them ({said}): see GALLEY_NOTIFY_MAIL_TO.",
                retryable=not final,
            )
        if isinstance(error, aiosmtplib.SMTPResponseException):
            final = error.code >= _PERMANENT
            return NotifyError(f"{self.shown} answered {error.code}.", retryable=not final)
        if is_certificate_error(error):
            where = " on this machine" if is_loopback(self._host) else ""
            return NotifyError(
                f"The certificate of {self.shown}{where} is not valid: SSL_CERT_FILE "
                "names the authority to trust."
            )
        return NotifyError(f"{self.shown} cannot be reached ({name}).", retryable=True)


def _address(text: str) -> str:
    text = text.strip()
    if "@" not in text or any(not c.isprintable() or c in " ,;<>" for c in text):
        raise NotifyError(
            "GALLEY_NOTIFY_MAIL_TO and GALLEY_NOTIFY_MAIL_FROM must be bare addresses, "
            "such as kim@example.com."
        )
    return text


_MOST = 3500
"""Characters; Slack cuts a message off after 4,000."""


class SlackSender:
    """POSTs a message as ``{"text": …}``. The address itself is the secret.

    Raises:
        NotifyError: The address cannot be used.
    """

    channel = NotifyChannel.SLACK

    def __init__(self, url: str) -> None:
        self.address = checked_url(url, "GALLEY_NOTIFY_SLACK_URL")
        self.shown = urlsplit(url).hostname or ""

    async def send(self, told: Notification) -> str:
        """Send it once; see :class:`Sender`. Slack knows no ID: it may come twice."""
        escaped = as_text(told).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        title, _, rest = escaped.partition("\n")
        text = f"*{title}*\n{rest}"
        if len(text) > _MOST:
            text = f"{text[:_MOST].rsplit('&', 1)[0]}\n…"
        body = {"text": text, "mrkdwn": True, "unfurl_links": False}
        headers = {"Content-Type": "application/json", "User-Agent": "Galley/0.1"}
        status = await post(self.address, json.dumps(body).encode(), headers)
        return f"{self.shown} answered {status}"


_LEAST_BYTES = 24
"""The specification wants secrets of 24 to 64 bytes."""


class WebhookSender:
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

    async def send(self, told: Notification) -> str:
        """Send it once; see :class:`Sender`."""
        body = json.dumps(payload(told), ensure_ascii=False, separators=(",", ":"))
        return await self.send_signed(told.id, body)

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


def is_configured(settings: Settings) -> bool:
    """Whether anybody is to be told at all, a person or a program."""
    people = settings.notify_webhook_url or settings.notify_slack_url or settings.notify_smtp_url
    return bool(people or settings.events_url)


def senders_of(settings: Settings) -> dict[NotifyChannel, Sender]:
    """Return every way that is configured.

    Raises:
        NotifyError: One is configured so that it cannot work.
    """
    senders = list[Sender]()
    if settings.notify_webhook_url:
        secret = settings.notify_webhook_secret
        given = secret.get_secret_value() if secret else ""
        senders.append(WebhookSender(settings.notify_webhook_url, given))
    if settings.notify_smtp_url:
        if not settings.notify_mail_to:
            raise NotifyError("GALLEY_NOTIFY_SMTP_URL needs GALLEY_NOTIFY_MAIL_TO.")
        url = settings.notify_smtp_url.get_secret_value()
        sender = settings.notify_mail_from or ""
        senders.append(MailSender(url, settings.notify_mail_to, sender))
    if settings.notify_slack_url:
        senders.append(SlackSender(settings.notify_slack_url.get_secret_value()))
    if (events := event_sender_of(settings)) is not None:
        senders.append(events)
    return {sender.channel: sender for sender in senders}


def event_sender_of(settings: Settings) -> WebhookSender | None:
    """Return the sender of events; raises as :func:`senders_of`."""
    if not settings.events_url:
        return None
    given = settings.events_secret.get_secret_value() if settings.events_secret else ""
    return WebhookSender(settings.events_url, given, NotifyChannel.EVENTS)
