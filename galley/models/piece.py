"""Texts that go into a file instead of out: a blog post, a newsletter, a script."""

from enum import StrEnum

from pydantic import Field

from galley.models.base import Model
from galley.models.draft import Problem, Provenance
from galley.models.persona import PersonaRef
from galley.models.source import SourceRef, SourceSpec


class PieceForm(StrEnum):
    """What is written."""

    BLOG = "blog"
    NEWSLETTER = "newsletter"
    SCRIPT = "script"
    """Of a short video: scenes with words to speak and words to show."""


class PieceInput(Model):
    """Input of PieceWorkflow, ID ``piece:<key>``."""

    key: str
    source: SourceSpec
    form: PieceForm
    brief: str = Field(default="", max_length=4000)
    persona: PersonaRef | None = None


class WritePiece(Model):
    """Write one text out of a source, and keep it in the state bucket."""

    source: SourceRef
    form: PieceForm
    brief: str = ""
    persona: PersonaRef | None = None
    piece_key: str = Field(description="``<key>:text``, under which its costs stand.")
    allowance: int | None = Field(
        default=None, description="Micros set aside; ``None``: there is no ceiling."
    )


class Piece(Model):
    """The finished text: ``pieces/<sha256>.md`` in the state bucket."""

    name: str
    title: str
    words: int
    problems: tuple[Problem, ...] = ()
    provenance: Provenance


class PieceView(Model):
    """Answer of the piece's ``view`` query, and its result."""

    piece_id: str
    form: PieceForm
    stage: str
    source: SourceRef | None = None
    piece: Piece | None = None
