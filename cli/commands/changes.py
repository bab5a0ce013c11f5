"""``reschedule``, ``retract``, ``move``, ``redrive``."""

from typing import Annotated

import typer

from cli.commands.options import Json, Name, NoWait
from cli.terminal.failures import usage

ChangeNote = Annotated[
    str, typer.Option("--note", metavar="TEXT", help="Why; it is kept.")
]


def reschedule(  # noqa: PLR0913 -- the options of a time
    name: Name,
    *,
    at: Annotated[
        str,
        typer.Option(
            metavar="WHEN", help="The new time: ISO 8601, 'tomorrow 9:00', 'in 2h'."
        ),
    ] = "",
    timezone: Annotated[
        str,
        typer.Option(
            metavar="ZONE", help="Of --at, such as Europe/Berlin. Missing: here."
        ),
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
    from cli.deciding.wished import change_and_print, rescheduled

    wish = rescheduled(at=at, timezone=timezone, mode=mode, note=note)
    change_and_print(name, wish, is_awaited=not no_wait, json=json)


def retract(
    name: Name, *, note: ChangeNote = "", no_wait: NoWait = False, json: Json = False
) -> None:
    """Take approved posts back before they are published.

    Of a campaign, these are all that are on their way.

    What Buffer has is deleted there. A published post stays: delete it on its network.

    Example: uv run starter.py retract 3f2a/linkedin --note "the numbers changed"
    """
    from cli.deciding.wished import change_and_print, retracted

    change_and_print(name, retracted(note), is_awaited=not no_wait, json=json)


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
    from cli.deciding.wished import change_and_print, moved

    change_and_print(name, moved(top, note), is_awaited=not no_wait, json=json)


def redrive(
    name: Name, *, note: ChangeNote = "", no_wait: NoWait = False, json: Json = False
) -> None:
    """Publish after all what Buffer could not publish, or lost.

    Buffer is read first: what is there is taken over, never created twice. Look at
    the channel before: `why` says what is known.

    Example: uv run starter.py redrive 3f2a/linkedin
    """
    from cli.deciding.wished import change_and_print, redriven

    change_and_print(name, redriven(note), is_awaited=not no_wait, json=json)
