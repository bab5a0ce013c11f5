"""PostWorkflow's input, states, view, snapshot and result."""

from datetime import timedelta
from enum import StrEnum
from typing import Self, TypedDict, Unpack

from pydantic import AwareDatetime, Field

from galley.models.account import PublishJob
from galley.models.base import Model
from galley.models.brand import Lesson, LessonsRef
from galley.models.channel import Board, Channel, Delivery, QueuePosition
from galley.models.draft import Draft, DraftSetRef, Fact, Problem, Provenance, Variant
from galley.models.media import MediaMaker, PublicAsset, StagedAsset
from galley.models.network import Platform
from galley.models.options import CampaignOptions
from galley.models.proof import PastProof
from galley.models.publishing import HoldReason
from galley.models.review import (
    ApprovedProof,
    ChangeKind,
    ChangeOutcome,
    ChangeRequest,
    Comment,
    Decision,
    DecisionKind,
    Ignored,
    LastChange,
)
from galley.models.source import SourceRef
from galley.models.team import Team


class PostOutcome(StrEnum):
    """The outcomes of a post's run: the states in which it ends."""

    PUBLISHED = "published"
    HANDED_TO_PERSON = "handed_to_person"
    RETRACTED = "retracted"
    REJECTED = "rejected"
    EXPIRED = "expired"
    FAILED = "failed"


class PostState(StrEnum):
    """The states of a post. The values are the search attribute ``GalleyState``."""

    DRAFTING = "drafting"
    IN_REVIEW = "in_review"
    """A person is to approve, edit, regenerate or reject it."""
    PUBLISHING = "publishing"
    """Approved; Galley hosts its media and hands it to Buffer."""
    HELD = "held"
    """Galley cannot tell whether Buffer has the post: a person looks."""
    SCHEDULED = "scheduled"
    """Buffer has it and will publish it at ``due_at``."""
    LATE = "late"
    """An hour past its time, and Buffer has not published it: a person looks."""
    PULLED_BACK = "pulled_back"
    """A pause took it out of Buffer; resume puts it back."""
    SENT = "sent"
    """Buffer reports ``sent``, but no link yet."""
    ERROR = "error"
    """Buffer reports that publishing failed; a person redrives or rejects it."""
    PUBLISHED = "published"
    """Buffer reports ``sent``."""
    HANDED_TO_PERSON = "handed_to_person"
    """A draft in Buffer, or a reminder: a person publishes it or not."""
    RETRACTED = "retracted"
    """Taken back after approval; it is not in Buffer."""
    REJECTED = "rejected"
    EXPIRED = "expired"
    FAILED = "failed"
    """A step failed for good; the error names the next step."""

    @property
    def is_final(self) -> bool:
        """Whether the run has ended."""
        return self.value in set(PostOutcome)


MAY_BE_IN_BUFFER = frozenset(
    {
        PostState.PUBLISHING,
        PostState.HELD,
        PostState.SCHEDULED,
        PostState.LATE,
        PostState.PULLED_BACK,
        PostState.ERROR,
    }
)
"""States in which a post whose run is ended in Temporal is abandoned."""


class PostInput(Model):
    """Input of PostWorkflow, ID ``post:<key>:<channel id>``."""

    campaign_id: str
    key: str
    source: SourceRef
    channel: Channel
    organization_id: str
    options: CampaignOptions = CampaignOptions()
    lessons: LessonsRef | None = None
    due_at: AwareDatetime | None = None
    """``None``: right after approval."""
    publish_lead: timedelta = timedelta(minutes=1)
    started_by: str = ""
    allowance: int | None = None
    """Micros for its first draft; ``None``: there is no ceiling."""
    draft_set: DraftSetRef | None = None
    """Its first draft is a part of it; missing: it is asked for by itself."""
    snapshot: "PostSnapshot | None" = None
    """Set by continue-as-new alone: the state it goes on from."""


