"""The facts of a picture, video or document, read by decoding it: type, size, codec, colours.

The media activities call it in a confined child before they trust any bytes.
"""

import io
import warnings
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, cast

import filetype
from PIL import Image, ImageOps

from galley.media.errors import MediaError
from galley.media.ffmpeg import DECODERS, hdr_of, reading
from galley.models.media import MediaKind

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream

MAX_PIXELS = 52_000_000
"""Above this a picture is refused unread: a small file may hold gigapixels. Phones make 50."""
_MOST_JPEG_PIXELS = 120_000_000  # libjpeg decodes one of so many at half its size
MAX_PICTURE_BYTES = 60_000_000
# Naming the format keeps every other demuxer, and their bugs, out of reach.
DEMUXERS = {
    "video/mp4": "mov",
    "video/x-m4v": "mov",
    "video/quicktime": "mov",
    "video/webm": "matroska",
    "image/gif": "gif",
}
_IMAGES = {
    "image/jpeg": "JPEG",
    "image/png": "PNG",
    "image/webp": "WEBP",
    "image/avif": "AVIF",
    "image/gif": "GIF",
}
_HEAD = 4096
_MAX_FRAMES = 3600  # frames of a video that are decoded at most: two minutes at 30 a second
_MOST_DECODED = _MAX_FRAMES * 1920 * 1080  # pixels of them all; a larger video gets fewer frames
_MOST_MOVING = 1500  # frames of a picture that moves
_MOST_MOVING_PIXELS = 600_000_000  # in all of those frames
_ORIENTATION = 0x0112
_TURNED = frozenset({5, 6, 7, 8})  # values of that EXIF tag that lay a picture on its side
_QUARTERS = frozenset({90, 270})
_BOMBS = (Image.DecompressionBombError, Image.DecompressionBombWarning, MemoryError)
_BROKEN_PICTURE = "The picture is broken: it cannot be decoded."
_BROKEN_VIDEO = "The video is broken: it cannot be decoded."
_TOO_MANY_PIXELS = f"The picture has more than {MAX_PIXELS:,} pixels: make it smaller first."


@dataclass(frozen=True)
class Probe:
    """The facts of a medium, read from its bytes.

    ``size`` is in bytes, ``width`` and ``height`` in pixels, as they are seen; ``duration`` is
    in seconds and ``fps`` in frames a second, both of videos and pictures that move; ``pages``
    are a document's. ``is_plain``: its pixels are stored upright and, of a video, in the one
    pixel format that all players know. ``hdr`` is ffmpeg's name for the transfer of a video of
    high dynamic range, ``reading`` the filter for a video whose colours are untagged.
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
    reading: str = ""

    @property
    def is_film(self) -> bool:
        """True of a picture that ffmpeg can make a video of."""
        return self.is_animated and self.mime == "image/gif"


def probe(data: bytes, *, frames: int = _MAX_FRAMES) -> Probe:
    """Decode a picture, or up to ``frames`` frames of a video.

    Blocks for up to a second or two for a video: call it from a thread.

    Raises:
        MediaError: It is neither, or broken, or too large to be looked at.
    """
    mime = _sniffed(data)
    if mime in _IMAGES:
        return _probe_image(data, mime)
    if mime is not None and mime in DEMUXERS:
        return _probe_video(io.BytesIO(data), len(data), mime, frames)
    raise _unknown(mime)


def probe_file(path: Path, *, frames: int) -> Probe:
    """Decode a picture in a file, or up to ``frames`` frames of a video.

    Raises:
        MediaError: As :func:`probe`.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        mime = _sniffed(file.read(_HEAD))
    if mime in _IMAGES:
        if size > MAX_PICTURE_BYTES:
            raise MediaError(
                f"The picture has more than {MAX_PICTURE_BYTES:,} bytes: make it smaller first."
            )
        return _probe_image(path.read_bytes(), mime)
    if mime is not None and mime in DEMUXERS:
        return _probe_video(str(path), size, mime, frames)
    raise _unknown(mime)


