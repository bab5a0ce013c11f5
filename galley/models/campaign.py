"""One source carried to several channels."""

from datetime import timedelta
from enum import StrEnum

from pydantic import AwareDatetime, Field

from galley.models.base import Model
from galley.models.platform import Platform
from galley.models.source import SourceRef, SourceSpec


class Approval(StrEnum):
    """Who lets a draft out."""

    ASK = "ask"
    AUTO = "auto"


class CampaignInput(Model):
    """Input of CampaignWorkflow, ID ``campaign:<key>``.

    ``key`` is made by :func:`workflows.ids.campaign_key` from the source's identity
    and ``edition``.
    """

    key: str
    source: SourceSpec
    edition: int = Field(default=1, ge=1)
    channels: tuple[str, ...] = Field(
        default=(), description="Channel ids or names; empty: all."
    )
    platforms: tuple[Platform, ...] = Field(default=(), description="Empty: all.")
    brief: str = Field(default="", max_length=4000)
    start_at: AwareDatetime | None = None
    every: timedelta = timedelta(0)
    timezone: str = "UTC"
    approval: Approval = Approval.ASK
    review_expires_after: timedelta = timedelta(days=7)
    remind_before: timedelta = timedelta(days=1)
    publish_lead: timedelta = Field(
        default=timedelta(minutes=1),
        description="Least time between approval and the due time given to Buffer.",
    )
    started_by: str = ""


class PlannedPost(Model):
    """One post of a campaign, as planned."""

    workflow_id: str
    platform: Platform
    channel_id: str
    channel_name: str
    due_at: AwareDatetime | None = None


class SkippedChannel(Model):
    """A channel the campaign leaves out, and why."""

    channel_id: str
    channel_name: str
    platform: Platform
    reason: str


class CampaignView(Model):
    """Answer of the campaign's ``view`` query, and its result."""

    campaign_id: str
    stage: str
    source: SourceRef | None = None
    posts: tuple[PlannedPost, ...] = ()
    skipped: tuple[SkippedChannel, ...] = ()
