"""The posts that wait for a person, kept in memory: a list of ten thousand takes seconds to read.

Old answers are given at once while a new list is read. What people decide here shows at once.
"""

import asyncio
import contextlib
import time
from collections import Counter
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import UTC, datetime

from app.connections import Connections
from app.posts.directory import PostRow, list_posts, named
from app.review.decisions import DecisionResult
from app.review.inbox import PostSearch
from galley.models.post import PostState

_AT_LEAST = 2.0
"""Seconds between two lists."""
_SHARE = 4
"""A list that takes a second is read again after four."""
_LAGS = 60.0
"""Seconds after which a decision that Temporal's lists do not show was lost."""
_SHORT = 0.5
"""Seconds: a list that took less is read anew while a person waits for it."""
_FIRST, _MOST = 500, 50_000
"""Posts that are read before the first page is shown, and in all."""
_FAR = datetime.max.replace(tzinfo=UTC)


FILTERS = ("network", "brand", "campaign", "person", "state")
_MOST_CHOICES = 40


@dataclass(frozen=True, slots=True)
class Entry:
    """A post, the values of its filters in their order, and the words by which it is found."""

    row: PostRow
    values: tuple[str, ...]
    words: str


@dataclass(frozen=True)
class Filters:
    """What a person asked the inbox for; what is empty does not narrow it."""

    network: str = ""
    brand: str = ""
    campaign: str = ""
    person: str = ""
    """Who started it."""
    state: str = ""
    words: str = ""

    @property
    def query(self) -> dict[str, str]:
        """Those that narrow, for an address."""
        return {name: value for name, value in vars(self).items() if value}

    def wanted(self, name: str) -> str:
        """Return the value of a filter by its name; empty: any."""
        return str(getattr(self, name))


@dataclass(frozen=True)
class Choice:
    """A value of a filter, and how many posts it would leave."""

    value: str
    label: str
    count: int


