"""Feeds and their ledgers, as ``feeds`` prints them."""

from collections.abc import Sequence

from app.feeds import FeedRow, Followed
from cli.render.proofs import clean, local
from cli.terminal import say, show, show_json, table
from galley.models.feed import ItemState, Ledger


def print_followed(found: Followed, *, json: bool) -> None:
    """Print a feed that is followed from now on, or was before."""
    row = found.feed
    if json:
        show_json({"is_new": found.is_new, **row.model_dump(mode="json")})
        return
    word = "Following" if found.is_new else "Already followed:"
    show(clean(f"{word} {row.title or row.url} ({row.feed_id})"))
    if not found.is_new:
        say("Its options stay as they were: remove it first to change them.")
    say(f"What becomes of its items: uv run starter.py feeds show {row.feed_id}")


def print_feeds(rows: Sequence[FeedRow], *, json: bool) -> None:
    """Print the feeds that are followed."""
    if json:
        show_json([row.model_dump(mode="json") for row in rows])
        return
    if not rows:
        say("No feed is followed: uv run starter.py feeds add URL")
        return
    table(
        ("ID", "Feed", "Next check", "New", "Drafted", "Skipped", "Address"),
        [
            (
                row.feed_id,
                clean(row.title),
                local(row.next_check),
                *(str(row.items.get(state, 0)) for state in ItemState),
                clean(row.url),
            )
            for row in rows
        ],
    )


def print_ledger(ledger: Ledger, *, json: bool) -> None:
    """Print each item of a feed, and what became of it."""
    if json:
        show_json(ledger.model_dump(mode="json"))
        return
    show(clean(f"{ledger.title or ledger.url}, looked at {local(ledger.checked_at)}"))
    table(
        ("Published", "State", "Title", "Campaign", "Why"),
        [
            (
                local(entry.published_at or entry.seen_at),
                entry.state.value,
                clean(entry.title)[:60],
                entry.campaign_id,
                clean(entry.why),
            )
            for entry in reversed(ledger.entries)
        ],
    )
