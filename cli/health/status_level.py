"""How well a part is, and the line that says so."""

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """How well a part is."""

    OK = "ok"
    NEEDS_YOU = "needs_you"
    """All works, and a person is waited for."""
    WARNING = "warning"
    """It works, and should be looked at before it does not."""
    FAILED = "failed"
    """It does not work, or posts are stuck."""


@dataclass(frozen=True)
class Line:
    """What was seen of one part, and the command to run next."""

    part: str
    level: Level
    said: str
    run_next: str
