"""Instants as whole milliseconds since the epoch, and how Buffer writes them."""

import re
import secrets
import sqlite3
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SECOND = 1000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_YEARS = (2, 9998)
_MOMENT = re.compile(
    r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})", re.IGNORECASE
)


class Clock:
    """The emulator's wall clock; the control API can move it forward."""

    def __init__(
        self, ahead_ms: int = 0, speed: float = 1.0, wall: Callable[[], float] = time.time
    ) -> None:
        self.ahead_ms = ahead_ms
        self.speed = speed
        self._wall = wall
        self._start = wall()

    def restart(self) -> None:
        """Show the wall's time again."""
        self.ahead_ms = 0
        self._start = self._wall()

    def now(self) -> int:
        """Milliseconds since the epoch, shifted by how far the clock was moved."""
        passed = (self._wall() - self._start) * self.speed
        return int((self._start + passed) * SECOND) + self.ahead_ms

    def ahead_of_wall(self) -> int:
        """Milliseconds between this clock and the wall's, by moves and by speed."""
        return self.now() - int(self._wall() * SECOND)


def iso(instant: int) -> str:
    """Write an instant as Buffer does: UTC, milliseconds, ``Z``."""
    moment = EPOCH + timedelta(milliseconds=instant)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def parse_instant(text: str) -> int:
    """Read an ISO 8601 date and time that carries an offset or ``Z``.

    A date alone is its midnight in UTC, as it is to JavaScript; Buffer's own client
    sends such dates.

    Raises:
        ValueError: Not such a date, or its offset is missing, or its year is 1 or 9999.
    """
    if _DATE.fullmatch(text):
        moment = datetime.fromisoformat(text).replace(tzinfo=UTC)
    elif _MOMENT.fullmatch(text):
        moment = datetime.fromisoformat(text.upper())
    else:
        raise ValueError("a date, or a date and time with an offset or Z")
    if not _YEARS[0] <= moment.year <= _YEARS[1]:
        raise ValueError("a year that every zone can write")
    return (moment - EPOCH) // timedelta(milliseconds=1)


def date_in(zone: str, instant: int) -> date:
    """The date an instant falls on in a zone."""
    return datetime.fromtimestamp(instant / SECOND, ZoneInfo(zone)).date()


def local_day(zone: str, day: date) -> tuple[int, int]:
    """Start and end of a date in a zone."""
    midnight = datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone))
    # Wall clock: adding a day gives the next midnight, 23 to 25 hours later.
    ends = (midnight, midnight + timedelta(days=1))
    start, end = (int(one.timestamp()) * SECOND for one in ends)
    return start, end


@contextmanager
def transaction(database: sqlite3.Connection) -> Generator[None]:
    """Keep all writes of the block, or none; others wait for its end."""
    database.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        database.execute("ROLLBACK")
        raise
    database.execute("COMMIT")


Json = dict[str, Any]
"""A JSON object, or GraphQL input that has been coerced to one."""


@dataclass(slots=True)
class Post:
    """One post on one channel, with its media as they were measured."""

    id: str
    organization_id: str
    channel_id: str
    service: str
    status: str
    text: str
    mode: str
    scheduling_type: str
    created_at: int
    updated_at: int
    due_at: int | None = None
    sent_at: int | None = None
    asked_at: int | None = None
    """The time it was wanted for, while it waits for approval."""
    finish_at: int | None = None
    """When ``sending`` ends."""
    visible_at: int = 0
    """Before this instant ``posts`` does not list it."""
    deleted_at: int | None = None
    assets: list[Json] = field(default_factory=list[Json])
    metadata: Json = field(default_factory=dict[str, Any])
    """The input under the channel's own metadata key."""
    thread: list[Json] = field(default_factory=list[Json])
    link: Json | None = None
    idea_id: str | None = None
    external_link: str | None = None
    link_at: int = 0
    """Before this instant the link is not told."""
    error: Json | None = None
    notified: bool = False
    """Whether the reminder to publish it went out."""
    published_by_hand: bool = False

    def all_assets(self) -> list[Json]:
        """Assets of the post and of the items of its thread."""
        return self.assets + [one for item in self.thread for one in item["assets"]]

    def has_unread_video(self) -> bool:
        """Whether a video still waits to be ingested."""
        return any(
            asset["kind"] == "video" and asset["video"]["isVideoProcessing"]
            for asset in self.all_assets()
        )


@dataclass(frozen=True, slots=True)
class Fault:
    """One disturbance ordered through the control API."""

    id: int
    operation: str
    kind: str
    times: int
    details: Json


def object_id(now: int) -> str:
    """A fresh 24-hex id in the manner of a Mongo ObjectId: seconds, then chance."""
    return f"{now // 1000:08x}"[-8:] + secrets.token_hex(8)
