"""A source: its link, text and recordings, and the brief of a long one.

The activities of sources read and transcribe it; campaigns carry a :class:`SourceRef`.
"""

from enum import StrEnum

from pydantic import AwareDatetime, Field

from galley.models.base import Model


class BriefRef(Model):
    """A brief stored by content hash: ``briefs/<sha256>.json`` in the state bucket."""

    sha256: str
    size: int = Field(ge=0, description="UTF-8 bytes that a draft reads of it.")
    parts: int = Field(ge=1)
    points: int = Field(ge=0)
    missing: int = Field(default=0, ge=0, description="Parts that the model could not condense.")


class CondenseSource(Model):
    """Condense a long source once for all drafts of a campaign."""

    key: str = Field(description="The campaign's key.")
    sha256: str = Field(description="SHA-256 of the stored source.")
    instructions: str = Field(default="", max_length=4000, description="The topic of all posts.")


class Passage(Model):
    """A passage of the source: ``text`` is ``SourceDocument.text[start:end]``.

    Offsets count characters (Unicode code points) from the text's beginning.
    """

    start: int = Field(ge=0)
    end: int = Field(ge=0)
    text: str


class BriefPoint(Model):
    """One point, and the passage of the source that makes it."""

    point: str
    span: Passage
    weight: int = Field(ge=1, le=5, description="5: matters most to a reader.")


class PartNotes(Model):
    """The points of one part of a source; offsets count from the part's beginning.

    Stored as ``condensed/<hash>.json``, so that no part is paid twice.
    """

    summary: str
    points: tuple[BriefPoint, ...] = ()


class BriefPart(Model):
    """One part of the source, and its summary in a few sentences."""

    start: int = Field(ge=0)
    end: int = Field(ge=0)
    summary: str


class SourceBrief(Model):
    """The brief of a long source, from which its drafts are written.

    ``points`` are in the order of the source. ``passages`` are the text around the
    weightiest of them, in order and without overlap.
    """

    source: str = Field(description="SHA-256 of the stored source.")
    model: str
    prompt_revision: str
    parts: tuple[BriefPart, ...]
    points: tuple[BriefPoint, ...]
    passages: tuple[Passage, ...]
    missing: int = Field(default=0, ge=0)


class SourceKind(StrEnum):
    """The kinds of source, each with a reader of its own."""

    ARTICLE = "article"
    MARKDOWN = "markdown"
    TEXT = "text"
    PROMPTS = "prompts"
    FEED = "feed"
    """One item of an RSS or Atom feed: its text, or the article it links to."""
    PODCAST = "podcast"
    """An episode's published transcript, or a transcript that a person gave."""
    PDF = "pdf"
    RECORDING = "recording"
    """Audio or video, to be transcribed."""


class Recording(Model):
    """The location of a recording: a URL, or the upload ``uploads/<upload>``."""

    url: str | None = None
    upload: str | None = None


class SourceSpec(Model):
    """The source as a person gave it: a URL or an uploaded file.

    Exactly one of ``url`` and ``upload`` is set. ``upload`` is the SHA-256 of a file that
    the command line put into the state bucket under
    ``uploads/<sha256>`` before it started the workflow: texts do not travel through
    histories. With the kind ``feed``, ``url`` is the feed's and ``item`` the key of
    one of its items.
    """

    kind: SourceKind
    name: str = Field(description="The URL or file name, for messages.")
    url: str | None = None
    upload: str | None = None
    item: str = Field(default="", max_length=2048)
    item_link: str | None = None
    """The item's own page, which is its identity."""
    transcript: str | None = None
    """SHA-256 of an uploaded transcript, which replaces transcription."""
    transcript_language: str | None = Field(
        default=None, max_length=35, description="BCP 47 tag, if its name tells it."
    )


class SourceRef(Model):
    """A source after reading: normalised and stored by content hash.

    The document is the object ``sources/<sha256>.json`` of the state bucket, a
    :class:`SourceDocument`.
    """

    kind: SourceKind
    sha256: str
    title: str
    link: str | None = None
    """Canonical URL that a post may link to, if there is one."""
    language: str | None = Field(default=None, description="BCP 47 tag, if known.")
    words: int
    size: int = Field(default=0, ge=0, description="UTF-8 bytes of the text.")
    recording: Recording | None = None
    """The recording to be transcribed first: the text is still empty."""
    is_long: bool = Field(default=False, description="Drafts are written from its brief.")
    brief: BriefRef | None = Field(default=None, description="Set once it is made.")

    @property
    def read_size(self) -> int:
        """UTF-8 bytes that one draft reads of it."""
        return self.brief.size if self.brief else self.size


