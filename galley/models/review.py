"""Decisions about a revision, and changes of a post after approval, as people send them."""

from enum import StrEnum
from typing import Annotated, Literal, Self, TypedDict, Unpack

from pydantic import AwareDatetime, Field, model_validator

from galley.models.agents import AgentMark
from galley.models.base import Model
from galley.models.channel import QueuePosition, ShareMode
from galley.models.draft import DraftEdit
from galley.models.proof import ProofChange


class RefusalReason(StrEnum):
    """Why a decision, a change or another message changed nothing."""

    CLOSED = "closed"
    """There is nothing to decide or change now."""
    STALE = "stale"
    """It is about an earlier proof or revision."""
    UNSEEN = "unseen"
    """An approval without the digest of what was seen."""
    OVERTAKEN = "overtaken"
    """Another person decided just before."""
    UNFIT = "unfit"
    """The draft breaks a rule, or the message asks for what cannot be."""
    MALFORMED = "malformed"
    """Its input has not the fields of that message."""
    UNKNOWN = "unknown"
    """There is no message of that name."""
    UNSIGNED = "unsigned"
    """Without a signature, or without enough of them, where a team is set."""
    FORGED = "forged"
    """The signature is not that of the named person for this post and message."""
    STRANGER = "stranger"
    """The named person is not in the team."""
    NO_RIGHT = "no_right"
    """The person has not the role, brand, network or stage."""
    SELF_APPROVAL = "self_approval"
    AGENT = "agent"
    """An agent sent it, and agents decide nothing."""
    CLOCK = "clock"
    """Its time lies ahead, or before what was approved already: a clock is off."""


class Refusal(Model):
    """Why a message changed nothing; ``changes`` are those since the proof that it names."""

    reason: RefusalReason
    message: str
    changes: tuple[ProofChange, ...] = ()


class Ignored(Model):
    """A signal or decision that changed nothing, as the post keeps it."""

    kind: str
    by: str
    refusal: Refusal

    @property
    def line(self) -> str:
        """The notice of it."""
        return f"{self.kind} by {self.by} changed nothing: {self.refusal.message}"


class DecisionKind(StrEnum):
    """The kinds of decision."""

    APPROVE = "approve"
    EDIT = "edit"
    REGENERATE = "regenerate"
    REJECT = "reject"


Pick = Annotated[
    int | None,
    Field(
        ge=1,
        description="Number of the variant, from 1; missing: the current draft, "
        "which at first is variant 1.",
    ),
]


class Message(Model):
    """A message of a person: name, time and note; signed where a team is set."""

    by: str = Field(min_length=1, max_length=120)
    note: str = Field(default="", max_length=4000)
    at: AwareDatetime | None = Field(
        default=None, description="When it was made; missing: when the post heard it."
    )
    agent: AgentMark | None = Field(
        default=None, description="The agent that proposes this; missing: a person's message."
    )
    signature: str = Field(
        default="",
        max_length=100,
        description="Ed25519, in base64, over the RFC 8785 form of the message and the post's ID.",
    )


class Answer(Message):
    """A person's answer to one revision."""

    revision: int
    digest: str = Field(
        default="",
        max_length=64,
        description="Of the proof that the person saw (`show --by-hand`). An approval names it.",
    )


class Decision(Answer):
    """An answer of any kind, as the update ``decide`` takes it and the post keeps it."""

    kind: DecisionKind
    edit: DraftEdit | None = None
    pick: Pick = None


class Approve(Answer):
    """Input of the ``approve`` signal."""

    pick: Pick = None


class Reject(Answer):
    """Input of the ``reject`` signal; ``note`` says why."""


class Regenerate(Answer):
    """Input of the ``regenerate`` signal; ``note`` tells the drafter what to change."""


class Edit(Answer):
    """Input of the ``edit`` signal."""

    edit: DraftEdit
    pick: Pick = None


Seen = Annotated[
    str,
    Field(
        max_length=64,
        description="Digest of the proof that the person saw; if given, it must be current.",
    ),
]


