"""Health levels and findings, which every examination of this room returns."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from app.advice import Action
from app.errors import AppError, app_error


class Level(StrEnum):
    """The health of a part, the best first."""

    OK = "ok"
    NEEDS_YOU = "needs_you"
    """It works, and posts wait for a person."""
    WARNING = "warning"
    """It works, and needs attention before it stops."""
    FAILED = "failed"
    """It does not work, or posts are stuck."""

    @property
    def severity(self) -> int:
        """Its place among the levels; the worst is the highest."""
        return list(Level).index(self)


def worst(*levels: Level) -> Level:
    """Return the worst of the levels; without any, all is well."""
    return max(levels, key=lambda level: level.severity, default=Level.OK)


class Seen(NamedTuple):
    """The state of one part: its level, a sentence, and the action that mends it.

    Of a task queue also the workers that poll it.
    """

    level: Level
    message: str
    action: Action | None = None
    workers: tuple[str, ...] = ()


Look = Callable[[], Awaitable[Seen]]
"""A look at one part."""


@dataclass(frozen=True)
class Finding:
    """What an examination found of one part."""

    part: str
    level: Level
    message: str
    action: Action | None = None
    workers: tuple[str, ...] = ()
    """Of a task queue: the workers that poll it."""
    error: AppError | None = None
    """Why the part could not be examined, where that failed."""


async def find(part: str, look: Look) -> Finding:
    """Return what ``look`` found; an expected error is a finding too."""
    try:
        seen = await look()
    except Exception as error:
        known = app_error(error)
        if known is None:
            raise
        return Finding(part, Level.FAILED, str(known), error=known)
    return Finding(part, *seen)