class Waiting:
    """The list, read in the background while people ask for it."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections
        self._entries: tuple[Entry, ...] = ()
        self._read_at = float("-inf")
        self._took = 0.0
        self._reading: asyncio.Task[None] | None = None
        self._decided: dict[str, float | None] = {}
        self._has_some = asyncio.Event()
        self.is_partial = False
        """Whether a long list is still being read for the first time."""

    async def entries(self, *, is_fresh: bool = False) -> list[Entry]:
        """Return all posts that wait, those due first at the beginning.

        Args:
            is_fresh: Whether a list that is soon read is worth the wait.

        Raises:
            ServiceError: Temporal does not answer.
        """
        age = time.monotonic() - self._read_at
        if self._reading is None and age > max(_AT_LEAST, _SHARE * self._took):
            self._reading = asyncio.create_task(self._read())
        reading = self._reading
        is_short = self._has_some.is_set() and self._took < _SHORT
        if reading is not None and is_fresh and is_short:
            # The old list may be an hour old, and say that nothing waits.
            await asyncio.wait({reading}, timeout=_SHORT)
        if reading is not None and not self._has_some.is_set():
            # Its first posts are enough; a list that cannot be read tells why.
            some = asyncio.create_task(self._has_some.wait())
            await asyncio.wait({reading, some}, return_when=asyncio.FIRST_COMPLETED)
            some.cancel()
            if not self._has_some.is_set():
                await asyncio.shield(reading)
        return [one for one in self._entries if one.row.workflow_id not in self._decided]

    def decided(self, workflow_id: str) -> None:
        """Leave a post out that a person has just decided on, until :meth:`sent` or returned."""
        self._decided[workflow_id] = None

    def sent(self, workflow_id: str) -> None:
        """Leave a post out until the lists show its decision, which it has taken now."""
        self._decided[workflow_id] = time.monotonic()

    def returned(self, workflow_id: str) -> None:
        """Show a post again: the decision did not count, or there is a new draft."""
        self._decided.pop(workflow_id, None)

    def took(self, workflow_id: str, result: DecisionResult | str) -> None:
        """Show a post again if it still waits after a decision, or if that did not count."""
        waits = {PostState.IN_REVIEW, PostState.HELD, PostState.ERROR}
        if isinstance(result, str) or not result.ok or result.state in waits:
            self.returned(workflow_id)
        else:
            self.sent(workflow_id)

    async def _read(self) -> None:
        began = time.monotonic()
        try:
            client = await self._connections.temporal()
            query = PostSearch(needs_person=True).query()
            is_long = True
            if not self._entries:
                first = await list_posts(client, query, _FIRST)
                is_long = len(first) == _FIRST
                self._entries, self.is_partial = _ordered(first), is_long
                self._has_some.set()
            if is_long:
                rows = await list_posts(client, query, _MOST)
                # Sorting and naming thousands must not hold up the answers to others.
                self._entries = await asyncio.to_thread(_ordered, rows)
            self._read_at, self._took = time.monotonic(), time.monotonic() - began
            self.is_partial = False
            listed = {one.row.workflow_id for one in self._entries}
            self._decided = not_shown_yet(self._decided, listed, began)
        finally:
            self._reading = None

    async def close(self) -> None:
        """Stop reading."""
        if self._reading is not None:
            self._reading.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._reading


def not_shown_yet(
    decided: Mapping[str, float | None], listed: AbstractSet[str], began: float
) -> dict[str, float | None]:
    """Return the decisions that a list does not show.

    Args:
        decided: When each post took its decision; ``None``: it is still on its way.
        listed: The posts of the list.
        began: When it was asked for.
    """
    return {
        one: at
        for one, at in decided.items()
        if at is None or at > began or (one in listed and began - at < _LAGS)
    }


def _ordered(rows: list[PostRow]) -> tuple[Entry, ...]:
    rows = sorted(named(rows), key=lambda row: (row.due_at or _FAR, row.started_at))
    return tuple(
        Entry(
            row,
            (row.platform, row.brand, row.campaign_id, row.started_by, row.state),
            f"{row.title} {row.opening} {row.handle} {row.brand} {row.started_by}".casefold(),
        )
        for row in rows
    )


def matching(entries: Iterable[Entry], filters: Filters) -> list[PostRow]:
    """Return the posts that are asked for."""
    asked = [(at, filters.wanted(name)) for at, name in enumerate(FILTERS) if filters.wanted(name)]
    words = filters.words.casefold().split()
    return [
        one.row
        for one in entries
        if all(one.values[at] == wanted for at, wanted in asked)
        and all(word in one.words for word in words)
    ]


def narrowed(
    entries: Iterable[Entry], filters: Filters
) -> tuple[list[PostRow], dict[str, list[Choice]]]:
    """Return the posts that are asked for, and for each filter what it would leave.

    The count of a value is that of posts which all the other filters leave. One pass: thousands of
    posts are counted while somebody waits.
    """
    asked = [(at, filters.wanted(name)) for at, name in enumerate(FILTERS) if filters.wanted(name)]
    words = filters.words.casefold().split()
    taken: list[Entry] = []
    others: list[list[Entry]] = [[] for _ in FILTERS]
    for entry in entries:
        if words and not all(word in entry.words for word in words):
            continue
        failed = [at for at, wanted in asked if entry.values[at] != wanted]
        if not failed:
            taken.append(entry)
        elif len(failed) == 1:
            others[failed[0]].append(entry)
    found = {
        name: _choices(name, at, filters.wanted(name), [*taken, *others[at]])
        for at, name in enumerate(FILTERS)
    }
    return [one.row for one in taken], found


def _choices(name: str, at: int, wanted: str, left: list[Entry]) -> list[Choice]:
    """Return the values of a filter, the most frequent first."""
    counts = Counter(one.values[at] for one in left)
    counts.pop("", None)
    frequent = counts.most_common(_MOST_CHOICES)
    if wanted and wanted not in dict(frequent):
        frequent.append((wanted, counts[wanted]))
    labels: dict[str, str] = {}
    if name == "campaign":
        labels = {one.row.campaign_id: one.row.title or one.row.campaign_id for one in left}
    return [Choice(value, labels.get(value, value), count) for value, count in frequent]
