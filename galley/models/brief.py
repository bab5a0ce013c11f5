"""What a long source was condensed to, with the places it was taken from."""

from pydantic import Field

from galley.models.base import Model


class BriefRef(Model):
    """A brief stored by content hash: ``briefs/<sha256>.json`` in the state bucket."""

    sha256: str
    size: int = Field(ge=0, description="Of what a draft reads of it, in UTF-8 bytes.")
    parts: int = Field(ge=1)
    points: int = Field(ge=0)
    missing: int = Field(
        default=0, ge=0, description="Parts that the model could not condense."
    )


class CondenseSource(Model):
    """Condense a long source once for all drafts of a campaign."""

    key: str = Field(description="The campaign's key.")
    sha256: str = Field(description="Of the stored source.")
    instructions: str = Field(
        default="", max_length=4000, description="What all posts shall be about."
    )


class Passage(Model):
    """Words of the source: ``text`` is ``SourceDocument.text[start:end]``.

    Offsets count characters (Unicode code points) from the text's beginning.
    """

    start: int = Field(ge=0)
    end: int = Field(ge=0)
    text: str


class BriefPoint(Model):
    """One thing worth saying, and the words of the source that say it."""

    point: str
    span: Passage
    weight: int = Field(ge=1, le=5, description="5: a reader wants it most.")


class PartNotes(Model):
    """What one part of a source says; offsets count from that part's beginning.

    Stored as ``condensed/<hash>.json``, so that no part is paid for twice.
    """

    summary: str
    points: tuple[BriefPoint, ...] = ()


class BriefPart(Model):
    """One part of the source and what it says, in a few sentences."""

    start: int = Field(ge=0)
    end: int = Field(ge=0)
    summary: str


class SourceBrief(Model):
    """What the drafts of a long source are written from.

    ``points`` stand in the order of the source. ``passages`` are the words around the
    weightiest of them, one after the other, none overlapping another.
    """

    source: str = Field(description="SHA-256 of the stored source.")
    model: str
    prompt_revision: str
    parts: tuple[BriefPart, ...]
    points: tuple[BriefPoint, ...]
    passages: tuple[Passage, ...]
    missing: int = Field(default=0, ge=0)
