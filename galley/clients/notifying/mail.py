"""E-mail over SMTP, by TLS from the first byte or by STARTTLS, never in the clear."""

import asyncio
import ssl
from email.message import EmailMessage
from email.utils import format_datetime
from urllib.parse import unquote, urlsplit

import aiosmtplib

from galley.clients.notifying.sending import DEADLINE, NotifyError, is_loopback
from galley.models.notification import Notification, NotifyChannel
from galley.notifications.wording import as_text, plain

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
                f"{self.shown} takes no mail for them ({said}): see "
                "GALLEY_NOTIFY_MAIL_TO.",
                retryable=not final,
            )
        if isinstance(error, aiosmtplib.SMTPResponseException):
            final = error.code >= _PERMANENT
            return NotifyError(
                f"{self.shown} answered {error.code}.", retryable=not final
            )
        if _is_certificate(error):
            where = " on this machine" if is_loopback(self._host) else ""
            return NotifyError(
                f"The certificate of {self.shown}{where} is not valid: SSL_CERT_FILE "
                "names the authority to trust."
            )
        return NotifyError(f"{self.shown} cannot be reached ({name}).", retryable=True)


def _is_certificate(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError):
            return True
        error = error.__cause__ or error.__context__
    return False


def _address(text: str) -> str:
    text = text.strip()
    if "@" not in text or any(not c.isprintable() or c in " ,;<>" for c in text):
        raise NotifyError(
            "GALLEY_NOTIFY_MAIL_TO and GALLEY_NOTIFY_MAIL_FROM must be bare addresses, "
            "such as kim@example.com."
        )
    return text
