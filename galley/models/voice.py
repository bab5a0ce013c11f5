"""What reviewers taught: lessons, and the voice that keeps them."""

from enum import StrEnum

from pydantic import AwareDatetime, Field

from galley.models.base import Model
from galley.models.platform import Platform

LESSON_TEXT = 1_200
"""Characters of either side of a lesson; of a longer text, the part that differs."""
LESSON_REASON = 500


class LessonKind(StrEnum):
    """What a reviewer did."""

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
    """What a voice knows. Bounded: it is handed from run to run."""

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
    state: VoiceState = Field(
        default=VoiceState(), description="Set by continue-as-new alone."
    )


class Learn(Model):
    """Input of the ``learn`` signal: what one post taught."""

    lessons: tuple[Lesson, ...] = Field(max_length=50)


class ForgetLessons(Model):
    """Input of the ``forget`` update."""

    post_key: str = Field(default="", description="Of one post; empty: all lessons.")


class Forgotten(Model):
    """How many lessons were forgotten."""

    count: int


class VoiceView(Model):
    """Answer of the ``view`` query."""

    brand: str
    name: str = ""
    lessons: tuple[Lesson, ...] = ()


class LessonBook(Model):
    """What a campaign may learn from, kept as ``lessons/<sha256>.json``.

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
    """What it knows, if anything, or why that is not known."""

    lessons: LessonsRef | None = None
    missing: str = ""


class TeachVoice(Model):
    """Hand what a post taught to the voice of its brand."""

    brand: str
    name: str = ""
    lessons: tuple[Lesson, ...] = Field(min_length=1, max_length=50)
