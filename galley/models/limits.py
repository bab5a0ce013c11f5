"""What Buffer still takes: its daily posting limits and those of the plan."""

from pydantic import AwareDatetime, Field

from galley.models.base import Model
from galley.models.publishing import RateWindow, ReadKind


class ReadLimits(Model):
    """Read what Buffer still takes: per channel and day, and of the plan.

    ``day`` is any instant of the day; one request.
    """

    organization_id: str
    channel_ids: tuple[str, ...]
    day: AwareDatetime


class DailyLimit(Model):
    """One member of ``dailyPostingLimits``; without a cap ``limit`` is ``None``."""

    channel_id: str
    sent: int
    scheduled: int
    limit: int | None = None


class PlanLimits(Model):
    """What the organization's Buffer plan allows; ``None`` where it was not told."""

    scheduled_posts: int | None = Field(
        default=None, description="Per channel, scheduled at the same time."
    )
    scheduled_threads: int | None = Field(default=None, description="Per channel.")


class LimitsReply(Model):
    """The limits of one day, or why they could not be read.

    ``scheduled`` counts, per channel, the posts Buffer holds; a channel that has more
    than were counted stands with what was counted.
    """

    kind: ReadKind
    daily: tuple[DailyLimit, ...] = ()
    plan: PlanLimits = PlanLimits()
    scheduled: dict[str, int] = Field(default_factory=dict)
    message: str = ""
    retry_after: float | None = None
    windows: tuple[RateWindow, ...] = ()
