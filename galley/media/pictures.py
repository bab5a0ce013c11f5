"""A picture fitted to a network: the plan of its shape and size, and the JPEG that Pillow makes.

The JPEG keeps nothing of the original file but pixels: no metadata, no profile, no second
frame. The same picture and plan give the same bytes.
"""

import io
from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, cast

from PIL import Image, ImageCms, ImageStat

from galley.media.errors import MediaError
from galley.media.probe import Probe, decoding, load_picture, open_picture, upright
from galley.media.shapes import WIDEST, Room, Shape, shape
from galley.networks.rules import ImageRules

LONGEST = 4096
"""Pixels of a side. No network shows more, and every one makes its own sizes."""
JPEG = "image/jpeg"
"""Every network takes it, and Instagram nothing else."""


@dataclass(frozen=True)
class PicturePlan:
    """A JPEG of this shape, between two sizes in bytes.

    ``least`` is the smallest size in pixels it may be shrunk to so that the bytes fit.
    ``flattens``: what shows through is laid on white.
    """

    shape: Shape
    room: Room
    min_bytes: int
    max_bytes: int
    flattens: bool
    notes: tuple[str, ...]

    def room_for_next(self, rules: ImageRules) -> Room:
        """Return the room of the pictures behind it."""
        if not rules.in_first_ratio:
            return self.room
        return room_of(rules).only(self.shape.width, self.shape.height)


def plan_picture(picture: Probe, rules: ImageRules, room: Room | None = None) -> PicturePlan:
    """Return what a picture becomes; of what moves, its first frame.

    Args:
        picture: What was measured.
        rules: The network's.
        room: Where a picture before it has narrowed what is taken.
    """
    room = room or room_of(rules)
    planned = shape(picture.width, picture.height, room)
    return PicturePlan(
        shape=planned,
        room=room,
        min_bytes=rules.min_bytes,
        max_bytes=rules.max_bytes,
        flattens=picture.has_alpha,
        notes=tuple(_notes(picture, planned)),
    )


def room_of(rules: ImageRules) -> Room:
    """Return what a network's rules for pictures leave of sizes."""
    low = Fraction(str(rules.min_ratio)) if rules.min_ratio else 1 / WIDEST
    high = Fraction(str(rules.max_ratio)) if rules.max_ratio else WIDEST
    return Room(
        min_width=rules.min_width or 1,
        min_height=rules.min_height or 1,
        max_width=min(rules.max_width or LONGEST, LONGEST),
        max_height=min(rules.max_height or LONGEST, LONGEST),
        max_pixels=rules.max_pixels,
        low=low,
        high=high,
    )


def _notes(picture: Probe, planned: Shape) -> Iterator[str]:
    if picture.is_animated:
        yield "only its first frame is shown"
    if picture.has_alpha:
        yield "what was transparent is white"
    yield from planned.notes()


_QUALITIES = (90, 85, 80, 72, 64)
_LAST_QUALITY = 45
_SHARP = 85  # From this quality on colours are as sharp as light: letters do not fray
_SMALLER = 0.8
_WHITE = (255, 255, 255)
_END_OF_IMAGE = b"\xff\xd9"
_COMMENT = b"\xff\xfe"
_LONGEST_COMMENT = 0xFFFF - 2


def fit_picture(data: bytes, plan: PicturePlan) -> bytes:
    """Return the JPEG that was planned.

    Blocks for up to some seconds: call it from a thread.

    Raises:
        MediaError: The picture is broken or too large, or cannot be made small enough.
    """
    with open_picture(data) as opened:
        load_picture(opened)
        with decoding("The picture is broken: it cannot be decoded."):
            picture = _flat(_in_srgb(upright(opened)))
            # A comment of the file would be written into ours.
            picture.info = {}
    for one, quality in _attempts(plan, picture.size):
        jpeg = _encoded(_shaped(picture, one), quality)
        if len(jpeg) <= plan.max_bytes:
            return _at_least(jpeg, plan.min_bytes)
    raise MediaError(f"The picture does not get below {plan.max_bytes:,} bytes.")


