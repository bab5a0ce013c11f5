"""``reschedule``, ``retract``, ``move``, ``redrive``."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from cli.commands.options import Json, Name, NoWait
from cli.errors import usage

if TYPE_CHECKING:
    from app.review.changes import ChangeResult
    from galley.models import ChangeRequest, ShareMode

_LONGEST_NOTE = 4000

ChangeNote = Annotated[str, typer.Option("--note", metavar="TEXT", help="Why; it is kept.")]


def reschedule(  # noqa: PLR0913 -- the options of a time
    name: Name,
    *,
    at: Annotated[
        str, typer.Option(metavar="WHEN", help="The new time: ISO 8601, 'tomorrow 9:00', 'in 2h'.")
    ] = "",
    timezone: Annotated[
        str, typer.Option(metavar="ZONE", help="Of --at, such as Europe/Berlin. Missing: here.")
    ] = "",
    mode: Annotated[
        str,
        typer.Option(
            metavar="MODE",
            help="Instead of a time: addToQueue (the next free slot), shareNext (the "
            "front of the queue) or shareNow.",
        ),
    ] = "",
    note: ChangeNote = "",
    no_wait: NoWait = False,
    json: Json = False,
) -> None:
    """Give an approved post, or those of a campaign, another time.

    What Buffer has already is changed there.

    Example: uv run starter.py reschedule 3f2a/linkedin --at "tomorrow 9:00"
    """
    from galley.models import ChangeKind, ChangeRequest

    due_at, share_mode = new_time(at=at, timezone=timezone, mode=mode)
    request = ChangeRequest(
        kind=ChangeKind.RESCHEDULE,
        by=_by(),
        note=note[:_LONGEST_NOTE],
        due_at=due_at,
        mode=share_mode,
    )
    _change(name, request, no_wait=no_wait, json=json)


def new_time(*, at: str, timezone: str, mode: str) -> "tuple[datetime | None, ShareMode]":
    """Return the due time, or the place in the queue, that was typed.

    Raises:
        CommandError: Neither a time nor a mode was given, or one that is none.
    """
    from cli.input.times import TimeError, local_zone_name, parse_when, parse_zone
    from galley.models import ShareMode

    if bool(at) == bool(mode):
        raise usage('Say when: --at "tomorrow 9:00", or --mode addToQueue.')
    if mode:
        places = [one for one in ShareMode if one is not ShareMode.CUSTOM_SCHEDULED]
        for place in places:
            if place.casefold() == mode.casefold():
                return None, place
        raise usage(f"--mode is one of {', '.join(places)}, not {mode!r}.")
    try:
        zone = parse_zone(timezone or local_zone_name())
        due_at = parse_when(at, datetime.now(UTC), zone).replace(microsecond=0)
    except TimeError as error:
        raise usage(str(error)) from None
    return due_at, ShareMode.CUSTOM_SCHEDULED


def retract(
    name: Name, *, note: ChangeNote = "", no_wait: NoWait = False, json: Json = False
) -> None:
    """Take approved posts back before they are published.

    Of a campaign, these are all that are on their way.

    What Buffer has is deleted there. A published post stays: delete it on its network.

    Example: uv run starter.py retract 3f2a/linkedin --note "the numbers changed"
    """
    from galley.models import ChangeKind, ChangeRequest

    request = ChangeRequest(kind=ChangeKind.RETRACT, by=_by(), note=note[:_LONGEST_NOTE])
    _change(name, request, no_wait=no_wait, json=json)


def move(  # noqa: PLR0913 -- the options of a place
    name: Name,
    *,
    top: Annotated[
        bool, typer.Option("--top", help="To the front of its channel's queue.")
    ] = False,
    bottom: Annotated[
        bool, typer.Option("--bottom", help="To the end of its channel's queue.")
    ] = False,
    note: ChangeNote = "",
    no_wait: NoWait = False,
    json: Json = False,
) -> None:
    """Move a scheduled post to the front or end of Buffer's queue.

    Example: uv run starter.py move 3f2a/x --top
    """
    if top == bottom:
        raise usage("Say where to: --top or --bottom.")
    from galley.models import ChangeKind, ChangeRequest, QueuePosition

    request = ChangeRequest(
        kind=ChangeKind.MOVE,
        by=_by(),
        note=note[:_LONGEST_NOTE],
        position=QueuePosition.TOP if top else QueuePosition.BOTTOM,
    )
    _change(name, request, no_wait=no_wait, json=json)


def redrive(
    name: Name, *, note: ChangeNote = "", no_wait: NoWait = False, json: Json = False
) -> None:
    """Publish after all what Buffer could not publish, or lost.

    Buffer is read first: what is there is taken over, never created twice. Look at
    the channel before: `why` says what is known.

    Example: uv run starter.py redrive 3f2a/linkedin
    """
    from galley.models import ChangeKind, ChangeRequest

    request = ChangeRequest(kind=ChangeKind.REDRIVE, by=_by(), note=note[:_LONGEST_NOTE])
    _change(name, request, no_wait=no_wait, json=json)


def _by() -> str:
    from cli.connections import reviewer
    from galley.settings import Settings

    return reviewer(Settings())


def _change(name: str, request: "ChangeRequest", *, no_wait: bool, json: bool) -> None:
    from cli.process import run
    from cli.render.review import print_changes

    results = run(_carried_out(name, request, is_awaited=not no_wait))
    print_changes(results, json=json)


async def _carried_out(
    name: str, request: "ChangeRequest", *, is_awaited: bool
) -> "list[ChangeResult]":
    from app.review.changes import change_selected, select
    from cli.connections import connections
    from cli.render.review import print_not_retracted
    from galley.models import ChangeKind

    opened = connections()
    selection = await select(opened, name, request.kind)
    if request.kind is ChangeKind.RETRACT:
        # Whoever takes a campaign back wants to know what that does not reach.
        print_not_retracted(selection)
    return await change_selected(opened, selection, request, is_awaited=is_awaited)
