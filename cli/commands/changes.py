"""The commands that change posts after their approval.

``reschedule``, ``retract``, ``move`` and ``redrive``.
"""

from datetime import UTC, datetime
from typing import Annotated

import typer

from app.review.changes import ChangeResult, Selection, change_selected, select
from cli.commands.options import Digest, Json, Name, NoWait
from cli.errors import CommandError, ExitCode, usage
from cli.input.words import TimeError, choice, local_zone_name, parse_start, parse_zone
from cli.phrases import LATER, local, many
from cli.process import connections, reviewer, run
from cli.terminal import say, show, show_json
from galley.models.channel import QueuePosition, ShareMode
from galley.models.review import ChangeKind, ChangeRequest
from galley.review.changes import ON_ITS_WAY
from galley.settings import Settings

_LONGEST_NOTE = 4000

ChangeNote = Annotated[
    str, typer.Option("--note", metavar="TEXT", help="The reason; it is kept with the change.")
]


def reschedule(
    name: Name,
    *,
    at: Annotated[
        str, typer.Option(metavar="WHEN", help="The new time: ISO 8601, 'tomorrow 9:00', 'in 2h'.")
    ] = "",
    timezone: Annotated[
        str,
        typer.Option(
            metavar="ZONE", help="Zone of --at, such as Europe/Berlin. Missing: this machine's."
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
    digest: Digest = "",
    no_wait: NoWait = False,
    json: Json = False,
) -> None:
    """Give an approved post, or those of a campaign, another time.

    Posts that Buffer already has are changed there.

    Example: galley reschedule 3f2a/linkedin --at "tomorrow 9:00"
    """
    due_at, share_mode = new_time(at=at, timezone=timezone, mode=mode)
    request = ChangeRequest(
        kind=ChangeKind.RESCHEDULE,
        by=_by(),
        note=note[:_LONGEST_NOTE],
        due_at=due_at,
        mode=share_mode,
        digest=digest,
    )
    _change(name, request, no_wait=no_wait, json=json)


def new_time(*, at: str, timezone: str, mode: str) -> tuple[datetime | None, ShareMode]:
    """Return the due time, or the place in the queue, that was typed.

    Raises:
        CommandError: Neither a time nor a mode was given, or one that cannot be understood.
    """
    if bool(at) == bool(mode):
        raise usage('Say when: --at "tomorrow 9:00", or --mode addToQueue.')
    if mode:
        places = [one for one in ShareMode if one is not ShareMode.CUSTOM_SCHEDULED]
        return None, choice(ShareMode, mode, "--mode", places)
    try:
        zone = parse_zone(timezone or local_zone_name())
        due_at = parse_start(at, datetime.now(UTC), zone).at.replace(microsecond=0)
    except TimeError as error:
        raise usage(str(error)) from None
    return due_at, ShareMode.CUSTOM_SCHEDULED


def retract(
    name: Name, *, note: ChangeNote = "", no_wait: NoWait = False, json: Json = False
) -> None:
    """Take approved posts back before they are published.

    Of a campaign, these are all that are on their way.

    Posts that Buffer has are deleted there. A published post stays: delete it on its
    network.

    Example: galley retract 3f2a/linkedin --note "the numbers changed"
    """
    request = ChangeRequest(kind=ChangeKind.RETRACT, by=_by(), note=note[:_LONGEST_NOTE])
    _change(name, request, no_wait=no_wait, json=json)


def move(
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

    Example: galley move 3f2a/x --top
    """
    if top == bottom:
        raise usage("Say where to: --top or --bottom.")
    position = QueuePosition.TOP if top else QueuePosition.BOTTOM
    request = ChangeRequest(
        kind=ChangeKind.MOVE, by=_by(), note=note[:_LONGEST_NOTE], position=position
    )
    _change(name, request, no_wait=no_wait, json=json)


def redrive(
    name: Name, *, note: ChangeNote = "", no_wait: NoWait = False, json: Json = False
) -> None:
    """Publish a post after all that Buffer could not publish, or lost.

    Buffer is read first: a post that is there is taken over, never created twice. Look
    at the channel before; `why` says what is known.

    Example: galley redrive 3f2a/linkedin
    """
    request = ChangeRequest(kind=ChangeKind.REDRIVE, by=_by(), note=note[:_LONGEST_NOTE])
    _change(name, request, no_wait=no_wait, json=json)


def _by() -> str:
    return reviewer(Settings())


def _change(name: str, request: ChangeRequest, *, no_wait: bool, json: bool) -> None:
    opened = connections()

    async def carry_out() -> list[ChangeResult]:
        selection = await select(opened, name, request.kind)
        if request.kind is ChangeKind.RETRACT:
            # Whoever takes a campaign back wants to know which posts that does not reach.
            _print_not_retracted(selection)
        return await change_selected(opened, selection, request, is_awaited=not no_wait)

    _print_changes(run(carry_out()), json=json)


def _print_not_retracted(selection: Selection) -> None:
    for post in selection.published:
        say(f"{post.workflow_id} is published: take it down on its network.")
    for post in selection.unapproved:
        say(f"{post.workflow_id} is not approved: to end it, reject it.")


def _print_changes(results: list[ChangeResult], *, json: bool) -> None:
    """Print the result of each change.

    Raises:
        CommandError: A post did not take it, or Buffer did not; exit code 1 or 3.
    """
    if json:
        show_json([one.model_dump(mode="json") for one in results])
    else:
        for one in results:
            show(_change_line(one))
    refused = [one for one in results if not one.ok]
    if refused:
        by_buffer = any(one.is_heard for one in refused)
        message = f"Nothing was changed: `galley why {results[0].workflow_id}` says more."
        if len(results) > 1:
            message = f"{len(refused)} of {many(len(results), 'post')} were not changed."
        raise CommandError(message, ExitCode.REFUSED if by_buffer else ExitCode.FAILED)


def _change_line(result: ChangeResult) -> str:
    name = result.workflow_id
    if not result.ok:
        return f"{name}: {result.error}"
    if not result.state:
        return f"{name}: {LATER}"
    due = f", due {local(result.due_at)}" if result.due_at else ""
    at = f"{name}: {result.state}{due if result.state in ON_ITS_WAY else ''}"
    if result.is_confirmed:
        return f"{at}\n  {result.notice}" if result.notice else at
    return f"{at}\n  Asked, and not confirmed yet; waiting for {result.notice or 'Buffer'}."