class TimedWord(Model):
    """One word and its time, in seconds from the beginning."""

    start: float = Field(ge=0)
    end: float = Field(ge=0)
    text: str


class Cue(Model):
    """The words of one moment of a recording; seconds from its beginning."""

    start: float = Field(ge=0)
    end: float = Field(ge=0)
    text: str
    speaker: str = ""
    words: tuple[TimedWord, ...] = ()
    """Each word with its time, where that was measured."""


class SourcePicture(Model):
    """A picture in a source; its URL is a stranger's, fetched only on request."""

    url: str
    alt_text: str = ""
    credit: str = Field(default="", description="Whom the page names as its maker, in its words.")


class SourceDocument(Model):
    """The normalised source, as stored. Never part of a workflow history."""

    kind: SourceKind
    title: str
    link: str | None = None
    author: str | None = None
    published_at: AwareDatetime | None = None
    language: str | None = None
    tags: tuple[str, ...] = ()
    text: str = Field(description="Markdown prose. For prompts: one prompt a paragraph.")
    prompts: tuple[str, ...] = ()
    """The instructions the drafts follow, for a prompt list."""
    cues: tuple[Cue, ...] = Field(default=(), description="Timed words of a recording.")
    recording: Recording | None = None
    """The recording that is still to be transcribed."""
    pictures: tuple[SourcePicture, ...] = ()
    """In order, the lead picture first."""
    heard: Recording | None = Field(default=None, description="The recording behind its text.")
    is_given: bool = False
    """A person gave the transcript of ``heard``."""


class Engine(StrEnum):
    """The engines that transcribe."""

    LOCAL = "local"
    REPLICATE = "replicate"


class CutRecording(Model):
    """Fetch the recording of a source and cut it into parts."""

    source: SourceRef
    name: str = Field(description="Its name in messages.")


class AudioPart(Model):
    """A few minutes of a recording: the state bucket's object ``audio/<sha256>.flac``.

    ``start`` and ``seconds`` place it in the recording; ``size`` is in bytes.
    """

    sha256: str
    start: float = Field(ge=0)
    seconds: float = Field(ge=0)
    size: int = Field(ge=0)


class CutReply(Model):
    """The parts, in order, and the engine and model that transcribe all of them."""

    parts: tuple[AudioPart, ...] = Field(min_length=1)
    seconds: float = Field(ge=0)
    engine: Engine
    model: str


class TranscribePart(Model):
    """Transcribe one part. A paid call counts to the ceiling of ``campaign_key``."""

    part: AudioPart
    model: str
    campaign_key: str = ""
    order: int = Field(default=1, ge=1, description="1, or more after a failure.")


class JoinTranscript(Model):
    """Join the transcripts of the parts to the text of the source."""

    source: SourceRef
    parts: tuple[AudioPart, ...]
    model: str


class Transcript(Model):
    """The words of one part, stored as ``transcripts/<part>/<model>.json``.

    Times of the cues count from the part's beginning.
    """

    language: str | None = None
    cues: tuple[Cue, ...] = ()


class OrderReply(Model):
    """The state of a part's order before the wait for it."""

    prediction_id: str = Field(default="", description="Empty: there is a transcript.")
    is_new: bool = Field(default=False, description="Whether this call ordered it.")


class AwaitTranscript(Model):
    """Wait for an ordered transcript, or store it."""

    task: TranscribePart
    prediction_id: str


class TranscriptOutcome(StrEnum):
    """The outcomes of an order. ``aborted``: it never began, and costs nothing."""

    DONE = "done"
    FAILED = "failed"
    CANCELED = "canceled"
    ABORTED = "aborted"
    EXPIRED = "expired"


class TranscriptReply(Model):
    """The outcome; ``message`` gives the reason of a failure."""

    outcome: TranscriptOutcome
    message: str = ""


class TranscriptOrder(Model):
    """An object in the state bucket that announces the order of a transcript.

    It is created once, before the order. The file ``audio`` is a fresh upload, so that an
    order whose reply was lost can be found by it.
    """

    audio: str
    campaign_key: str
    made_at: AwareDatetime


class TranscriptOrdered(Model):
    """The object beside it, with the ID that Replicate gave the order."""

    prediction_id: str
