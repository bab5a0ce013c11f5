"""``costs``."""

from typing import Annotated

import typer

from cli.commands.options import Json


def costs(
    name: Annotated[
        str,
        typer.Argument(
            metavar="CAMPAIGN",
            help="A campaign, for each of its posts. Missing: all.",
        ),
    ] = "",
    *,
    json: Json = False,
) -> None:
    """Show what drafts cost, and what is left of the ceilings.

    By campaign and by published post; of one campaign, by post. A call whose reply was
    lost counts with the most it can have cost.

    Example: uv run starter.py costs
    """
    from cli.reading.spending import all_and_print, one_and_print

    if name:
        one_and_print(name, json=json)
    else:
        all_and_print(json=json)
