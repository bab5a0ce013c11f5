"""The commands ``channels``, ``pause`` and ``resume``: Buffer's channels, and the kill switch."""

import sys
from typing import Annotated

import typer

from app.accounts.pauses import NoSuchPauseError, PauseReport, Reach, ScopeRequest
from app.accounts.pauses import pause as pause_posts
from app.accounts.pauses import resume as resume_posts
from app.accounts.workflows import ChannelMap, read_channels, scope_words
from cli.commands.options import Json, NoWait
from cli.errors import scope_options, usage
from cli.input.words import network_named
from cli.phrases import local, pause_line
from cli.process import connections, reviewer, run
from cli.terminal import Coloured, list_rows, say, show, show_json, table
from galley.models.channel import Delivery

_REACHED_SHOWN = 50
_REACHED = {
    Reach.KEPT: "not in Buffer, kept by Galley",
    Reach.PULLED_BACK: "out of Buffer until resumed",
    Reach.GOING_BACK: "on the way back: Buffer is read first",
    Reach.IN_BUFFER: "in Buffer",
    Reach.PUT_BACK: "put back into Buffer",
    Reach.TOO_LATE: "too late: Buffer has published it",
    Reach.ENDED: "ended meanwhile, not published",
    Reach.UNDECIDED: "waiting for review, not for Buffer",
}
"""Where a post is after a pause or a resume, in the order of the table."""


def channels(
    *,
    refresh: Annotated[
        bool, typer.Option("--refresh", help="Ask Buffer now; else at most every 15 minutes.")
    ] = False,
    wide: Annotated[bool, typer.Option("--wide", help="Also IDs and organizations.")] = False,
    json: Json = False,
) -> None:
    """List the channels in Buffer, and what each of them lacks.

    Covers every organization that the key reaches.

    Example: galley channels
    """
    found = run(read_channels(connections(), refresh=refresh))
    if json:
        organizations = [
            {**one.model_dump(mode="json"), "is_used": one.organization_id == found.used}
            for one in found.organizations
        ]
        show_json({"organizations": organizations})
        return
    _print_channels(found, is_wide=wide or not sys.stdout.isatty())
    for one in found.organizations:
        for name in one.unsupported:
            say(f"Galley does not write for: {name}")
        say(f"{one.organization_name}, as of {local(one.fetched_at)}")
    if found.media_hindrance:
        say(f"{found.media_hindrance} Until then, only posts without media go out.")
    if len(found.organizations) > 1:
        say(_used_organization(found))


def _print_channels(found: ChannelMap, *, is_wide: bool) -> None:
    """Print a line for each channel, with its organization where there are several."""
    has_several = len(found.organizations) > 1
    rows = [
        (one, channel, channel.unusable_because(Delivery()) or "ready")
        for one in found.organizations
        for channel in one.channels
    ]
    if is_wide:
        # The column of organizations is left out where there is only one.
        first = 0 if has_several else 1
        columns = ("Organization", "Network", "Channel", "ID", "Time zone", "State")[first:]
        table(
            columns,
            [
                (
                    *(org.organization_name, one.platform.value, one.name),
                    *(one.id, one.timezone, state),
                )[first:]
                for org, one, state in rows
            ],
        )
    else:
        list_rows(
            ("Network", "Channel", "State"),
            [
                (
                    one.platform.value,
                    f"{one.name} of {org.organization_name}" if has_several else one.name,
                    Coloured(state, "green" if state == "ready" else "yellow"),
                )
                for org, one, state in rows
            ],
        )


def _used_organization(found: ChannelMap) -> str:
    """Return which organization campaigns use, or how to choose one."""
    names = {one.organization_id: one.organization_name for one in found.organizations}
    if found.used in names:
        return f"Campaigns use {names[found.used]} ({found.used})."
    choices = ", ".join(f"{name} ({key})" for key, name in names.items())
    if found.used:
        return (
            f"GALLEY_BUFFER_ORGANIZATION is {found.used}, which this key does "
            f"not reach: set it to the id of one of {choices}."
        )
    return f"Set GALLEY_BUFFER_ORGANIZATION to the id of one of {choices}."


