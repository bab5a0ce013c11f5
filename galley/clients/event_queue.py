"""EventQueue: events of posts in the state bucket, until a webhook has taken them.

The steps that know a deed put its event there, without an event in Temporal; the look-out for
notifications has each sent by a NotificationWorkflow of its own. The queue names what was not
started yet, the event itself stays.
"""

import logging
from collections.abc import Iterable

from pydantic import ValidationError

from galley.clients.storage import ObjectStore
from galley.models.notification import NotifyChannel, Outgoing
from galley.notifications.events import PostEvent

_WAITING = "events/waiting/"
UNREADABLE = "events/unreadable/"
"""Names of events that cannot be read: they are not sent."""
_JSON = "application/json"
MOST_EVENTS = 200
"""Events of one look; each is a run."""


def event_name(event_id: str) -> str:
    """Return the object that holds an event."""
    return f"events/{event_id}.json"


class EventQueue:
    """Takes events where somebody wants them.

    Args:
        state: The state bucket.
        is_wanted: Whether an address for events is configured.
    """

    def __init__(self, state: ObjectStore, *, is_wanted: bool) -> None:
        self._state = state
        self._is_wanted = is_wanted

    async def put(self, event: PostEvent | None) -> None:
        """Put an event in, once: the same deed makes the same event. Raises ``StoreError``."""
        if event is None or not self._is_wanted:
            return
        body = event.model_dump_json(indent=1).encode()
        # The event before its name in the queue, which must not lead to nothing. One that was
        # sent already may be named again: its run and its delivery are on record.
        await self._state.put_if_absent(event_name(event.id), body, _JSON)
        await self._state.put_if_absent(f"{_WAITING}{event.id}", b"", _JSON)

    async def taken(self, started: Iterable[str]) -> None:
        """Forget the names of those whose runs have started; raises ``StoreError``."""
        for one in started:
            if one.startswith("evt_"):
                await self._state.delete(f"{_WAITING}{one}")

    async def waiting(self) -> tuple[Outgoing, ...]:
        """Return what is to be sent, some of it if it is much; raises ``StoreError``."""
        names = (await self._state.names(_WAITING))[:MOST_EVENTS]
        found = list[Outgoing]()
        for name in names:
            event_id = name.removeprefix(_WAITING)
            if held := await self._state.get(event_name(event_id)):
                try:
                    event = PostEvent.model_validate_json(held)
                except ValidationError:
                    await self._set_aside(event_id)
                    continue
                title = f"{event.type} · {event.data.post}"
                found.append(Outgoing(id=event_id, title=title, channels=(NotifyChannel.EVENTS,)))
        return tuple(found)

    async def _set_aside(self, event_id: str) -> None:
        """Take one that cannot be read out of the queue: it must not hold up the others."""
        aside = f"{UNREADABLE}{event_id}"
        await self._state.put_if_absent(aside, b"", _JSON)
        await self._state.delete(f"{_WAITING}{event_id}")
        logging.getLogger(__name__).error(
            "%s cannot be read and is not sent: %s names it.", event_name(event_id), aside
        )
