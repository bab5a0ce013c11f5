"""What can go wrong with pictures and videos."""

from dataclasses import dataclass

from galley.models import MediaKind


class MediaError(Exception):
    """The picture or video cannot be made, or is not what it should be.

    ``retryable``: a later try may succeed.
    """

    retryable = False


class MediaTimeoutError(MediaError):
    """It took too long, on a busy machine perhaps: worth another try."""

    retryable = True


class MediaMemoryError(MediaError):
    """It needs more memory than a film may have."""


class MisfitError(MediaError):
    """What was to be drawn has no room on the picture: draw something smaller."""


@dataclass(frozen=True)
class Probe:
    """What some bytes are.

    ``size`` is in bytes, ``width`` and ``height`` in pixels, as they are seen;
    ``duration`` is in seconds and ``fps`` in frames a second, both for videos and what
    moves; ``pages`` are a document's. ``is_plain``: whether it can be shown as its
    pixels stand, upright and, of a video, in the one pixel format that all players
    know. ``hdr`` is ffmpeg's name for the transfer of a video of high dynamic range.
    """

    kind: MediaKind
    mime: str
    size: int
    width: int
    height: int
    codec: str
    duration: float | None = None
    fps: float | None = None
    has_sound: bool = False
    sound_codec: str = ""
    has_alpha: bool = False
    is_animated: bool = False
    is_plain: bool = True
    pages: int | None = None
    hdr: str = ""

    @property
    def is_film(self) -> bool:
        """Whether it is a picture that ffmpeg can make a video of."""
        return self.is_animated and self.mime == "image/gif"
