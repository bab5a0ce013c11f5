"""The ledger of a feed: the state of each of its items, so that none is used twice or lost.

The feed activities and ``feeds`` call it; it is pure.
"""

import hashlib
from collections.abc import Iterable, Sequence
from datetime import datetime

from galley.models.feed import EnterItem, ItemState, Ledger, LedgerEntry
from galley.sources.feeds import Feed, FeedItem

MOST_ENTRIES = 20_000
_MOST_KEYS = 8  # a feed that gives new GUIDs at each check must not grow an entry for ever
_OLD = "It was there before the feed was followed."


def ledger_name(feed_id: str) -> str:
    """Return the name of a feed's ledger in the state bucket."""
    return f"feeds/{feed_id}/ledger.json"


def entered(ledger: Ledger, feed: Feed, now: datetime, backlog: int) -> Ledger:
    """Return the ledger with the feed's items in it.

    An item is recognised by its GUID, by its page, or by title and date together: some feeds
    give an item a new GUID, some move it to a new address. The first check skips all but the
    ``backlog`` newest. Above :data:`MOST_ENTRIES`, settled entries that the feed no longer
    holds are dropped.
    """
    entries = list(ledger.entries)
    held = _recognised(entries, feed.items)
    for item in feed.items:
        place = held.get(item.key)
        if place is None:
            held[item.key] = len(entries)
            entries.append(
                LedgerEntry(
                    keys=(item.key,),
                    title=item.title,
                    link=item.link if item.is_own_page else None,
                    published_at=item.published_at,
                    fingerprint=_fingerprint(item),
                    seen_at=now,
                )
            )
        elif item.key not in entries[place].keys:
            keys = (*entries[place].keys, item.key)[-_MOST_KEYS:]
            entries[place] = entries[place].model_copy(update={"keys": keys})
    if ledger.checked_at is None:
        newest = sorted(entries, key=_age, reverse=True)[:backlog]
        kept = {entry.keys for entry in newest}
        skipped = {"state": ItemState.SKIPPED, "why": _OLD}
        entries = [
            entry if entry.keys in kept else entry.model_copy(update=skipped) for entry in entries
        ]
    in_feed = set(held.values())
    droppable = [
        place
        for place, entry in enumerate(entries)
        if place not in in_feed and entry.state is not ItemState.NEW
    ]
    dropped = set(droppable[: max(0, len(entries) - MOST_ENTRIES)])
    return ledger.model_copy(
        update={
            "title": feed.title,
            "checked_at": now,
            "entries": tuple(one for n, one in enumerate(entries) if n not in dropped),
        }
    )


def waiting(ledger: Ledger) -> tuple[LedgerEntry, ...]:
    """Return the items without a result yet, the oldest first."""
    new = [entry for entry in ledger.entries if entry.state is ItemState.NEW]
    return tuple(sorted(new, key=_age))


def settled(ledger: Ledger, items: Iterable[EnterItem]) -> Ledger:
    """Return the ledger with the results of these items; a settled entry stays."""
    said = {item.key: item for item in items}

    def settle(entry: LedgerEntry) -> LedgerEntry:
        item = next((said[key] for key in entry.keys if key in said), None)
        if item is None or entry.state is not ItemState.NEW:
            return entry
        return entry.model_copy(
            update={"state": item.state, "why": item.why, "campaign_id": item.campaign_id}
        )

    return ledger.model_copy(update={"entries": tuple(map(settle, ledger.entries))})


def _recognised(entries: Sequence[LedgerEntry], items: Sequence[FeedItem]) -> dict[str, int]:
    """Return the places in the ledger of the items that it knows, by their keys.

    Items with GUIDs of their own are never taken for one another: only an item that no GUID
    explains is recognised by its page or its fingerprint.
    """
    by_key = {key: place for place, one in enumerate(entries) for key in one.keys}
    found = {item.key: by_key[item.key] for item in items if item.key in by_key}
    taken = set(found.values())
    # Only entries whose GUID is gone from the feed may have got a new one.
    by_mark = {
        mark: place
        for place, one in enumerate(entries)
        if place not in taken
        for mark in _marks(one.link, one.published_at, one.fingerprint)
    }
    for item in items:
        if item.key in found:
            continue
        page = item.link if item.is_own_page else None
        marks = _marks(page, item.published_at, _fingerprint(item))
        place = next((by_mark[mark] for mark in marks if mark in by_mark), None)
        if place is not None and place not in taken:
            found[item.key] = place
            taken.add(place)
    return found


def _marks(page: str | None, published_at: datetime | None, fingerprint: str) -> list[str]:
    """Return the marks of an item beside its GUID, the surest first."""
    marks = [] if page is None else [page]
    # Without a date the title alone would match: "Weekly news" comes every week.
    return marks if published_at is None else [*marks, fingerprint]


def _fingerprint(item: FeedItem) -> str:
    said = f"{item.title.casefold()}\n{item.published_at or ''}"
    return hashlib.sha256(said.encode()).hexdigest()[:32]


def _age(entry: LedgerEntry) -> tuple[datetime, str]:
    """Return the order by publication; an item without a date is as old as its first sight."""
    return entry.published_at or entry.seen_at, entry.keys[0]
