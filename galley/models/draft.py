"""The draft of a post, the facts in it, and the inputs of the steps that write and check it.

Also the longer texts of the command ``write``: :class:`PieceInput` and the next classes.
"""

from collections.abc import Sequence
from enum import StrEnum
from typing import Self

from pydantic import AwareDatetime, Field

from galley.models.base import Model
from galley.models.brand import LessonsRef, PersonaRef
from galley.models.channel import Channel
from galley.models.media import Clip, MediaEdit, StagedAsset
from galley.models.network import Extras
from galley.models.options import CampaignOptions
from galley.models.source import SourceRef, SourceSpec


class FactKind(StrEnum):
    """The kinds of fact; all but a statement are looked up word for word."""

    NUMBER = "number"
    DATE = "date"
    NAME = "name"
    QUOTATION = "quotation"
    STATEMENT = "statement"
    """A whole sentence, compared with the source by the model that chose the draft."""


class Doubt(StrEnum):
    """Why the source does not carry a statement."""

    INFERRED = "inferred"
    MISSING = "missing"
    CONTRADICTED = "contradicted"
    """Another order, cause or person, a feeling nobody states, a condition told as certain."""


class FactOrigin(StrEnum):
    """The origin of a fact; the last four are the author's own words."""

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
    """Return the number of facts by origin, in words; empty without facts."""
    whole = [fact for fact in facts if fact.kind is FactKind.STATEMENT]
    facts = [fact for fact in facts if fact.kind is not FactKind.STATEMENT]
    own = sum(fact.origin is not None and fact.origin.is_trusted for fact in facts)
    nowhere = sum(fact.is_claim for fact in facts)
    counts = {"in the source": len(facts) - own - nowhere, "in your words": own, "nowhere": nowhere}
    told = [f"{count} {where}" for where, count in counts.items() if count]
    if whole:
        supported = sum(not fact.is_claim for fact in whole)
        told.append(f"{supported} of {len(whole)} sentences supported")
    return ", ".join(told)


class Fact(Model):
    """One number, name, date or quotation of a draft; offsets are in characters.

    ``start`` and ``end`` are in the draft's field ``place``: ``text``, ``title``,
    ``headline``, ``alt_text``, ``thread.2`` for the second post of a thread, or
    ``slide.1`` for title and text of a slide with a line feed between.
    ``source_start`` and ``source_end`` are in the text of ``origin``. Without
    an origin it is a claim. So is a statement in doubt: its origin is the nearest passage.
    """

    kind: FactKind
    place: str
    start: int
    end: int
    origin: FactOrigin | None = None
    source_start: int = Field(default=0, description="0 for a claim.")
    source_end: int = 0
    doubt: Doubt | None = None

    @property
    def is_claim(self) -> bool:
        """Whether neither the source nor the author says so."""
        return self.origin is None or self.doubt is not None


class Slide(Model):
    """One picture of a carousel: a large title, and text below it."""

    title: str = ""
    text: str = ""


class Draft(Model):
    """The post proposed for one channel.

    ``text`` is final, with link and hashtags where the network wants
    them: a person approves exactly what goes out. For a thread, ``thread`` holds
    every item and ``text`` equals the first.
    """

    text: str
    thread: tuple[str, ...] = ()
    title: str = Field(default="", description="Only on networks with titles.")
    headline: str = Field(default="", description="The words drawn on the card.")
    alt_text: str = ""
    link: str = Field(default="", description="Destination, on networks with such a field.")
    board: str = Field(default="", description="Pinterest board name.")
    hashtags: tuple[str, ...] = ()
    slides: tuple[Slide, ...] = ()
    """Drawn one by one, instead of the card."""
    extras: Extras | None = None
    """The fields of this network alone; ``None``: its defaults."""
    clip: Clip | None = None
    """The part of the recording that a person chose for the clip."""
    attached: tuple[StagedAsset, ...] | None = Field(
        default=None,
        description="A person's own pictures and films, as they were given; empty: a person "
        "wants none. Missing: the campaign's options decide.",
    )

    def with_attached(self, attached: tuple[StagedAsset, ...] | None) -> Self:
        """Return the draft with a person's own media, which bring their own alt text."""
        return self.model_copy(update={"attached": attached, "alt_text": ""})


class Provenance(Model):
    """The writer of a draft: a model, the local extractive drafter, or a person."""

    drafter: str = Field(
        description="Model id, ``extractive``, ``person:<name>``, or ``agent:<name> (<model>)``."
    )
    prompt_revision: str = ""
    persona: str = Field(default="", description="First digits of its SHA-256.")
    lessons: str = ""
    """First digits of the SHA-256 of the lessons given to the drafter."""
    angle: str = ""
    """What the draft makes of its material, in the words of the editor who chose it."""
    other_angles: tuple[str, ...] = ()
    """Of the drafts that were not taken."""
    reason: str = ""
    """Why it was taken."""
    request_id: str = ""
    input_tokens: int = 0
    output_tokens: int = 0
    cached_tokens: int = 0
    set_size: int = 0
    """Posts that one request wrote: tokens and cost of it are this post's share."""
    cost_micros: int | None = None
    """Millionths of a US dollar; ``None``: no known price, or a person."""
    variant: int = 0
    """Number of the picked variant; 0: none."""
    variants: int = 0
    """Number of variants to pick from; 0: a single draft."""

    @property
    def is_by_person(self) -> bool:
        """Whether a person wrote it."""
        return self.drafter.startswith("person:")


