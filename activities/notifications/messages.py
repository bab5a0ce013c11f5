"""The activities ``look_around`` and ``deliver_notification``.

AttentionWorkflow and NotificationWorkflow call them.
"""

import hashlib
import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial

from pydantic import ValidationError
from temporalio import activity
from temporalio.client import Client
from temporalio.exceptions import ApplicationError

from activities.edge import failure, heartbeating
from activities.interfaces import AttentionActivities, NotifyingActivities
from activities.notifications.asks import AskReading
from activities.notifications.needs import Needs, account_needs, ended_needs, waiting_needs
from activities.records.visibility import Visible
from galley.clients.event_queue import MOST_EVENTS, EventQueue, event_name
from galley.clients.notifications import NotifyError, Part, Sender, send_all
from galley.clients.senders import event_sender_of, mail_for, sender_of, senders_of
from galley.clients.storage import ObjectStore, StoreError
from galley.clients.web_push import PushSender, has_subscriptions
from galley.models.notification import (
    Delivered,
    DeliverNotification,
    LookAround,
    LookReply,
    Notification,
    NotifyBook,
    NotifyChannel,
    Outgoing,
)
from galley.notifications.events import PostEvent
from galley.notifications.messages import news, plain
from galley.settings import Settings

_JSON = "application/json"


def message_name(message_id: str) -> str:
    """Return the object that holds a message."""
    return f"notifications/messages/{message_id}.json"


_MENTIONS = "notifications/mentions/"
"""Messages to people whom comments mention, until a look has taken them up."""


UNREADABLE_MENTIONS = "notifications/unreadable-mentions/"


def mention_name(message_id: str) -> str:
    """Return the object that holds a message about a comment before a look takes it up."""
    return f"{_MENTIONS}{message_id}.json"


def delivered_name(message_id: str, channel: NotifyChannel) -> str:
    """Return the object that records when a channel took a message."""
    return f"notifications/delivered/{message_id}.{channel}.json"


def gone_name(sender: Sender) -> str:
    """Return the object that records that a receiver wants no more messages."""
    # By a hash: addresses hold secrets. Another address is another receiver.
    digest = hashlib.sha256(sender.address.encode()).hexdigest()[:16]
    return f"notifications/gone/{sender.channel}.{digest}.json"


