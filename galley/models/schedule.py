"""The timing rules of a campaign's posts, and the moves of a due time they cause."""

from datetime import time, timedelta
from enum import StrEnum
from typing import Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AwareDatetime, Field, NaiveDatetime, field_validator, model_validator

from galley.models.base import Model

LONGEST_SPAN = timedelta(days=366)
"""Unbounded spans overflow ``datetime`` in a workflow task, which fails for ever."""


class QuietHours(Model):
    """A span of every day in which nothing is published, over midnight or not.

    ``start`` is quiet, ``end`` is not. Both are wall clock in the campaign's zone.
    """

    start: time
    end: time

    @model_validator(mode="after")
    def _spans_something(self) -> Self:
        if self.start.tzinfo or self.end.tzinfo or self.start == self.end:
            raise ValueError("quiet hours are two different clock times without zone")
        return self

    def __str__(self) -> str:
        return f"{self.start:%H:%M}-{self.end:%H:%M}"


class Timing(Model):
    """The rules for the due times of a campaign's posts.

    ``start_at`` and ``every`` place them one after the other; the other rules also
    bind a post that is approved after its due time.
    """

    start_at: AwareDatetime | None = None
    start_wall: NaiveDatetime | None = None
    """The wall clock asked for, in ``timezone``; ``start_at`` is the instant it became."""
    every: timedelta = Field(
        default=timedelta(0),
        ge=timedelta(0),
        le=LONGEST_SPAN,
        description="Between two posts; whole days keep the wall clock.",
    )
    timezone: str = Field(default="UTC", description="IANA name.")
    quiet: QuietHours | None = None
    gap: timedelta = Field(
        default=timedelta(0),
        ge=timedelta(0),
        description="Least time between two posts of a channel.",
    )
    slots: bool = False
    """Only at times of the channel's posting schedule."""

    @field_validator("timezone")
    @classmethod
    def _is_known(cls, name: str) -> str:
        try:
            return ZoneInfo(name).key
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError(f"{name[:60]!r} is not a time zone") from None


class BusyTime(Model):
    """A post that a channel has already, from another campaign."""

    channel_id: str
    at: AwareDatetime


class TimingRule(StrEnum):
    """The rules that move a due time, or explain it."""

    CLOCK = "clock"
    """The wall clock asked for does not exist that day."""
    QUIET = "quiet"
    GAP = "gap"
    LIMIT = "limit"
    """The network, or Buffer, takes no more posts then."""
    SLOT = "slot"
    QUEUE = "queue"
    """Buffer's queue, or a person, decides when."""


class Move(Model):
    """One reason why a post is due at another time than asked for.

    ``to`` is where the rule put it; ``None`` where the rule only has to be known.
    """

    rule: TimingRule
    why: str
    to: AwareDatetime | None = None
