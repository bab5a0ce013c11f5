"""The activities ``check_feed`` and ``enter_items``, which keep the ledger of a feed.

FeedWorkflow calls them.
"""

from collections.abc import Callable
from datetime import UTC, datetime

from pydantic import ValidationError
from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.edge import failure, final, heartbeating
from activities.interfaces import FeedActivities
from galley.clients.storage import ObjectStore, StoreError
from galley.clients.web import WebClient
from galley.clients.web_replies import FEEDS, PAGES, WebError
from galley.models.feed import CheckFeed, EnterItems, FeedCheck, FeedPick, Ledger, LedgerEntry
from galley.models.source import SourceKind, SourceSpec
from galley.settings import Settings
from galley.sources.confined import prepare, read_confined
from galley.sources.feeds import Feed, read_feed
from galley.sources.identity import identity_of
from galley.sources.ledger import entered, ledger_name, settled, waiting
from galley.sources.text import SourceError

_JSON = "application/json"
# Attempts to change a ledger, which another check may change in between.
_ROUNDS = 5


class FeedFollowing(FeedActivities):
    """Checks feeds. Two checks at once do no harm: ledgers change by compare-and-set."""

    def __init__(self, state: ObjectStore, settings: Settings) -> None:
        self._state = state
        self._web = WebClient(settings.fetch_private_hosts)

    @activity.defn
    async def check_feed(self, task: CheckFeed) -> FeedCheck:
        """Enter new items into the ledger, and return those to take up next.

        Safe to repeat: items stay chosen until :meth:`enter_items` settles them.

        Raises:
            ApplicationError: ``SourceError``, final unless the feed may answer later;
                ``StoreError``.
        """
        try:
            prepare(read_feed)  # imported while the feed is fetched
            async with heartbeating():
                page = await self._web.fetch(task.url, PAGES | FEEDS)
                feed = await read_confined(Feed, read_feed, page.body, page.url)
                now = datetime.now(UTC)
                ledger = await self._update(
                    task.feed_id, task.url, lambda known: entered(known, feed, now, task.backlog)
                )
        except (SourceError, WebError) as error:
            raise failure(error, kind="SourceError") from None
        except StoreError as error:
            raise failure(error, kind="StoreError") from None
        new = waiting(ledger)
        return FeedCheck(
            picks=tuple(_pick(entry, task.url) for entry in new[: task.burst]),
            waiting=max(0, len(new) - task.burst),
            title=ledger.title,
        )

    @activity.defn
    async def enter_items(self, task: EnterItems) -> None:
        """Settle items in the ledger; those that are settled already stay as they are."""
        try:
            async with heartbeating():
                await self._update(task.feed_id, task.url, lambda known: settled(known, task.items))
        except StoreError as error:
            raise failure(error, kind="StoreError") from None

    async def _update(self, feed_id: str, url: str, change: Callable[[Ledger], Ledger]) -> Ledger:
        name = ledger_name(feed_id)
        for _ in range(_ROUNDS):
            held, version = await self._state.read_versioned(name)
            ledger = change(_ledger(held, url, name))
            data = ledger.model_dump_json(indent=1).encode()
            # Refused if another check wrote since: then the change starts from its ledger.
            if await self._state.replace(name, data, _JSON, version):
                return ledger
        raise ApplicationError(
            "Other checks keep changing the ledger of this feed: see whether it is followed twice.",
            type="StoreError",
        )


def _ledger(held: bytes | None, url: str, name: str) -> Ledger:
    if held is None:
        return Ledger(url=url)
    try:
        return Ledger.model_validate_json(held)
    except ValidationError:
        # An empty one in its place would start every campaign of the feed again.
        raise final(
            f"{name} in the state bucket cannot be read: mend it, or remove the feed "
            "and add it again, which skips what the feed holds now.",
            kind="StoreError",
        ) from None


def _pick(entry: LedgerEntry, url: str) -> FeedPick:
    source = SourceSpec(
        kind=SourceKind.FEED, name=entry.title, url=url, item=entry.keys[-1], item_link=entry.link
    )
    return FeedPick(
        key=entry.keys[-1], title=entry.title, identity=identity_of(source), source=source
    )
