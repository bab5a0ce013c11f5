"""``costs``."""

from typing import Annotated

import typer

from cli.commands.options import Json
from cli.process import run
from cli.terminal import show_json


def costs(
    name: Annotated[
        str,
        typer.Argument(metavar="CAMPAIGN", help="A campaign, for each of its posts. Missing: all."),
    ] = "",
    *,
    json: Json = False,
) -> None:
    """Show what drafts cost, and what is left of the ceilings.

    By campaign and by published post; of one campaign, by post. A call whose reply was
    lost counts with the most it can have cost.

    Example: uv run starter.py costs
    """
    from app.records.costs import all_costs, post_costs
    from cli.connections import connections
    from cli.render.costs import print_cost_rows, print_costs

    if name:
        rows = run(post_costs(connections(), name))
        if json:
            show_json([row.model_dump(mode="json") for row in rows])
        else:
            print_cost_rows("Post", rows)
        return
    report = run(all_costs(connections()))
    if json:
        show_json(report.model_dump(mode="json"))
    else:
        print_costs(report)
