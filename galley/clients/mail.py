"""Mail: letters over SMTP, with what a person needs to decide.

Each is plain text; one that asks for a decision is also a page, with buttons and pictures.
"""

import asyncio
import ssl
from collections.abc import Sequence
from email.message import EmailMessage
from email.utils import format_datetime
from typing import cast
from urllib.parse import unquote, urlsplit

import aiosmtplib
from typing_extensions import override

from galley.clients.notifications import DEADLINE, NotifyError, Part, Sender, is_loopback
from galley.clients.web_replies import is_certificate_error
from galley.models.notification import Notification, NotifyChannel
from galley.notifications.asks import Ask
from galley.notifications.letters import as_page
from galley.notifications.messages import as_text, plain

_PORTS = {"smtp": 587, "smtps": 465}
_PERMANENT = 500
_WANTED = (
    "GALLEY_NOTIFY_SMTP_URL must be smtp://user:password@host:587, which is STARTTLS, "
    "or smtps://user:password@host:465."
)


class MailSender(Sender):
    """Sends a message as plain text, and as a page where there is something to decide.

    It goes by TLS from the first byte or by STARTTLS, never in the clear. Each address gets a
    letter of its own, with links in the name of its person.

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

    @override
    def parts(self, told: Notification, asks: Sequence[Ask] = ()) -> list[Part]:
        """Return a letter for each address; the ``Message-ID`` of each stays the same."""
        return [
            Part(one, lambda one=one: self._send(self._written(told, asks, one)))
            for one in dict.fromkeys(self._to)
        ]

    async def _send(self, letter: EmailMessage) -> str:
        try:
            async with asyncio.timeout(DEADLINE):
                await aiosmtplib.send(
                    letter,
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
        return f"{self.shown} took it for {letter['To']}"

    def _written(self, told: Notification, asks: Sequence[Ask], to: str) -> EmailMessage:
        letter = EmailMessage()
        letter["From"] = self._from
        letter["To"] = to
        letter["Subject"] = plain(f"[Galley] {told.title}")
        letter["Date"] = format_datetime(told.at)
        # Each letter is another message: mailboxes drop a second one of the same ID.
        own = f"{told.id}.{to.replace('@', '-')}"
        letter["Message-ID"] = f"<{own}@{self._from.rpartition('@')[2]}>"
        letter["Auto-Submitted"] = "auto-generated"
        letter.set_content(as_text(told, asks, to))
        if asks:
            letter.add_alternative(as_page(told, asks, to), subtype="html")
            page = cast("EmailMessage", letter.get_payload(1))
            for ask in asks:
                for one in ask.pictures:
                    if one.data:
                        kind, _, subtype = one.asset.mime.partition("/")
                        cid = f"<{one.cid}>"
                        page.add_related(one.data, kind, subtype, cid=cid, disposition="inline")
        return letter

    def _failed(self, error: Exception) -> NotifyError:
        name = type(error).__name__
        if isinstance(error, aiosmtplib.SMTPAuthenticationError):
            return NotifyError(
                f"{self.shown} does not accept the user and password of "
                f"GALLEY_NOTIFY_SMTP_URL (it answered {error.code})."
            )
        if isinstance(error, aiosmtplib.SMTPRecipientsRefused):
            final = all(one.code >= _PERMANENT for one in error.recipients)
            said = ", ".join(f"{one.recipient} ({one.code})" for one in error.recipients)
            return NotifyError(
                f"{self.shown} takes no mail for {said}: see GALLEY_NOTIFY_MAIL_TO.",
                retryable=not final,
                is_of_part=True,
            )
        if isinstance(error, aiosmtplib.SMTPResponseException):
            final = error.code >= _PERMANENT
            said = f"{self.shown} answered {error.code}."
            return NotifyError(said, retryable=not final, is_of_part=True)
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
