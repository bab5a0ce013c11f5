"""Notifications: those that did not arrive, an examination of the channels, and a test."""

import asyncio
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from pydantic import BaseModel, ConfigDict
from temporalio.client import Client, WorkflowExecutionStatus

from app.advice import Action
from app.connections import Connections
from app.errors import InvalidRequestError
from app.health.findings import Level, Seen
from galley.clients.notifications import NotifyError, Sender, is_configured, senders_of
from galley.clients.storage import ObjectStore
from galley.models.notification import Notification, NotificationKind
from galley.notifications.messages import commands
from galley.settings import Settings
from workflows import ids

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


async def examine_channels(connections: Connections) -> Seen:
    """Examine the channels for ``doctor``; nothing is sent."""
    if not is_configured(connections.settings):
        return Seen(Level.OK, "off: nobody is told (docs/how-to-notifications.md).")
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
    channels = ", ".join(f"{one.channel} to {one.shown}" for one in senders)
    return Seen(Level.OK, f"{channels}; a test message tries them.", Action.TEST_NOTIFICATIONS)
