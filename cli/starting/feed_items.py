"""The items of a feed that ``start`` is asked for."""

from galley.clients.web import FEEDS, PAGES, WebClient
from galley.models import SourceKind, SourceSpec
from galley.settings import Settings
from galley.sources.errors import SourceError
from galley.sources.feeds import Feed, FeedItem, read_feed
from galley.sources.identity import normalise_url

LATEST, ALL = "latest", "all"
_SHOWN = 5


async def fetch_feed(url: str, settings: Settings) -> Feed:
    """Return the feed at this address.

    Raises:
        SourceError: It is no feed, or an empty one.
        WebError: It cannot be fetched.
    """
    web = WebClient(settings.fetch_private_hosts)
    page = await web.fetch(url, PAGES | FEEDS)
    return read_feed(page.body, page.url)


async def choose_items(
    url: str, which: str, settings: Settings
) -> tuple[SourceSpec, ...]:
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
    return tuple(_spec(address, item) for item in _chosen(feed, which))


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


def _spec(url: str, item: FeedItem) -> SourceSpec:
    return SourceSpec(
        kind=SourceKind.FEED,
        name=item.title,
        url=url,
        item=item.key,
        item_link=item.link if item.is_own_page else None,
    )
