"""The commands that decide on drafts: ``approve``, ``reject``, ``regenerate`` and ``edit``."""

import sys
from typing import Annotated

import typer

from app.review.decisions import DecisionRequest, DecisionResult, Look, decide
from app.review.edits import EditRequest, edit_posts
from cli.commands.options import SHOWN, Alt, Digest, Json, Name, Note, Pick, Revision, TextFile
from cli.errors import CommandError, usage
from cli.input.attachments import media_request
from cli.input.draft_editor import edit_in_editor
from cli.input.words import edges_of
from cli.phrases import decision_line
from cli.process import connections, reviewer, run
from cli.proofs import proof
from cli.terminal import ask, say, show, show_json
from galley.models.post import PostView
from galley.models.review import DecisionKind


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
    that came since. A draft with a claim, a fact that no source states, is only
    approved by itself, not with its campaign.

    Example: galley approve 3f2a/linkedin --pick 2
    """
    request = DecisionRequest(DecisionKind.APPROVE, note, revision, pick, digest)
    _decide(name, request, json=json, look=look_of(name))


def look_of(name: str) -> Look:
    """Return what shows to a person what would be approved; on a terminal, it asks whether it is.

    ``name`` is what they call it: a post is called so in the lines that are shown of it.
    """

    async def look(views: list[PostView]) -> bool:
        called = name if len(views) == 1 and "/" in name else ""
        for view in views:
            say(proof(view, name=called, is_asked=sys.stdin.isatty()))
        if not views or not sys.stdin.isatty():
            return True
        what = "this" if len(views) == 1 else f"these {len(views)} posts"
        answer = await ask(f"Approve {what}? [y/N] ")
        return (answer or "").casefold() in {"y", "yes"}

    return look


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
    angle: Annotated[
        str,
        typer.Option(
            metavar="TEXT",
            help="What the next draft should make of the source: `show` names the angle of this "
            "draft, and those of drafts that were not taken.",
        ),
    ] = "",
    revision: Revision = None,
    json: Json = False,
) -> None:
    """Have a new draft written; it is reviewed again.

    Example: galley regenerate 3f2a/x --note "lead with the number"
    """
    if not (note or angle) and sys.stdin.isatty():
        note = run(ask("What should be better? (Enter: simply another one) > ")) or ""
    if angle:
        note = f"Tell it from this angle: {angle.strip()}.\n{note}".strip()
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
            metavar="FROM-TO",
            rich_help_panel=SHOWN,
            help="Move the edges of the clip, as in 1:02-1:40; the text stays.",
        ),
    ] = None,
    remake_media: Annotated[
        bool,
        typer.Option(
            "--remake-media",
            rich_help_panel=SHOWN,
            help="Make its media anew, as after a loss; the text stays.",
        ),
    ] = False,
    attach: Annotated[
        list[str] | None,
        typer.Option(
            metavar="FILE",
            rich_help_panel=SHOWN,
            help="Add a picture or film of your own, fitted to the network, without the place and "
            "time that a camera wrote into it; repeatable. A drawn card makes room for it.",
        ),
    ] = None,
    replace: Annotated[
        list[str] | None,
        typer.Option(
            metavar="FILE",
            rich_help_panel=SHOWN,
            help="Put your own in the place of all pictures and films, or as 2=FILE of number 2.",
        ),
    ] = None,
    remove: Annotated[
        list[str] | None,
        typer.Option(
            metavar="N",
            rich_help_panel=SHOWN,
            help="Take out picture N, as `show` counts them, or all.",
        ),
    ] = None,
    alt: Alt = None,
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

    Your own pictures and films take the place of drawn cards, and stay when you have the text
    written anew.

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
        media=media_request(attach or (), replace or (), remove or (), alt or ()),
        approve=approve,
    )
    _edit(name, request, json=json)


def _edit(name: str, request: EditRequest, *, json: bool) -> None:
    opened = connections()
    by = reviewer(opened.settings)
    results = run(edit_posts(opened, name, request, edit_in_editor, by=by, look=look_of(name)))
    if request.media and not json:
        _say_how_media_fit(results)
    _print_decisions(results, json=json)


def _say_how_media_fit(results: list[DecisionResult]) -> None:
    """Say what became of a person's own pictures and films on each network."""
    for view in (one.view for one in results if one.view):
        for told in (view.proposal or view).media_notes:
            say(f"{view.platform} · {told}")


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
