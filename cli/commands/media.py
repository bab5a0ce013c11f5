"""``media``."""

from typing import Annotated

import typer

from cli.commands.options import Json
from cli.process import run

media = typer.Typer(name="media", no_args_is_help=True)


@media.callback()
def _media() -> None:
    """Delete media that no post needs any more."""


@media.command()
def gc(
    *,
    yes: Annotated[
        bool, typer.Option("--yes", help="Delete them; without it they are listed.")
    ] = False,
    json: Json = False,
) -> None:
    """List the media that no post can need any more; with --yes, delete them.

    Kept are those of every post that is not at its end, or was not
    GALLEY_MEDIA_KEEP_DAYS ago, of every run of clips alike, of every post that Buffer
    has and did not send, and all that are younger than two days. What is known of
    orders at a model goes with its post. If any of that cannot be found out, nothing is
    deleted.

    Example: uv run starter.py media gc --yes
    """
    from app.records.media_collection import collect_media
    from cli.connections import connections
    from cli.render.records import print_collection

    found = run(collect_media(connections(), delete=yes))
    print_collection(found, deleted=yes, json=json)
