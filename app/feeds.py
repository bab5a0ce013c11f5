"""Feeds: follow them, one Temporal Schedule each; read their items and ledgers.

The commands ``feeds`` and ``start`` call this.
"""

from collections import Counter
from collections.abc import Awaitable
from dataclasses import dataclass
from datetime import datetime, timedelta

from pydantic import BaseModel
from temporalio.client import (
    Client,
    Schedule,
    ScheduleActionStartWorkflow,
    ScheduleAlreadyRunningError,
    ScheduleHandle,
    ScheduleIntervalSpec,
    ScheduleOverlapPolicy,
    SchedulePolicy,
    ScheduleSpec,
)
from temporalio.service import RPCError, RPCStatusCode

from app.advice import Action
from app.brands.personas import keep_persona
from app.campaigns.sources import GivenSource
from app.campaigns.start import CampaignRequest, campaign_input
from app.connections import Connections
from app.errors import NotFoundError
from galley.clients.storage import ObjectStore
from galley.clients.web import WebClient
from galley.clients.web_replies import FEEDS, PAGES
from galley.models.brand import Persona
from galley.models.feed import FeedSubscription, Ledger
from galley.models.options import CampaignOptions
from galley.models.source import SourceKind, SourceSpec
from galley.settings import Settings
from galley.sources.confined import read_confined
from galley.sources.feeds import Feed, FeedItem, read_feed
from galley.sources.identity import normalise_url
from galley.sources.ledger import ledger_name
from galley.sources.text import SourceError
from workflows import ids
from workflows.details import literal
from workflows.feed import FeedWorkflow

LATEST, ALL = "latest", "all"
SOONEST_CHECK = timedelta(minutes=1)
LATEST_CHECK = timedelta(days=31)
"""The shortest and the longest time between two checks of a feed."""
_SHOWN = 5
_LATE = timedelta(days=1)
"""A check that was missed while Temporal was down is made later, within this time."""


@dataclass(frozen=True)
class FeedRequest:
    """The address and pace of a feed, and the options of the campaigns of its items."""

    url: str
    every: timedelta
    options: CampaignOptions
    burst: int = 3
    backlog: int = 0
    persona: Persona | None = None
    started_by: str = ""


class FeedRow(BaseModel):
    """A feed that is followed; the fields are those of its JSON."""

    feed_id: str
    url: str
    title: str = ""
    every_seconds: float
    next_check: datetime | None = None
    items: dict[str, int] = {}


@dataclass(frozen=True)
class Followed:
    """A feed that is followed; ``is_new`` if it was not before."""

    feed: FeedRow
    is_new: bool


async def follow_feed(connections: Connections, request: FeedRequest) -> Followed:
    """Follow a feed from now on; its first check is made at once.

    Raises:
        SourceError: It is no feed, or an empty one.
        WebError: It cannot be fetched.
        SetUpError: The settings cannot work together.
    """
    url = normalise_url(request.url)
    feed = await fetch_feed(url, connections.settings)
    spec = SourceSpec(kind=SourceKind.FEED, name=feed.title or url, url=url)
    start = campaign_input(
        CampaignRequest(
            source=GivenSource(spec),
            options=request.options,
            persona=request.persona,
            started_by=request.started_by,
        ),
        connections.settings,
    )
    if request.persona is not None:
        await keep_persona(request.persona, connections.state, connections.progress)
    subscription = FeedSubscription(
        feed_id=ids.feed_id(url),
        url=url,
        campaign=start,
        burst=request.burst,
        backlog=request.backlog,
        every=request.every,
    )
    row = FeedRow(
        feed_id=subscription.feed_id,
        url=url,
        title=feed.title,
        every_seconds=request.every.total_seconds(),
    )
    client = await connections.temporal()
    return Followed(row, await _schedule(client, subscription, feed.title))


async def _schedule(client: Client, subscription: FeedSubscription, title: str) -> bool:
    """Create the Schedule; return whether it was not there before."""
    schedule_id = ids.feed_schedule_id(subscription.feed_id)
    try:
        await client.create_schedule(
            schedule_id,
            Schedule(
                action=ScheduleActionStartWorkflow(
                    FeedWorkflow.run,
                    subscription,
                    id=schedule_id,
                    task_queue=ids.TASK_QUEUE,
                    static_summary=f"feed · {literal(title or subscription.url)}"[:200],
                ),
                spec=ScheduleSpec(intervals=[ScheduleIntervalSpec(every=subscription.every)]),
                policy=SchedulePolicy(overlap=ScheduleOverlapPolicy.SKIP, catchup_window=_LATE),
            ),
            trigger_immediately=True,
            memo={
                "url": subscription.url,
                "title": title,
                "every": subscription.every.total_seconds(),
            },
        )
    except ScheduleAlreadyRunningError:
        return False
    return True


