"""A brand: its persona, look and avatar, and the lessons of its reviews.

``persona.yaml`` becomes a :class:`Persona`; VoiceWorkflow keeps the lessons, and each
draft gets those that matter for it.
"""

import re
from enum import StrEnum
from typing import Annotated, Literal

import webcolors
from pydantic import AfterValidator, AwareDatetime, BeforeValidator, Field

from galley.models.base import Model
from galley.models.network import Platform

_TAG = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")


def _as_hex(value: object) -> object:
    """Return a colour of CSS, such as ``navy`` or ``#abc``, as ``#rrggbb``."""
    if not isinstance(value, str) or not value.strip():
        return value
    typed = value.strip().lower()
    try:
        return webcolors.normalize_hex(typed) if typed[0] == "#" else webcolors.name_to_hex(typed)
    except ValueError:
        raise ValueError(
            f"{value!r} is no colour: write #rrggbb, such as #0b1f3a, or a name such as navy"
        ) from None


def _as_tag(value: str) -> str:
    if value and _TAG.fullmatch(value) is None:
        raise ValueError(f"{value!r} is no language tag: write one such as en, de or pt-BR")
    return value


Colour = Annotated[str, BeforeValidator(_as_hex)]
MOST_FONTS = 4


class LookStyle(StrEnum):
    """The looks to start from."""

    PLAIN = "plain"
    """Bold letters on paper, a short bar, a hairline."""
    EDITORIAL = "editorial"
    """A serif, wide margins, the name above."""
    BOLD = "bold"
    """Heavy letters on the brand's colours, round corners."""


class Look(Model):
    """The section ``look`` of a ``persona.yaml``. All fields are optional.

    Colours are kept as ``#rrggbb``, and may be written as CSS names them. Without an ink,
    Galley chooses one that is legible on the background.
    """

    style: LookStyle = Field(default=LookStyle.PLAIN, description="The look to start from.")
    background: Colour = ""
    ink: Colour = Field(default="", description="Colour of the text.")
    accent: Colour = Field(default="", description="Colour of bars and marks.")
    logo: str = Field(
        default="",
        max_length=300,
        description="A PNG, JPEG or WebP file, relative to the persona's file; once "
        "stored, ``brand/<sha256>.png`` in the state bucket.",
    )
    fonts: tuple[str, ...] = Field(
        default=(),
        max_length=MOST_FONTS,
        description="Font files (TTF or OTF), or names of fonts installed "
        "beside the worker. The first font with a glyph draws it. Once stored, a "
        "file is ``brand/<sha256>.ttf`` or ``.otf``.",
    )
    text_font: str = Field(
        default="",
        max_length=100,
        description="Name of the font of small letters, of these fonts "
        "or installed; missing: the same as of headlines.",
    )
    corner: Literal["", "square", "soft", "round"] = ""
    rule: Literal["", "bar", "line", "none"] = Field(
        default="", description="The mark above a headline."
    )
    logo_at: Literal["", "foot", "head"] = Field(default="", description="Where the logo stands.")
    density: Literal["", "airy", "even", "dense"] = ""


class Avatar(Model):
    """The section ``avatar`` of a ``persona.yaml``."""

    portrait: str = Field(
        min_length=1,
        max_length=300,
        description="A JPEG, PNG or WebP file of one face, relative to the "
        "persona's file; once stored, ``brand/<sha256>.jpg`` in the state bucket.",
    )
    consent: bool = Field(
        default=False,
        description="The author's statement that the person shown agrees to a speaking "
        "video. Without it nothing is generated.",
    )


_LINE, _TEXT, _MANY = 300, 4_000, 50


class LinksPolicy(StrEnum):
    """The links that a brand's posts may have."""

    SOURCE = "source"
    """The source's own page, if it has one."""
    NONE = "none"
    """No link."""


class Persona(Model):
    """The contents of a ``persona.yaml``. Trusted: the author wrote it.

    Everything but the brand is optional.
    """

    brand: str = Field(min_length=1, max_length=120)
    voice: str = Field(default="", max_length=_TEXT)
    audience: str = Field(default="", max_length=_TEXT)
    language: Annotated[str, AfterValidator(_as_tag)] = Field(
        default="", max_length=35, description="BCP 47 tag; empty: the source's."
    )
    do: tuple[str, ...] = Field(default=(), max_length=_MANY)
    dont: tuple[str, ...] = Field(default=(), max_length=_MANY)
    avoid: tuple[str, ...] = Field(
        default=(), max_length=200, description="Words that no draft may use."
    )
    examples: tuple[str, ...] = Field(
        default=(), max_length=10, description="Posts that sound right."
    )
    hashtags: tuple[str, ...] = Field(
        default=(), max_length=_MANY, description="Allowed although the source lacks them."
    )
    mentions: tuple[str, ...] = Field(
        default=(), max_length=_MANY, description="Accounts that drafts may name."
    )
    links: LinksPolicy = LinksPolicy.SOURCE
    call_to_action: str = Field(default="", max_length=_LINE)
    look: Look | None = Field(default=None, description="Missing: Galley's own look.")
    pictures: str = Field(
        default="", max_length=_TEXT, description="Style of generated pictures and videos."
    )
    avatar: Avatar | None = None
    """The speaker of avatar videos."""
    networks: dict[Platform, str] = Field(
        default_factory=dict, description="Deviations on one network."
    )

    @property
    def words(self) -> str:
        """The text that a draft may take facts from; examples lend it only their style."""
        return "\n".join(
            (
                self.brand,
                self.voice,
                self.audience,
                *self.do,
                *self.hashtags,
                *self.mentions,
                self.call_to_action,
                *self.networks.values(),
            )
        )


