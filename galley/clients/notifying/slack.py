"""Incoming webhooks that take Slack's messages: Slack, Mattermost, Rocket.Chat.

https://docs.slack.dev/messaging/formatting-message-text (read 2026-11-26): ``&``, ``<``
and ``>`` are all that has to be escaped, and a link or a mention stands in ``<>``. So
no title of a source can call a channel.
"""

import json
from urllib.parse import urlsplit

from galley.clients.notifying.posting import post
from galley.clients.notifying.sending import checked_url
from galley.models.notification import Notification, NotifyChannel
from galley.notifications.wording import as_text

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
        title, _, rest = _escaped(as_text(told)).partition("\n")
        text = f"*{title}*\n{rest}"
        if len(text) > _MOST:
            text = f"{text[:_MOST].rsplit('&', 1)[0]}\n…"
        body = {"text": text, "mrkdwn": True, "unfurl_links": False}
        headers = {"Content-Type": "application/json", "User-Agent": "Galley/0.1"}
        status = await post(self.address, json.dumps(body).encode(), headers)
        return f"{self.shown} answered {status}"


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
