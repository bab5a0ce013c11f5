"""Short videos cut out of a long one."""

from enum import StrEnum
from typing import Self

from pydantic import Field, model_validator

from galley.models.base import Model
from galley.models.media import StagedAsset
from galley.models.source import SourceRef, SourceSpec

MOST_CLIPS = 20
SHORTEST = 3.0
"""Seconds of a clip."""
LONGEST = 180.0
"""Seconds of a clip, with its end: what YouTube takes as a Short."""


class Framing(StrEnum):
    """What becomes of a picture of another shape than the clip's."""

    AUTO = "auto"
    """Whole, before a blurred ground; cropped where that takes a quarter at most."""
    CROP = "crop"
    """Its middle fills the frame."""


class Clip(Model):
    """Where a clip begins and ends in its recording, in seconds, and why there.

    ``score`` is 0 to 100, and ``reasons`` say what it is made of; a clip whose edges a
    person gave has none of both. Nothing that was said is in here.
    """

    start: float = Field(ge=0)
    end: float = Field(gt=0)
    score: int = Field(default=0, ge=0, le=100)
    reasons: tuple[str, ...] = ()

    @property
    def seconds(self) -> float:
        """How long it is."""
        return round(self.end - self.start, 3)

    @model_validator(mode="after")
    def _begins_before_its_end(self) -> Self:
        if self.end <= self.start:
            raise ValueError("a clip ends after it begins")
        return self


def clock(seconds: float) -> str:
    """Return a place in a recording as a person types it: ``1:02.5``, ``1:00:09``."""
    tenths = round(seconds * 10)
    minutes, rest = divmod(tenths, 600)
    hours, minutes = divmod(minutes, 60)
    whole = f"{rest // 10:02}" + (f".{rest % 10}" if rest % 10 else "")
    return f"{hours}:{minutes:02}:{whole}" if hours else f"{minutes}:{whole}"


class ChooseClips(Model):
    """Choose moments of a recording that was transcribed.

    ``source`` is the SHA-256 of its document; ``least`` and ``most`` are seconds.
    ``texts`` are what is written from it: what they quote counts.
    """

    source: str
    count: int = Field(default=1, ge=1, le=MOST_CLIPS)
    least: float = Field(default=20, ge=SHORTEST, le=LONGEST)
    most: float = Field(default=60, ge=SHORTEST, le=LONGEST)
    texts: tuple[str, ...] = ()


class ChosenClips(Model):
    """The moments, the best first; with none, ``note`` says why."""

    clips: tuple[Clip, ...] = ()
    note: str = ""


class CutClip(Model):
    """Cut a clip out of the recording of a document, into private staging."""

    source: str
    clip: Clip
    framing: Framing = Framing.AUTO


class ClipReply(Model):
    """The clip, its edges moved out of the midst of words, and what to know of it."""

    clip: Clip
    asset: StagedAsset
    notes: tuple[str, ...] = ()


class ClipsInput(Model):
    """Input of ClipsWorkflow, ID ``clips:<key>``. With ``edges`` none are chosen."""

    key: str
    source: SourceSpec
    count: int = Field(default=3, ge=1, le=MOST_CLIPS)
    least: float = Field(default=20, ge=SHORTEST, le=LONGEST)
    most: float = Field(default=60, ge=SHORTEST, le=LONGEST)
    framing: Framing = Framing.AUTO
    edges: tuple[Clip, ...] = Field(default=(), max_length=MOST_CLIPS)

    @model_validator(mode="after")
    def _least_is_not_most(self) -> Self:
        if self.most < self.least:
            raise ValueError("the most seconds are fewer than the least")
        return self


class ClipsView(Model):
    """Answer of the clips' ``view`` query, and the result. ``clips`` in order."""

    clips_id: str
    stage: str
    source: SourceRef | None = None
    clips: tuple[ClipReply, ...] = ()