class PersonaRef(Model):
    """A persona, stored as ``personas/<sha256>.json`` in the state bucket."""

    brand: str
    sha256: str = Field(pattern="^[0-9a-f]{64}$")


LESSON_TEXT = 1_200
"""Characters of either side of a lesson; of a longer text, the part that differs."""
LESSON_REASON = 500


class LessonKind(StrEnum):
    """The decisions that teach a lesson."""

    EDITED = "edited"
    """A reviewer changed the text, and approved the result."""
    REJECTED = "rejected"
    """A reviewer rejected the draft, or had another one written, and gave a reason."""
    PICKED = "picked"
    """A reviewer picked one of several drafts."""

    @property
    def words(self) -> str:
        """The kind as a person reads it."""
        return "turned down" if self is LessonKind.REJECTED else self.value


class LessonPart(StrEnum):
    """The field of a draft that a lesson is about."""

    TEXT = "text"
    TITLE = "title"
    HEADLINE = "headline"


class Lesson(Model):
    """One lesson from one decision of a person.

    The text comes from a draft, so in part from a stranger's source: it is an example,
    never an instruction, and lends a draft no link, account or fact.
    """

    kind: LessonKind
    platform: Platform
    post_key: str = Field(max_length=200, description="The post's idempotency key.")
    revision: int = Field(ge=0, description="The revision decided on.")
    part: LessonPart = LessonPart.TEXT
    before: str = Field(
        default="",
        max_length=LESSON_TEXT,
        description="The proposed text; for a pick, the drafts not picked.",
    )
    after: str = Field(
        default="", max_length=LESSON_TEXT, description="The approved text; empty for a rejection."
    )
    reason: str = Field(default="", max_length=LESSON_REASON)
    angle: str = Field(
        default="", max_length=LESSON_REASON, description="Of the draft that was decided on."
    )
    learned_at: AwareDatetime

    @property
    def id(self) -> str:
        """The key that makes a repeated lesson count once."""
        return f"{self.post_key}#{self.revision}.{self.kind}.{self.part}"


class VoiceState(Model):
    """The lessons of a voice, carried over by continue-as-new, so bounded."""

    lessons: tuple[Lesson, ...] = Field(default=(), description="Oldest first.")
    seen: tuple[str, ...] = ()
    """Digests of all lessons received, kept or not: none is learned again."""


class VoiceInput(Model):
    """Input of VoiceWorkflow, ID ``voice:<brand>``."""

    brand: str = Field(min_length=1, description="As in the workflow's ID.")
    name: str = Field(default="", max_length=120, description="As people spell it.")
    events_per_run: int = Field(default=500, ge=10)
    state: VoiceState = Field(default=VoiceState(), description="Set by continue-as-new alone.")


class Learn(Model):
    """Input of the ``learn`` signal: the lessons of one post."""

    lessons: tuple[Lesson, ...] = Field(max_length=50)


class ForgetLessons(Model):
    """Input of the ``forget`` update."""

    post_key: str = Field(default="", description="Of one post; empty: all lessons.")


class Forgotten(Model):
    """Answer of the ``forget`` update: the number of lessons forgotten."""

    count: int


class VoiceView(Model):
    """Answer of the ``view`` query."""

    brand: str
    name: str = ""
    lessons: tuple[Lesson, ...] = ()


class LessonBook(Model):
    """The lessons of a campaign, stored as ``lessons/<sha256>.json``.

    Each draft gets those that matter most on its network.
    """

    brand: str
    lessons: tuple[Lesson, ...]


class LessonsRef(Model):
    """A :class:`LessonBook` in the state bucket."""

    brand: str
    sha256: str = Field(pattern="^[0-9a-f]{64}$")
    count: int


class RecallLessons(Model):
    """Read the lessons of a brand's voice."""

    brand: str


class RecalledLessons(Model):
    """The lessons of a voice, if any, or the reason why they could not be read."""

    lessons: LessonsRef | None = None
    missing: str = ""


class TeachVoice(Model):
    """Send the lessons of a post to the voice of its brand."""

    brand: str
    name: str = ""
    lessons: tuple[Lesson, ...] = Field(min_length=1, max_length=50)
