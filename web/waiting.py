"""The posts that wait for a person, kept in memory: a list of ten thousand takes seconds to read.

Old answers are given at once while a new list is read. What people decide here shows at once.
"""

import asyncio
import contextlib
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from app.connections import Connections
from app.posts.directory import PostRow, list_posts, named
from app.review.inbox import PostSearch

_AT_LEAST = 2.0
"""Seconds between two lists."""
_SHARE = 4
"""A list that takes a second is read again after four."""
_LAGS = 5.0
"""Seconds after which Temporal's lists show what was decided."""
_MOST = 50_000
_FAR = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Entry:
    """A post, and the words by which it is found."""

    row: PostRow
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

    def takes(self, entry: Entry, but: str = "") -> bool:
        """Whether a post is asked for; the filter called ``but`` is left out."""
        row = entry.row
        values = {
            "network": row.platform,
            "brand": row.brand,
            "campaign": row.campaign_id,
            "person": row.started_by,
            "state": row.state,
        }
        for name, value in values.items():
            wanted = getattr(self, name)
            if wanted and name != but and wanted != value:
                return False
        return all(word in entry.words for word in self.words.casefold().split())

    @property
    def query(self) -> dict[str, str]:
        """Those that narrow, for an address."""
        return {name: value for name, value in vars(self).items() if value}


@dataclass(frozen=True)
class Choice:
    """A value of a filter, and how many posts it would leave."""

    value: str
    label: str
    count: int


FILTERS = ("network", "brand", "campaign", "person", "state")
_MOST_CHOICES = 40


class Waiting:
    """The list, read in the background while people ask for it."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections
        self._entries: tuple[Entry, ...] = ()
        self._read_at = float("-inf")
        self._took = 0.0
        self._reading: asyncio.Task[None] | None = None
        self._decided: dict[str, float] = {}

    async def entries(self) -> list[Entry]:
        """Return all posts that wait, those due first at the beginning.

        Raises:
            ServiceError: Temporal does not answer.
        """
        age = time.monotonic() - self._read_at
        if self._reading is None and age > max(_AT_LEAST, _SHARE * self._took):
            self._reading = asyncio.create_task(self._read())
        if self._reading is not None and age == float("inf"):
            await asyncio.shield(self._reading)
        return [one for one in self._entries if one.row.workflow_id not in self._decided]

    def decided(self, workflow_id: str) -> None:
        """Leave a post out that a person has just decided on, until the lists show it."""
        self._decided[workflow_id] = time.monotonic()

    def returned(self, workflow_id: str) -> None:
        """Show a post again: the decision did not count, or there is a new draft."""
        self._decided.pop(workflow_id, None)

    async def _read(self) -> None:
        began = time.monotonic()
        try:
            client = await self._connections.temporal()
            rows = await list_posts(client, PostSearch(needs_person=True).query(), _MOST)
            # Sorting and naming thousands must not hold up the answers to others.
            self._entries = await asyncio.to_thread(_ordered, rows)
            self._read_at, self._took = time.monotonic(), time.monotonic() - began
            shown = [one for one, at in self._decided.items() if at < began - _LAGS]
            for one in shown:
                del self._decided[one]
        finally:
            self._reading = None

    async def close(self) -> None:
        """Stop reading."""
        if self._reading is not None:
            self._reading.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._reading


def _ordered(rows: list[PostRow]) -> tuple[Entry, ...]:
    rows = sorted(named(rows), key=lambda row: (row.due_at or _FAR, row.started_at))
    return tuple(
        Entry(
            row, f"{row.title} {row.opening} {row.handle} {row.brand} {row.started_by}".casefold()
        )
        for row in rows
    )


def choices(entries: Iterable[Entry], filters: Filters, name: str) -> list[Choice]:
    """Return the values of a filter that the others leave, the most frequent first."""
    column = {
        "network": "platform",
        "brand": "brand",
        "campaign": "campaign_id",
        "person": "started_by",
        "state": "state",
    }[name]
    taken = [one.row for one in entries if filters.takes(one, but=name)]
    counts = Counter(str(getattr(row, column)) for row in taken)
    labels = {row.campaign_id: row.title or row.campaign_id for row in taken}
    found = [
        Choice(value, labels.get(value, value) if name == "campaign" else value, count)
        for value, count in counts.most_common(_MOST_CHOICES)
        if value
    ]
    wanted = str(getattr(filters, name))
    if wanted and wanted not in {one.value for one in found}:
        found.append(Choice(wanted, wanted, 0))
    return found