def open_picture(data: bytes) -> Image.Image:
    """Open a picture of a known format, not yet decoded; a very large JPEG at half its size.

    Raises:
        MediaError: It is none, broken, or too large.
    """
    mime = _sniffed(data)
    if mime not in _IMAGES:
        raise _unknown(mime)
    with decoding(_BROKEN_PICTURE), warnings.catch_warnings():
        # Pillow warns of less than what is taken, and refuses more.
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)
        picture = Image.open(io.BytesIO(data), formats=[_IMAGES[mime]])
    width, height = picture.size
    if mime == "image/jpeg" and MAX_PIXELS < width * height <= _MOST_JPEG_PIXELS:
        half = (width + 1) // 2, (height + 1) // 2
        with decoding(_BROKEN_PICTURE):
            picture.draft(None, half)
    _refuse_if_huge(*picture.size)
    return picture


def load_picture(picture: Image.Image) -> None:
    """Decode the first frame of an opened picture.

    Raises:
        MediaError: It is broken.
    """
    with decoding(_BROKEN_PICTURE):
        picture.load()


@contextmanager
def decoding(broken: str) -> Generator[None]:
    """Turn every exception of a decoder into a MediaError: a hostile file may raise any."""
    try:
        yield
    except MediaError:
        raise
    except _BOMBS:
        raise MediaError(_TOO_MANY_PIXELS) from None
    except Exception as error:
        raise MediaError(broken) from error


def _sniffed(data: bytes) -> str | None:
    guess = cast("Callable[[bytes], str | None]", filetype.guess_mime)
    return guess(data)


def _unknown(mime: str | None) -> MediaError:
    return MediaError(
        f"The file is {mime or 'of no known type'}: use a JPEG, PNG, WebP, AVIF or GIF "
        "picture, or an MP4, MOV or WebM video."
    )


def _probe_image(data: bytes, mime: str) -> Probe:
    # In a damaged file even reading an attribute may raise.
    with decoding(_BROKEN_PICTURE), open_picture(data) as picture:
        load_picture(picture)
        turn: object = 1
        with suppress(MediaError), decoding(_BROKEN_PICTURE):  # damaged EXIF data count as none
            turn = picture.getexif().get(_ORIENTATION, 1)
        turn = turn if isinstance(turn, int) else 1
        width, height = picture.size
        if turn in _TURNED:
            width, height = height, width
        alpha = picture.convert("RGBA").getchannel("A") if picture.has_transparency_data else None
        lowest = cast("tuple[int, int]", alpha.getextrema())[0] if alpha else 255
        frames, seconds = _movement(picture)
    return Probe(
        kind=MediaKind.IMAGE,
        mime=mime,
        size=len(data),
        width=width,
        height=height,
        codec=_IMAGES[mime].lower(),
        duration=seconds if frames > 1 else None,
        fps=frames / seconds if frames > 1 else None,
        has_alpha=lowest < 255,  # noqa: PLR2004 -- wholly opaque
        is_animated=frames > 1,
        is_plain=turn in {0, 1},
    )


