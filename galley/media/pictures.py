"""A picture fitted to a network: the plan of its shape and size, and the JPEG that Pillow makes.

The fitting activity and :mod:`galley.media.plan` call it. The JPEG keeps nothing of the file
but pixels: no metadata, no profile, no second frame. The same picture and plan give the same
bytes.
"""

import io
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, cast

from PIL import Image, ImageCms, ImageStat

from galley.media.errors import MediaError
from galley.media.probe import Probe, decoding, load_picture, open_picture, upright
from galley.media.shapes import MOST_CROPPED, WIDEST, Room, Shape, shape
from galley.networks.rules import ImageRules

_LONGEST = 4096  # pixels of a side; no network shows more, and every one makes its own sizes
_QUALITIES = (90, 85, 80, 72, 64)
_CROPPED_QUALITY = 95
_LAST_QUALITY = 45  # only for a picture that cannot get smaller
_SHARP = 85  # from this quality on colours are as sharp as light: letters do not fray
_SMALLER = 0.8
_WHITE = (255, 255, 255)
_END_OF_IMAGE = b"\xff\xd9"
_COMMENT = b"\xff\xfe"
_LONGEST_COMMENT = 0xFFFF - 2


@dataclass(frozen=True)
class PicturePlan:
    """A JPEG of this shape, between two sizes in bytes."""

    shape: Shape
    room: Room
    min_bytes: int
    max_bytes: int
    notes: tuple[str, ...]


def plan_picture(picture: Probe, rules: ImageRules, room: Room | None = None) -> PicturePlan:
    """Return the plan for a picture; of one that moves, for its first frame.

    Args:
        picture: Its measures.
        rules: The network's.
        room: The room that a picture before it left, where that is narrower.
    """
    room = room or room_of(rules)
    planned = shape(picture.width, picture.height, room)
    still = ["only its first frame is shown"] if picture.is_animated else []
    white = ["what was transparent is white"] if picture.has_alpha else []
    return PicturePlan(
        shape=planned,
        room=room,
        min_bytes=rules.min_bytes,
        max_bytes=rules.max_bytes,
        notes=(*still, *white, *planned.notes()),
    )


def room_of(rules: ImageRules) -> Room:
    """Return the sizes that a network's rules for pictures allow."""
    low = Fraction(str(rules.min_ratio)) if rules.min_ratio else 1 / WIDEST
    high = Fraction(str(rules.max_ratio)) if rules.max_ratio else WIDEST
    return Room(
        min_width=rules.min_width or 1,
        min_height=rules.min_height or 1,
        max_width=min(rules.max_width or _LONGEST, _LONGEST),
        max_height=min(rules.max_height or _LONGEST, _LONGEST),
        max_pixels=rules.max_pixels,
        low=low,
        high=high,
    )


_LEAST_SHOWN = Fraction(1, 3)


def carousel_room(sizes: Sequence[tuple[int, int]], rules: ImageRules) -> Room:
    """Return the one ratio in which pictures of several shapes lose least.

    Of the ratios of the pictures, of a square and of the mean of the extremes, the one that
    leaves each picture a third of the frame, and all of them the largest part on average. Of
    equals, the one nearest to the first picture's.
    """
    room = room_of(rules)
    own = [Fraction(width, height) for width, height in sizes]
    mean = Fraction(math.sqrt(min(own) * max(own))).limit_denominator(100)
    allowed = [min(max(one, room.low), room.high) for one in (*own, Fraction(1), mean)]

    def shown(ratio: Fraction) -> tuple[Fraction, Fraction]:
        # The part of the frame that each picture fills, cropped where that costs little.
        parts = [min(one / ratio, ratio / one) for one in own]
        filled = [Fraction(1) if 1 - part <= MOST_CROPPED else part for part in parts]
        return min(*filled, _LEAST_SHOWN), sum(filled, Fraction()) / len(filled)

    # A size that has the ratio exactly, as all of them must.
    best = shape(round(room.max_height * max(allowed, key=shown)), room.max_height, room)
    return room.only(best.width, best.height)


