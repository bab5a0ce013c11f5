"""What a reviewer says of one revision of a draft."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from galley.models.base import Model
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
