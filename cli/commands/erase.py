"""``erase``: a person's right to have removed what is kept."""

from datetime import UTC, datetime
from typing import Annotated

import typer

from cli.commands.options import Json, Name
from cli.process import run


def erase(
    name: Name,
    *,
    yes: Annotated[
        bool, typer.Option("--yes", help="Erase it; without it you see what would go.")
    ] = False,
    note: Annotated[
        str, typer.Option(metavar="TEXT", help="Why; it is kept in the tombstone, so name nobody.")
    ] = "",
    json: Json = False,
) -> None:
    """Erase the words and media that are kept of a campaign or post.

    Sources, transcripts, briefs, staged and public media, drafts and notes in records,
    lessons, words in receipts and notifications. What another campaign or post was made
    from stays, and so do claims and receipts, without words: nothing is posted twice
    afterwards. Refuses while anything of it goes on, waits in Buffer or is held.

    Example: uv run starter.py erase 3f2a --yes --note "asked for on 2 May"
    """
    from app.records.erasure import erase_named
    from cli.connections import connections, reviewer
    from cli.render.records import print_erasure
    from galley.models.records import Erasure

    opened, erasure = connections(), None
    if yes:
        by = reviewer(opened.settings)
        erasure = Erasure(at=datetime.now(UTC), by=by, note=note)
    print_erasure(run(erase_named(opened, name, erasure)), name, done=yes, json=json)
