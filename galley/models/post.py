"""PostWorkflow's input, states, view and result."""

from datetime import timedelta
from enum import StrEnum
from typing import Self, TypedDict, Unpack

from pydantic import AwareDatetime, Field

from galley.models.account import PublishJob
from galley.models.base import Model
from galley.models.brand import Lesson, LessonsRef
from galley.models.channel import Channel, Delivery
from galley.models.draft import Draft, Fact, Problem, Provenance, Variant
from galley.models.media import MediaMaker, PublicAsset, StagedAsset
from galley.models.network import Platform
from galley.models.options import CampaignOptions
from galley.models.review import Change, ChangeOutcome, ChangeRequest, Decision, LastChange
from galley.models.source import SourceRef


class PostState(StrEnum):
    """The states of a post. The values are the search attribute ``GalleyState``."""

    DRAFTING = "drafting"
    IN_REVIEW = "in_review"
    """A person is asked to approve, edit, regenerate or reject."""
    PUBLISHING = "publishing"
    """Approved; media is re-hosted and the post handed to Buffer."""
    HELD = "held"
    """Galley cannot decide alone whether Buffer has the post; a person is asked."""
    SCHEDULED = "scheduled"
    """Buffer has it and will publish it at ``due_at``."""
    LATE = "late"
    """Its time is past by an hour and Buffer has not published it: look."""
    PULLED_BACK = "pulled_back"
    """Taken out of Buffer by a pause; resume puts it back."""
    SENT = "sent"
    """Published, says Buffer, yet there is no link to it so far."""
    ERROR = "error"
    """Buffer reports that publishing failed; a person redrives or rejects it."""
    PUBLISHED = "published"
    """Buffer reports ``sent``."""
    HANDED_TO_PERSON = "handed_to_person"
    """A draft in Buffer, or a reminder: a person publishes it, or not."""
    RETRACTED = "retracted"
    """Taken back after it was approved; it is not in Buffer."""
    REJECTED = "rejected"
    EXPIRED = "expired"
    REFUSED = "refused"
    """Buffer or the network would not take it."""
    FAILED = "failed"
    """A step failed for good; the error says what to do."""

    @property
    def is_final(self) -> bool:
        """Whether the run has ended."""
        return self in _FINAL


_FINAL = frozenset(
    {
        PostState.PUBLISHED,
        PostState.HANDED_TO_PERSON,
        PostState.RETRACTED,
        PostState.REJECTED,
        PostState.EXPIRED,
        PostState.REFUSED,
        PostState.FAILED,
    }
)


class PostInput(Model):
    """Input of PostWorkflow, ID ``post:<key>:<channel id>``."""

    campaign_id: str
    key: str
    source: SourceRef
    channel: Channel
    organization_id: str
    options: CampaignOptions = CampaignOptions()
    lessons: LessonsRef | None = None
    due_at: AwareDatetime | None = Field(
        default=None, description="``None``: as soon as it is approved."
    )
    publish_lead: timedelta = timedelta(minutes=1)
    allowance: int | None = Field(
        default=None, description="Micros its first draft may cost; ``None``: there is no ceiling."
    )
    is_first: bool = Field(
        default=False,
        description="The first draft of a campaign tells the campaign when it is "
        "written, so that the others find the source in the model's cache.",
    )
    is_later: bool = Field(
        default=False, description="Its first draft is written after the campaign's first one."
    )
    snapshot: "PostSnapshot | None" = Field(
        default=None, description="Set by continue-as-new alone: where it goes on."
    )


class Proposal(Model):
    """An edit of a post that is on its way already.

    Until a person approves it, what was approved before stands, in Buffer too.
    """

    draft: Draft
    problems: tuple[Problem, ...] = ()
    provenance: Provenance | None = None
    staged: tuple[StagedAsset, ...] = ()
    media_notes: tuple[str, ...] = ()
    media_by: MediaMaker = MediaMaker.CARD


class PostViewChanges(TypedDict, total=False):
    """The fields of the view that a run changes: all but the post's identity."""

    state: PostState
    revision: int
    approved_revision: int
    draft: Draft | None
    provenance: Provenance | None
    problems: tuple[Problem, ...]
    facts: tuple[Fact, ...]
    variants: tuple[Variant, ...]
    picked: int
    staged: tuple[StagedAsset, ...]
    media_notes: tuple[str, ...]
    media_by: MediaMaker
    is_making_media: bool
    media: tuple[PublicAsset, ...]
    due_at: AwareDatetime | None
    review_expires_at: AwareDatetime | None
    buffer_post_id: str | None
    external_link: str | None
    sent_at: AwareDatetime | None
    error: str | None
    waiting_for: str
    proposal: Proposal | None
    change: ChangeRequest | None
    last_change: LastChange | None
    notice: str
    decisions: tuple[Decision, ...]
    changes: tuple[ChangeRequest, ...]
    ignored: tuple[str, ...]