class ChangeKind(StrEnum):
    """The kinds of change to a post in Buffer."""

    EDIT = "edit"
    """Other content, approved by a person; the time stays."""
    RESCHEDULE = "reschedule"
    RETRACT = "retract"
    """Take it out of Buffer; done if it is not there."""
    MOVE = "move"
    """Move it to the top or bottom of the channel's queue."""
    REDRIVE = "redrive"
    """Publish it again: Buffer reported an error, or lost it."""

    @property
    def brings_content(self) -> bool:
        """Whether it brings all content of a post still to go out: other words or another time."""
        return self in {ChangeKind.EDIT, ChangeKind.RESCHEDULE}


class Reschedule(Message):
    """Input of the ``reschedule`` signal: a time, or a place in Buffer's queue."""

    digest: Seen = ""
    due_at: AwareDatetime | None = None
    mode: ShareMode = ShareMode.CUSTOM_SCHEDULED

    @model_validator(mode="after")
    def _says_when(self) -> Self:
        if (self.mode is ShareMode.CUSTOM_SCHEDULED) != (self.due_at is not None):
            raise ValueError("give a due time, or a mode that needs none")
        return self


class Retract(Message):
    """Input of the ``retract`` signal; ``note`` says why."""


class MoveInQueue(Message):
    """Input of the ``move`` signal."""

    position: QueuePosition


class Redrive(Message):
    """Input of the ``redrive`` signal: a person looked at the channel."""


class ChangeRequestChanges(TypedDict, total=False):
    """The fields of a change request that a post sets."""

    change_id: int
    includes: tuple[int, ...]
    due_at: AwareDatetime | None
    mode: ShareMode


class ChangeRequest(Message):
    """A change of any kind, as the update ``change`` takes it and the post keeps it."""

    change_id: int = Field(
        default=0,
        ge=0,
        description="Given by the post when it takes the request, and counts up "
        "within one post; 0 before that.",
    )
    includes: tuple[int, ...] = ()
    """Unanswered changes that this one also carries out; the post sets it."""
    kind: ChangeKind
    due_at: AwareDatetime | None = None
    mode: ShareMode = ShareMode.CUSTOM_SCHEDULED
    position: QueuePosition | None = None
    digest: Seen = ""

    def replace(self, **changes: Unpack[ChangeRequestChanges]) -> Self:
        """Return a copy with other values, whose types are checked."""
        return self.model_copy(update=changes)


class Comment(Message):
    """What a person says about a post to others; it decides nothing. ``note`` holds the words."""

    kind: Literal["comment"] = "comment"
    """Signed with the rest: a signature for a comment is good for nothing else."""
    note: str = Field(min_length=1, max_length=2000)
    mentions: tuple[str, ...] = Field(default=(), max_length=20)
    """People who are told of it."""


class ChangeOutcome(StrEnum):
    """The outcomes of a change."""

    DONE = "done"
    """Buffer has the post as requested, or need not be asked."""
    REFUSED = "refused"
    """Not carried out; ``message`` says why."""
    TOO_LATE = "too_late"
    """The post went out before Buffer confirmed the change."""
    TAKEN_BACK = "taken_back"
    """The post was retracted: nothing is left to change."""
    SUPERSEDED = "superseded"
    """A later change replaced it before Buffer answered."""


class LastChange(Model):
    """The outcome of the change that ended last."""

    id: int = Field(description="The ``change_id`` of its request.")
    includes: tuple[int, ...] = ()
    """Changes that ended with it, as part of it."""
    kind: ChangeKind
    outcome: ChangeOutcome
    message: str = Field(default="", description="The reason, where there is one.")
    at: AwareDatetime


class ApprovedProof(Model):
    """The approval of a proof that a job carries: its digest, its time, and who gave it."""

    digest: str
    due_at: AwareDatetime | None = None
    brand: str = ""
    decisions: tuple[Decision, ...] = ()
    """The approvals, in their order."""
    is_auto: bool = False
    """The brand's policy approved it, and no person."""
    moved: ChangeRequest | None = None
    """The request for another time after them."""
    first_due_at: AwareDatetime | None = None
    """The time that the approvals named, before it was moved."""
    first_mode: ShareMode = ShareMode.CUSTOM_SCHEDULED
