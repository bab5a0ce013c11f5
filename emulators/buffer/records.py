"""Values that every part of the emulator uses: instants, the clock, posts, IDs.

Instants are whole milliseconds since the epoch.
"""

import re
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

Json = dict[str, Any]
"""A JSON object, or GraphQL input that has been coerced to one."""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SECOND = 1000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
# In the years 1 and 9999 a zone's offset can lead out of what datetime can hold.
_YEARS = (2, 9998)
_MOMENT = re.compile(
    r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})", re.IGNORECASE
)


class Clock:
    """The emulator's time: the wall clock, moved ahead and sped up by the control API."""

    def __init__(
        self, ahead_ms: int = 0, speed: float = 1.0, wall: Callable[[], float] = time.time
    ) -> None:
        self.ahead_ms = ahead_ms
        self.speed = speed
        self._wall = wall
        # Speed applies from here on, not from the epoch.
        self._start = wall()

    def restart(self) -> None:
        """Go back to the wall clock's time."""
        self.ahead_ms = 0
        self._start = self._wall()

    def now(self) -> int:
        """Return the emulator's current instant."""
        passed = (self._wall() - self._start) * self.speed
        return int((self._start + passed) * SECOND) + self.ahead_ms

    def ahead_of_wall(self) -> int:
        """Return the milliseconds between this clock and the wall clock."""
        return self.now() - int(self._wall() * SECOND)


def iso(instant: int) -> str:
    """Format an instant as Buffer does: UTC, milliseconds, ``Z``."""
    moment = EPOCH + timedelta(milliseconds=instant)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def parse_instant(text: str) -> int:
    """Parse an ISO 8601 date and time with an offset or ``Z``.

    A date alone is its midnight in UTC, as in JavaScript: Buffer's own command-line client
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
    """Return the date of an instant in a time zone."""
    return datetime.fromtimestamp(instant / SECOND, ZoneInfo(zone)).date()


def local_day(zone: str, day: date) -> tuple[int, int]:
    """Return the start and end of a date in a time zone."""
    midnight = datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone))
    # Wall clock: adding a day gives the next midnight, 23 to 25 hours later.
    ends = (midnight, midnight + timedelta(days=1))
    start, end = (int(one.timestamp()) * SECOND for one in ends)
    return start, end


@dataclass(slots=True)
class Post:
    """A post on one channel, with the measured sizes of its media."""

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
    """The due time that was asked for, while the post waits for approval."""
    finish_at: int | None = None
    """The end of ``sending``."""
    visible_at: int = 0
    """``posts`` does not list the post before this instant."""
    deleted_at: int | None = None
    assets: list[Json] = field(default_factory=list[Json])
    metadata: Json = field(default_factory=dict[str, Any])
    """The input under the channel's own metadata key."""
    thread: list[Json] = field(default_factory=list[Json])
    link: Json | None = None
    idea_id: str | None = None
    external_link: str | None = None
    link_at: int = 0
    """The API does not show the external link before this instant."""
    error: Json | None = None
    notified: bool = False
    """Whether the reminder to publish by hand has been sent."""
    published_by_hand: bool = False

    def all_assets(self) -> list[Json]:
        """Return the assets of the post and of its thread's items."""
        return self.assets + [one for item in self.thread for one in item["assets"]]

    def has_unread_video(self) -> bool:
        """Return whether a video still waits to be measured."""
        return any(
            asset["kind"] == "video" and asset["video"]["isVideoProcessing"]
            for asset in self.all_assets()
        )


@dataclass(frozen=True, slots=True)
class Fault:
    """A pending fault that was ordered through the control API."""

    id: int
    operation: str
    kind: str
    times: int
    details: Json


def object_id(now: int) -> str:
    """Return a fresh ID of 24 hex digits like a Mongo ObjectId: seconds, then random ones."""
    # Seconds first, so that IDs sort by creation as Mongo's do.
    return f"{now // 1000:08x}"[-8:] + secrets.token_hex(8)
