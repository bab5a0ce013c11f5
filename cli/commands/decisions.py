"""``approve``, ``edit``, ``regenerate``, ``reject``."""

from typing import Annotated, Literal

import typer

from cli.commands.options import Json, Name, Note, Pick, Revision, TextFile
from cli.errors import usage


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
    from galley.models import DecisionKind

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
