"""A source's own photographs on cards: which are good enough, and the part that is shown.

The activity that draws cards calls :func:`photo_on`, which opens pictures in a confined child,
because strangers made them. The part keeps faces whole; without any, it keeps what draws the eye.
"""

import io
from contextlib import suppress
from fractions import Fraction

from PIL import Image, ImageOps, ImageStat

from galley.media.card import CardSpec
from galley.media.confined import confined
from galley.media.errors import MediaError
from galley.media.faces import Box, eye_catching, faces_in
from galley.media.layout import Ground, Layout
from galley.media.probe import load_picture, open_picture, upright
from galley.models.media import Photo

_LEAST_SIDE = 480  # pixels
_MOST_ENLARGED = 1.7  # a photograph that must grow more looks soft
_LONGEST_SHAPE = 2.8  # longer side by shorter; a panorama or a banner loses too much
_FEWEST_COLOURS = 32  # that cover nearly all of a photograph, in steps of eight
_COVERED = 0.95
_LEAST_SPREAD = 14  # of a colour, from 0 to 255; below that a picture is blank or black
_AROUND = 0.45  # of a face's size that is kept around it: hair and chin
_HIGH = 0.36  # of the height at which what counts stands, where words cover the foot
_QUALITY = 90
# Shares of a card that a photograph beside the words has, and of its height that they leave free.
_BESIDE, _ABOVE, _FREE = 0.46, 0.52, 0.5
_WIDE = 1.35  # width by height from which words under a photograph would cover most of it


async def photo_on(data: bytes, spec: CardSpec, layout: Layout) -> Photo:
    """Return a photograph under the words of a card, or beside them.

    It is under them on the ground of paper, if the words cover no face. Grounds of a colour
    have it beside, and so has a wide card.

    Raises:
        MediaError: It is none, or not good enough.
    """
    width, height = spec.width, spec.height
    is_wide = width > _WIDE * height
    if not is_wide and layout.ground is Ground.PAPER:
        # One with too few pixels for the card may have enough for a part of it.
        with suppress(MediaError):
            jpeg, lowest = await confined(photo_for, data, width, height, words_below=True)
            if lowest <= _FREE:
                return Photo(picture=jpeg)
    window = (round(width * _BESIDE), height) if is_wide else (width, round(height * _ABOVE))
    jpeg, _ = await confined(photo_for, data, *window)
    return Photo(picture=jpeg, window=window)


def photo_for(
    data: bytes, width: int, height: int, *, words_below: bool = False
) -> tuple[bytes, float]:
    """Return the part of a photograph that fills this size, as a JPEG, and where its faces end.

    The second is a share of the height; 0: there are no faces. ``words_below``: letters will
    cover the lower part, so faces are shown above the middle.

    Raises:
        MediaError: It is broken, too small, of another shape, or no photograph.
    """
    with open_picture(data) as picture:
        load_picture(picture)
        if picture.has_transparency_data:
            raise MediaError("It is a logo or a drawing: parts of it are transparent.")
        photo = upright(picture).convert("RGB")
    _refuse_unfit(photo)
    faces = faces_in(photo)
    box = crop_of(photo, faces, Fraction(width, height), _HIGH if words_below else 0.45)
    left, top, right, bottom = box
    if max(width / (right - left), height / (bottom - top)) > _MOST_ENLARGED:
        raise MediaError(f"It has {photo.width}x{photo.height} pixels, too few for this card.")
    shown = photo.resize((width, height), Image.Resampling.LANCZOS, box)
    made = io.BytesIO()
    shown.save(made, "JPEG", quality=_QUALITY, subsampling=0)
    lowest = max((one.bottom for one in faces), default=0.0) * photo.height
    return made.getvalue(), min(1.0, max(0.0, (lowest - top) / (bottom - top)))


def _refuse_unfit(photo: Image.Image) -> None:
    width, height = photo.size
    if min(width, height) < _LEAST_SIDE:
        raise MediaError(f"It has {width}x{height} pixels, too few for a card.")
    if max(width, height) > _LONGEST_SHAPE * min(width, height):
        raise MediaError(f"It is {width}x{height}, too long and narrow for a card.")
    small = photo.resize((128, 128), Image.Resampling.BOX)
    colours = ImageOps.posterize(small, 5).getcolors(small.width * small.height) or []
    commonest = sorted((count for count, _ in colours), reverse=True)[: _FEWEST_COLOURS - 1]
    if sum(commonest) >= _COVERED * small.width * small.height:
        raise MediaError("It is a logo, a drawing or a screenshot: it has few colours.")
    if max(ImageStat.Stat(small).stddev) < _LEAST_SPREAD:
        raise MediaError("It is nearly blank.")


def crop_of(
    photo: Image.Image, faces: list[Box], ratio: Fraction, high: float
) -> tuple[float, float, float, float]:
    """Return the largest part of this ratio that keeps the faces, or what draws the eye.

    ``high`` is the share of the part's height at which that stands, if the photograph is tall
    enough. The part never leaves the photograph.
    """
    width, height = photo.size
    wide, tall = min(width, height * float(ratio)), min(height, width / float(ratio))
    across = _interval(photo, faces, 1, wide / width)
    down = _interval(photo, faces, 0, tall / height)
    left = _placed(across, wide / width, 0.5) * width
    top = _placed(down, tall / height, high) * height
    return left, top, min(width, left + wide), min(height, top + tall)


def _interval(photo: Image.Image, faces: list[Box], axis: int, room: float) -> tuple[float, float]:
    """Return the stretch that must be seen along an axis, 1 for across, as shares."""
    import numpy as np

    if not faces:
        seen = eye_catching(photo).sum(axis=1 - axis)
        size = len(seen)
        span = max(1, min(size, round(room * size * 0.6)))
        sums = np.convolve(seen, np.ones(span), "valid")
        begin = int(sums.argmax())
        return begin / size, (begin + span) / size
    low, high = 1.0, 0.0
    # The largest face first: where not all of them fit, the others give way.
    for one in faces:
        at, long = (one.left, one.width) if axis else (one.top, one.height)
        from_, to = at - _AROUND * long, at + long * (1 + _AROUND)
        if max(high, to) - min(low, from_) <= room or high <= low:
            low, high = min(low, from_), max(high, to)
    return low, high


def _placed(stretch: tuple[float, float], room: float, at: float) -> float:
    """Return where a part of a size begins, so that the stretch's middle stands at a share."""
    low, high = stretch
    begin = (low + high) / 2 - at * room
    if high - low <= room:
        # All of the stretch is within the part.
        begin = min(max(begin, high - room), low)
    return min(max(begin, 0.0), 1.0 - room)
