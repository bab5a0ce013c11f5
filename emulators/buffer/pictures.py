"""Decode images and videos, and hold them to a network's limits."""

import warnings
from dataclasses import dataclass
from fractions import Fraction
from typing import IO

import av
from av.error import FFmpegError
from PIL import Image

from emulators.buffer.networks import Network
from emulators.buffer.records import Json

_MAX_PIXELS = 120_000_000


class UnreadableError(Exception):
    """The file is not an image or video that can be decoded."""


@dataclass(frozen=True, slots=True)
class Picture:
    """What was found in an image file."""

    format: str
    width: int
    height: int
    size: int
    animated: bool

    @property
    def mime(self) -> str:
        return Image.MIME.get(self.format, "application/octet-stream")


def measure(file: IO[bytes]) -> Picture:
    """Decode an image.

    Raises:
        UnreadableError: It is no image, is damaged, or is absurdly large.
    """
    size = file.seek(0, 2)
    file.seek(0)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(file) as image:
                if image.width * image.height > _MAX_PIXELS:
                    raise UnreadableError("image exceeds the pixel limit")
                animated = bool(getattr(image, "is_animated", False))
                image.load()
                return Picture(
                    image.format or "", image.width, image.height, size, animated
                )
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise UnreadableError("unsupported image type") from error


def picture_complaints(
    picture: Picture, network: Network, kind: str | None
) -> list[str]:
    """What a network has against an image; ``kind`` is post, story or reel."""
    found: list[str] = []
    name = network.name
    if picture.format not in network.formats:
        known = ", ".join(sorted(network.formats))
        found.append(f"{name} images must be {known}, not {picture.format}.")
    if picture.size > network.max_bytes:
        megabytes = network.max_bytes // 1_000_000
        found.append(f"{name} images cannot exceed {megabytes} MB.")
    if picture.width < network.min_width or picture.height < network.min_height:
        least = f"{network.min_width}x{network.min_height}"
        found.append(f"{name} images must be at least {least} pixels.")
    ratio = Fraction(picture.width, picture.height)
    if network.ratio and kind != "story":
        low, high = (Fraction(str(edge)) for edge in network.ratio)
        if not low <= ratio <= high:
            found.append(
                f"{name} images must have an aspect ratio between"
                f" {network.ratio[0]} and {network.ratio[1]}."
            )
    return found


def probe_video(file: IO[bytes]) -> Json:
    """Read a video's streams.

    Raises:
        UnreadableError: It is no video.
    """
    try:
        with av.open(file, mode="r") as container:
            stream = container.streams.video[0]
            duration = container.duration or 0
            rate = stream.average_rate
            return {
                "containerFormat": container.format.name,
                "durationMs": duration // 1000,
                "width": stream.width,
                "height": stream.height,
                "videoCodec": stream.codec_context.name,
                "frameRate": round(rate) if rate else None,
                "fileSize": container.size,
                "isVideoProcessing": False,
            }
    except (FFmpegError, IndexError, ValueError) as error:
        raise UnreadableError("unsupported video type") from error


def video_complaints(video: Json, network: Network, kind: str | None) -> list[str]:
    """What a network has against a video, once it has been ingested."""
    width, height = video["width"], video["height"]
    ratio = width / height
    if network.service == "facebook" and kind == "reel" and ratio < _NARROWEST_REEL:
        return ["Video aspect ratio is too narrow for Facebook Reels."]
    if network.service == "youtube":
        found: list[str] = []
        if ratio > 1:
            found.append("YouTube Shorts must be square or vertical.")
        if video["durationMs"] > _LONGEST_SHORT:
            found.append("YouTube Shorts cannot be longer than 3 minutes.")
        return found
    return []


_NARROWEST_REEL = 0.55
_LONGEST_SHORT = 180_999
