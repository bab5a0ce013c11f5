"""The senders of notifications that the settings configure, and the maker of what they ask.

Apart from the senders, so that one of them can be read and tested without the others.
"""

from galley.clients.mail import MailSender
from galley.clients.notifications import NotifyError, Sender, WebhookSender
from galley.clients.slack import SlackSender
from galley.clients.team_file import TeamError, team_of
from galley.models.notification import Notification, NotifyChannel
from galley.models.team import Team
from galley.notifications.asks import AskMaker
from galley.review.links import DecisionLinks
from galley.settings import Settings


def is_configured(settings: Settings) -> bool:
    """Whether anybody is to be told at all, a person or a program."""
    people = settings.notify_webhook_url or settings.notify_slack_url or settings.notify_smtp_url
    return bool(people or settings.events_url)


def senders_of(settings: Settings) -> dict[NotifyChannel, Sender]:
    """Return every way that is configured.

    Raises:
        NotifyError: One is configured so that it cannot work.
    """
    found = ((channel, sender_of(channel, settings)) for channel in NotifyChannel)
    return {channel: sender for channel, sender in found if sender is not None}


def sender_of(channel: NotifyChannel, settings: Settings) -> Sender | None:
    """Return one way, by its own settings alone; ``None``: it is not configured, or needs a store.

    Raises:
        NotifyError: It is configured so that it cannot work.
    """
    match channel:
        case NotifyChannel.WEBHOOK if settings.notify_webhook_url:
            secret = settings.notify_webhook_secret
            given = secret.get_secret_value() if secret else ""
            return WebhookSender(settings.notify_webhook_url, given)
        case NotifyChannel.MAIL if settings.notify_smtp_url:
            if not settings.notify_mail_to:
                raise NotifyError("GALLEY_NOTIFY_SMTP_URL needs GALLEY_NOTIFY_MAIL_TO.")
            url = settings.notify_smtp_url.get_secret_value()
            return MailSender(url, settings.notify_mail_to, settings.notify_mail_from or "")
        case NotifyChannel.SLACK if settings.notify_slack_url:
            return SlackSender(settings.notify_slack_url.get_secret_value())
        case NotifyChannel.EVENTS:
            return event_sender_of(settings)
        case _:
            return None


def mail_for(told: Notification, settings: Settings) -> MailSender | None:
    """Return the sender of a message to certain people, where the team file has their addresses.

    Raises:
        NotifyError: A setting cannot be used.
    """
    if not (told.to and settings.team and settings.notify_smtp_url):
        return None
    try:
        people = team_of(settings)
    except TeamError as error:
        # The file may be half written, or be mended within the day.
        raise NotifyError(str(error), retryable=True) from None
    known = (people.person(name) for name in told.to) if people else ()
    addresses = tuple(one.email for one in known if one and one.email)
    url = settings.notify_smtp_url.get_secret_value()
    sender = settings.notify_mail_from or "".join(settings.notify_mail_to[:1])
    return MailSender(url, addresses, sender) if addresses else None


def event_sender_of(settings: Settings) -> WebhookSender | None:
    """Return the sender of events; raises as :func:`senders_of`."""
    if not settings.events_url:
        return None
    given = settings.events_secret.get_secret_value() if settings.events_secret else ""
    return WebhookSender(settings.events_url, given, NotifyChannel.EVENTS)


def ask_maker(settings: Settings, team: Team | None) -> AskMaker:
    """Return the maker of what messages ask, by the secret that workers and review pages share."""
    secret = settings.web_links_secret
    return AskMaker(
        address=settings.web_address or "",
        links=DecisionLinks(secret.get_secret_value()) if secret else None,
        team=team,
        tells_texts=settings.notify_texts,
        has_buttons=settings.slack_signing_secret is not None,
    )