class Problem(Model):
    """One rule of a network that a draft breaks, in a sentence that says what to do."""

    rule: str
    message: str
    is_claim: bool = False
    """It is a claim, a repeat or a matter of taste: a person may approve the draft all the same."""

    @property
    def label(self) -> str:
        """The word before the message, for the reviewer."""
        # Of galley.review.repeats, and of a thread that is longer than readers follow.
        named = {"repeat": "Repeat", "thread": "Length"}
        return named.get(self.rule, "Claim") if self.is_claim else "Problem"


class Variant(Model):
    """One of several drafts for the same channel, and the rules it breaks."""

    draft: Draft
    problems: tuple[Problem, ...] = ()
    facts: tuple[Fact, ...] = ()

    def with_draft(self, draft: Draft) -> Self:
        """Return the variant with its draft in another form."""
        return self.model_copy(update={"draft": draft})


class DraftEdit(Model):
    """A reviewer's changes; ``None`` leaves a field as it is."""

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
    split: bool | None = None
    """Whether a long text becomes a thread; missing: the campaign's option."""

    remake_media: bool | None = Field(
        default=None,
        description="Whether its media are made anew although they suit the text: lost "
        "media are replaced. A generated one is billed again.",
    )
    media: MediaEdit | None = None
    """Files of the person's own, or media that go; what is shown then is made of those."""

    def with_media(self, media: MediaEdit | None) -> Self:
        """Return the edit with a change of the media, too."""
        return self.model_copy(update={"media": media})

    def apply(self, draft: Draft) -> Draft:
        """Return ``draft`` with the changes made; a thread's text follows item one.

        The caller splits a long text: it knows the network's way of counting.
        """
        # A browser sends CRLF, which a network would count as two characters.
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
    """Write one longer text from a source, and store it in the state bucket."""

    source: SourceRef
    form: PieceForm
    brief: str = ""
    persona: PersonaRef | None = None
    piece_key: str = Field(description="``<key>:text``, the key of its costs.")
    allowance: int | None = None
    """Micros set aside; ``None``: there is no ceiling."""


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


class WriteSet(Model):
    """Draft the posts of a campaign with one request."""

    key: str = Field(description="The campaign's key.")
    source: SourceRef
    planned: tuple[Channel, ...] = Field(description="Each gets a post.")
    options: CampaignOptions = CampaignOptions()
    lessons: LessonsRef | None = None
    allowance: int | None = None
    """Micros set aside for it; ``None``: there is no ceiling."""


class DraftSetRef(Model):
    """Posts that were written together: an object of the state bucket."""

    name: str = Field(description="``sets/<campaign key>/<SHA-256 of the request>.json``.")
    posts: int = Field(description="How many it holds.")
    skips: int = 0
    """Of them, networks that the drafter proposes to leave out."""


class WriteDraft(Model):
    """Draft one post. ``previous`` and ``note`` are set when regenerating."""

    source: SourceRef
    channel: Channel
    options: CampaignOptions = CampaignOptions()
    lessons: LessonsRef | None = None
    """The lessons of reviewers, to choose from."""
    previous: Draft | None = None
    note: str = ""
    is_noted_by_agent: bool = False
    """The note is no author's word: no fact, link or account rests on it."""
    draft_set: "DraftSetRef | None" = None
    """The posts of the campaign that were written together; its part is this draft."""
    post_key: str = Field(default="", description="The post's idempotency key.")
    due_at: AwareDatetime | None = None
    """When it is to go out: what the channel says near that time is not said again."""
    allowance: int | None = None
    """Micros set aside; ``None``: there is no ceiling."""


class DraftReply(Model):
    """The draft, and the rules it still breaks after one repair turn."""

    draft: Draft
    problems: tuple[Problem, ...] = ()
    facts: tuple[Fact, ...] = ()
    """At most 40 of them, claims first."""
    variants: tuple[Variant, ...] = ()
    """All variants, ``draft`` first; empty for a single draft."""
    provenance: Provenance
    needs_media: bool = False
    """Whether the network requires media."""
    is_skip: bool = Field(
        default=False,
        description="The drafter proposes to leave this network out; a problem says why.",
    )


class CheckDraft(Model):
    """Check an edited draft against the rules of its channel."""

    draft: Draft
    channel: Channel
    post_key: str = ""
    """Its own words are no repeat."""
    due_at: AwareDatetime | None = None
    """As of :class:`WriteDraft`."""
    split: bool = Field(default=False, description="Make a thread of a long text.")
    options: CampaignOptions = CampaignOptions()
    source: SourceRef | None = None
    """The facts of the edit are looked up in it."""
    editor: str = Field(
        default="",
        description="The person whose edit it is: claims name them, and their links and accounts "
        "are given. Empty: an agent's, whose words are held to the source as a model's are.",
    )
    note: str = ""
    """The person's note by which the draft was written: facts may rest on it."""


class CheckReply(Model):
    """The rules the draft breaks; empty if it fits.

    ``draft`` is the draft that was checked: the given one, or the
    thread it became.
    """

    problems: tuple[Problem, ...] = ()
    draft: Draft | None = None
    facts: tuple[Fact, ...] = ()
