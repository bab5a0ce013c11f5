"""Pictures and videos on their way to a post."""

from enum import StrEnum

from galley.models.base import Model


class MediaKind(StrEnum):
    """What a network is given."""

    IMAGE = "image"
    VIDEO = "video"


class StagedAsset(Model):
    """Bytes in private staging: ``staging/<sha256>.<ext>`` in the state bucket.

    ``size`` is in bytes, ``width`` and ``height`` in pixels, ``duration`` in
    seconds (videos only).
    """

    kind: MediaKind
    mime: str
    sha256: str
    size: int
    width: int
    height: int
    duration: float | None = None
    alt_text: str = ""
    staged_as: str


class PublicAsset(Model):
    """The same bytes under a public, content-addressed URL that Buffer can fetch.

    The measures are those of :class:`StagedAsset`, ``None`` where they were not taken.
    """

    kind: MediaKind
    mime: str
    sha256: str
    size: int
    width: int | None = None
    height: int | None = None
    duration: float | None = None
    alt_text: str = ""
    url: str
