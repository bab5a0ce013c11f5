"""``list`` and ``show``."""

from typing import Annotated

import typer

from cli.options import Json, Name


def list_(
    *,
    state: Annotated[
        str, typer.Option(help="Only posts in this state, such as in_review.")
    ] = "",
    campaign: Annotated[str, typer.Option(help="Only posts of this campaign.")] = "",
    limit: Annotated[int, typer.Option(min=1, help="At most this many.")] = 200,
    json: Json = False,
) -> None:
    """List posts, latest first; works with no worker running.

    Example: uv run starter.py list --state in_review
    """
    from cli.listing import list_and_print

    list_and_print(state=state, campaign=campaign, limit=limit, json=json)


def show(name: Name, *, json: Json = False) -> None:
    """Show a post with its draft, or a campaign with its posts.

    Example: uv run starter.py show 3f2a/linkedin
    """
    from cli.listing import show_and_print

    show_and_print(name, json=json)
