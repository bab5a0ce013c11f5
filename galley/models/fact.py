"""Facts of a draft, and where they stand in what the author and the source gave."""

from collections.abc import Sequence
from enum import StrEnum

from pydantic import Field

from galley.models.base import Model


class FactKind(StrEnum):
    """What can be looked up word for word."""

    NUMBER = "number"
    DATE = "date"
    NAME = "name"
    QUOTATION = "quotation"


class FactOrigin(StrEnum):
    """In what a fact was found; the last four are the author's own words."""

    SOURCE = "source"
    """The stored document's ``text``."""
    TITLE = "title"
    AUTHOR = "author"
    TAGS = "tags"
    """The document's tags, one a line."""
    PUBLISHED = "published"
    """The day it was published, as YYYY-MM-DD."""
    BRIEF = "brief"
    NOTE = "note"
    PERSONA = "persona"
    """``Persona.words``."""
    PROMPT = "prompt"
    """The document's prompts, one a line."""

    @property
    def is_trusted(self) -> bool:
        """Whether the author wrote it."""
        return self in _TRUSTED


_TRUSTED = {FactOrigin.BRIEF, FactOrigin.NOTE, FactOrigin.PERSONA, FactOrigin.PROMPT}


def tally(facts: Sequence["Fact"]) -> str:
    """Return how many of the facts were found, and in what; empty without any."""
    if not facts:
        return ""
    own = sum(fact.origin is not None and fact.origin.is_trusted for fact in facts)
    nowhere = sum(fact.is_claim for fact in facts)
    counts = {
        "in the source": len(facts) - own - nowhere,
        "in your words": own,
        "nowhere": nowhere,
    }
    return ", ".join(f"{count} {where}" for where, count in counts.items() if count)


class Fact(Model):
    """One number, name, date or quotation of a draft; all offsets in characters.

    ``start`` and ``end`` are in the draft's field ``place``: ``text``, ``title``,
    ``headline``, ``alt_text``, ``thread.2`` for the second post of a thread, or
    ``slide.1`` for title and text of a slide, a line feed between them.
    ``source_start`` and ``source_end`` are in the text that ``origin`` names. Without
    an origin nobody gave it: it is a claim.
    """

    kind: FactKind
    place: str
    start: int
    end: int
    origin: FactOrigin | None = None
    source_start: int = Field(default=0, description="0 for a claim.")
    source_end: int = 0

    @property
    def is_claim(self) -> bool:
        """Whether neither the source nor the author says so."""
        return self.origin is None
