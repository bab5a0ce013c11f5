"""``pause`` and ``resume``."""

from typing import TYPE_CHECKING, Annotated

import typer

from cli.commands.options import Json, NoWait
from cli.errors import usage

if TYPE_CHECKING:
    from app.accounts.pauses import ScopeRequest

PausedPlatform = Annotated[
    str, typer.Option("--platform", metavar="NETWORK", help="Only posts on this network.")
]
PausedChannel = Annotated[
    str,
    typer.Option("--channel", metavar="CHANNEL", help="Only posts on this channel, by ID or name."),
]
PausedCampaign = Annotated[
    str, typer.Option("--campaign", metavar="CAMPAIGN", help="Only posts of this campaign.")
]


def pause(  # noqa: PLR0913 -- the options of a scope
    *,
    platform: PausedPlatform = "",
    channel: PausedChannel = "",
    campaign: PausedCampaign = "",
    pull_back: Annotated[
        bool,
        typer.Option(
            "--pull-back", help="Also take out of Buffer what waits there; resume puts it back."
        ),
    ] = False,
    note: Annotated[str, typer.Option(metavar="TEXT", help="Why; it is kept.")] = "",
    no_wait: NoWait = False,
    json: Json = False,
) -> None:
    """Stop posts before they reach Buffer: all, or only some.

    Several options mean the posts that all of them agree on.

    Takes effect within a second, and stays until resume, through restarts too. What
    Buffer has already goes out at its time, unless it is pulled back.

    Example: uv run starter.py pause --pull-back --note "wrong price"
    """
    from app.accounts.pauses import pause as paused
    from cli.connections import connections, reviewer
    from cli.process import run
    from cli.render.accounts import print_paused

    request = _request(platform, channel, campaign)
    reached = connections()
    report = run(
        paused(
            reached,
            request,
            by=reviewer(reached.settings),
            note=note,
            pull_back=pull_back,
            is_awaited=not no_wait,
        )
    )
    print_paused(report, json=json)


def resume(
    *,
    platform: PausedPlatform = "",
    channel: PausedChannel = "",
    campaign: PausedCampaign = "",
    no_wait: NoWait = False,
    json: Json = False,
) -> None:
    """End a pause; what was pulled back is put back, once.

    The options are those that the pause was made with.

    Example: uv run starter.py resume
    """
    from app.accounts.pauses import NoSuchPauseError
    from app.accounts.pauses import resume as resumed
    from cli.connections import connections, reviewer
    from cli.process import run
    from cli.render.accounts import pause_line, print_resumed

    request = _request(platform, channel, campaign)
    reached = connections()
    by = reviewer(reached.settings)
    try:
        report = run(resumed(reached, request, by=by, is_awaited=not no_wait))
    except NoSuchPauseError as error:
        lines = "\n".join(pause_line(one) for one in error.in_force)
        raise usage(f"{error} In force:\n{lines}") from None
    print_resumed(report, json=json)


def _request(platform: str, channel: str, campaign: str) -> "ScopeRequest":
    """Return which posts are meant; a network that is none is told at once."""
    from app.accounts.pauses import ScopeRequest
    from cli.input.words import network_named

    network = network_named(platform) if platform else None
    return ScopeRequest(platform=network, channel=channel, campaign=campaign)
