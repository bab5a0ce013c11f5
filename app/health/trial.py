"""``doctor --live``: check what is assumed about Buffer, with drafts alone."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from activities.publishing.requests import unbroken
from app.accounts.workflows import buffer_client
from app.connections import Connections, Progress
from app.errors import AppError, InvalidRequestError, ServiceError
from galley.clients.buffer.client import BufferClient, resolve_organization
from galley.clients.buffer.trial.account import TrialAccount
from galley.models.channel import Channel, Delivery
from galley.settings import Settings

_DRAFTS = "https://publish.buffer.com"


@asynccontextmanager
async def open_trial(connections: Connections, channel: str | None) -> AsyncGenerator[TrialAccount]:
    """Open a trial on one channel; nothing is written yet.

    Args:
        connections: The settings are used alone.
        channel: By ID, name or network; missing: the only one there is.

    Raises:
        InvalidRequestError: No channel, or several, are meant.
        ServiceError: The channel takes no posts.
    """
    client = buffer_client(connections.settings)
    try:
        yield await _begin(client, connections.settings, channel)
    finally:
        await client.aclose()


@asynccontextmanager
async def deleting_drafts(trial: TrialAccount, progress: Progress) -> AsyncGenerator[None]:
    """Delete the drafts of the trial at the end; cancelling waits for that.

    Raises:
        AppError: Some could not be deleted; a note names them.
    """
    try:
        yield
    finally:
        left = await unbroken(asyncio.create_task(trial.clean()))
        if left:
            progress.note(
                f"Delete these drafts by hand at {_DRAFTS}, their text begins "
                f"with “Draft”: {', '.join(left)}."
            )
    if left:
        raise AppError("Not all drafts could be deleted.")


async def _begin(client: BufferClient, settings: Settings, wanted: str | None) -> TrialAccount:
    organization = await resolve_organization(client, settings.buffer_organization)
    directory = (await client.channels(organization.id)).value
    channel = _chosen(directory.channels, wanted)
    why = channel.unusable_because(Delivery(save_to_draft=True))
    if why is not None:
        raise ServiceError(f"{channel.name} {why}.")
    return TrialAccount(client, organization.id, channel)


def _chosen(channels: tuple[Channel, ...], wanted: str | None) -> Channel:
    found = [one for one in channels if wanted is None or _is_named(one, wanted)]
    if len(found) == 1:
        return found[0]
    choices = ", ".join(f"{one.name} ({one.platform}, {one.id})" for one in channels)
    problem = "Say which channel may get drafts" if found else "No such channel"
    raise InvalidRequestError(f"{problem}, with --channel and an ID: {choices or 'there is none'}.")


def _is_named(channel: Channel, wanted: str) -> bool:
    names = {channel.name.casefold(), channel.platform.value}
    return channel.id == wanted or wanted.casefold() in names