def _attempts(plan: PicturePlan, size: tuple[int, int]) -> Iterator[tuple[Shape, int]]:
    """Yield shapes and qualities, the best first: first coarser, then smaller."""
    yield from ((plan.shape, quality) for quality in _QUALITIES)
    planned = plan.shape
    while True:
        smaller = _smaller(plan.room, planned)
        try:
            planned = shape(*size, smaller)
        except ValueError:
            break
        yield planned, _QUALITIES[-1]
    yield planned, _LAST_QUALITY


def _smaller(room: Room, planned: Shape) -> Room:
    return replace(
        room, max_width=int(planned.width * _SMALLER), max_height=int(planned.height * _SMALLER)
    )


def _in_srgb(picture: Image.Image) -> Image.Image:
    """Return the picture in sRGB, whatever profile it brings; a broken one is none."""
    profile: bytes | None = picture.info.get("icc_profile")
    if not profile or picture.mode not in {"RGB", "RGBA", "CMYK", "L"}:
        return picture
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        mode = picture.mode if picture.mode in {"RGB", "RGBA"} else "RGB"
        found = ImageCms.profileToProfile(picture, source, _srgb(), outputMode=mode)
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return picture
    return found or picture


def _srgb() -> ImageCms.ImageCmsProfile:
    made: object = ImageCms.createProfile("sRGB")  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType] - untyped in Pillow
    return ImageCms.ImageCmsProfile(cast("Any", made))


def _flat(picture: Image.Image) -> Image.Image:
    """Return the picture in RGB, on white where it is transparent."""
    if picture.mode.startswith("I"):  # 16 bits; Pillow would cut them off at 255
        picture = picture.convert("I").point(lambda value: value / 257).convert("L")
    if not picture.has_transparency_data:
        return picture.convert("RGB")
    above = picture.convert("RGBA")
    ground = Image.new("RGB", above.size, _WHITE)
    ground.paste(above, mask=above.getchannel("A"))
    return ground


def _shaped(picture: Image.Image, planned: Shape) -> Image.Image:
    box = (
        planned.left,
        planned.top,
        planned.left + planned.crop_width,
        planned.top + planned.crop_height,
    )
    inner = (planned.inner_width, planned.inner_height)
    whole = (planned.width, planned.height)
    scaled = picture.resize(inner, Image.Resampling.LANCZOS, box=box, reducing_gap=3.0)
    if not planned.is_padded:
        return scaled
    canvas = Image.new("RGB", whole, _edge_colour(scaled, planned))
    at = ((whole[0] - inner[0]) // 2, (whole[1] - inner[1]) // 2)
    canvas.paste(scaled, at)
    return canvas


def _edge_colour(picture: Image.Image, planned: Shape) -> tuple[int, ...]:
    """Return the mean colour of the two edges that bars are put to."""
    width, height = picture.size
    if planned.width > width:
        boxes = [(0, 0, 1, height), (width - 1, 0, width, height)]
    else:
        boxes = [(0, 0, width, 1), (0, height - 1, width, height)]
    means = [ImageStat.Stat(picture.crop(box)).mean for box in boxes]
    return tuple(round((one + other) / 2) for one, other in zip(*means, strict=True))


def _encoded(picture: Image.Image, quality: int) -> bytes:
    options = {"quality": quality, "subsampling": 0 if quality >= _SHARP else 2}
    out = io.BytesIO()
    try:
        picture.save(out, "JPEG", **options, progressive=True, optimize=True)
    except OSError:
        # Pillow's buffer for these two is too small for a picture of noise.
        out = io.BytesIO()
        picture.save(out, "JPEG", **options)
    return out.getvalue()


def _at_least(jpeg: bytes, size: int) -> bytes:
    """Return a JPEG with a blank comment at its end, where it is too small."""
    missing = size - len(jpeg)
    body = jpeg.removesuffix(_END_OF_IMAGE)
    while missing > 0:
        blank = min(max(missing - 4, 0), _LONGEST_COMMENT)
        body += _COMMENT + (blank + 2).to_bytes(2, "big") + b" " * blank
        missing -= blank + 4
    return body + _END_OF_IMAGE
