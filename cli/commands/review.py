"""The commands that decide on drafts, and those that change posts after their approval.

``approve``, ``reject``, ``regenerate`` and ``edit``; ``reschedule``, ``retract``, ``move`` and
``redrive``.
"""

import sys
from datetime import UTC, datetime
from typing import Annotated

import typer

from app.review.changes import ChangeResult, Selection, change_selected, select
from app.review.decisions import DecisionRequest, DecisionResult, Look, decide
from app.review.edits import EditRequest, edit_posts
from cli.commands.options import Digest, Json, Name, Note, NoWait, Pick, Revision, TextFile
from cli.errors import CommandError, ExitCode, usage
from cli.input.draft_editor import edit_in_editor
from cli.input.words import TimeError, choice, edges_of, local_zone_name, parse_start, parse_zone
from cli.phrases import local, many
from cli.process import connections, reviewer, run
from cli.proofs import proof
from cli.terminal import ask, say, show, show_json
from galley.models.channel import QueuePosition, ShareMode
from galley.models.post import PostView
from galley.models.review import ChangeKind, ChangeRequest, DecisionKind
from galley.review.changes import ON_ITS_WAY
from galley.review.proof import proof_of
from galley.settings import Settings

_LONGEST_NOTE = 4000
_LATER = "sent; it takes effect when a worker runs."


def approve(
    name: Name,
    *,
    pick: Pick = None,
    note: Note = "",
    revision: Revision = None,
    digest: Digest = "",
    json: Json = False,
) -> None:
    """Let a post out, or every post of a campaign that is in review.

    Shows what would go out, and on a terminal asks. What it showed is approved, and nothing
    that came since. A draft with a claim, a fact that no source states, is only approved by its
    own name.

    Example: galley approve 3f2a/linkedin --pick 2
    """
    request = DecisionRequest(DecisionKind.APPROVE, note, revision, pick, digest)
    _decide(name, request, json=json, look=look)


async def look(views: list[PostView]) -> bool:
    """Show what would be approved; on a terminal, ask whether it is."""
    for view in views:
        say(proof(view, is_asked=sys.stdin.isatty()))
    if not views or not sys.stdin.isatty():
        return True
    what = "this" if len(views) == 1 else f"these {len(views)} posts"
    answer = await ask(f"Approve {what}? [y/N] ")
    return (answer or "").casefold() in {"y", "yes"}


def reject(
    name: Name,
    *,
    note: Note = "",
    revision: Revision = None,
    digest: Digest = "",
    json: Json = False,
) -> None:
    """Never publish a post, or all of a campaign that are in review.

    Example: galley reject 3f2a/tiktok --note "not for this audience"
    """
    _decide(name, DecisionRequest(DecisionKind.REJECT, note, revision, digest=digest), json=json)


def regenerate(
    name: Name,
    *,
    note: Annotated[
        str,
        typer.Option(
            metavar="TEXT",
            help="What the next draft should do better. Missing: asked for, on a terminal.",
        ),
    ] = "",
    revision: Revision = None,
    json: Json = False,
) -> None:
    """Have a new draft written; it is reviewed again.

    Example: galley regenerate 3f2a/x --note "lead with the number"
    """
    if not note and sys.stdin.isatty():
        note = run(ask("What should be better? (Enter: simply another one) > ")) or ""
    _decide(name, DecisionRequest(DecisionKind.REGENERATE, note, revision), json=json)


def _decide(name: str, request: DecisionRequest, *, json: bool, look: Look | None = None) -> None:
    opened = connections()
    by = reviewer(opened.settings)
    _print_decisions(run(decide(opened, name, request, by=by, look=look)), json=json)


def edit(  # noqa: PLR0913 -- the options of an edit
    name: Name,
    *,
    text: Annotated[
        list[str] | None,
        typer.Option(metavar="TEXT", help="The new text; repeat it for each item of a thread."),
    ] = None,
    file: TextFile = None,
    split: Annotated[
        bool, typer.Option("--split", help="Make a thread of a text that is too long for a post.")
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
            "--remake-media", help="Make its media anew, as after a loss; the text stays."
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

    Without a text, $EDITOR opens the draft.

    A scheduled post stays as it was approved until the change is approved: then it is
    changed in Buffer.

    Example: galley edit 3f2a/bluesky --text "A shorter one."
    """
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
    edits = edit_posts(opened, name, request, edit_in_editor, by=by, look=look)
    _print_decisions(run(edits), json=json)


def _print_decisions(results: list[DecisionResult], *, json: bool) -> None:
    """Print the result of each decision.

    Raises:
        CommandError: A decision was not taken.
    """
    if json:
        show_json([one.model_dump(mode="json") for one in results])
    else:
        for one in results:
            show(decision_line(one))
    refused = sum(not one.ok for one in results)
    if refused:
        counted = f"{refused} of {len(results)} decisions were" if len(results) > 1 else ""
        raise CommandError(f"{counted or 'The decision was'} not taken.")


def decision_line(result: DecisionResult) -> str:
    """Return who may expect what, and when: network, channel, and what comes next."""
    view, name = result.view, result.workflow_id
    if view is not None:
        name = f"{view.platform} · {view.channel_name}"
    if not result.ok:
        return f"{name}: {result.error}"
    if not result.state:
        return f"{name}: {_LATER}"
    more = "".join(f"\n  {problem}" for problem in result.problems)
    if result.is_proposal:
        more += (
            "\n  The approved draft stands until the change is approved: "
            f"galley approve {result.workflow_id}"
        )
    elif result.asked_of_buffer:
        more += "\n  Asked of Buffer, and not confirmed yet: `show` says how far it is."
    elif result.notice:
        more += f"\n  {result.notice}"
    return f"{name}: {_next_words(result)}{more}"


def _next_words(result: DecisionResult) -> str:
    """Return what a decision led to: approved, and when it goes out, or its state."""
    view = result.view
    if view is None or result.is_proposal or view.state not in ON_ITS_WAY:
        return f"{result.state}, revision {result.revision}"
    found, when = proof_of(view), "at once"
    if view.delivery.has_due_time and view.due_at and view.due_at > datetime.now(UTC):
        when = local(view.due_at)
    elif found is not None and not view.delivery.has_due_time:
        when = found.when
    return f"approved (revision {view.approved_revision or result.revision}), goes out {when}"


# After the approval

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
        return f"{name}: {_LATER}"
    due = f", due {local(result.due_at)}" if result.due_at else ""
    at = f"{name}: {result.state}{due if result.state in ON_ITS_WAY else ''}"
    if result.is_confirmed:
        return f"{at}\n  {result.notice}" if result.notice else at
    return f"{at}\n  Asked, and not confirmed yet; waiting for {result.notice or 'Buffer'}."