def fit_picture(data: bytes, plan: PicturePlan) -> bytes:
    """Return the planned JPEG.

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
    # Each attempt starts from the decoded picture, so nothing is encoded twice.
    for one, quality in _attempts(plan, picture.size):
        jpeg = _encoded(_shaped(picture, one), quality)
        if len(jpeg) <= plan.max_bytes:
            return _filled(jpeg, plan.min_bytes)
    raise MediaError(f"The picture does not get below {plan.max_bytes:,} bytes.")


def crop_picture(data: bytes, cut: tuple[float, float, float, float]) -> bytes:
    """Return a part of a picture as a JPEG that loses next to nothing; it is fitted later.

    Args:
        data: The picture.
        cut: The parts that are cut off, from 0 to 1: at the left, top, right and bottom.

    Raises:
        MediaError: The picture is broken or too large, or nothing would be left of it.
    """
    with open_picture(data) as opened:
        load_picture(opened)
        with decoding("The picture is broken: it cannot be decoded."):
            picture = _flat(_in_srgb(upright(opened)))
    (width, height), (left, top, right, bottom) = picture.size, cut
    box = (
        *(round(width * left), round(height * top)),
        *(round(width * (1 - right)), round(height * (1 - bottom))),
    )
    if not (0 <= box[0] < box[2] <= width and 0 <= box[1] < box[3] <= height):
        raise MediaError("Nothing would be left of the picture.")
    part = picture.crop(box)
    part.info = {}
    return _encoded(part, _CROPPED_QUALITY)


def _attempts(plan: PicturePlan, size: tuple[int, int]) -> Iterator[tuple[Shape, int]]:
    """Yield shapes and qualities, the best first: first coarser, then smaller."""
    yield from ((plan.shape, quality) for quality in _QUALITIES)
    planned = plan.shape
    while True:
        width, height = int(planned.width * _SMALLER), int(planned.height * _SMALLER)
        try:
            planned = shape(*size, replace(plan.room, max_width=width, max_height=height))
        except ValueError:
            break
        yield planned, _QUALITIES[-1]
    yield planned, _LAST_QUALITY


def _in_srgb(picture: Image.Image) -> Image.Image:
    """Return the picture in sRGB; a broken profile counts as none."""
    profile: bytes | None = picture.info.get("icc_profile")
    if not profile or picture.mode not in {"RGB", "RGBA", "CMYK", "L"}:
        return picture
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        made: object = ImageCms.createProfile("sRGB")  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType] - untyped in Pillow
        srgb = ImageCms.ImageCmsProfile(cast("Any", made))
        mode = picture.mode if picture.mode in {"RGB", "RGBA"} else "RGB"
        found = ImageCms.profileToProfile(picture, source, srgb, outputMode=mode)
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return picture
    return found or picture


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
    left, top = planned.left, planned.top
    box = (left, top, left + planned.crop_width, top + planned.crop_height)
    width, height = inner = (planned.inner_width, planned.inner_height)
    # Pillow halves a large picture first, which from a gap of 3 on cannot be told apart.
    scaled = picture.resize(inner, Image.Resampling.LANCZOS, box=box, reducing_gap=3.0)
    if not planned.is_padded:
        return scaled
    # The bars get the mean colour of the two edges that they touch.
    if planned.width > width:
        edges = [(0, 0, 1, height), (width - 1, 0, width, height)]
    else:
        edges = [(0, 0, width, 1), (0, height - 1, width, height)]
    means = [ImageStat.Stat(scaled.crop(edge)).mean for edge in edges]
    colour = tuple(round((one + other) / 2) for one, other in zip(*means, strict=True))
    canvas = Image.new("RGB", (planned.width, planned.height), colour)
    canvas.paste(scaled, ((planned.width - width) // 2, (planned.height - height) // 2))
    return canvas


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


def _filled(jpeg: bytes, size: int) -> bytes:
    """Return a JPEG of at least ``size`` bytes, by blank comments before its end."""
    missing = size - len(jpeg)
    body = jpeg.removesuffix(_END_OF_IMAGE)
    while missing > 0:
        # A segment is its marker, its length in two bytes (which count), and the comment.
        blank = min(max(missing - 4, 0), _LONGEST_COMMENT)
        body += _COMMENT + (blank + 2).to_bytes(2, "big") + b" " * blank
        missing -= blank + 4
    return body + _END_OF_IMAGE
