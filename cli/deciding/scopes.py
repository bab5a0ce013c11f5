"""What a pause is about, from the words a person typed."""

import re
from dataclasses import dataclass

from temporalio.client import Client

from app.posts.directory import PostRow
from app.posts.names import find_named, resolve
from cli.terminal.failures import usage
from cli.terminal.networks import network_named
from galley.models import Channel, PauseScope, Platform
from galley.settings import Settings

_CHANNEL_ID = re.compile(r"[0-9a-f]{24}")


@dataclass(frozen=True)
class Asked:
    """The options as typed; an empty one is left out."""

    platform: str = ""
    channel: str = ""
    campaign: str = ""


def checked(asked: Asked) -> Platform | None:
    """Return the network that was named, before anybody is asked anything.

    Raises:
        CommandError: There is no such network.
    """
    return network_named(asked.platform) if asked.platform else None


async def scope_of(client: Client, asked: Asked, settings: Settings) -> PauseScope:
    """Return the scope that was meant.

    Raises:
        CommandError: There is no such channel or campaign, or more than one.
    """
    platform = checked(asked)
    return PauseScope(
        platform=platform,
        channel_id=await _channel(client, asked.channel, platform, settings),
        campaign_key=await _campaign(client, asked.campaign),
    )


async def _channel(
    client: Client, name: str, platform: Platform | None, settings: Settings
) -> str | None:
    """An ID is taken at its word: a kill switch must not depend on Buffer."""
    if not name or _CHANNEL_ID.fullmatch(name):
        return name or None
    from app.accounts.directory import read_directory

    known = (await read_directory(client, settings)).channels
    there = tuple(c for c in known if platform in {None, c.platform})
    return channel_named(name, there).id


def channel_named(name: str, known: tuple[Channel, ...]) -> Channel:
    """Return the channel with this name or ID.

    Raises:
        CommandError: None has it, or several have.
    """
    wanted = name.strip().casefold()
    found = [c for c in known if wanted in {c.id, c.name.casefold()}]
    if len(found) == 1:
        return found[0]
    some = found or known
    shown = ", ".join(f"{c.platform} {c.name} ({c.id})" for c in some)
    why = f"is the name of {len(found)} channels" if found else "is no channel"
    raise usage(f"{name!r} {why}: add --platform, or write the ID of one of {shown}.")


async def _campaign(client: Client, name: str) -> str | None:
    if not name:
        return None
    target = resolve(name, *await find_named(client, name))
    if target.campaign is None:
        raise usage(f"{name!r} is a post: name its campaign.")
    return target.campaign.workflow_id.removeprefix("campaign:")


def covers(scope: PauseScope, row: PostRow) -> bool:
    """Return whether a listed post is one that the scope is about."""
    return (
        scope.platform in {None, row.platform}
        and scope.channel_id in {None, row.channel_id}
        and scope.campaign_key in {None, row.campaign_id.removeprefix("campaign:")}
    )
