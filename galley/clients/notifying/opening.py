"""The ways to tell a person that the settings name."""

from galley.clients.notifying.mail import MailSender
from galley.clients.notifying.sending import NotifyError, Sender
from galley.clients.notifying.slack import SlackSender
from galley.clients.notifying.webhook import WebhookSender
from galley.models.notification import NotifyChannel
from galley.settings import Settings

__all__ = ["is_configured", "senders_of"]


def is_configured(settings: Settings) -> bool:
    """Whether anybody is to be told at all."""
    return bool(
        settings.notify_webhook_url
        or settings.notify_slack_url
        or settings.notify_smtp_url
    )


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
    return {sender.channel: sender for sender in senders}
