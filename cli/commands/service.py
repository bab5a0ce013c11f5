"""``channels`` and ``doctor``."""

from typing import Annotated

import typer

from cli.commands.options import Json


def channels(
    *,
    refresh: Annotated[
        bool, typer.Option("--refresh", help="Ask Buffer now; else at most every 15 minutes.")
    ] = False,
    json: Json = False,
) -> None:
    """List the channels in Buffer, and what each of them lacks.

    Of every organization that the key reaches.

    Example: uv run starter.py channels
    """
    from app.accounts.directory import read_channels
    from cli.connections import connections
    from cli.process import run
    from cli.render.accounts import print_channels

    print_channels(run(read_channels(connections(), refresh=refresh)), json=json)


def doctor(
    *,
    live: Annotated[
        bool,
        typer.Option(
            "--live", help="Check what is assumed about Buffer, with drafts that are deleted."
        ),
    ] = False,
    channel: Annotated[
        str | None,
        typer.Option(
            metavar="CHANNEL",
            help="With --live: where the drafts are made, by ID, name or network; "
            "needed unless there is one channel alone.",
        ),
    ] = None,
    yes: Annotated[
        bool, typer.Option("--yes", help="With --live: do not ask before writing.")
    ] = False,
    json: Json = False,
) -> None:
    """Check Temporal, the worker, Buffer, Anthropic and the buckets.

    Says of each what is off and what to do. With --live, checks on the account itself
    what Galley assumes about Buffer: with drafts alone, nothing is ever published.

    Example: uv run starter.py doctor --live --channel "My page"
    """
    if live:
        from cli.doctor.trial import try_and_print

        try_and_print(channel, yes=yes, json=json)
        return
    if channel is not None or yes:
        raise typer.BadParameter("--channel and --yes go with --live.")
    from app.health.examination import examine
    from cli.connections import connections
    from cli.process import run
    from cli.render.findings import print_findings

    print_findings(run(examine(connections())), json=json)