def _movement(picture: Image.Image) -> tuple[int, float]:
    """Return the number of frames and the seconds of them all."""
    if not getattr(picture, "is_animated", False):
        return 1, 0
    width, height = picture.size
    most = min(_MOST_MOVING, max(1, _MOST_MOVING_PIXELS // (width * height)))
    frames, milliseconds = 0, 0.0
    with decoding(_BROKEN_PICTURE), suppress(EOFError):
        while True:
            picture.seek(frames)
            frames += 1
            # Browsers show a frame without a duration for a tenth of a second.
            milliseconds += float(picture.info.get("duration") or 0) or 100.0
            if frames > most:
                raise MediaError("The picture moves for too long: make it a video.")
    return frames, milliseconds / 1000


def _probe_video(source: io.BytesIO | str, size: int, mime: str, frames: int) -> Probe:
    import av

    with decoding(_BROKEN_VIDEO), opened(source, DEMUXERS[mime]) as container:
        if not container.streams.video:
            raise MediaError("The file has sound but no picture: use a video.")
        stream = container.streams.video[0]
        _refuse_if_huge(stream.width, stream.height)
        sound = container.streams.audio
        first: VideoFrame | None = None
        for frame in islice(
            container.decode(stream), frames_decoded(stream.width, stream.height, frames)
        ):
            # A broken frame raises; one of another size was not announced.
            _refuse_if_huge(frame.width, frame.height)
            first = first or frame
        if first is None:
            raise MediaError(_BROKEN_VIDEO)
        width, height, is_plain = _seen(first, stream.sample_aspect_ratio)
        rate = stream.average_rate
        return Probe(
            kind=MediaKind.VIDEO,
            mime=mime,
            size=size,
            width=width,
            height=height,
            codec=stream.codec_context.name,
            duration=(container.duration or 0) / av.time_base,
            fps=float(rate) if rate else None,
            has_sound=bool(sound),
            sound_codec=sound[0].codec_context.name if sound else "",
            is_plain=is_plain,
            hdr=hdr_of(first.color_trc),
            reading=reading(first.colorspace, first.height),
        )


def filmed(container: "InputContainer") -> "list[VideoStream]":
    """Return the streams of pictures; the cover of an album is one too, of one frame."""
    streams = container.streams.video
    return [one for one in streams if "ATTACHED_PIC" not in str(one.disposition).upper()]


def opened(source: io.BytesIO | str, demuxer: str, within: float | None = None) -> "InputContainer":
    """Open a stranger's recording or film, whose format was sniffed.

    Raises:
        MediaError: Its picture or sound would need another decoder than :data:`DECODERS`.
    """
    import av

    # By the option libav decodes nothing else to find out what is in the file, either.
    container = av.open(
        source, "r", format=demuxer, options={"codec_whitelist": DECODERS}, timeout=within
    )
    for stream in (*filmed(container)[:1], *container.streams.audio[:1]):
        codec = stream.codec_context.name if stream.codec_context else "an unknown codec"
        if codec not in DECODERS.split(","):
            container.close()
            raise MediaError(
                f"The file holds {codec}, which Galley does not decode: save it anew, as H.264 "
                "with AAC."
            )
    return container


def frames_decoded(width: int, height: int, most: int = _MAX_FRAMES) -> int:
    """Return the number of frames of a video that are decoded: at least one."""
    return max(1, min(most, _MOST_DECODED // max(1, width * height)))


def _seen(frame: "VideoFrame", aspect: Fraction | None) -> tuple[int, int, bool]:
    """Return width and height as a player shows them, and whether they are stored so."""
    width, height = frame.width, frame.height
    stretch = aspect or Fraction(1)
    # A damaged header may name any shape of a pixel.
    if Fraction(1, 10) <= stretch <= Fraction(10):
        width = max(1, round(width * stretch))
    turn = abs(round(frame.rotation)) % 360
    if turn in _QUARTERS:
        width, height = height, width
    is_plain = frame.format.name == "yuv420p" and turn == 0 and stretch == 1
    return width, height, is_plain


def upright(picture: Image.Image) -> Image.Image:
    """Return a decoded picture turned as its EXIF data say."""
    try:
        with decoding(_BROKEN_PICTURE):
            return ImageOps.exif_transpose(picture)
    except MediaError:
        return picture


def _refuse_if_huge(width: int, height: int) -> None:
    if width * height > MAX_PIXELS:
        raise MediaError(_TOO_MANY_PIXELS)


def probe_document(data: bytes) -> Probe:
    """Read a PDF; width and height are those of its first page, in points.

    Raises:
        MediaError: It is none, or is locked or broken.
    """
    from pypdf import PdfReader
    from pypdf.errors import PyPdfError

    try:
        reader = PdfReader(io.BytesIO(data), strict=True)
        is_locked, pages = reader.is_encrypted, len(reader.pages)
        box = reader.pages[0].mediabox
        width, height = round(box.width), round(box.height)
    except (PyPdfError, ValueError, KeyError, IndexError, TypeError, OSError) as error:
        raise MediaError("The document is broken: it cannot be read.") from error
    if is_locked:
        raise MediaError("The document is locked: save it without a password.")
    return Probe(
        kind=MediaKind.DOCUMENT,
        mime="application/pdf",
        size=len(data),
        width=width,
        height=height,
        codec="pdf",
        pages=pages,
    )
