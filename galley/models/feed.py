"""Followed feeds, their items, and the ledger of items; FeedWorkflow works with them."""

from datetime import timedelta
from enum import StrEnum

from pydantic import AwareDatetime, Field

from galley.models.base import Model
from galley.models.campaign import CampaignInput
from galley.models.source import SourceSpec


class ItemState(StrEnum):
    """The states of a feed's item."""

    NEW = "new"
    """Seen, and not taken up yet."""
    DRAFTED = "drafted"
    """It has a campaign."""
    SKIPPED = "skipped"


class LedgerEntry(Model):
    """One item of a feed. An entry stays while the feed holds the item."""

    keys: tuple[str, ...] = Field(min_length=1, description="Every GUID the feed gave it.")
    title: str
    link: str | None = None
    published_at: AwareDatetime | None = None
    fingerprint: str = Field(description="Identifies the item under another GUID.")
    seen_at: AwareDatetime
    state: ItemState = ItemState.NEW
    why: str = ""
    campaign_id: str = ""


class Ledger(Model):
    """The object ``feeds/<id>/ledger.json`` in the state bucket."""

    url: str
    title: str = ""
    checked_at: AwareDatetime | None = None
    entries: tuple[LedgerEntry, ...] = ()


class FeedSubscription(Model):
    """Input of FeedWorkflow, which a Temporal Schedule ``feed:<id>`` starts."""

    feed_id: str
    url: str
    campaign: CampaignInput = Field(
        description="Template of each item's campaign; the item gives key and source."
    )
    burst: int = Field(
        default=3, ge=1, le=50, description="Items taken up in one check, oldest first."
    )
    backlog: int = Field(
        default=0,
        ge=0,
        le=1000,
        description="Newest items of the first check that are not skipped.",
    )
    every: timedelta = timedelta(hours=1)


class CheckFeed(Model):
    """Read a feed, enter new items into its ledger, and choose the next ones."""

    feed_id: str
    url: str
    burst: int
    backlog: int


class FeedPick(Model):
    """An item whose campaign is to be started; ``key`` is its key in the ledger."""

    key: str
    title: str
    identity: str
    source: SourceSpec


class FeedCheck(Model):
    """The next items, oldest first, and how many wait behind them."""

    picks: tuple[FeedPick, ...] = ()
    waiting: int = 0
    title: str = ""


class EnterItem(Model):
    """The new state of one item."""

    key: str
    state: ItemState
    why: str = ""
    campaign_id: str = ""


class EnterItems(Model):
    """Enter the outcomes of these items into the ledger of a feed."""

    feed_id: str
    url: str
    items: tuple[EnterItem, ...]


class FeedReport(Model):
    """Result of one check of a feed."""

    title: str = ""
    started: tuple[EnterItem, ...] = ()
    waiting: int = 0
