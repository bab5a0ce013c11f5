"""``list`` and ``show``."""

from typing import Annotated

import typer

from cli.commands.options import Json, Name
from cli.process import run


def list_(
    *,
    state: Annotated[
        str, typer.Option(metavar="STATE", help="Only posts in this state, such as in_review.")
    ] = "",
    campaign: Annotated[
        str, typer.Option(metavar="CAMPAIGN", help="Only posts of this campaign.")
    ] = "",
    needs_me: Annotated[
        bool, typer.Option("--needs-me", help="Only posts that wait for a person.")
    ] = False,
    limit: Annotated[int, typer.Option(min=1, metavar="N", help="At most this many.")] = 200,
    json: Json = False,
) -> None:
    """List posts: first those that need a person, then the latest.

    Says how many variants there are to pick from, and where an edit of a post that is
    on its way is proposed.

    Works with no worker running; with one, it says what went wrong.

    Example: uv run starter.py list --needs-me
    """
    from app.review.inbox import PostSearch, list_inbox
    from cli.connections import connections
    from cli.render.inbox import print_inbox

    search = PostSearch(state, campaign, needs_person=needs_me, limit=limit)
    print_inbox(run(list_inbox(connections(), search)), search, json=json)


def show(
    name: Name,
    *,
    facts: Annotated[
        bool,
        typer.Option("--facts", help="Each fact of the draft beside the passage it stands in."),
    ] = False,
    json: Json = False,
) -> None:
    """Show a post with its draft, or a campaign with its posts.

    Example: uv run starter.py show 3f2a/linkedin
    """
    from app.records.facts import facts_of
    from app.review.inbox import show_named
    from cli.connections import connections
    from cli.render.inbox import print_facts, print_shown

    if facts:
        print_facts(run(facts_of(connections(), name)), json=json)
    else:
        print_shown(run(show_named(connections(), name)), json=json)
