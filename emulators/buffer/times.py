"""Instants as whole milliseconds since the epoch, and how Buffer writes them."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SECOND = 1000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR


class Clock:
    """The emulator's wall clock; the control API can move it forward."""

    def __init__(
        self, ahead_ms: int = 0, wall: Callable[[], float] = time.time
    ) -> None:
        self.ahead_ms = ahead_ms
        self._wall = wall

    def now(self) -> int:
        """Milliseconds since the epoch, shifted by how far the clock was moved."""
        return int(self._wall() * SECOND) + self.ahead_ms


def iso(instant: int) -> str:
    """Write an instant as Buffer does: UTC, milliseconds, ``Z``."""
    moment = EPOCH + timedelta(milliseconds=instant)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def parse_instant(text: str) -> int:
    """Read an ISO 8601 date and time that carries an offset or ``Z``.

    Raises:
        ValueError: Not such a date, or its offset is missing.
    """
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None or len(text) <= len("2026-01-01"):
        raise ValueError("an offset or Z is required")
    return (moment - EPOCH) // timedelta(milliseconds=1)
