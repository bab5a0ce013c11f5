"""What every way of telling does, and how its trouble is told apart."""

from typing import Protocol
from urllib.parse import urlsplit

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
    raise NotifyError(
        f"{setting} must be an https address; http is for this machine alone."
    )


def is_loopback(host: str) -> bool:
    """Whether a host, without asking DNS, can only be this machine."""
    return is_local_name(host) and (
        host in {"localhost", "::1"} or host.startswith("127.")
    )
