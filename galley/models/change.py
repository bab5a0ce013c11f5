"""Changes to a post that was approved: reschedule, edit, retract, move, redrive."""

from enum import StrEnum
from typing import Self

from pydantic import AwareDatetime, Field, model_validator

from galley.models.account import PublishJob
from galley.models.base import Model
from galley.models.delivery import QueuePosition, ShareMode


class ChangeKind(StrEnum):
    """What shall become of the post in Buffer."""

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


class Wish(Model):
    """Any of these, as the update ``change`` takes it and the post remembers it."""

    kind: ChangeKind
    by: str = Field(min_length=1, max_length=120)
    note: str = Field(default="", max_length=4000)
    due_at: AwareDatetime | None = None
    mode: ShareMode = ShareMode.CUSTOM_SCHEDULED
    position: QueuePosition | None = None


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


class HandChange(Model):
    """Pass a change to the AccountWorkflow of this organization."""

    organization_id: str
    change: Change
