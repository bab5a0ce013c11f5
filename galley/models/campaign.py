"""One source carried to several channels."""

from datetime import timedelta
from enum import StrEnum
from typing import Self

from pydantic import AwareDatetime, Field, NaiveDatetime, model_validator

from galley.models.base import Model
from galley.models.card import CardKind
from galley.models.delivery import Delivery
from galley.models.draft import MOST_VARIANTS
from galley.models.extras import Extras
from galley.models.form import Form
from galley.models.limits import Opening
from galley.models.media import MediaMaker
from galley.models.persona import PersonaRef
from galley.models.platform import Platform
from galley.models.source import SourceRef, SourceSpec
from galley.models.timing import BusyTime, Move, QuietHours, Timing
from galley.models.voice import LessonsRef

_YEAR = timedelta(days=366)
"""Spans without bounds would leave the calendar, where a run could only hang."""


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
    persona: PersonaRef | None = None
    start_at: AwareDatetime | None = None
    start_wall: NaiveDatetime | None = Field(
        default=None,
        description="The wall clock asked for, in ``timezone``; ``start_at`` is the "
        "instant it became.",
    )
    every: timedelta = Field(
        default=timedelta(0),
        ge=timedelta(0),
        le=_YEAR,
        description="Between two posts; whole days keep the wall clock.",
    )
    timezone: str = "UTC"
    quiet: QuietHours | None = None
    gap: timedelta = timedelta(0)
    slots: bool = False
    busy: tuple[BusyTime, ...] = Field(
        default=(), description="Posts of other campaigns, known at the start."
    )
    approval: Approval = Approval.ASK
    review_expires_after: timedelta = Field(
        default=timedelta(days=7), ge=timedelta(0), le=_YEAR
    )
    remind_before: timedelta = Field(
        default=timedelta(days=1), ge=timedelta(0), le=_YEAR
    )
    publish_lead: timedelta = Field(
        default=timedelta(minutes=1),
        ge=timedelta(0),
        le=_YEAR,
        description="Least time between approval and the due time given to Buffer.",
    )
    delivery: Delivery = Delivery()
    extras: tuple[Extras, ...] = Field(
        default=(), max_length=11, description="At most one for each platform."
    )
    threads: bool = Field(
        default=False,
        description="Where a network has threads, a long post becomes one.",
    )
    numbered: bool = Field(default=False, description="Number the posts of threads.")
    link_cards: bool = Field(
        default=True, description="Show the link of a text as a card, where it can be."
    )
    form: Form = Form.POST
    variants: int = Field(
        default=1, ge=1, le=MOST_VARIANTS, description="Drafts to pick from, a post."
    )
    media: MediaMaker = MediaMaker.CARD
    card: CardKind | None = Field(
        default=None,
        description="Drawn wherever a network takes one; ``None``: a quote card where "
        "it takes no post without.",
    )
    narrate: bool = Field(
        default=False, description="A model reads the words of films aloud."
    )
    started_by: str = ""

    @model_validator(mode="after")
    def _has_extras_once(self) -> Self:
        named = [extras.platform for extras in self.extras]
        twice = sorted({name for name in named if named.count(name) > 1})
        if twice:
            raise ValueError(f"there are extras for {', '.join(twice)} more than once")
        return self

    @property
    def timing(self) -> Timing:
        """The rules every post of the campaign keeps to, late or not."""
        return Timing(
            timezone=self.timezone, quiet=self.quiet, gap=self.gap, slots=self.slots
        )


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


class CampaignView(Model):
    """Answer of the campaign's ``view`` query, and its result."""

    campaign_id: str
    stage: str
    source: SourceRef | None = None
    lessons: LessonsRef | None = None
    posts: tuple[PlannedPost, ...] = ()
    skipped: tuple[SkippedChannel, ...] = ()
    notes: tuple[str, ...] = Field(
        default=(), description="What to know of the plan beside its times."
    )
    quota: str = Field(
        default="", description="When Buffer's quota takes the posts, in a sentence."
    )
    forecast: tuple[Opening, ...] = Field(
        default=(), description="When Buffer's quota takes the posts, in order."
    )
