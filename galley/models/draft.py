"""Proposed posts, before a decision."""

from pydantic import Field

from galley.models.base import Model
from galley.models.clip import Clip
from galley.models.extras import Extras
from galley.models.fact import Fact


class Slide(Model):
    """One picture of a carousel: few words large, and what is said below them."""

    title: str = ""
    text: str = ""


class Draft(Model):
    """What is proposed for one channel.

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
        default=None,
        description="The part of the recording that a person wants for its clip.",
    )


MOST_VARIANTS = 5
"""More than a reviewer compares, and each is paid for."""


class Provenance(Model):
    """Who wrote a draft: a model (or the local extractive drafter), or a person."""

    drafter: str = Field(description="Model id, ``extractive``, or ``person:<name>``.")
    prompt_revision: str = ""
    persona: str = Field(default="", description="First digits of its SHA-256.")
    lessons: str = Field(
        default="",
        description="First digits of the SHA-256 of the lessons it was written with.",
    )
    request_id: str = ""
    input_tokens: int = 0
    output_tokens: int = 0
    cached_tokens: int = 0
    notice: str = Field(
        default="", description="What went otherwise than planned, in a sentence."
    )
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
    """One platform rule that a draft breaks, in a sentence that says what to do."""

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