PausedPlatform = Annotated[
    str,
    typer.Option("--platform", "--network", metavar="NETWORK", help="Only posts on this network."),
]
PausedChannel = Annotated[
    str,
    typer.Option("--channel", metavar="CHANNEL", help="Only posts on this channel, by ID or name."),
]
PausedCampaign = Annotated[
    str, typer.Option("--campaign", metavar="CAMPAIGN", help="Only posts of this campaign.")
]


def pause(
    *,
    platform: PausedPlatform = "",
    channel: PausedChannel = "",
    campaign: PausedCampaign = "",
    pull_back: Annotated[
        bool,
        typer.Option(
            "--pull-back",
            help="Also take posts out of Buffer that wait there; resume puts them back.",
        ),
    ] = False,
    note: Annotated[str, typer.Option(metavar="TEXT", help="The reason; it is kept.")] = "",
    no_wait: NoWait = False,
    json: Json = False,
) -> None:
    """Stop posts before they reach Buffer: all, or only some.

    Several options together mean the posts that match all of them.

    Takes effect within a second and lasts until resume, even through restarts. Posts
    that Buffer already has go out at their time, unless they are pulled back.

    Example: galley pause --pull-back --note "wrong price"
    """
    request = _scope(platform, channel, campaign)
    opened = connections()
    paused = pause_posts(
        opened,
        request,
        by=reviewer(opened.settings),
        note=note,
        pull_back=pull_back,
        is_awaited=not no_wait,
    )
    report = run(paused)
    if json:
        show_json(report.model_dump(mode="json"))
        return
    options = scope_options(report.scope)
    show(f"Paused: {scope_words(report.scope)}.")
    _print_reached(report)
    if report.pull_back and report.of(Reach.IN_BUFFER):
        _say_when(report)
    elif report.of(Reach.IN_BUFFER):
        again = f"galley pause{options} --pull-back"
        say(f"Posts in Buffer go out at their time; to take them out: {again}")
    say(f"To go on: galley resume{options}")


def resume(
    *,
    platform: PausedPlatform = "",
    channel: PausedChannel = "",
    campaign: PausedCampaign = "",
    no_wait: NoWait = False,
    json: Json = False,
) -> None:
    """End a pause; posts that were pulled back are put back, once.

    Give the same options as to the pause.

    Example: galley resume
    """
    request = _scope(platform, channel, campaign)
    opened = connections()
    by = reviewer(opened.settings)
    try:
        report = run(resume_posts(opened, request, by=by, is_awaited=not no_wait))
    except NoSuchPauseError as error:
        lines = "\n".join(pause_line(one) for one in error.in_force)
        raise usage(f"{error} In force:\n{lines}") from None
    if not report.is_new:
        say("Nothing was paused, so there was nothing to resume.")
    if json:
        show_json(report.model_dump(mode="json"))
        return
    if report.is_new:
        show(f"Resumed: {scope_words(report.scope)}.")
    _print_reached(report)
    if report.of(Reach.GOING_BACK):
        _say_when(report)
    for left in report.still_paused:
        say(pause_line(left))


def _scope(platform: str, channel: str, campaign: str) -> ScopeRequest:
    network = network_named(platform) if platform else None
    return ScopeRequest(platform=network, channel=channel, campaign=campaign)


def _print_reached(report: PauseReport) -> None:
    """Print how many posts are where, then the posts themselves."""
    for reach, words in _REACHED.items():
        if count := len(report.of(reach)):
            show(f"{count:5} {words}")
    order = list(_REACHED)
    posts = sorted(report.posts, key=lambda post: order.index(post.reach))
    # Nothing happens to a post that nobody has approved yet.
    known = [post for post in posts if post.reach is not Reach.UNDECIDED]
    if known:
        rows = [
            (p.platform, _REACHED[p.reach], local(p.due_at), p.workflow_id)
            for p in known[:_REACHED_SHOWN]
        ]
        table(("Network", "Where", "Due", "ID"), rows)
    if len(known) > _REACHED_SHOWN:
        show(f"… and {len(known) - _REACHED_SHOWN} more: --json shows all.")
    if not report.is_heard:
        say("No worker answers: it takes effect when one runs, before any call to Buffer.")
    if not report.is_kept:
        say(
            "The state bucket does not answer: the pause is in force, and would be forgotten if "
            "the account's run were terminated now. Galley goes on trying to keep it."
        )


def _say_when(report: PauseReport) -> None:
    for wait in report.quota_waits:
        say(f"{wait}. The rest is done then.")
