"""The options of ``start``: everything a person asks of a campaign.

One value carries them from the command line to the campaign, each post and each step
that writes or draws; no other model repeats one of its fields.
"""

import hashlib
from collections.abc import Iterator
from datetime import timedelta
from enum import StrEnum
from typing import Self

from pydantic import Field

from galley.models.base import Model
from galley.models.brand import PersonaRef
from galley.models.channel import Delivery
from galley.models.media import MOST_ATTACHED, Attachment, CardKind, MediaMaker, StagedAsset
from galley.models.network import NetworkExtras, Platform
from galley.models.schedule import LONGEST_SPAN, Timing

_NOT_COMPARED = "start_wall"
"""A person may type the same instant as wall clock or with an offset."""

MOST_VARIANTS = 5
"""A reviewer compares no more, and each is paid for."""


class Form(StrEnum):
    """The forms of a draft."""

    POST = "post"
    THREAD = "thread"
    """A long post becomes a thread, on networks that have threads."""
    QUESTION = "question"
    """A question with numbered answers, in the text: readers answer in a comment."""
    CAROUSEL = "carousel"
    """Slides: pictures to swipe through, or numbered paragraphs in the text."""

    @property
    def is_single(self) -> bool:
        """Whether it is never split into a thread, because its parts belong together."""
        return self in {Form.QUESTION, Form.CAROUSEL}


class Approval(StrEnum):
    """The approver of a draft."""

    ASK = "ask"
    """A person."""
    AUTO = "auto"
    """Nobody, unless it breaks a rule."""


class ReviewPolicy(Model):
    """The approver of a draft, and the time a review waits."""

    approval: Approval = Approval.ASK
    is_signed: bool = Field(
        default=False, description="Only signed decisions of the team's people count."
    )
    started_by_agent: bool = False
    """Its brief is no author's word, and a person decides, whatever the policy says."""
    expires_after: timedelta = Field(default=timedelta(days=7), ge=timedelta(0), le=LONGEST_SPAN)
    remind_before: timedelta = Field(
        default=timedelta(days=1),
        ge=timedelta(0),
        le=LONGEST_SPAN,
        description="Before expiry; zero for no reminder.",
    )


class MediaOptions(Model):
    """The maker of a campaign's pictures and films, and the kind of card."""

    maker: MediaMaker = MediaMaker.CARD
    card: CardKind | None = None
    """Drawn wherever a network takes one; ``None``: a quote card where it takes no post without."""
    narrate: bool = Field(default=False, description="A model reads the words of films aloud.")
    attached: tuple[Attachment, ...] = Field(default=(), max_length=MOST_ATTACHED)

    def attached_for(self, platform: Platform) -> tuple[StagedAsset, ...]:
        """Return the files for a network: its own, or else those for all."""
        own = [one.asset for one in self.attached if one.platform is platform]
        return tuple(own or (one.asset for one in self.attached if one.platform is None))

    def with_attached(self, attached: tuple[Attachment, ...]) -> Self:
        """Return the options for these files in the place of a card."""
        return self.model_copy(update={"attached": attached, "maker": MediaMaker.ATTACHED})


class PostingOptions(Model):
    """Delivery, threads and extras of the posts: the contents of an ``--options`` file."""

    delivery: Delivery = Delivery()
    threads: bool = False
    """Where a network has threads, a long post becomes one."""
    numbered: bool = Field(default=False, description="Number the posts of threads.")
    link_cards: bool = True
    """Show the link of a text as a card, where it can be."""
    networks: NetworkExtras = NetworkExtras()


class CampaignOptions(Model):
    """Everything a person asks of a campaign, beside its source and edition."""

    channels: tuple[str, ...] = Field(default=(), description="Channel ids or names; empty: all.")
    platforms: tuple[Platform, ...] = Field(default=(), description="Empty: all.")
    brief: str = Field(default="", max_length=4000)
    persona: PersonaRef | None = None
    form: Form = Form.POST
    variants: int = Field(
        default=1, ge=1, le=MOST_VARIANTS, description="Drafts to pick from, a post."
    )
    media: MediaOptions = MediaOptions()
    posting: PostingOptions = PostingOptions()
    timing: Timing = Timing()
    review: ReviewPolicy = ReviewPolicy()

    @property
    def makes_threads(self) -> bool:
        """Whether a long post becomes a thread where the network has threads."""
        return self.posting.threads or self.form is Form.THREAD

    @property
    def brand(self) -> str:
        """The persona's brand; empty without a persona."""
        return self.persona.brand if self.persona else ""

    def signed(self) -> "CampaignOptions":
        """Return the options of posts for which signed decisions alone count."""
        review = self.review.model_copy(update={"is_signed": True})
        return self.model_copy(update={"review": review})

    def in_voice_of(self, persona: PersonaRef) -> "CampaignOptions":
        """Return the options with the voice of a persona."""
        return self.model_copy(update={"persona": persona})

    @property
    def digest(self) -> str:
        """The SHA-256 by which two starts are compared."""
        compared = self.model_dump_json(exclude={"timing": {_NOT_COMPARED}})
        return hashlib.sha256(compared.encode()).hexdigest()

    def differences(self, other: "CampaignOptions") -> tuple[str, ...]:
        """Return the dotted names of options that differ, such as ``timing.every``."""
        return tuple(_differences(self, other))


def _differences(one: Model, other: Model) -> Iterator[str]:
    for name, field in type(one).model_fields.items():
        mine, theirs = getattr(one, name), getattr(other, name)
        if name == _NOT_COMPARED or mine == theirs:
            continue
        # Annotated as a plain class: a group that is always there, not `PersonaRef | None`.
        if isinstance(field.annotation, type) and isinstance(mine, Model):
            yield from (f"{name}.{inner}" for inner in _differences(mine, theirs))
        else:
            yield name
