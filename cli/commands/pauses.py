"""``pause`` and ``resume``."""

from typing import Annotated

import typer

from cli.commands.options import Json, NoWait

PausedPlatform = Annotated[
    str,
    typer.Option("--platform", metavar="NETWORK", help="Only posts on this network."),
]
PausedChannel = Annotated[
    str,
    typer.Option(
        "--channel",
        metavar="CHANNEL",
        help="Only posts on this channel, by ID or name.",
    ),
]
PausedCampaign = Annotated[
    str,
    typer.Option("--campaign", metavar="CAMPAIGN", help="Only posts of this campaign."),
]


def pause(  # noqa: PLR0913 -- the options of a scope
    *,
    platform: PausedPlatform = "",
    channel: PausedChannel = "",
    campaign: PausedCampaign = "",
    pull_back: Annotated[
        bool,
        typer.Option(
            "--pull-back",
            help="Also take out of Buffer what waits there; resume puts it back.",
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
    from cli.deciding.pausing import Asked, pause_and_print

    asked = Asked(platform=platform, channel=channel, campaign=campaign)
    pause_and_print(
        asked, pull_back=pull_back, note=note, is_awaited=not no_wait, json=json
    )


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
    from cli.deciding.pausing import Asked, resume_and_print

    asked = Asked(platform=platform, channel=channel, campaign=campaign)
    resume_and_print(asked, is_awaited=not no_wait, json=json)
