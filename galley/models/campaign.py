"""CampaignWorkflow's input, planned posts and view."""

from datetime import timedelta
from typing import Self, TypedDict, Unpack

from pydantic import AwareDatetime, Field

from galley.models.account import Opening
from galley.models.base import Model
from galley.models.brand import LessonsRef
from galley.models.media import Attachment
from galley.models.network import Platform
from galley.models.options import CampaignOptions
from galley.models.schedule import LONGEST_SPAN, BusyTime, Move
from galley.models.source import SourceRef, SourceSpec


class CampaignInput(Model):
    """Input of CampaignWorkflow, ID ``campaign:<key>``.

    ``key`` is made by :func:`workflows.ids.campaign_key` from the source's identity
    and ``edition``.
    """

    key: str
    source: SourceSpec
    edition: int = Field(default=1, ge=1)
    options: CampaignOptions = CampaignOptions()
    busy: tuple[BusyTime, ...] = ()
    """Posts of other campaigns, known at the start."""
    publish_lead: timedelta = Field(
        default=timedelta(minutes=1),
        ge=timedelta(0),
        le=LONGEST_SPAN,
        description="Least time between approval and the due time given to Buffer.",
    )
    started_by: str = ""

    def of_source(self, key: str, source: SourceSpec) -> "CampaignInput":
        """Return the same campaign of another source, such as an item of a feed."""
        return self.model_copy(update={"key": key, "source": source})

    def on(self, platforms: tuple[Platform, ...]) -> "CampaignInput":
        """Return the same campaign for these networks alone."""
        options = self.options.model_copy(update={"platforms": platforms})
        return self.model_copy(update={"options": options})

    def with_attached(self, attached: tuple[Attachment, ...]) -> "CampaignInput":
        """Return the same campaign with these files as its pictures and films."""
        media = self.options.media.with_attached(attached)
        options = self.options.model_copy(update={"media": media})
        return self.model_copy(update={"options": options})

    def beside(self, busy: tuple[BusyTime, ...]) -> "CampaignInput":
        """Return the campaign with the posts that its channels have already."""
        return self.model_copy(update={"busy": busy})


class PlannedPost(Model):
    """One post of a campaign, as planned."""

    workflow_id: str
    platform: Platform
    channel_id: str
    channel_name: str
    due_at: AwareDatetime | None = None
    moves: tuple[Move, ...] = ()


class SkippedChannel(Model):
    """A channel the campaign leaves out, and why."""

    channel_id: str
    channel_name: str
    platform: Platform
    reason: str


WAITING = "waiting"
"""``GalleyState`` of a campaign that waits for what does not answer; otherwise it has none."""


class CampaignWait(Model):
    """What keeps a campaign waiting; it tries the step again every five minutes."""

    since: AwareDatetime
    """When the step did not succeed for the first time."""
    why: str
    """The error of the last try, in a sentence."""
    is_for_store: bool = False
    """Whether it waits for the state bucket."""


class CampaignViewChanges(TypedDict, total=False):
    """The fields of the view that a run changes."""

    source: SourceRef | None
    lessons: LessonsRef | None
    posts: tuple[PlannedPost, ...]
    skipped: tuple[SkippedChannel, ...]
    notes: tuple[str, ...]
    quota: str
    forecast: tuple[Opening, ...]
    wait: CampaignWait | None


class CampaignView(Model):
    """Answer of the campaign's ``view`` query, and its result."""

    campaign_id: str
    stage: str
    source: SourceRef | None = None
    lessons: LessonsRef | None = None
    posts: tuple[PlannedPost, ...] = ()
    skipped: tuple[SkippedChannel, ...] = ()
    notes: tuple[str, ...] = ()
    """Remarks on the plan, a sentence each."""
    quota: str = ""
    """The forecast of Buffer's quota, in a sentence."""
    forecast: tuple[Opening, ...] = ()
    """Times at which Buffer's quota takes the posts, in order."""
    wait: CampaignWait | None = None
    """What it waits for; ``None``: it goes on."""

    def at_stage(self, stage: str, **changes: Unpack[CampaignViewChanges]) -> Self:
        """Return the view at a stage, with other values, whose types are checked."""
        return self.model_copy(update={"stage": stage, **changes})
