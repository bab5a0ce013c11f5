"""Send one message by one channel, as often as Temporal asks for it."""

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime

from temporalio import activity

from activities.failures import failure
from activities.interfaces import NotifyingActivities
from galley.clients.notifying.opening import senders_of
from galley.clients.notifying.sending import NotifyError, Sender
from galley.clients.storage import ObjectStore, StoreError
from galley.models.notification import (
    Delivered,
    DeliverNotification,
    Notification,
    NotifyChannel,
)
from galley.settings import Settings

_JSON = "application/json"


def message_name(message_id: str) -> str:
    """Return the object that holds a message."""
    return f"notifications/messages/{message_id}.json"


def delivered_name(message_id: str, channel: NotifyChannel) -> str:
    """Return the object that says when a channel took a message."""
    return f"notifications/delivered/{message_id}.{channel}.json"


def gone_name(sender: Sender) -> str:
    """Return the object that says that a receiver wants no more messages.

    Another address is another receiver; the name does not tell it.
    """
    digest = hashlib.sha256(sender.address.encode()).hexdigest()[:16]
    return f"notifications/gone/{sender.channel}.{digest}.json"


class Notifying(NotifyingActivities):
    """Sends what the state bucket holds. Told twice only if a worker dies in between.

    Args:
        state: Where the messages are.
        settings: Which channels there are.
    """

    def __init__(self, state: ObjectStore, settings: Settings) -> None:
        self._state = state
        self._settings = settings

    @activity.defn
    async def deliver_notification(self, task: DeliverNotification) -> Delivered:
        """Send the message once, unless that channel took it before.

        Safe to repeat: the same message has the same ID and the same words.

        Raises:
            ApplicationError: ``NotifyError``, final where no later attempt can
                succeed; ``StoreError``.
        """
        try:
            return await self._deliver(task)
        except NotifyError as error:
            raise failure(error, kind="NotifyError") from None
        except StoreError as error:
            raise failure(error, kind="StoreError") from None

    async def _deliver(self, task: DeliverNotification) -> Delivered:
        done = delivered_name(task.id, task.channel)
        if held := await self._state.get(done):
            return Delivered.model_validate_json(held)
        sender = _chosen(senders_of(self._settings), task.channel)
        if await self._state.exists(gone_name(sender)):
            raise NotifyError(
                f"{sender.shown} wanted no more messages: `notify test` tries it again."
            )
        held = await self._state.get(message_name(task.id))
        if held is None:
            raise NotifyError(f"The message {task.id} is not in the state bucket.")
        try:
            said = await sender.send(Notification.model_validate_json(held))
        except NotifyError as error:
            if error.is_gone:
                await self._state.put_if_absent(gone_name(sender), b"{}", _JSON)
            raise
        told = Delivered(channel=task.channel, at=datetime.now(UTC), said=said)
        await self._state.put_if_absent(done, told.model_dump_json().encode(), _JSON)
        return told


def _chosen(senders: Mapping[NotifyChannel, Sender], channel: NotifyChannel) -> Sender:
    if channel not in senders:
        raise NotifyError(f"The channel {channel} is not configured any more.")
    return senders[channel]