class Notifying(NotifyingActivities):
    """Sends messages from the state bucket; twice only if a worker dies in between.

    Args:
        client: Temporal, for the posts that a message asks about.
        state: Holds the messages.
        settings: Configures the channels.
    """

    def __init__(self, client: Client, state: ObjectStore, settings: Settings) -> None:
        self._state = state
        self._settings = settings
        self._asks = AskReading(client, state, settings)

    @activity.defn
    async def deliver_notification(self, task: DeliverNotification) -> Delivered:
        """Send a message, unless the channel took it before.

        Safe to repeat: the same message has the same ID, by which receivers know it.

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
        # No setting of another channel may keep it back.
        is_event = task.channel is NotifyChannel.EVENTS
        events = event_sender_of(self._settings) if is_event else None
        sender = events or sender_of(task.channel, self._settings)
        if task.channel is NotifyChannel.PUSH:
            sender = PushSender(self._state, self._settings)
        if sender is None:
            raise NotifyError(f"The channel {task.channel} is not configured any more.")
        if await self._state.exists(gone_name(sender)):
            raise NotifyError(
                f"{sender.shown} wanted no more messages: `notify test` tries it again."
            )
        name = event_name(task.id) if is_event else message_name(task.id)
        held = await self._state.get(name)
        if held is None:
            raise NotifyError(f"The message {task.id} is not in the state bucket.")
        try:
            if events is None and task.channel is NotifyChannel.MAIL:
                sender = mail_for(Notification.model_validate_json(held), self._settings) or sender
            if events is not None:
                event = PostEvent.model_validate_json(held)
                said = await events.send_signed(event.id, event.body)
            else:
                said = await self._send(sender, Notification.model_validate_json(held))
        except NotifyError as error:
            # Such as 410 Gone of a webhook: no later message is sent there either.
            if error.is_gone:
                await self._state.put_if_absent(gone_name(sender), b"{}", _JSON)
            raise
        told = Delivered(channel=task.channel, at=datetime.now(UTC), said=said)
        await self._state.put_if_absent(done, told.model_dump_json().encode(), _JSON)
        return told

    async def _send(self, sender: Sender, told: Notification) -> str:
        """Send each part that no earlier attempt has sent; return what the receiver said last."""

        async def send_once(part: Part) -> str:
            # By a hash: a part may be named by an address.
            mark = hashlib.sha256(part.name.encode()).hexdigest()[:16]
            name = delivered_name(told.id, sender.channel).replace(".json", f".{mark}.json")
            if await self._state.exists(name):
                return "sent before"
            said = await part.send()
            await self._state.put_if_absent(name, b"{}", _JSON)
            return said

        # Made now, of the posts as they are: links and words stand in no history.
        parts = sender.parts(told, await self._asks.of(told, sender.channel))
        return await send_all(Part(one.name, partial(send_once, one)) for one in parts)


BOOK = "notifications/book.json"
# Older ends are not told: after a long pause ``list`` shows them.
_LOOKS_BACK = timedelta(days=1)
# Visibility may lag; a run that is seen twice is told once.
_OVERLAP = timedelta(minutes=15)
# The time of the last look is written this often if nothing else is new.
_WRITTEN_EVERY = timedelta(minutes=5)
_BACKLOG_EVERY = timedelta(seconds=1)
_MOST_MENTIONS = 50
"""Of one look."""


class Attention(AttentionActivities):
    """Finds what needs a person by Temporal's visibility; runs do nothing for it.

    Args:
        client: Temporal.
        state: Holds the book of what was told, and the messages.
        settings: Configures the channels, and whether texts may be told.
        now: The clock.
    """

    def __init__(
        self,
        client: Client,
        state: ObjectStore,
        settings: Settings,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._client = client
        self._state = state
        self._settings = settings
        self._now = now

    @activity.defn
    async def look_around(self, task: LookAround) -> LookReply:
        """Find new needs, store their messages, and return those to send.

        Safe to repeat: a stored message is returned again until ``task.started`` names it.

        Raises:
            ApplicationError: ``StoreError``, or ``NotifyError`` for settings that
                cannot work.
        """
        try:
            async with heartbeating():
                return await self._look(task)
        except StoreError as error:
            raise failure(error, kind="StoreError") from None
        except NotifyError as error:
            # Retried, however wrong the settings are: a new worker brings better ones.
            raise ApplicationError(str(error), type="NotifyError") from None

    async def _look(self, task: LookAround) -> LookReply:
        channels = [*senders_of(self._settings)]
        if await has_subscriptions(self._state):
            channels.append(NotifyChannel.PUSH)
        if not channels:
            return LookReply(is_wanted=False)
        people = tuple(one for one in channels if one is not NotifyChannel.EVENTS)
        queue = EventQueue(self._state, is_wanted=bool(self._settings.events_url))
        await queue.taken(task.started)
        events = await queue.waiting() if self._settings.events_url else ()
        if not people:
            # Else whoever subscribes weeks later would be told of them.
            for name in (await self._state.names(_MENTIONS))[:_MOST_MENTIONS]:
                await self._state.delete(name)
        messages = await self._messages(task, people) if people else ()
        every = timedelta(seconds=self._settings.notify_every_seconds)
        return LookReply(
            outgoing=(*messages, *events),
            every=min(every, _BACKLOG_EVERY) if len(events) == MOST_EVENTS else every,
        )

    async def _messages(
        self, task: LookAround, channels: tuple[NotifyChannel, ...]
    ) -> tuple[Outgoing, ...]:
        """Return the messages to people that are to be sent."""
        held, version = await self._state.read_versioned(BOOK)
        known = _book(held)
        started = set(task.started)
        left = {key: one for key, one in known.pending.items() if key not in started}
        book = await self._looked(known.model_copy(update={"pending": left}), task.task_queue)
        mentions = await self._mentions()
        book = book.model_copy(update={"pending": book.pending | mentions})
        before, now = known.looked_at, book.looked_at
        is_late = before is None or now is None or now - before >= _WRITTEN_EVERY
        if is_late or known != book.model_copy(update={"looked_at": before}):
            body = book.model_dump_json().encode()
            # Refused if another look wrote since: then a retry starts from its book.
            if not await self._state.replace(BOOK, body, _JSON, version):
                raise ApplicationError("Another look was faster.", type="StoreError")
        # Named again after a crash before this, they are started once: the run has their ID.
        for message_id in mentions:
            await self._state.delete(mention_name(message_id))
        return tuple(
            Outgoing(id=key, title=title, channels=channels) for key, title in book.pending.items()
        )

    async def _mentions(self) -> dict[str, str]:
        """Return the titles, by ID, of the messages about comments; each is stored as a message."""
        found = dict[str, str]()
        for name in (await self._state.names(_MENTIONS))[:_MOST_MENTIONS]:
            held = await self._state.get(name)
            if held is None:
                continue
            try:
                message = Notification.model_validate_json(held)
            except ValidationError:
                await self._set_aside(name, held)
                continue
            if self._now() - message.at > _LOOKS_BACK:
                await self._state.delete(name)
                continue
            await self._state.put_if_absent(message_name(message.id), held, _JSON)
            found[message.id] = plain(message.title)
        return found

    async def _set_aside(self, name: str, held: bytes) -> None:
        """Keep a mention that cannot be read elsewhere: it must not hold up the others."""
        aside = f"{UNREADABLE_MENTIONS}{name.removeprefix(_MENTIONS)}"
        await self._state.put_if_absent(aside, held, _JSON)
        await self._state.delete(name)
        logging.getLogger(__name__).error("A mention cannot be read: it is kept as %s.", aside)

    async def _looked(self, book: NotifyBook, task_queue: str) -> NotifyBook:
        now = self._now()
        least = now - _LOOKS_BACK
        after = max((book.looked_at or least) - _OVERLAP, least)
        ui, pages = self._settings.temporal_ui or "", self._settings.web_address or ""
        visible = Visible(self._client, task_queue, ui, pages)
        needs = Needs(visible, self._settings, book, now)
        found = [
            *await needs.open_needs(),
            *await account_needs(visible),
            *await waiting_needs(visible, now),
            *await ended_needs(visible, after),
        ]
        book = book.model_copy(update={"watched": needs.watched})
        book, messages = news(book, found, now, is_whole=needs.is_whole)
        # Messages before the book: the book must not name one that is not there.
        for message in messages:
            body = message.model_dump_json(indent=1).encode()
            await self._state.put_if_absent(message_name(message.id), body, _JSON)
        return book.model_copy(update={"looked_at": now})


def _book(held: bytes | None) -> NotifyBook:
    if held is None:
        return NotifyBook()
    try:
        return NotifyBook.model_validate_json(held)
    except ValidationError:
        # An empty book would tell everything again.
        raise ApplicationError(
            f"{BOOK} in the state bucket cannot be read: mend it, or delete it, and "
            "what needs a person is told again.",
            type="StoreError",
        ) from None
