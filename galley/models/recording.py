"""A recording on its way to a text: cut into parts, each transcribed by itself.

Nothing that was said is in here: transcripts stay in the state bucket.
"""

from enum import StrEnum

from pydantic import Field

from galley.models.base import Model
from galley.models.source import Cue, SourceRef


class Engine(StrEnum):
    """Who transcribes."""

    LOCAL = "local"
    REPLICATE = "replicate"


class CutRecording(Model):
    """Fetch the recording of a source and cut it into parts."""

    source: SourceRef
    name: str = Field(description="What to call it in messages.")


class AudioPart(Model):
    """A few minutes of a recording: the state bucket's object ``audio/<sha256>.flac``.

    ``start`` and ``seconds`` place it in the recording; ``size`` is in bytes.
    """

    sha256: str
    start: float = Field(ge=0)
    seconds: float = Field(ge=0)
    size: int = Field(ge=0)


class CutReply(Model):
    """The parts, in order, and who is to transcribe all of them with what model."""

    parts: tuple[AudioPart, ...] = Field(min_length=1)
    seconds: float = Field(ge=0)
    engine: Engine
    model: str


class TranscribePart(Model):
    """Transcribe one part. ``campaign_key`` is whose ceiling a paid call counts to."""

    part: AudioPart
    model: str
    campaign_key: str = ""
    order: int = Field(default=1, ge=1, description="1, or more after a failure.")


class JoinTranscript(Model):
    """Put the transcripts of the parts together to the text of the source."""

    source: SourceRef
    parts: tuple[AudioPart, ...]
    model: str


class Transcript(Model):
    """What was said in one part, as stored: ``transcripts/<part>/<model>.json``.

    Times of the cues are counted from the part's beginning.
    """

    language: str | None = None
    cues: tuple[Cue, ...] = ()
