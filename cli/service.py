"""``channels`` and ``doctor``."""

from typing import Annotated

import typer

from cli.options import Json


def channels(
    *,
    refresh: Annotated[
        bool,
        typer.Option(
            "--refresh", help="Ask Buffer now; else at most every 15 minutes."
        ),
    ] = False,
    json: Json = False,
) -> None:
    """List the channels connected in Buffer, and what each of them lacks.

    Of every organization that the key reaches. Example: uv run starter.py channels
    """
    from cli.channels import list_channels

    list_channels(json=json, refresh=refresh)


def doctor(*, json: Json = False) -> None:
    """Check Temporal, the worker, Buffer, Anthropic and the buckets.

    Says of each what is off and what to do. Example: uv run starter.py doctor
    """
    from cli.examination import examine_and_print

    examine_and_print(json=json)
