"""Look at bytes and say what they really are, by decoding them.

Names and headers are never believed: the first bytes are sniffed by filetype, then the
whole is decoded by Pillow or PyAV, with a whitelist of formats and a cap on pixels.
"""

import io
from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice
from typing import cast

import av
import filetype
from av.container import InputContainer
from av.error import FFmpegError
from PIL import Image, UnidentifiedImageError

from galley.media.errors import MediaError
from galley.models import MediaKind

MAX_PIXELS = 40_000_000
"""Above this a picture is refused unread: a small file may hold gigapixels."""
_MAX_FRAMES = 3600
"""At most this many frames of a video are decoded: two minutes at 30 a second."""

_IMAGES = {"image/jpeg": "JPEG", "image/png": "PNG", "image/webp": "WEBP"}
_VIDEOS = {"video/mp4": "mp4", "video/x-m4v": "mp4", "video/quicktime": "mov"}


@dataclass(frozen=True)
class Probe:
    """What some bytes are.

    ``size`` is in bytes, ``width`` and ``height`` in pixels; ``duration`` in seconds
    and ``fps`` in frames a second, both for videos only.
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


def probe(data: bytes) -> Probe:
    """Decode a picture or a video.

    Blocks for up to a second or two for a video: call it from a thread.

    Raises:
        MediaError: It is neither, or broken, or too large to be looked at.
    """
    mime = _sniffed(data)
    if mime in _IMAGES:
        return _probe_image(data, mime)
    if mime in _VIDEOS:
        return _probe_video(data, mime)
    raise MediaError(
        f"The file is {mime or 'of no known type'}: "
        "use a JPEG, PNG or WebP picture, or an MP4 or MOV video."
    )


def _sniffed(data: bytes) -> str | None:
    guess = cast("Callable[[bytes], str | None]", filetype.guess_mime)
    return guess(data)


def _probe_image(data: bytes, mime: str) -> Probe:
    try:
        with Image.open(io.BytesIO(data), formats=[_IMAGES[mime]]) as picture:
            width, height = picture.size
            _refuse_if_huge(width, height)
            picture.load()
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise MediaError(_TOO_MANY_PIXELS) from None
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError) as error:
        raise MediaError("The picture is broken: it cannot be decoded.") from error
    return Probe(MediaKind.IMAGE, mime, len(data), width, height, _IMAGES[mime].lower())


def _probe_video(data: bytes, mime: str) -> Probe:
    try:
        # Naming the format keeps every other demuxer, and their bugs, out of reach.
        with av.open(io.BytesIO(data), "r", format="mov") as container:
            return _read_video(container, data, mime)
    except (FFmpegError, ValueError) as error:
        raise MediaError("The video is broken: it cannot be decoded.") from error


def _read_video(container: InputContainer, data: bytes, mime: str) -> Probe:
    if not container.streams.video:
        raise MediaError("The file has sound but no picture: use a video.")
    stream = container.streams.video[0]
    _refuse_if_huge(stream.width, stream.height)
    codec, rate = stream.codec_context.name, stream.average_rate
    seconds = (container.duration or 0) / av.time_base
    for _ in islice(container.decode(stream), _MAX_FRAMES):
        pass  # a broken frame raises
    return Probe(
        kind=MediaKind.VIDEO,
        mime=mime,
        size=len(data),
        width=stream.width,
        height=stream.height,
        codec=codec,
        duration=seconds,
        fps=float(rate) if rate else None,
        has_sound=bool(container.streams.audio),
    )


_TOO_MANY_PIXELS = (
    f"The picture has more than {MAX_PIXELS:,} pixels: make it smaller first."
)


def _refuse_if_huge(width: int, height: int) -> None:
    if width * height > MAX_PIXELS:
        raise MediaError(_TOO_MANY_PIXELS)
