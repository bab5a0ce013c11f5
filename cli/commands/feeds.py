"""``feeds``: follow RSS and Atom feeds; each new item becomes a campaign."""

from typing import Annotated

import typer

from cli.commands.options import (
    WHEN,
    Approval,
    Brief,
    Channels,
    FormOption,
    Gap,
    Json,
    Persona,
    Platforms,
    Quiet,
    Slots,
    Timezone,
    Variants,
)
from cli.process import run
from cli.terminal import say
from cli.terminal import show as show_line

feeds = typer.Typer(name="feeds", no_args_is_help=True)

CHECKED = "When it is looked at"

Feed = Annotated[
    str, typer.Argument(metavar="FEED", help="Its address, or its ID as `feeds list` shows it.")
]


@feeds.callback()
def following() -> None:
    """Follow feeds: each new item becomes a campaign."""


@feeds.command()
def add(  # noqa: PLR0913 -- the options of its campaigns
    url: Annotated[str, typer.Argument(metavar="URL", help="The address of an RSS or Atom feed.")],
    *,
    check_every: Annotated[
        str,
        typer.Option(
            metavar="SPAN",
            rich_help_panel=CHECKED,
            help="How often it is looked at, such as 30m or 1d.",
        ),
    ] = "1h",
    burst: Annotated[
        int,
        typer.Option(
            min=1,
            max=50,
            metavar="N",
            rich_help_panel=CHECKED,
            help="Items taken up in one check, the oldest first.",
        ),
    ] = 3,
    backlog: Annotated[
        int,
        typer.Option(
            min=0,
            max=1000,
            metavar="N",
            rich_help_panel=CHECKED,
            help="Of the items that are there now: the newest N.",
        ),
    ] = 0,
    channel: Channels = None,
    platform: Platforms = None,
    brief: Brief = "",
    persona: Persona = None,
    form: FormOption = "post",
    variants: Variants = 1,
    every: Annotated[
        str,
        typer.Option(
            metavar="SPAN",
            rich_help_panel=WHEN,
            help="Time between two posts of an item, such as 30m.",
        ),
    ] = "",
    quiet: Quiet = "",
    gap: Gap = "",
    slots: Slots = False,
    timezone: Timezone = "",
    approve: Approval = "ask",
    json: Json = False,
) -> None:
    """Follow a feed from now on.

    What it holds already is skipped, unless --backlog says otherwise.

    Example: uv run starter.py feeds add https://example.com/feed.xml --platform x
    """
    from app.feeds import follow_feed
    from cli.connections import connections
    from cli.input.campaigns import CampaignWords, feed_request
    from cli.render.feeds import print_followed

    words = CampaignWords(
        source=url,
        channels=tuple(channel or ()),
        platforms=tuple(platform or ()),
        brief=brief,
        persona=persona,
        approve=approve,
        form=form,
        variants=variants,
        every=every,
        timezone=timezone,
        quiet=quiet,
        gap=gap,
        slots=slots,
    )
    opened = connections()
    request = feed_request(
        words, opened.settings, check_every=check_every, burst=burst, backlog=backlog
    )
    print_followed(run(follow_feed(opened, request)), json=json)


@feeds.command("list")
def list_(*, json: Json = False) -> None:
    """Show the feeds that are followed, and when each is looked at next.

    Example: uv run starter.py feeds list
    """
    from app.feeds import list_feeds
    from cli.connections import connections
    from cli.render.feeds import print_feeds

    print_feeds(run(list_feeds(connections())), json=json)


@feeds.command()
def show(feed: Feed, *, json: Json = False) -> None:
    """Show the ledger of a feed: each item, and what became of it.

    Example: uv run starter.py feeds show https://example.com/feed.xml
    """
    from app.feeds import read_ledger
    from cli.connections import connections
    from cli.render.feeds import print_ledger

    print_ledger(run(read_ledger(connections(), feed)), json=json)


@feeds.command()
def check(feed: Feed) -> None:
    """Look at a feed now, not at its next time.

    Example: uv run starter.py feeds check https://example.com/feed.xml
    """
    from app.feeds import check_feed, feed_id_of
    from cli.connections import connections

    run(check_feed(connections(), feed))
    say(f"It is being looked at: uv run starter.py feeds show {feed_id_of(feed)}")


@feeds.command()
def remove(
    feed: Feed,
    *,
    forget: Annotated[
        bool, typer.Option("--forget", help="Forget its ledger too: what it held may come again.")
    ] = False,
) -> None:
    """Follow a feed no longer. Its campaigns go on.

    Example: uv run starter.py feeds remove https://example.com/feed.xml
    """
    from app.feeds import feed_id_of, remove_feed
    from cli.connections import connections

    run(remove_feed(connections(), feed, forget=forget))
    show_line(f"No longer followed: {feed_id_of(feed)}")
