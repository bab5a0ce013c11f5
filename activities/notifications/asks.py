"""What a message asks, read of its posts right before it is sent."""

import asyncio
from dataclasses import replace

from temporalio.client import Client

from activities.notifications.needs import view_of
from galley.clients.senders import ask_maker
from galley.clients.storage import ObjectStore, StoreError
from galley.clients.team_file import TeamError, team_of
from galley.models.media import MediaKind, StagedAsset
from galley.models.notification import Notification, NotificationKind, NotifyChannel
from galley.models.post import PostView
from galley.notifications.asks import SLACK, Ask, Picture
from galley.settings import Settings

_ASKING = {
    *(NotificationKind.REVIEW_WAITING, NotificationKind.REVIEW_EXPIRING),
    NotificationKind.EDIT_PROPOSED,
}
_AT_ONCE = 8
_MOST_PICTURES, _LARGEST = 8, 1_000_000
"""Of one letter, and bytes of one: mailboxes refuse letters of ten or twenty megabytes."""


class AskReading:
    """Reads posts, and makes asks of them as the settings allow.

    Args:
        client: Temporal.
        state: Holds the pictures that wait for approval.
        settings: Who is told what.
    """

    def __init__(self, client: Client, state: ObjectStore, settings: Settings) -> None:
        self._client = client
        self._state = state
        self._settings = settings

    async def of(self, told: Notification, channel: NotifyChannel) -> tuple[Ask, ...]:
        """Return what a message asks by this channel; a post that nobody can read is left out."""
        settings = self._settings
        is_person = channel in {NotifyChannel.MAIL, NotifyChannel.SLACK}
        if told.kind not in _ASKING or not is_person or not self._has_more_to_tell():
            return ()
        try:
            team = team_of(settings)
        except TeamError:
            # The gate says what is wrong with the file; nobody is let in by it meanwhile.
            return ()
        maker = ask_maker(settings, team)
        is_mail = channel is NotifyChannel.MAIL
        recipients = settings.notify_mail_to if is_mail else (SLACK,)
        room, gate = _MOST_PICTURES, asyncio.Semaphore(_AT_ONCE)

        async def read(workflow_id: str) -> PostView | None:
            async with gate:
                return await view_of(self._client, workflow_id)

        found = list[Ask]()
        for view in await asyncio.gather(*(read(one.workflow_id) for one in told.items)):
            if view and (ask := maker.ask(view, told.at, recipients)):
                shown = ask
                if is_mail:
                    shown, room = await self._with_pictures(ask, view, room)
                found.append(shown)
        return tuple(found)

    def _has_more_to_tell(self) -> bool:
        settings = self._settings
        return settings.notify_texts or bool(settings.web_address and settings.web_links_secret)

    async def _with_pictures(self, ask: Ask, view: PostView, room: int) -> tuple[Ask, int]:
        """Return an ask with its pictures, while there is room for them in the letter."""
        staged = {one.sha256: one for one in _staged(view)}
        pictures = list[Picture]()
        for one in ask.pictures:
            held, asset = staged.get(one.asset.sha256), one.asset
            is_small = asset.kind is MediaKind.IMAGE and asset.size <= _LARGEST
            data = await self._bytes(held) if held and is_small and room else b""
            room -= bool(data)
            pictures.append(replace(one, data=data))
        return replace(ask, pictures=tuple(pictures)), room

    async def _bytes(self, asset: StagedAsset) -> bytes:
        try:
            return await self._state.get(asset.staged_as) or b""
        except StoreError:
            return b""  # the message goes out without it, and the page shows it


def _staged(view: PostView) -> tuple[StagedAsset, ...]:
    return (*view.staged, *(view.proposal.staged if view.proposal else ()))
