"""Decisions of a reviewer about a revision, and changes of a post after its approval."""

from enum import StrEnum
from typing import Annotated, Self, TypedDict, Unpack

from pydantic import AwareDatetime, Field, model_validator

from galley.models.account import PublishJob
from galley.models.base import Model
from galley.models.channel import QueuePosition, ShareMode
from galley.models.draft import DraftEdit


class DecisionKind(StrEnum):
    """The four answers."""

    APPROVE = "approve"
    EDIT = "edit"
    REGENERATE = "regenerate"
    REJECT = "reject"


Pick = Annotated[
    int | None,
    Field(
        ge=1,
        description="Number of the variant that is meant, from 1; missing: the draft "
        "as it stands, which at first is variant 1.",
    ),
]


class Decision(Model):
    """One verdict on one revision. ``by`` names the reviewer."""

    kind: DecisionKind
    revision: int
    by: str = Field(min_length=1, max_length=120)
    note: str = Field(default="", max_length=4000)
    edit: DraftEdit | None = None
    pick: Pick = None


class Approve(Model):
    """Input of the ``approve`` signal."""

    revision: int
    by: str = Field(min_length=1, max_length=120)
    note: str = Field(default="", max_length=4000)
    pick: Pick = None


class Reject(Model):
    """Input of the ``reject`` signal; ``note`` says why."""

    revision: int
    by: str = Field(min_length=1, max_length=120)
    note: str = Field(default="", max_length=4000)


class Regenerate(Model):
    """Input of the ``regenerate`` signal; ``note`` tells the drafter what to change."""

    revision: int
    by: str = Field(min_length=1, max_length=120)
    note: str = Field(default="", max_length=4000)


class Edit(Model):
    """Input of the ``edit`` signal."""

    revision: int
    by: str = Field(min_length=1, max_length=120)
    note: str = Field(default="", max_length=4000)
    edit: DraftEdit
    pick: Pick = None


class ChangeKind(StrEnum):
    """The kinds of change to a post in Buffer."""

    EDIT = "edit"
    """Other content, approved by a person; the time stays."""
    RESCHEDULE = "reschedule"
    RETRACT = "retract"
    """It shall not be published: not there is done."""
    MOVE = "move"
    """To the top or bottom of the channel's queue."""
    REDRIVE = "redrive"
    """Publish it after all: Buffer reported an error, or lost it."""


class Reschedule(Model):
    """Input of the ``reschedule`` signal: a time, or a place in Buffer's queue."""

    by: str = Field(min_length=1, max_length=120)
    note: str = Field(default="", max_length=4000)
    due_at: AwareDatetime | None = None
    mode: ShareMode = ShareMode.CUSTOM_SCHEDULED

    @model_validator(mode="after")
    def _says_when(self) -> Self:
        if (self.mode is ShareMode.CUSTOM_SCHEDULED) != (self.due_at is not None):
            raise ValueError("give a due time, or a mode that needs none")
        return self


class Retract(Model):
    """Input of the ``retract`` signal; ``note`` says why."""

    by: str = Field(min_length=1, max_length=120)
    note: str = Field(default="", max_length=4000)


class MoveInQueue(Model):
    """Input of the ``move`` signal."""

    by: str = Field(min_length=1, max_length=120)
    note: str = Field(default="", max_length=4000)
    position: QueuePosition


class Redrive(Model):
    """Input of the ``redrive`` signal: a person looked at the channel."""

    by: str = Field(min_length=1, max_length=120)
    note: str = Field(default="", max_length=4000)


class ChangeRequestChanges(TypedDict, total=False):
    """The fields of a change request that a post sets."""

    change_id: int
    includes: tuple[int, ...]
    due_at: AwareDatetime | None
    mode: ShareMode


class ChangeRequest(Model):
    """Any of these, as the update ``change`` takes it and the post remembers it."""

    change_id: int = Field(
        default=0,
        ge=0,
        description="Given by the post when it takes the request, and counts up "
        "within one post; 0 before that.",
    )
    includes: tuple[int, ...] = Field(
        default=(), description="Unanswered changes that this one carries out too: set by the post."
    )
    kind: ChangeKind
    by: str = Field(min_length=1, max_length=120)
    note: str = Field(default="", max_length=4000)
    due_at: AwareDatetime | None = None
    mode: ShareMode = ShareMode.CUSTOM_SCHEDULED
    position: QueuePosition | None = None

    def replace(self, **changes: Unpack[ChangeRequestChanges]) -> Self:
        """Return a copy with other values, whose types are checked."""
        return self.model_copy(update=changes)


class ChangeOutcome(StrEnum):
    """The outcomes of a change."""

    DONE = "done"
    """Buffer has the post as it was asked for, or need not be asked."""
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
    includes: tuple[int, ...] = Field(
        default=(), description="Changes that ended in the same way, as part of it."
    )
    kind: ChangeKind
    outcome: ChangeOutcome
    message: str = Field(default="", description="The reason, where there is one.")
    at: AwareDatetime


class Change(Model):
    """Signal ``change`` from a post to AccountWorkflow: make it so.

    It names what is wanted, not a difference, so that the last one counts and a
    repeated one does no harm. ``job`` is the job as it shall be; ``post_id`` is
    Buffer's id of the post, where it is known, so that an AccountWorkflow that lost
    its memory can still carry the change out.

    A post has one unanswered change. A newer one replaces it and holds all of it: a
    RESCHEDULE after an EDIT carries the edited content too. Nothing replaces a
    RETRACT, whose ``job`` is what Buffer may have. Where an EDIT or RESCHEDULE meets
    neither a known job nor a ``post_id``, nothing may be created from it: the post
    hands its job over again, to be looked for, and then the change.
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