class Change(Model):
    """Signal ``change`` from a post to AccountWorkflow.

    It holds the desired state, not a difference, so that the last one counts and a
    repeated one does no harm. ``job`` is the desired job; ``post_id`` is
    Buffer's id of the post, where it is known, so that an AccountWorkflow that lost
    its memory can still carry the change out.

    A post has at most one unanswered change. A newer one replaces and includes it: a
    RESCHEDULE after an EDIT carries the edited content too. Nothing replaces a
    RETRACT, whose ``job`` is the one Buffer may have. Where an EDIT or RESCHEDULE finds
    neither a known job nor a ``post_id``, nothing is created from it: the post
    hands its job over again, to be searched for, and then the change.
    """

    change_id: int = Field(ge=1, description="Counts up within one post.")
    kind: ChangeKind
    job: PublishJob
    post_id: str | None = None
    position: QueuePosition | None = None
    asked_at: AwareDatetime | None = Field(default=None, description="By a person.")
    is_withdrawal: bool = False
    """By a post that was reset: a RETRACT of what an earlier life of it handed over, if that is
    known."""

    def with_job(self, job: PublishJob) -> Self:
        """Return the change with its job in another form."""
        return self.model_copy(update={"job": job})


class HandChange(Model):
    """Pass a change to the AccountWorkflow of this organization."""

    organization_id: str
    change: Change


class Proposal(Model):
    """An edit of an approved post.

    Until a person approves it, the approved content stands, in Buffer too.
    """

    draft: Draft
    problems: tuple[Problem, ...] = ()
    provenance: Provenance | None = None
    staged: tuple[StagedAsset, ...] = ()
    media_notes: tuple[str, ...] = ()
    media_by: MediaMaker = MediaMaker.CARD
    due_at: AwareDatetime | None = None
    """Another time that an agent proposes; ``None``: the time stays."""


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
    held_for: HoldReason | None
    waiting_for: str
    proposal: Proposal | None
    change: ChangeRequest | None
    last_change: LastChange | None
    notice: str
    decisions: tuple[Decision, ...]
    changes: tuple[ChangeRequest, ...]
    ignored: tuple[Ignored, ...]
    comments: tuple[Comment, ...]
    delivery: Delivery
    digest: str
    approvals: tuple[Decision, ...]
    escalates_at: AwareDatetime | None
    past_proofs: tuple[PastProof, ...]
    has_other_words: bool


