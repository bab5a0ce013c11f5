"""The channels of Buffer organizations, as ``channels`` prints them."""

from app.accounts.directory import ChannelMap
from cli.terminal.output import say, show_json, table
from cli.terminal.proofs import clean, local
from galley.models import Channel, Delivery


def print_channels(found: ChannelMap, *, json: bool) -> None:
    """Print every channel, and which organization campaigns use."""
    if json:
        show_json(_as_json(found))
        return
    columns = ("Network", "Channel", "ID", "Time zone", "State")
    is_plural = len(found.organizations) > 1
    first = 0 if is_plural else 1
    rows = [
        (clean(one.organization_name), *_row(channel))[first:]
        for one in found.organizations
        for channel in one.channels
    ]
    table(("Organization", *columns)[first:], rows)
    for one in found.organizations:
        for name in one.unsupported:
            say(clean(f"Not written for: {name}"))
        say(clean(f"{one.organization_name}, as of {local(one.fetched_at)}"))
    if is_plural:
        say(clean(_which(found)))


def _row(channel: Channel) -> tuple[str, ...]:
    return (
        channel.platform.value,
        clean(channel.name),
        channel.id,
        channel.timezone,
        channel.unusable_because(Delivery()) or "ready",
    )


def _which(found: ChannelMap) -> str:
    """Return which organization campaigns use, or how to choose one."""
    for one in found.organizations:
        if one.organization_id == found.used:
            return f"Campaigns use {one.organization_name} ({one.organization_id})."
    choices = ", ".join(
        f"{one.organization_name} ({one.organization_id})"
        for one in found.organizations
    )
    if found.used:
        return (
            f"GALLEY_BUFFER_ORGANIZATION is {found.used}, which this key does "
            f"not reach: set it to the id of one of {choices}."
        )
    return f"Set GALLEY_BUFFER_ORGANIZATION to the id of one of {choices}."


def _as_json(found: ChannelMap) -> dict[str, object]:
    return {
        "organizations": [
            {
                **one.model_dump(mode="json"),
                "is_used": one.organization_id == found.used,
            }
            for one in found.organizations
        ]
    }
