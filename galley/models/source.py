"""A source: its link, its text and recordings, and the brief a long one is condensed to.

The activities of sources read and transcribe it; campaigns carry a :class:`SourceRef`.
"""

from enum import StrEnum

from pydantic import AwareDatetime, Field

from galley.models.base import Model


class BriefRef(Model):
    """A brief stored by content hash: ``briefs/<sha256>.json`` in the state bucket."""

    sha256: str
    size: int = Field(ge=0, description="Of what a draft reads of it, in UTF-8 bytes.")
    parts: int = Field(ge=1)
    points: int = Field(ge=0)
    missing: int = Field(default=0, ge=0, description="Parts that the model could not condense.")


class CondenseSource(Model):
    """Condense a long source once for all drafts of a campaign."""

    key: str = Field(description="The campaign's key.")
    sha256: str = Field(description="Of the stored source.")
    instructions: str = Field(
        default="", max_length=4000, description="What all posts shall be about."
    )


class Passage(Model):
    """Words of the source: ``text`` is ``SourceDocument.text[start:end]``.

    Offsets count characters (Unicode code points) from the text's beginning.
    """

    start: int = Field(ge=0)
    end: int = Field(ge=0)
    text: str


class BriefPoint(Model):
    """One thing worth saying, and the words of the source that say it."""

    point: str
    span: Passage
    weight: int = Field(ge=1, le=5, description="5: a reader wants it most.")


class PartNotes(Model):
    """The points of one part of a source; offsets count from that part's beginning.

    Stored as ``condensed/<hash>.json``, so that no part is paid for twice.
    """

    summary: str
    points: tuple[BriefPoint, ...] = ()


class BriefPart(Model):
    """One part of the source and what it says, in a few sentences."""

    start: int = Field(ge=0)
    end: int = Field(ge=0)
    summary: str


class SourceBrief(Model):
    """The brief from which the drafts of a long source are written.

    ``points`` stand in the order of the source. ``passages`` are the words around the
    weightiest of them, one after the other, none overlapping another.
    """

    source: str = Field(description="SHA-256 of the stored source.")
    model: str
    prompt_revision: str
    parts: tuple[BriefPart, ...]
    points: tuple[BriefPoint, ...]
    passages: tuple[Passage, ...]
    missing: int = Field(default=0, ge=0)


class SourceKind(StrEnum):
    """The kinds of source, each read in its own way."""

    ARTICLE = "article"
    MARKDOWN = "markdown"
    TEXT = "text"
    PROMPTS = "prompts"
    FEED = "feed"
    """One item of an RSS or Atom feed: its text, or the article it points to."""
    PODCAST = "podcast"
    """An episode by its published transcript, or a transcript that was given."""
    PDF = "pdf"
    RECORDING = "recording"
    """Audio or video, to be transcribed."""


class Recording(Model):
    """The place of a recording: a URL, or the upload ``uploads/<upload>``."""

    url: str | None = None
    upload: str | None = None


class SourceSpec(Model):
    """The source as a person named it: a URL or an uploaded file.

    Exactly one of ``url`` and ``upload`` is set. ``upload`` is the SHA-256 of the
    file's bytes, which the command line put into the state bucket under
    ``uploads/<sha256>`` before starting the workflow: texts do not travel through
    histories. With ``kind`` ``feed``, ``url`` is the feed's and ``item`` the key of
    one of its items.
    """

    kind: SourceKind
    name: str = Field(description="What to call it in messages: the URL or file name.")
    url: str | None = None
    upload: str | None = None
    item: str = Field(default="", max_length=2048)
    item_link: str | None = Field(
        default=None, description="The item's own page, which is its identity."
    )
    transcript: str | None = Field(
        default=None, description="SHA-256 of an uploaded transcript: a recording is not heard."
    )
    transcript_language: str | None = Field(
        default=None, max_length=35, description="BCP 47 tag, if its name tells it."
    )


class SourceRef(Model):
    """A source that has been read, normalised and stored by content hash.

    The document itself is the state bucket's object ``sources/<sha256>.json``, a
    :class:`SourceDocument`.
    """

    kind: SourceKind
    sha256: str
    title: str
    link: str | None = Field(
        default=None, description="Canonical URL a post may point to, if there is one."
    )
    language: str | None = Field(default=None, description="BCP 47 tag, if known.")
    words: int
    size: int = Field(default=0, ge=0, description="Of the text, in UTF-8 bytes.")
    recording: Recording | None = Field(
        default=None, description="What has to be transcribed first: the text is still empty."
    )
    is_long: bool = Field(default=False, description="Drafts are written from a brief of it.")
    brief: BriefRef | None = Field(default=None, description="Once it is made.")

    @property
    def read_size(self) -> int:
        """What one draft reads of it, in UTF-8 bytes."""
        return self.brief.size if self.brief else self.size


class TimedWord(Model):
    """One word and the time it was said, in seconds from the beginning."""

    start: float = Field(ge=0)
    end: float = Field(ge=0)
    text: str


class Cue(Model):
    """The words said at one moment of a recording; seconds from its beginning."""

    start: float = Field(ge=0)
    end: float = Field(ge=0)
    text: str
    speaker: str = ""
    words: tuple[TimedWord, ...] = Field(
        default=(), description="Each word by itself, where its time was measured."
    )


class SourcePicture(Model):
    """A picture that a source shows; a stranger's address, fetched only when asked."""

    url: str
    alt_text: str = ""


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
    prompts: tuple[str, ...] = Field(
        default=(), description="The instructions the drafts follow, for a prompt list."
    )
    cues: tuple[Cue, ...] = Field(default=(), description="When what was said, for a recording.")
    recording: Recording | None = Field(
        default=None, description="What its text has still to be transcribed from."
    )
    pictures: tuple[SourcePicture, ...] = Field(
        default=(), description="In their order, the lead picture first."
    )
    heard: Recording | None = Field(default=None, description="What its text was transcribed from.")
    is_given: bool = Field(
        default=False, description="A person gave the transcript of what is `heard`."
    )


class Engine(StrEnum):
    """The engines that transcribe."""

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
    """The words of one part, stored as ``transcripts/<part>/<model>.json``.

    Times of the cues are counted from the part's beginning.
    """

    language: str | None = None
    cues: tuple[Cue, ...] = ()


class OrderReply(Model):
    """The state of a part before it is waited for."""

    prediction_id: str = Field(default="", description="Empty: there is a transcript already.")
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
    """The outcome; ``message`` says why it failed, if it did."""

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
