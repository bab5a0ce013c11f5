"""List the channels of every organization that the Buffer key reaches."""

import asyncio
from dataclasses import dataclass

from app.accounts.directory import organizations, read_directory
from app.connections import open_client
from cli.terminal.failures import CommandError
from cli.terminal.output import say, show_json, table
from cli.terminal.process import run
from cli.terminal.proofs import clean, local
from galley.clients.buffer.client import Organization
from galley.models import Channel, ChannelDirectory, Delivery
from galley.settings import Settings


@dataclass(frozen=True)
class _Map:
    """Every organization, and the id of the one campaigns use, if that is clear."""

    found: tuple[ChannelDirectory, ...]
    used: str | None


def list_channels(*, json: bool, refresh: bool) -> None:
    """Carry out ``channels``."""
    channel_map = run(_read(refresh=refresh))
    if json:
        show_json(_as_json(channel_map))
        return
    columns = ("Network", "Channel", "ID", "Time zone", "State")
    is_plural = len(channel_map.found) > 1
    first = 0 if is_plural else 1
    rows = [
        (clean(one.organization_name), *_row(channel))[first:]
        for one in channel_map.found
        for channel in one.channels
    ]
    table(("Organization", *columns)[first:], rows)
    for one in channel_map.found:
        for name in one.unsupported:
            say(clean(f"Not written for: {name}"))
        say(clean(f"{one.organization_name}, as of {local(one.fetched_at)}"))
    if is_plural:
        say(clean(_which(channel_map)))


async def _read(*, refresh: bool) -> _Map:
    settings = Settings()
    client = await open_client()
    reached = await organizations(settings)
    if not reached:
        raise CommandError(
            "The Buffer key reaches no organization: use a key of an account that is a "
            "member of one."
        )
    found = await asyncio.gather(
        *(read_directory(client, settings, one.id, refresh=refresh) for one in reached)
    )
    return _Map(tuple(found), _used(reached, settings))


def _used(reached: tuple[Organization, ...], settings: Settings) -> str | None:
    if settings.buffer_organization:
        return settings.buffer_organization
    return reached[0].id if len(reached) == 1 else None


def _row(channel: Channel) -> tuple[str, ...]:
    return (
        channel.platform.value,
        clean(channel.name),
        channel.id,
        channel.timezone,
        channel.unusable_because(Delivery()) or "ready",
    )


def _which(channel_map: _Map) -> str:
    """Say which organization campaigns use, or how to choose one."""
    for one in channel_map.found:
        if one.organization_id == channel_map.used:
            return f"Campaigns use {one.organization_name} ({one.organization_id})."
    choices = ", ".join(
        f"{one.organization_name} ({one.organization_id})" for one in channel_map.found
    )
    if channel_map.used:
        return (
            f"GALLEY_BUFFER_ORGANIZATION is {channel_map.used}, which this key does "
            f"not reach: set it to the id of one of {choices}."
        )
    return f"Set GALLEY_BUFFER_ORGANIZATION to the id of one of {choices}."


def _as_json(channel_map: _Map) -> dict[str, object]:
    return {
        "organizations": [
            {
                **one.model_dump(mode="json"),
                "is_used": one.organization_id == channel_map.used,
            }
            for one in channel_map.found
        ]
    }
