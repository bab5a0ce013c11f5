"""What Buffer still takes: its daily posting limits and those of the plan."""

from datetime import date

from pydantic import AwareDatetime, Field

from galley.models.base import Model
from galley.models.channel import ChannelDirectory
from galley.models.publishing import RateWindow, ReadKind
from galley.models.timing import BusyTime

MOST_DAYS = 7
"""Days of a plan whose limits are read: each costs a request."""


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
    held: tuple[BusyTime, ...] = Field(
        default=(), description="When those that were counted are due."
    )
    message: str = ""
    retry_after: float | None = None
    windows: tuple[RateWindow, ...] = ()


class AskLimits(Model):
    """What a campaign wants to know before it is planned.

    Input of the activity ``ask_limits`` and of the update ``limits``.
    """

    organization_id: str
    channel_ids: tuple[str, ...] = Field(min_length=1)
    days: tuple[date, ...] = Field(
        default=(), max_length=MOST_DAYS, description="Each in the channel's own zone."
    )
    calls: int = Field(
        default=0, ge=0, le=10_000, description="Calls to Buffer the campaign makes."
    )


class DayLimits(Model):
    """What each channel still takes on one day of its own zone."""

    day: date
    daily: tuple[DailyLimit, ...]


class Opening(Model):
    """The next ``calls`` calls to Buffer, of which the last may go out at ``at``.

    ``window`` is what cost most time until then, such as ``250 in 24 hours``; it is
    empty where they go out at once, one after the other.
    """

    at: AwareDatetime
    calls: int = Field(ge=1)
    window: str = ""


class Outlook(Model):
    """What Buffer takes of a campaign, as far as it could be read.

    Answer of the update ``limits``. ``missing`` says why something was not read; it is
    empty where everything asked for is here.
    """

    days: tuple[DayLimits, ...] = ()
    plan: PlanLimits = PlanLimits()
    scheduled: dict[str, int] = Field(
        default_factory=dict, description="Posts Buffer holds, by channel."
    )
    held: tuple[BusyTime, ...] = Field(
        default=(), description="When posts that Buffer holds are due, the next ones."
    )
    openings: tuple[Opening, ...] = Field(
        default=(), description="Of the calls asked for, in order; runs are merged."
    )
    missing: str = ""


class OpenAccount(Model):
    """What a campaign wants of the account before it is planned.

    Input of the activity ``open_account`` and of the update ``open``.
    """

    asks_today: bool = Field(
        default=False, description="What Buffer takes today, which saves a question."
    )


class OpenedAccount(Model):
    """The channels, and what Buffer takes today, if that was asked for.

    ``media_trouble`` says why approved media could not be fetched, if that is known.
    """

    directory: ChannelDirectory
    media_trouble: str = ""
    outlook: Outlook = Outlook()
