"""``export``: an audit pack of a campaign."""

from pathlib import Path
from typing import Annotated

import typer

from cli.commands.options import Json


def export(
    campaign: Annotated[
        str,
        typer.Argument(
            metavar="CAMPAIGN", help="A campaign's ID, or the start of one."
        ),
    ] = "",
    *,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            help="The file. Missing: galley-<key>.zip, here.",
        ),
    ] = None,
    check: Annotated[
        Path | None,
        typer.Option(
            metavar="PACK", help="Export nothing: see whether this pack is whole."
        ),
    ] = None,
    json: Json = False,
) -> None:
    """Put all that is known of a campaign into an audit pack.

    A zip that proves itself: who approved which words when, every revision with its
    model, prompt and cost, decisions, media by their hashes, claims, receipts and what
    was told. From the histories while Temporal has them, and from the state bucket
    after that.

    Example: uv run starter.py export 3f2a -o audit.zip
    """
    from cli.keeping.exporting import check_and_print, export_and_print

    if check is not None:
        check_and_print(check, json=json)
    else:
        export_and_print(campaign, output, json=json)
