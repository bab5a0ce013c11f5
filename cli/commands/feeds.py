"""The command group ``feeds``: follow RSS and Atom feeds; each new item becomes a campaign."""

from typing import Annotated

import typer

from app.feeds import (
    Followed,
    check_feed,
    feed_id_of,
    follow_feed,
    list_feeds,
    read_ledger,
    remove_feed,
)
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
from cli.input.campaigns import CampaignWords, feed_request
from cli.phrases import local
from cli.process import connections, run
from cli.terminal import say, show_json, table
from cli.terminal import show as show_line
from galley.models.feed import ItemState

feeds = typer.Typer(name="feeds", no_args_is_help=True)

CHECKED = "When it is checked"

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
            help="Time between two checks, such as 30m or 1d.",
        ),
    ] = "1h",
    burst: Annotated[
        int,
        typer.Option(
            min=1,
            max=50,
            metavar="N",
            rich_help_panel=CHECKED,
            help="Most items that one check takes up, the oldest first.",
        ),
    ] = 3,
    backlog: Annotated[
        int,
        typer.Option(
            min=0,
            max=1000,
            metavar="N",
            rich_help_panel=CHECKED,
            help="Take up the newest N of the items that are there now.",
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

    The items it already holds are skipped, but for the newest ones with --backlog.

    Example: galley feeds add https://example.com/feed.xml --platform linkedin --platform x
    """
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
    _print_followed(run(follow_feed(opened, request)), json=json)


def _print_followed(found: Followed, *, json: bool) -> None:
    row = found.feed
    if json:
        show_json({"is_new": found.is_new, **row.model_dump(mode="json")})
        return
    word = "Following" if found.is_new else "Already followed:"
    show_line(f"{word} {row.title or row.url} ({row.feed_id})")
    if not found.is_new:
        say("Its options stay as they were: remove it first to change them.")
    say(f"See its items and their campaigns: galley feeds show {row.feed_id}")


@feeds.command("list")
def list_(*, json: Json = False) -> None:
    """Show the feeds that are followed, and the next check of each.

    Example: galley feeds list
    """
    rows = run(list_feeds(connections()))
    if json:
        show_json([row.model_dump(mode="json") for row in rows])
        return
    if not rows:
        say("No feed is followed: galley feeds add URL")
        return
    columns = ("ID", "Feed", "Next check", "New", "Drafted", "Skipped", "Address")
    cells = [
        (
            row.feed_id,
            row.title,
            local(row.next_check),
            *(str(row.items.get(state, 0)) for state in ItemState),
            row.url,
        )
        for row in rows
    ]
    table(columns, cells)


@feeds.command()
def show(feed: Feed, *, json: Json = False) -> None:
    """Show each item of a feed, and its campaign or why it has none.

    Example: galley feeds show https://example.com/feed.xml
    """
    ledger = run(read_ledger(connections(), feed))
    if json:
        show_json(ledger.model_dump(mode="json"))
        return
    show_line(f"{ledger.title or ledger.url}, checked {local(ledger.checked_at)}")
    cells = [
        (
            local(entry.published_at or entry.seen_at),
            entry.state.value,
            entry.title[:60],
            entry.campaign_id,
            entry.why,
        )
        for entry in reversed(ledger.entries)
    ]
    table(("Published", "State", "Title", "Campaign", "Why"), cells)


@feeds.command()
def check(feed: Feed) -> None:
    """Check a feed now instead of at its next time.

    Example: galley feeds check https://example.com/feed.xml
    """
    run(check_feed(connections(), feed))
    say(f"The check has begun: galley feeds show {feed_id_of(feed)}")


@feeds.command()
def remove(
    feed: Feed,
    *,
    forget: Annotated[
        bool,
        typer.Option(
            "--forget", help="Forget its ledger too: items that it held may become campaigns again."
        ),
    ] = False,
) -> None:
    """Stop following a feed. Its campaigns go on.

    Example: galley feeds remove https://example.com/feed.xml
    """
    run(remove_feed(connections(), feed, forget=forget))
    show_line(f"No longer followed: {feed_id_of(feed)}")
