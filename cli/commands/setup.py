"""``setup``."""

from typing import Annotated

import typer

from cli.commands.options import Json


def setup(
    *,
    check: Annotated[bool, typer.Option("--check", help="Look only; change nothing.")] = False,
    json: Json = False,
) -> None:
    """Prepare a Temporal namespace, and say what is missing.

    Registers the search attributes that are not there, then looks at the retention
    and at the workers of each task queue. It may be run again at any time. Where the
    server lets nobody register, as Temporal Cloud does, it says the command that does.

    Example: uv run starter.py setup --check
    """
    from app.health.cluster import set_up
    from cli.connections import connections
    from cli.process import run
    from cli.render.findings import print_set_up

    print_set_up(run(set_up(connections(), check=check)), json=json)
