"""Notifications: those that did not arrive, an examination of the channels, and a test."""

import asyncio
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from pydantic import BaseModel, ConfigDict, ValidationError
from temporalio.client import Client, WorkflowExecutionStatus

from app.advice import Action
from app.connections import Connections
from app.errors import InvalidRequestError
from app.health.findings import Level, Seen
from galley.clients.notifications import NotifyError, Sender
from galley.clients.senders import is_configured, senders_of
from galley.clients.storage import ObjectStore, StoreError
from galley.clients.web_push import (
    Subscription,
    SubscriptionError,
    public_key,
    subscribe,
    subscriptions,
    unsubscribe,
)
from galley.models.notification import Notification, NotificationKind
from galley.notifications.messages import commands
from galley.settings import Settings
from workflows import ids
from workflows.notifications import start_attention

_UNDER_WAY = timedelta(minutes=10)
"""A message that is not delivered by then has a receiver that is down."""
_MOST = 5


class Undelivered(BaseModel):
    """A message that did not arrive, or has not so far."""

    model_config = ConfigDict(frozen=True)

    workflow_id: str
    started_at: datetime
    is_tried: bool
    """Whether it is still being tried."""


async def undelivered(client: Client, task_queue: str = ids.TASK_QUEUE) -> list[Undelivered]:
    """Return the messages that did not arrive, the latest few."""
    since = datetime.now(UTC) - _UNDER_WAY
    late = f'ExecutionStatus="Running" AND StartTime < "{since:%Y-%m-%dT%H:%M:%SZ}"'
    query = (
        f'WorkflowType="NotificationWorkflow" AND TaskQueue="{task_queue}" '
        f'AND (ExecutionStatus="Failed" OR ({late}))'
    )
    return [
        Undelivered(
            workflow_id=run.id,
            started_at=run.start_time,
            is_tried=run.status is WorkflowExecutionStatus.RUNNING,
        )
        async for run in client.list_workflows(query, limit=_MOST)
    ]


@dataclass(frozen=True)
class Tried:
    """What came back from one channel."""

    channel: str
    host: str
    is_ok: bool
    message: str


async def send_test(connections: Connections) -> list[Tried]:
    """Send a test message by every channel that is configured.

    A receiver that wanted no more messages (410) is told again once it takes this one.

    Raises:
        InvalidRequestError: No channel is configured, or one not as it must be.
    """
    senders = _senders(connections.settings)
    if not senders:
        raise InvalidRequestError(
            "No channel is configured: set GALLEY_NOTIFY_WEBHOOK_URL, "
            "GALLEY_NOTIFY_SMTP_URL or GALLEY_NOTIFY_SLACK_URL "
            "(docs/how-to-notifications.md)."
        )
    state = connections.state
    async with connections.progress.waiting("sending a test message"):
        return await asyncio.gather(*(_try(one, state) for one in senders))


def _senders(settings: Settings) -> list[Sender]:
    try:
        return list(senders_of(settings).values())
    except NotifyError as error:
        raise InvalidRequestError(str(error)) from None


async def _try(sender: Sender, state: ObjectStore) -> Tried:
    kind = NotificationKind.TEST
    message = Notification(
        id=f"msg_test_{secrets.token_hex(12)}",
        kind=kind,
        title="Galley can reach you",
        at=datetime.now(UTC),
        count=0,
        commands=commands(kind, ()),
    )
    try:
        answer = await sender.send(message)
    except NotifyError as error:
        return Tried(sender.channel, sender.shown, is_ok=False, message=str(error))
    from activities.notifications.messages import gone_name

    if await state.exists(name := gone_name(sender)):
        await state.delete(name)
        answer = f"{answer}, and is told again from now on"
    return Tried(sender.channel, sender.shown, is_ok=True, message=f"{answer}.")


async def push_key(connections: Connections) -> str:
    """Return the key by which browsers know that a push message is ours; made on first use."""
    return await public_key(connections.state)


async def subscribe_browser(
    connections: Connections, person: str, endpoint: str, p256dh: str, auth: str, *, titles: bool
) -> None:
    """Have a browser of a person told what needs one.

    Raises:
        InvalidRequestError: It gave an address or keys that cannot be used.
        StoreError: The state bucket does not answer.
    """
    try:
        one = Subscription(
            person=person,
            endpoint=endpoint,
            p256dh=p256dh,
            auth=auth,
            with_titles=titles,
            made_at=datetime.now(UTC),
        )
        one.check(may_be_local=not (connections.settings.web_address or "").startswith("https:"))
        await subscribe(connections.state, one)
    except ValidationError:
        raise InvalidRequestError("The browser's push service has too long an address.") from None
    except SubscriptionError as error:
        raise InvalidRequestError(str(error)) from None
    client = await connections.temporal()
    # Where no other channel is configured, nobody looks out until now.
    await start_attention(client)


async def unsubscribe_browser(connections: Connections, person: str, endpoint: str) -> None:
    """Have a browser of a person told no more."""
    await unsubscribe(connections.state, person, endpoint)


async def examine_channels(connections: Connections) -> Seen:
    """Examine the channels for ``doctor``; nothing is sent."""
    try:
        count = len(await subscriptions(connections.state))
    except StoreError:
        count = 0  # the state bucket has a finding of its own
    browsers = f"{count} browser{'' if count == 1 else 's'}" if count else ""
    if not is_configured(connections.settings):
        off = "off: nobody is told (docs/how-to-notifications.md)."
        return Seen(Level.OK, f"{browsers}." if browsers else off)
    try:
        senders = _senders(connections.settings)
    except InvalidRequestError as error:
        return Seen(Level.FAILED, str(error))
    from activities.notifications.messages import gone_name

    state = connections.state
    closed = [one.shown for one in senders if await state.exists(gone_name(one))]
    if closed:
        return Seen(
            Level.WARNING,
            f"{', '.join(closed)} wanted no more messages: a test message tries it again.",
            Action.TEST_NOTIFICATIONS,
        )
    named = (f"{one.channel} to {one.shown}" for one in senders)
    channels = ", ".join(filter(None, (*named, browsers)))
    return Seen(Level.OK, f"{channels}; a test message tries them.", Action.TEST_NOTIFICATIONS)
