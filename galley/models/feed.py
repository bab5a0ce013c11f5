"""Feeds that are followed, and the ledger in which each of their items stands."""

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
    """It has its campaign."""
    SKIPPED = "skipped"


class LedgerEntry(Model):
    """One item of a feed. An entry is never taken out while the feed holds the item."""

    keys: tuple[str, ...] = Field(min_length=1, description="Every GUID the feed gave it.")
    title: str
    link: str | None = None
    published_at: AwareDatetime | None = None
    fingerprint: str = Field(description="By which it is known under another GUID.")
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
        description="What each item is started with; key and source are the item's."
    )
    burst: int = Field(
        default=3, ge=1, le=50, description="Items taken up in one check, oldest first."
    )
    backlog: int = Field(
        default=0,
        ge=0,
        le=1000,
        description="Of the items that are there at the first check, the newest that "
        "are not skipped.",
    )
    every: timedelta = timedelta(hours=1)


class CheckFeed(Model):
    """Read the feed, enter what is new into the ledger, and choose what comes next."""

    feed_id: str
    url: str
    burst: int
    backlog: int


class FeedPick(Model):
    """An item whose campaign shall be started; ``key`` is that of the ledger."""

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
    """Enter what became of these items into the ledger of a feed."""

    feed_id: str
    url: str
    items: tuple[EnterItem, ...]


class FeedReport(Model):
    """Result of one check of a feed."""

    title: str = ""
    started: tuple[EnterItem, ...] = ()
    waiting: int = 0
