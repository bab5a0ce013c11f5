"""A recording on its way to a text: cut into parts, each transcribed by itself.

Nothing that was said is in here: transcripts stay in the state bucket.
"""

from enum import StrEnum

from pydantic import AwareDatetime, Field

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


class OrderReply(Model):
    """What is known of a part before it is waited for."""

    prediction_id: str = Field(
        default="", description="Empty: there is a transcript already."
    )
    is_new: bool = Field(default=False, description="Whether this call ordered it.")


class AwaitTranscript(Model):
    """Wait for an ordered transcript, or store it."""

    task: TranscribePart
    prediction_id: str


class TranscriptOutcome(StrEnum):
    """How an order ended. ``aborted``: it never began, and costs nothing."""

    DONE = "done"
    FAILED = "failed"
    CANCELED = "canceled"
    ABORTED = "aborted"
    EXPIRED = "expired"


class TranscriptReply(Model):
    """How it ended; ``message`` says why, if it failed."""

    outcome: TranscriptOutcome
    message: str = ""


class TranscriptOrder(Model):
    """An object in the state bucket: who ordered a transcript, and of which file.

    It is created once, before the order is made. The file is a fresh upload, so that
    an order whose reply was lost can be found by it.
    """

    audio: str
    campaign_key: str
    made_at: AwareDatetime


class TranscriptOrdered(Model):
    """The object beside it, once Replicate has given the order an ID."""

    prediction_id: str
