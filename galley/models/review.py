"""Decisions about a revision, and changes of a post after approval, as people send them."""

from enum import StrEnum
from typing import Annotated, Self, TypedDict, Unpack

from pydantic import AwareDatetime, Field, model_validator

from galley.models.account import PublishJob
from galley.models.base import Model
from galley.models.channel import QueuePosition, ShareMode
from galley.models.draft import DraftEdit


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


class Signed(Model):
    """A message of a person: name and note."""

    by: str = Field(min_length=1, max_length=120)
    note: str = Field(default="", max_length=4000)


class Answer(Signed):
    """A person's answer to one revision."""

    revision: int


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


class Reschedule(Signed):
    """Input of the ``reschedule`` signal: a time, or a place in Buffer's queue."""

    due_at: AwareDatetime | None = None
    mode: ShareMode = ShareMode.CUSTOM_SCHEDULED

    @model_validator(mode="after")
    def _says_when(self) -> Self:
        if (self.mode is ShareMode.CUSTOM_SCHEDULED) != (self.due_at is not None):
            raise ValueError("give a due time, or a mode that needs none")
        return self


class Retract(Signed):
    """Input of the ``retract`` signal; ``note`` says why."""


class MoveInQueue(Signed):
    """Input of the ``move`` signal."""

    position: QueuePosition


class Redrive(Signed):
    """Input of the ``redrive`` signal: a person looked at the channel."""


class ChangeRequestChanges(TypedDict, total=False):
    """The fields of a change request that a post sets."""

    change_id: int
    includes: tuple[int, ...]
    due_at: AwareDatetime | None
    mode: ShareMode


class ChangeRequest(Signed):
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

    def replace(self, **changes: Unpack[ChangeRequestChanges]) -> Self:
        """Return a copy with other values, whose types are checked."""
        return self.model_copy(update=changes)


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

    def with_job(self, job: PublishJob) -> Self:
        """Return the change with its job in another form."""
        return self.model_copy(update={"job": job})


class HandChange(Model):
    """Pass a change to the AccountWorkflow of this organization."""

    organization_id: str
    change: Change