async def list_feeds(connections: Connections) -> list[FeedRow]:
    """Return the feeds that are followed, with the number of items in each state."""
    client = await connections.temporal()
    found = await client.list_schedules()
    prefix = ids.feed_schedule_id("")
    rows = list[FeedRow]()
    async for one in found:
        if not one.id.startswith(prefix):
            continue
        feed_id = one.id.removeprefix(prefix)
        times = tuple(one.info.next_action_times) if one.info else ()
        ledger = await _stored_ledger(connections.state, feed_id)
        entries = ledger.entries if ledger else ()
        row = FeedRow(
            feed_id=feed_id,
            url=str(await one.memo_value("url", "")),
            title=str(await one.memo_value("title", "")),
            every_seconds=float(await one.memo_value("every", 0.0)),
            next_check=times[0] if times else None,
            items=dict(Counter(entry.state.value for entry in entries)),
        )
        rows.append(row)
    return sorted(rows, key=lambda row: row.title.casefold())


async def read_ledger(connections: Connections, feed: str) -> Ledger:
    """Return the ledger of a feed: each item, and its campaign or why it has none.

    Raises:
        NotFoundError: There is none yet.
    """
    ledger = await _stored_ledger(connections.state, feed_id_of(feed))
    if ledger is None:
        raise NotFoundError(
            f"{feed[:200]} has no ledger yet: a worker makes the first check of each feed.",
            Action.LIST_FEEDS,
        )
    return ledger


async def _stored_ledger(state: ObjectStore, feed_id: str) -> Ledger | None:
    data = await state.get(ledger_name(feed_id))
    return Ledger.model_validate_json(data) if data else None


async def check_feed(connections: Connections, feed: str) -> None:
    """Check a feed now instead of at its next time.

    Raises:
        NotFoundError: It is not followed.
    """
    handle = await _handle(connections, feed)
    await _known(feed, handle.trigger(overlap=ScheduleOverlapPolicy.BUFFER_ONE))


async def remove_feed(connections: Connections, feed: str, *, forget: bool) -> None:
    """Stop following a feed; ``forget`` deletes its ledger too.

    Raises:
        NotFoundError: It is not followed.
    """
    handle = await _handle(connections, feed)
    await _known(feed, handle.delete())
    if forget:
        await connections.state.delete(ledger_name(feed_id_of(feed)))


async def _handle(connections: Connections, feed: str) -> ScheduleHandle:
    client = await connections.temporal()
    return client.get_schedule_handle(ids.feed_schedule_id(feed_id_of(feed)))


async def _known(feed: str, work: Awaitable[None]) -> None:
    try:
        await work
    except RPCError as error:
        if error.status is not RPCStatusCode.NOT_FOUND:
            raise
        raise NotFoundError(f"{feed[:200]} is not followed.", Action.LIST_FEEDS) from error


def feed_id_of(feed: str) -> str:
    """Return the ID of a feed that was named by its address or its ID."""
    return ids.feed_id(normalise_url(feed)) if "://" in feed else feed.strip()


async def fetch_feed(url: str, settings: Settings) -> Feed:
    """Return the feed at this address.

    Raises:
        SourceError: It is no feed, or an empty one.
        WebError: It cannot be fetched.
    """
    web = WebClient(settings.fetch_private_hosts)
    page = await web.fetch(url, PAGES | FEEDS)
    return await read_confined(Feed, read_feed, page.body, page.url)


async def choose_items(url: str, which: str, settings: Settings) -> tuple[GivenSource, ...]:
    """Return the sources of the items that ``which`` names, the oldest first.

    Args:
        url: The feed's address.
        which: ``latest``, ``all``, or an item's GUID or address.
        settings: Names the private hosts that may be fetched.

    Raises:
        SourceError: The feed holds no such item; the message names some that it has.
        WebError: It cannot be fetched.
    """
    address = normalise_url(url)
    feed = await fetch_feed(address, settings)
    sources = list[GivenSource]()
    for item in _chosen(feed, which):
        # An item without a page of its own is identified by its key in the feed.
        link = item.link if item.is_own_page else None
        spec = SourceSpec(
            kind=SourceKind.FEED, name=item.title, url=address, item=item.key, item_link=link
        )
        sources.append(GivenSource(spec))
    return tuple(sources)


def _chosen(feed: Feed, which: str) -> tuple[FeedItem, ...]:
    by_age = _oldest_first(feed.items)
    if which == ALL:
        return by_age
    if which == LATEST:
        return by_age[-1:]
    found = tuple(item for item in feed.items if which in {item.key, item.link})
    if not found:
        names = "; ".join(item.key[:80] for item in by_age[: -_SHOWN - 1 : -1])
        raise SourceError(
            f"The feed holds no item {which[:80]!r}: choose latest, all, or one of its "
            f"GUIDs, such as {names}."
        )
    return found


def _oldest_first(items: tuple[FeedItem, ...]) -> tuple[FeedItem, ...]:
    """Feeds put the newest first; dates decide where every item has one."""
    dates = [item.published_at for item in items if item.published_at is not None]
    if len(dates) < len(items):
        return tuple(reversed(items))
    dated = sorted(zip(dates, range(len(items), 0, -1), items, strict=True))
    return tuple(item for _, _, item in dated)