class PostView(Model):
    """Everything shown of a post: answer of the ``view`` query and of updates."""

    workflow_id: str
    campaign_id: str
    platform: Platform
    channel_id: str
    channel_name: str
    state: PostState
    revision: int = Field(description="The latest one; a decision names it.")
    approved_revision: int = 0
    """The revision that goes out, or went out; 0: none."""
    draft: Draft | None = None
    provenance: Provenance | None = None
    problems: tuple[Problem, ...] = ()
    facts: tuple[Fact, ...] = ()
    variants: tuple[Variant, ...] = Field(
        default=(),
        description="Drafts to pick from, number 1 first; empty: the draft "
        "alone. Those without problems come first.",
    )
    picked: int = 0
    """Number of the variant that became the draft; 0: none was picked."""
    staged: tuple[StagedAsset, ...] = ()
    media_notes: tuple[str, ...] = ()
    """Remarks on its media for the reviewer."""
    media_by: MediaMaker = Field(default=MediaMaker.CARD, description="The maker in the end.")
    is_making_media: bool = Field(
        default=False,
        description="The text is written, the media are still being made: it can be "
        "rejected or regenerated, which stops that.",
    )
    media: tuple[PublicAsset, ...] = ()
    due_at: AwareDatetime | None = None
    review_expires_at: AwareDatetime | None = None
    buffer_post_id: str | None = None
    external_link: str | None = None
    sent_at: AwareDatetime | None = None
    error: str | None = None
    held_for: HoldReason | None = None
    """Why it does not go on after its approval; ``error`` says it in a sentence."""
    waiting_for: str = Field(default="", description="The next step, in one line.")
    proposal: Proposal | None = None
    change: ChangeRequest | None = None
    """Requested, and not confirmed by Buffer yet."""
    last_change: LastChange | None = None
    """The outcome of the change that ended last."""
    notice: str = Field(default="", description="A remark for a person, in a sentence.")
    decisions: tuple[Decision, ...] = ()
    changes: tuple[ChangeRequest, ...] = Field(default=(), description="All requests accepted.")
    ignored: tuple[Ignored, ...] = ()
    """Signals that changed nothing, with the reasons."""
    comments: tuple[Comment, ...] = ()
    """What people said about it to each other, the oldest first."""
    delivery: Delivery = Delivery()
    boards: tuple[Board, ...] = ()
    """Those of its channel: the proof names the ID of one."""
    digest: str = Field(default="", description="Of its proof; an approval names it.")
    brand: str = ""
    """Whose policy it is held to; empty without a persona."""
    approvals: tuple[Decision, ...] = ()
    """Of its proof, where the policy wants more than one."""
    escalates_at: AwareDatetime | None = None
    """When the policy names somebody else, if nobody decides."""
    past_proofs: tuple[PastProof, ...] = ()
    """Earlier proofs, the latest last: what changed since is told to late decisions."""
    has_other_words: bool = False
    """Whether Buffer has, or may have, words of this post that the draft does not show: an
    operator reset it, or its source was started again."""

    @property
    def own_note(self) -> str:
        """The person's note that the latest draft was written by; an agent's proves nothing."""
        kind = DecisionKind.REGENERATE
        notes = ["" if said.agent else said.note for said in self.decisions if said.kind is kind]
        return notes[-1] if notes else ""

    def outcome_of(self, change_id: int) -> ChangeOutcome | None:
        """Return the outcome of a change of this post; ``None`` while it is unanswered.

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
    """Approved content: one revision with its public media."""

    revision: int
    draft: Draft
    provenance: Provenance | None = None
    staged: tuple[StagedAsset, ...] = ()
    media: tuple[PublicAsset, ...] = ()


class PostSnapshotChanges(TypedDict, total=False):
    """The fields of the snapshot that a run changes."""

    view: PostView
    needs_media: bool
    written: Draft | None
    lessons: tuple[Lesson, ...]
    due_is_named: bool
    team: Team | None
    job: PublishJob | None
    approval: ApprovedProof | None
    is_handed_over: bool
    change: Change | None
    is_told: bool
    last_change_id: int
    before: Released | None
    edited: PublishJob | None
    content_since: int
    withdrawal: Change | None
    ends_rejected: bool
    is_beyond_looking: bool
    media_seen_at: AwareDatetime | None
    media_tried_at: AwareDatetime | None
    has_media_alarm: bool
    asked_at: AwareDatetime | None
    patience: timedelta
    passed: AwareDatetime | None


class PostSnapshot(Model):
    """A post's view and its internal state: all that continue-as-new carries over."""

    view: PostView
    needs_media: bool = False
    written: Draft | None = None
    """The draft as written or last approved: a person's edit is compared with it."""
    lessons: tuple[Lesson, ...] = ()
    """Lessons of this review that the voice has not got yet."""
    due_is_named: bool = False
    """A person named the due time: no rule moves it."""
    team: Team | None = None
    """The roster as a worker read it when the post began; ``None``: decisions are unverified."""
    approval: ApprovedProof | None = None
    """The proof that was approved, until the job has it."""
    job: PublishJob | None = None
    """The job that Buffer has, or is to create."""
    is_handed_over: bool = False
    """Whether AccountWorkflow may know the job."""
    change: Change | None = Field(default=None, description="Not answered yet.")
    is_told: bool = Field(default=False, description="Whether AccountWorkflow has the change.")
    last_change_id: int = 0
    before: Released | None = None
    """The content that stands until its change is confirmed."""
    edited: PublishJob | None = None
    """The job with the new content, until that is confirmed."""
    content_since: int = 0
    """The change that first carried the new content."""
    withdrawal: Change | None = None
    """The retract of what it handed over before an operator reset it, until that is out of
    Buffer or another job takes its place."""
    ends_rejected: bool = Field(default=False, description="Whether the retract is a rejection.")
    is_beyond_looking: bool = False
    """Whether a held post could not be taken back."""
    media_seen_at: AwareDatetime | None = None
    """The last time the public could fetch its media."""
    media_tried_at: AwareDatetime | None = None
    has_media_alarm: bool = False
    asked_at: AwareDatetime | None = None
    patience: timedelta = timedelta(minutes=10)
    """Time until the next question."""
    passed: AwareDatetime | None = None
    """The due time that passed before Buffer had the post, as its notice says."""

    def replace(self, **changes: Unpack[PostSnapshotChanges]) -> Self:
        """Return a copy with other values, whose types are checked."""
        return self.model_copy(update=changes)


PostInput.model_rebuild()


class PostResult(Model):
    """The result of a post's run."""

    outcome: PostOutcome
    view: PostView
