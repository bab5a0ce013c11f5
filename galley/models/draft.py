"""The draft of a post, the facts in it, and the steps that write and check it.

Also the longer texts of ``write``: :class:`PieceInput` and what follows.
"""

from collections.abc import Sequence
from enum import StrEnum

from pydantic import Field

from galley.models.base import Model
from galley.models.brand import LessonsRef, PersonaRef
from galley.models.channel import Channel
from galley.models.media import Clip
from galley.models.network import Extras
from galley.models.options import CampaignOptions
from galley.models.source import SourceRef, SourceSpec


class FactKind(StrEnum):
    """The kinds of fact that are looked up word for word."""

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
    counts = {"in the source": len(facts) - own - nowhere, "in your words": own, "nowhere": nowhere}
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


class Slide(Model):
    """One picture of a carousel: few words large, and what is said below them."""

    title: str = ""
    text: str = ""


class Draft(Model):
    """The post proposed for one channel.

    ``text`` is final: link and hashtags are already in it where the network wants
    them, so what a person approves is what goes out. For a thread, ``thread`` holds
    every item and ``text`` equals the first.
    """

    text: str
    thread: tuple[str, ...] = ()
    title: str = Field(default="", description="Only where the network has one.")
    headline: str = Field(default="", description="The words drawn on the card.")
    alt_text: str = ""
    link: str = Field(default="", description="Destination, where it is a field.")
    board: str = Field(default="", description="Pinterest board name.")
    hashtags: tuple[str, ...] = ()
    slides: tuple[Slide, ...] = Field(
        default=(), description="Drawn one by one, in the place of the card."
    )
    extras: Extras | None = Field(
        default=None, description="What only this network has; ``None``: its defaults."
    )
    clip: Clip | None = Field(
        default=None, description="The part of the recording that a person wants for its clip."
    )


class Provenance(Model):
    """The writer of a draft: a model, the local extractive drafter, or a person."""

    drafter: str = Field(description="Model id, ``extractive``, or ``person:<name>``.")
    prompt_revision: str = ""
    persona: str = Field(default="", description="First digits of its SHA-256.")
    lessons: str = Field(
        default="", description="First digits of the SHA-256 of the lessons it was written with."
    )
    request_id: str = ""
    input_tokens: int = 0
    output_tokens: int = 0
    cached_tokens: int = 0
    notice: str = Field(default="", description="What went otherwise than planned, in a sentence.")
    cost_micros: int | None = Field(
        default=None,
        description="Millionths of a US dollar; ``None``: no known price, or a person.",
    )
    variant: int = Field(
        default=0, description="Number of the variant that was picked; 0: none was."
    )
    variants: int = Field(
        default=0, description="How many there were to pick from; 0: a single draft."
    )

    @property
    def is_by_person(self) -> bool:
        """Whether a person wrote it, not a drafter."""
        return self.drafter.startswith("person:")


class Problem(Model):
    """One rule of a network that a draft breaks, in a sentence that says what to do."""

    rule: str
    message: str
    is_claim: bool = Field(
        default=False,
        description="Something that nobody gave: a person may approve it all the same.",
    )

    @property
    def label(self) -> str:
        """What a reviewer reads before the message."""
        return "Claim" if self.is_claim else "Problem"


class Variant(Model):
    """One of several drafts for the same channel, and the rules it breaks."""

    draft: Draft
    problems: tuple[Problem, ...] = ()
    facts: tuple[Fact, ...] = ()


class DraftEdit(Model):
    """A reviewer's changes. What is ``None`` stays as it was."""

    text: str | None = None
    thread: tuple[str, ...] | None = None
    title: str | None = None
    headline: str | None = None
    alt_text: str | None = None
    link: str | None = None
    board: str | None = None
    slides: tuple[Slide, ...] | None = None
    extras: Extras | None = None
    clip: Clip | None = None
    split: bool | None = Field(
        default=None,
        description="Whether a text that is too long becomes a thread; missing: as "
        "the campaign says.",
    )

    remake_media: bool | None = Field(
        default=None,
        description="Whether its media are made anew although they suit the words: "
        "what was lost is put back. A generated one that was lost is billed again.",
    )

    def apply(self, draft: Draft) -> Draft:
        """Return ``draft`` with the changes made; a thread's text follows item one.

        Line ends are unified: an editor's must not count twice on the networks. The
        split is made where the network's way of counting is known.
        """
        changes = {
            name: value.replace("\r\n", "\n") if isinstance(value, str) else value
            for name in type(draft).model_fields
            if (value := getattr(self, name, None)) is not None
        }
        if self.thread:
            items = tuple(item.replace("\r\n", "\n") for item in self.thread)
            changes |= {"thread": items, "text": items[0]}
        elif "text" in changes and draft.thread:
            changes["thread"] = (changes["text"], *draft.thread[1:])
        return draft.model_copy(update=changes)


class PieceForm(StrEnum):
    """The forms of a longer text."""

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


class WriteDraft(Model):
    """Draft one post. ``previous`` and ``note`` are set when regenerating."""

    source: SourceRef
    channel: Channel
    options: CampaignOptions = CampaignOptions()
    lessons: LessonsRef | None = Field(
        default=None, description="What reviewers taught, to choose from."
    )
    previous: Draft | None = None
    note: str = ""
    is_later: bool = Field(
        default=False,
        description="The campaign's first draft was written before, so the model's "
        "cache holds the source.",
    )
    post_key: str = Field(default="", description="The post's idempotency key.")
    allowance: int | None = Field(
        default=None, description="Micros set aside; ``None``: there is no ceiling."
    )


class DraftReply(Model):
    """The draft, and the rules it still breaks after one repair turn."""

    draft: Draft
    problems: tuple[Problem, ...] = ()
    facts: tuple[Fact, ...] = Field(
        default=(), description="At most 40 of them, what nobody gave first."
    )
    variants: tuple[Variant, ...] = Field(
        default=(), description="All of them, ``draft`` the first; empty for one."
    )
    provenance: Provenance
    needs_media: bool = Field(
        default=False, description="Whether the network takes no post without media."
    )


class CheckDraft(Model):
    """Check an edited draft against the rules of its channel."""

    draft: Draft
    channel: Channel
    split: bool = Field(default=False, description="Make a thread of a text that is too long.")
    options: CampaignOptions = CampaignOptions()


class CheckReply(Model):
    """The rules the draft breaks; empty when it fits.

    ``draft`` is what they were held against: the one that was asked about, or the
    thread it became.
    """

    problems: tuple[Problem, ...] = ()
    draft: Draft | None = None
