"""Signed webhooks by the Standard Webhooks specification.

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
(read 2026-11-26): ``webhook-id`` is the idempotency key, ``webhook-timestamp`` that of
the attempt, and ``webhook-signature`` may hold several signatures, so that a secret can
be changed while messages are on their way.
"""

import binascii
import json
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from standardwebhooks import Webhook

from galley.clients.notifying.posting import post
from galley.clients.notifying.sending import NotifyError, checked_url
from galley.models.notification import Notification, NotifyChannel

_LEAST_BYTES = 24
"""The specification wants secrets of 24 to 64 bytes."""


class WebhookSender:
    """POSTs a message as JSON, signed with every secret there is.

    Args:
        url: https, or http on this machine.
        secrets: ``whsec_…``, separated by blanks; the newest first.

    Raises:
        NotifyError: Address or secrets cannot be used.
    """

    channel = NotifyChannel.WEBHOOK

    def __init__(self, url: str, secrets: str) -> None:
        self.address = checked_url(url, "GALLEY_NOTIFY_WEBHOOK_URL")
        self.shown = urlsplit(url).hostname or ""
        self._keys = [_key(secret) for secret in secrets.split()]
        if not self._keys:
            raise NotifyError(
                "GALLEY_NOTIFY_WEBHOOK_URL needs GALLEY_NOTIFY_WEBHOOK_SECRET: "
                '`echo "whsec_$(openssl rand -base64 32)"` makes one.'
            )

    async def send(self, told: Notification) -> str:
        """Send it once; see :class:`Sender`."""
        body = json.dumps(payload(told), ensure_ascii=False, separators=(",", ":"))
        now = datetime.now(UTC)
        signed = [key.sign(told.id, now, body) for key in self._keys]
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "Galley/0.1",
            "webhook-id": told.id,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": " ".join(signed),
        }
        status = await post(self.address, body.encode(), headers)
        return f"{self.shown} answered {status}"


def payload(told: Notification) -> dict[str, Any]:
    """Return the body: ``type``, ``timestamp`` and ``data``, as the standard has it."""
    data = told.model_dump(mode="json", exclude={"kind", "at"})
    return {
        "type": f"galley.{told.kind}",
        "timestamp": told.at.isoformat(),
        "data": data,
    }


def _key(secret: str) -> Webhook:
    try:
        count = len(binascii.a2b_base64(secret.removeprefix("whsec_") + "=="))
    except ValueError:
        count = 0
    if count < _LEAST_BYTES:
        raise NotifyError(
            "GALLEY_NOTIFY_WEBHOOK_SECRET must be whsec_ and the Base64 of at least "
            f'{_LEAST_BYTES} bytes: `echo "whsec_$(openssl rand -base64 32)"` makes '
            "one."
        )
    return Webhook(secret)