class PostView(Model):
    """Everything shown of a post: answer of the ``view`` query and of updates."""

    workflow_id: str
    campaign_id: str
    platform: Platform
    channel_id: str
    channel_name: str
    state: PostState
    revision: int = Field(description="The latest; a decision names it.")
    approved_revision: int = Field(
        default=0, description="The one that goes out, or went; 0: none."
    )
    draft: Draft | None = None
    provenance: Provenance | None = None
    problems: tuple[Problem, ...] = ()
    facts: tuple[Fact, ...] = Field(
        default=(), description="Of a draft as it was written; an edit has none."
    )
    variants: tuple[Variant, ...] = Field(
        default=(),
        description="What a person may pick from, number 1 first; empty: the draft "
        "alone. Those without problems come first.",
    )
    picked: int = Field(
        default=0, description="The variant that the draft was; 0: none was picked."
    )
    staged: tuple[StagedAsset, ...] = ()
    media_notes: tuple[str, ...] = Field(
        default=(), description="What was done to its media, and what to know of them."
    )
    media_by: MediaMaker = Field(default=MediaMaker.CARD, description="Who made them in the end.")
    is_making_media: bool = Field(
        default=False,
        description="Its words are written, its media are not made yet: it can be "
        "rejected or regenerated, which stops that.",
    )
    media: tuple[PublicAsset, ...] = ()
    due_at: AwareDatetime | None = None
    review_expires_at: AwareDatetime | None = None
    buffer_post_id: str | None = None
    external_link: str | None = None
    sent_at: AwareDatetime | None = None
    error: str | None = None
    waiting_for: str = Field(default="", description="One line: what happens next.")
    proposal: Proposal | None = None
    change: ChangeRequest | None = Field(
        default=None, description="Asked of Buffer and not confirmed yet."
    )
    last_change: LastChange | None = Field(
        default=None, description="The outcome of the change that ended last."
    )
    notice: str = Field(default="", description="What a person should know, in a sentence.")
    decisions: tuple[Decision, ...] = ()
    changes: tuple[ChangeRequest, ...] = Field(default=(), description="All that were heard.")
    ignored: tuple[str, ...] = Field(
        default=(), description="Signals that changed nothing, and why."
    )

    def outcome_of(self, change_id: int) -> ChangeOutcome | None:
        """Return how a change of this post ended; ``None`` while it is unanswered.

        Only the last outcome is kept: an older change was replaced by a later one.
        """
        asked, last = self.change, self.last_change
        if asked is not None and change_id in {asked.change_id, *asked.includes}:
            return None
        if last is not None and change_id in {last.id, *last.includes}:
            return last.outcome
        return ChangeOutcome.SUPERSEDED

    def replace(self, **changes: Unpack[PostViewChanges]) -> Self:
        """Return a copy with other values, whose types are checked."""
        return self.model_copy(update=changes)


class Released(Model):
    """Content that was approved once: one revision with its public media."""

    revision: int
    draft: Draft
    provenance: Provenance | None = None
    staged: tuple[StagedAsset, ...] = ()
    media: tuple[PublicAsset, ...] = ()


class PostSnapshotChanges(TypedDict, total=False):
    """The fields of the snapshot that a run changes."""

    view: PostView
    delivery: Delivery
    needs_media: bool
    written: Draft | None
    lessons: tuple[Lesson, ...]
    due_is_named: bool
    job: PublishJob | None
    is_handed_over: bool
    change: Change | None
    is_told: bool
    last_change_id: int
    before: Released | None
    edited: PublishJob | None
    content_since: int
    ends_rejected: bool
    is_beyond_looking: bool
    media_seen_at: AwareDatetime | None
    media_tried_at: AwareDatetime | None
    has_media_alarm: bool
    asked_at: AwareDatetime | None
    patience: timedelta


class PostSnapshot(Model):
    """A post's view and what is kept beside it: all that its run goes on from."""

    view: PostView
    delivery: Delivery = Delivery()
    needs_media: bool = False
    written: Draft | None = Field(
        default=None,
        description="As the drafter left it, or as it was last approved: what a "
        "person's edit is compared with.",
    )
    lessons: tuple[Lesson, ...] = Field(
        default=(), description="Taught by this review, and not handed over yet."
    )
    due_is_named: bool = Field(
        default=False, description="A person named the due time: it is taken as it is."
    )
    job: PublishJob | None = Field(
        default=None, description="As Buffer has it, or is to create it."
    )
    is_handed_over: bool = Field(
        default=False, description="Whether AccountWorkflow may know the job."
    )
    change: Change | None = Field(default=None, description="Not answered yet.")
    is_told: bool = Field(default=False, description="Whether it was handed over.")
    last_change_id: int = 0
    before: Released | None = Field(
        default=None, description="What stands until the change of it is confirmed."
    )
    edited: PublishJob | None = Field(
        default=None, description="With the new content, until that is confirmed."
    )
    content_since: int = Field(
        default=0, description="The change that first carried the new content."
    )
    ends_rejected: bool = Field(default=False, description="Whether the retraction is a rejection.")
    is_beyond_looking: bool = Field(
        default=False, description="Whether a held post could not be taken back."
    )
    media_seen_at: AwareDatetime | None = Field(
        default=None, description="When anybody could last fetch its media."
    )
    media_tried_at: AwareDatetime | None = None
    has_media_alarm: bool = False
    asked_at: AwareDatetime | None = None
    patience: timedelta = Field(
        default=timedelta(minutes=10), description="After that it is asked again."
    )

    def replace(self, **changes: Unpack[PostSnapshotChanges]) -> Self:
        """Return a copy with other values, whose types are checked."""
        return self.model_copy(update=changes)


PostInput.model_rebuild()


class PostOutcome(StrEnum):
    """The outcomes of a post's run."""

    PUBLISHED = "published"
    HANDED_TO_PERSON = "handed_to_person"
    RETRACTED = "retracted"
    REJECTED = "rejected"
    EXPIRED = "expired"
    REFUSED = "refused"
    FAILED = "failed"


class PostResult(Model):
    """The typed end of a post's run."""

    outcome: PostOutcome
    view: PostView
