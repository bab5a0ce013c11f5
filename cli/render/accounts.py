"""The channels of Buffer organizations, and what pauses of them reached, in words."""

from app.accounts.reached import PauseReport, Reach
from app.accounts.workflows import ChannelMap, scope_options, scope_words
from cli.render.proofs import clean, local
from cli.terminal import say, show, show_json, table
from galley.models.account import Pause
from galley.models.channel import Channel, Delivery

_REACHED_SHOWN = 50
_REACHED = {
    Reach.KEPT: "not in Buffer, waits here",
    Reach.PULLED_BACK: "out of Buffer until resumed",
    Reach.GOING_BACK: "being put back: Buffer is read first",
    Reach.IN_BUFFER: "in Buffer",
    Reach.PUT_BACK: "put back into Buffer",
    Reach.TOO_LATE: "too late: Buffer has published it",
    Reach.ENDED: "ended meanwhile, not published",
    Reach.UNDECIDED: "waits for a review, not for Buffer",
}


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
        f"{one.organization_name} ({one.organization_id})" for one in found.organizations
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
            {**one.model_dump(mode="json"), "is_used": one.organization_id == found.used}
            for one in found.organizations
        ]
    }


def print_paused(report: PauseReport, *, json: bool) -> None:
    """Print what a pause reached, and how to go on."""
    if json:
        show_json(report.model_dump(mode="json"))
        return
    options = scope_options(report.scope)
    show(f"Paused: {scope_words(report.scope)}.")
    _print_reached(report)
    if report.pull_back and report.of(Reach.IN_BUFFER):
        _say_when(report)
    elif report.of(Reach.IN_BUFFER):
        again = f"uv run starter.py pause{options} --pull-back"
        say(f"What is in Buffer goes out at its time; to take it out: {again}")
    say(f"To go on: uv run starter.py resume{options}")


def print_resumed(report: PauseReport, *, json: bool) -> None:
    """Print what a resume reached, and which pauses are left."""
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
    for pause in report.still_paused:
        say(pause_line(pause))


def _print_reached(report: PauseReport) -> None:
    """Print how many posts are where, and which."""
    for reach, words in _REACHED.items():
        if count := len(report.of(reach)):
            show(f"{count:5} {words}")
    order = list(_REACHED)
    posts = sorted(report.posts, key=lambda post: order.index(post.reach))
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


def _say_when(report: PauseReport) -> None:
    for wait in report.quota_waits:
        say(f"{wait}. The rest is done then.")


def pause_line(pause: Pause) -> str:
    """Return who paused what, and the command that ends it."""
    when = f" since {local(pause.at)}" if pause.at else ""
    note = f": {pause.note}" if pause.note else ""
    return clean(
        f"Paused: {scope_words(pause.scope)}, by {pause.by}{when}{note}. "
        f"To go on: uv run starter.py resume{scope_options(pause.scope)}"
    )
