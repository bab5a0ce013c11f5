"""``erase``: a person's right to have removed what is kept."""

from typing import Annotated

import typer

from cli.commands.options import Json, Name


def erase(
    name: Name,
    *,
    yes: Annotated[
        bool, typer.Option("--yes", help="Erase it; without it you see what would go.")
    ] = False,
    note: Annotated[
        str,
        typer.Option(
            metavar="TEXT", help="Why; it is kept in the tombstone, so name nobody."
        ),
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
    from cli.keeping.erasing import erase_and_print

    erase_and_print(name, note, yes=yes, json=json)
