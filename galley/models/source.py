"""What a campaign is made from."""

from enum import StrEnum

from pydantic import AwareDatetime, Field

from galley.models.base import Model
from galley.models.brief import BriefRef


class SourceKind(StrEnum):
    """How a source is read."""

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
    """Where a recording is: a URL, or the upload ``uploads/<upload>``."""

    url: str | None = None
    upload: str | None = None


class SourceSpec(Model):
    """What the person named when starting a campaign: a URL or an uploaded file.

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
        default=None,
        description="SHA-256 of an uploaded transcript: a recording is not heard.",
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
        default=None,
        description="What has to be transcribed first: the text is still empty.",
    )
    is_long: bool = Field(
        default=False, description="Drafts are written from a brief of it."
    )
    brief: BriefRef | None = Field(default=None, description="Once it is made.")

    @property
    def read_size(self) -> int:
        """What one draft reads of it, in UTF-8 bytes."""
        return self.brief.size if self.brief else self.size


class TimedWord(Model):
    """When one word was said; seconds from the beginning of the recording."""

    start: float = Field(ge=0)
    end: float = Field(ge=0)
    text: str


class Cue(Model):
    """What was said at one moment of a recording; seconds from its beginning."""

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
    text: str = Field(
        description="Markdown prose. For prompts: one prompt a paragraph."
    )
    prompts: tuple[str, ...] = Field(
        default=(), description="The instructions the drafts follow, for a prompt list."
    )
    cues: tuple[Cue, ...] = Field(
        default=(), description="When what was said, for a recording."
    )
    recording: Recording | None = Field(
        default=None, description="What its text has still to be transcribed from."
    )
    pictures: tuple[SourcePicture, ...] = Field(
        default=(), description="In their order, the lead picture first."
    )
    heard: Recording | None = Field(
        default=None, description="What its text was transcribed from."
    )
    is_given: bool = Field(
        default=False, description="A person gave the transcript of what is `heard`."
    )
