"""What a campaign is made from."""

from enum import StrEnum

from pydantic import AwareDatetime, Field

from galley.models.base import Model


class SourceKind(StrEnum):
    """How a source is read."""

    ARTICLE = "article"
    MARKDOWN = "markdown"
    TEXT = "text"
    PROMPTS = "prompts"


class SourceSpec(Model):
    """What the person named when starting a campaign: a URL or an uploaded file.

    Exactly one of ``url`` and ``upload`` is set. ``upload`` is the SHA-256 of the
    file's bytes, which the command line put into the state bucket under
    ``uploads/<sha256>`` before starting the workflow: texts do not travel through
    histories.
    """

    kind: SourceKind
    name: str = Field(description="What to call it in messages: the URL or file name.")
    url: str | None = None
    upload: str | None = None


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
