"""Decisions about drafts, and changes of what was approved."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from cli.commands.options import Json, Name, Note, NoWait, Pick, Revision, TextFile
from cli.errors import usage

if TYPE_CHECKING:
    from app.review.changes import ChangeResult
    from galley.models.channel import ShareMode
    from galley.models.review import ChangeRequest

_LONGEST_NOTE = 4000


def approve(
    name: Name, *, pick: Pick = None, note: Note = "", revision: Revision = None, json: Json = False
) -> None:
    """Let a post out, or every post of a campaign that is in review.

    A draft with a claim, which nobody gave, is only approved by its own name.

    Example: uv run starter.py approve 3f2a/linkedin --pick 2
    """
    _decide("approve", name, note, revision, pick=pick, json=json)


def reject(name: Name, *, note: Note = "", revision: Revision = None, json: Json = False) -> None:
    """Never publish a post, or all of a campaign that are in review.

    Example: uv run starter.py reject 3f2a/tiktok --note "not for this audience"
    """
    _decide("reject", name, note, revision, json=json)


def regenerate(
    name: Name,
    *,
    note: Annotated[
        str, typer.Option(metavar="TEXT", help="What the next draft should do better.")
    ],
    revision: Revision = None,
    json: Json = False,
) -> None:
    """Have a new draft written; it is reviewed again.

    Example: uv run starter.py regenerate 3f2a/x --note "lead with the number"
    """
    if not note.strip():
        raise usage("Say what the next draft should do better: --note 'shorter'.")
    _decide("regenerate", name, note, revision, json=json)


def _decide(  # noqa: PLR0913 -- the options of a decision
    kind: Literal["approve", "reject", "regenerate"],
    name: str,
    note: str,
    revision: int | None,
    *,
    pick: int | None = None,
    json: bool,
) -> None:
    from app.review.decisions import DecisionRequest, decide
    from cli.connections import connections, reviewer
    from cli.process import run
    from cli.render.review import print_decisions
    from galley.models.review import DecisionKind

    request = DecisionRequest(DecisionKind(kind), note, revision, pick)
    opened = connections()
    by = reviewer(opened.settings)
    print_decisions(run(decide(opened, name, request, by=by)), json=json)


def edit(  # noqa: PLR0913 -- the options of an edit
    name: Name,
    *,
    text: Annotated[
        list[str] | None,
        typer.Option(metavar="TEXT", help="The new text; repeat it for each item of a thread."),
    ] = None,
    file: TextFile = None,
    split: Annotated[
        bool, typer.Option("--split", help="Make a thread of what is too long for a post.")
    ] = False,
    clip: Annotated[
        str | None,
        typer.Option(
            metavar="FROM-TO", help="Move the edges of the clip, as in 1:02-1:40; the text stays."
        ),
    ] = None,
    remake_media: Annotated[
        bool,
        typer.Option(
            "--remake-media", help="Have its media made anew, as after a loss; the words stay."
        ),
    ] = False,
    pick: Pick = None,
    note: Note = "",
    approve: Annotated[
        bool, typer.Option("--approve", help="Approve the result too, if it fits.")
    ] = False,
    json: Json = False,
) -> None:
    """Change a draft; it is reviewed again.

    The editor is $EDITOR, unless the text is given.

    Of a post that is scheduled, what was approved before stands until the change is
    approved: then it is changed in Buffer.

    Example: uv run starter.py edit 3f2a/bluesky --text "A shorter one."
    """
    from app.review.edits import EditRequest, edit_posts
    from cli.connections import connections, reviewer
    from cli.input.draft_editor import edit_in_editor
    from cli.input.words import edges_of
    from cli.process import run
    from cli.render.review import print_decisions

    if text and file:
        raise usage("Give the text once: --text or --file, not both.")
    request = EditRequest(
        items=(file.read_text().strip(),) if file else tuple(text or ()),
        note=note,
        pick=pick,
        split=split,
        clip=edges_of(clip) if clip else None,
        remake_media=remake_media,
        approve=approve,
    )
    opened = connections()
    by = reviewer(opened.settings)
    results = run(edit_posts(opened, name, request, edit_in_editor, by=by))
    print_decisions(results, json=json)


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
    from galley.models.review import ChangeKind, ChangeRequest

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
    from cli.input.words import TimeError, local_zone_name, parse_when, parse_zone
    from galley.models.channel import ShareMode

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
    from galley.models.review import ChangeKind, ChangeRequest

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
    from galley.models.channel import QueuePosition
    from galley.models.review import ChangeKind, ChangeRequest

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
    from galley.models.review import ChangeKind, ChangeRequest

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
    from galley.models.review import ChangeKind

    opened = connections()
    selection = await select(opened, name, request.kind)
    if request.kind is ChangeKind.RETRACT:
        # Whoever takes a campaign back wants to know what that does not reach.
        print_not_retracted(selection)
    return await change_selected(opened, selection, request, is_awaited=is_awaited)
