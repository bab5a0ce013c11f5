"""A brand: its persona, look and avatar, and the lessons of its voice.

``persona.yaml`` is read into :class:`Persona`; VoiceWorkflow keeps the lessons, and each
draft is given those that matter for it.
"""

from enum import StrEnum

from pydantic import AwareDatetime, Field

from galley.models.base import Model
from galley.models.network import Platform

_COLOUR = r"^(#[0-9a-fA-F]{6})?$"
MOST_FONTS = 4


class Look(Model):
    """The section ``look`` of a ``persona.yaml``. Everything may be left out.

    Colours are written as ``#rrggbb``. Without an ink, one is chosen that can be read
    on the background.
    """

    background: str = Field(default="", pattern=_COLOUR)
    ink: str = Field(default="", pattern=_COLOUR, description="Of the words.")
    accent: str = Field(default="", pattern=_COLOUR, description="Of bars and other marks.")
    logo: str = Field(
        default="",
        max_length=300,
        description="A PNG, JPEG or WebP file, named from where the persona lies; once "
        "kept, ``brand/<sha256>.png`` in the state bucket.",
    )
    fonts: tuple[str, ...] = Field(
        default=(),
        max_length=MOST_FONTS,
        description="Font files (TTF or OTF), or names of fonts that are installed "
        "where the worker runs. The first that has a letter draws it. Once kept, a "
        "file is ``brand/<sha256>.ttf`` or ``.otf``.",
    )


class Avatar(Model):
    """The section ``avatar`` of a ``persona.yaml``."""

    portrait: str = Field(
        min_length=1,
        max_length=300,
        description="A JPEG, PNG or WebP file of one face, named from where the "
        "persona lies; once kept, ``brand/<sha256>.jpg`` in the state bucket.",
    )
    consent: bool = Field(
        default=False,
        description="The author's word that whoever is shown agrees to be made to "
        "speak. Without it nothing is generated.",
    )


_LINE, _TEXT, _MANY = 300, 4_000, 50


class LinksPolicy(StrEnum):
    """The links that posts of a brand may have."""

    SOURCE = "source"
    """The source's own page, where it has one."""
    NONE = "none"
    """Nothing."""


class Persona(Model):
    """The contents of a ``persona.yaml``. Trusted: the author wrote it.

    Everything but the brand may be left away.
    """

    brand: str = Field(min_length=1, max_length=120)
    voice: str = Field(default="", max_length=_TEXT)
    audience: str = Field(default="", max_length=_TEXT)
    language: str = Field(default="", max_length=35, description="BCP 47 tag; empty: the source's.")
    do: tuple[str, ...] = Field(default=(), max_length=_MANY)
    dont: tuple[str, ...] = Field(default=(), max_length=_MANY)
    avoid: tuple[str, ...] = Field(
        default=(), max_length=200, description="Words that stand in no draft."
    )
    examples: tuple[str, ...] = Field(
        default=(), max_length=10, description="Posts that sound right."
    )
    hashtags: tuple[str, ...] = Field(
        default=(), max_length=_MANY, description="That may be used though the source does not."
    )
    mentions: tuple[str, ...] = Field(
        default=(), max_length=_MANY, description="Accounts that may be named."
    )
    links: LinksPolicy = LinksPolicy.SOURCE
    call_to_action: str = Field(default="", max_length=_LINE)
    look: Look | None = Field(default=None, description="Of its pictures; missing: Galley's own.")
    pictures: str = Field(
        default="", max_length=_TEXT, description="How generated pictures and videos look."
    )
    avatar: Avatar | None = Field(
        default=None, description="Who speaks in videos of a speaking person."
    )
    networks: dict[Platform, str] = Field(
        default_factory=dict, description="What is different on one network."
    )

    @property
    def words(self) -> str:
        """Return what a draft may draw on; examples lend it their style alone."""
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
    """A persona, kept as ``personas/<sha256>.json`` in the state bucket."""

    brand: str
    sha256: str = Field(pattern="^[0-9a-f]{64}$")


LESSON_TEXT = 1_200
"""Characters of either side of a lesson; of a longer text, the part that differs."""
LESSON_REASON = 500


class LessonKind(StrEnum):
    """The decisions that teach a lesson."""

    EDITED = "edited"
    """Changed the words, and let the result out."""
    REJECTED = "rejected"
    """Did not take the draft, and said why."""
    PICKED = "picked"
    """Took one of several drafts."""


class LessonPart(StrEnum):
    """The field of a draft that a lesson is about."""

    TEXT = "text"
    TITLE = "title"
    HEADLINE = "headline"


class Lesson(Model):
    """One thing that one decision of a person teaches.

    The words come from a draft, so from a stranger's source in part: they are examples,
    never instructions, and lend a draft no link, account or fact.
    """

    kind: LessonKind
    platform: Platform
    post_key: str = Field(max_length=200, description="The post's idempotency key.")
    revision: int = Field(ge=0, description="The one that was decided on.")
    part: LessonPart = LessonPart.TEXT
    before: str = Field(
        default="",
        max_length=LESSON_TEXT,
        description="What was proposed; of a pick, the drafts that were not taken.",
    )
    after: str = Field(
        default="",
        max_length=LESSON_TEXT,
        description="What went out instead; empty for a rejection.",
    )
    reason: str = Field(default="", max_length=LESSON_REASON)
    learned_at: AwareDatetime

    @property
    def id(self) -> str:
        """The name by which a lesson that is told twice is known."""
        return f"{self.post_key}#{self.revision}.{self.kind}.{self.part}"


class VoiceState(Model):
    """The lessons of a voice. Bounded: it is handed from run to run."""

    lessons: tuple[Lesson, ...] = Field(default=(), description="Oldest first.")
    seen: tuple[str, ...] = Field(
        default=(),
        description="Digests of lessons that were heard, kept or not: none of them is "
        "learned again.",
    )


class VoiceInput(Model):
    """Input of VoiceWorkflow, ID ``voice:<brand>``."""

    brand: str = Field(min_length=1, description="As it stands in the workflow's ID.")
    name: str = Field(default="", max_length=120, description="As people write it.")
    events_per_run: int = Field(default=500, ge=10)
    state: VoiceState = Field(default=VoiceState(), description="Set by continue-as-new alone.")


class Learn(Model):
    """Input of the ``learn`` signal: what one post taught."""

    lessons: tuple[Lesson, ...] = Field(max_length=50)


class ForgetLessons(Model):
    """Input of the ``forget`` update."""

    post_key: str = Field(default="", description="Of one post; empty: all lessons.")


class Forgotten(Model):
    """The number of lessons that were forgotten."""

    count: int


class VoiceView(Model):
    """Answer of the ``view`` query."""

    brand: str
    name: str = ""
    lessons: tuple[Lesson, ...] = ()


class LessonBook(Model):
    """The lessons of a campaign, kept as ``lessons/<sha256>.json``.

    Each draft is given those of its lessons that matter most on its network.
    """

    brand: str
    lessons: tuple[Lesson, ...]


class LessonsRef(Model):
    """A :class:`LessonBook` in the state bucket."""

    brand: str
    sha256: str = Field(pattern="^[0-9a-f]{64}$")
    count: int


class RecallLessons(Model):
    """Ask the voice of a brand what it knows."""

    brand: str


class RecalledLessons(Model):
    """The lessons of a voice, if it has any, or why they could not be read."""

    lessons: LessonsRef | None = None
    missing: str = ""


class TeachVoice(Model):
    """Hand what a post taught to the voice of its brand."""

    brand: str
    name: str = ""
    lessons: tuple[Lesson, ...] = Field(min_length=1, max_length=50)
