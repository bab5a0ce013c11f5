"""Each item of a feed accounted for: none twice, none lost."""

import hashlib
from collections.abc import Iterable, Sequence
from datetime import datetime

from galley.models import EnterItem, ItemState, Ledger, LedgerEntry
from galley.sources.feeds import Feed, FeedItem

MOST_ENTRIES = 20_000
_MOST_KEYS = 8
_OLD = "It was there before the feed was followed."


def ledger_name(feed_id: str) -> str:
    """Return the object of the state bucket in which a feed's ledger stands."""
    return f"feeds/{feed_id}/ledger.json"


def entered(ledger: Ledger, feed: Feed, now: datetime, backlog: int) -> Ledger:
    """Return the ledger with the feed's items in it.

    An item is known by its GUID, by its page, or by title and date together: some
    feeds give an item a new GUID, some move it to a new address. On the first check
    all but the ``backlog`` newest are skipped. Settled entries that the feed no longer
    holds go when there are more than :data:`MOST_ENTRIES`.
    """
    entries = list(ledger.entries)
    held = _recognised(entries, feed.items)
    for item in feed.items:
        place = held.get(item.key)
        if place is None:
            held[item.key] = len(entries)
            entries.append(_entry(item, now))
        else:
            entries[place] = _known_as(entries[place], item.key)
    if ledger.checked_at is None:
        entries = _without_backlog(entries, backlog)
    return ledger.model_copy(
        update={
            "title": feed.title,
            "checked_at": now,
            "entries": tuple(_bounded(entries, set(held.values()))),
        }
    )


def waiting(ledger: Ledger) -> tuple[LedgerEntry, ...]:
    """Return the items that nothing became of yet, the oldest first."""
    new = [entry for entry in ledger.entries if entry.state is ItemState.NEW]
    return tuple(sorted(new, key=_age))


def settled(ledger: Ledger, items: Iterable[EnterItem]) -> Ledger:
    """Return the ledger with what became of these items; what is settled stays."""
    said = {item.key: item for item in items}
    entries = (
        _settle(entry, next((said[key] for key in entry.keys if key in said), None))
        for entry in ledger.entries
    )
    return ledger.model_copy(update={"entries": tuple(entries)})


def _settle(entry: LedgerEntry, item: EnterItem | None) -> LedgerEntry:
    if item is None or entry.state is not ItemState.NEW:
        return entry
    return entry.model_copy(
        update={"state": item.state, "why": item.why, "campaign_id": item.campaign_id}
    )


def _entry(item: FeedItem, now: datetime) -> LedgerEntry:
    return LedgerEntry(
        keys=(item.key,),
        title=item.title,
        link=item.link if item.is_own_page else None,
        published_at=item.published_at,
        fingerprint=_fingerprint(item),
        seen_at=now,
    )


def _known_as(entry: LedgerEntry, key: str) -> LedgerEntry:
    if key in entry.keys:
        return entry
    keys = (*entry.keys, key)[-_MOST_KEYS:]
    return entry.model_copy(update={"keys": keys})


def _recognised(entries: Sequence[LedgerEntry], items: Sequence[FeedItem]) -> dict[str, int]:
    """Return where in the ledger the items stand that it knows, by their keys.

    Items with GUIDs of their own are never taken for one another: only what no GUID
    explains is known by its page or its fingerprint.
    """
    by_key = {key: place for place, one in enumerate(entries) for key in one.keys}
    found = {item.key: by_key[item.key] for item in items if item.key in by_key}
    taken = set(found.values())
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
    """Return what an item may be known by beside its GUID, the surest first."""
    marks = [] if page is None else [page]
    return marks if published_at is None else [*marks, fingerprint]


def _fingerprint(item: FeedItem) -> str:
    said = f"{item.title.casefold()}\n{item.published_at or ''}"
    return hashlib.sha256(said.encode()).hexdigest()[:32]


def _without_backlog(entries: Sequence[LedgerEntry], backlog: int) -> list[LedgerEntry]:
    newest = sorted(entries, key=_age, reverse=True)[:backlog]
    kept = {entry.keys for entry in newest}
    skipped = {"state": ItemState.SKIPPED, "why": _OLD}
    return [entry if entry.keys in kept else entry.model_copy(update=skipped) for entry in entries]


def _bounded(entries: list[LedgerEntry], held: set[int]) -> list[LedgerEntry]:
    surplus = len(entries) - MOST_ENTRIES
    if surplus <= 0:
        return entries
    droppable = [
        place
        for place, entry in enumerate(entries)
        if place not in held and entry.state is not ItemState.NEW
    ]
    dropped = set(droppable[:surplus])
    return [entry for place, entry in enumerate(entries) if place not in dropped]


def _age(entry: LedgerEntry) -> tuple[datetime, str]:
    """Order by publication; an item without a date is as old as its first sight."""
    return entry.published_at or entry.seen_at, entry.keys[0]
