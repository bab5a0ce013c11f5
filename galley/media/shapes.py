"""Arithmetic of sizes: cropping, padding and scaling one size to what a network allows.

The plans of pictures and videos call it.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import count, islice

MOST_CROPPED = Fraction(15, 100)
"""Of a picture; one that would lose more is padded, so that no face and no word is lost."""
WIDEST = Fraction(10)
"""Width by height, or height by width: on a phone nothing thinner can be made out."""


@dataclass(frozen=True)
class Room:
    """The limits of a size: pixels, and width by height.

    ``ratios``: the only shapes allowed; empty is any. ``even``: both sides must be even, as
    video encoders require.
    """

    min_width: int = 1
    min_height: int = 1
    max_width: int = 4096
    max_height: int = 4096
    max_pixels: int | None = None
    low: Fraction = 1 / WIDEST
    high: Fraction = WIDEST
    ratios: tuple[tuple[int, int], ...] = ()
    even: bool = False

    def only(self, width: int, height: int) -> "Room":
        """Return the room in which everything has the ratio of this size."""
        ratio = Fraction(width, height)
        return replace(self, ratios=((ratio.numerator, ratio.denominator),))

    def holds(self, width: int, height: int) -> bool:
        """Return whether a size is within the limits."""
        ratio = Fraction(width, height)
        return (
            self.min_width <= width <= self.max_width
            and self.min_height <= height <= self.max_height
            and (self.max_pixels is None or width * height <= self.max_pixels)
            and self.low <= ratio <= self.high
            and (not self.ratios or ratio in {Fraction(*one) for one in self.ratios})
            and not (self.even and (width % 2 or height % 2))
        )


@dataclass(frozen=True)
class Shape:
    """The steps from one size to another.

    The box ``left``, ``top``, ``crop_width``, ``crop_height`` of the source is kept and scaled
    to ``inner_width`` and ``inner_height``, in the middle of ``width`` and ``height``.
    """

    width: int
    height: int
    left: int
    top: int
    crop_width: int
    crop_height: int
    inner_width: int
    inner_height: int
    source: tuple[int, int]

    @property
    def is_same(self) -> bool:
        """True if the source stays as it is."""
        return (self.width, self.height) == self.source and not self.is_padded

    @property
    def is_padded(self) -> bool:
        """True if bars are added."""
        return (self.inner_width, self.inner_height) != (self.width, self.height)

    def notes(self) -> Iterator[str]:
        """Yield the changes that a reviewer should know."""
        width, height = self.source
        if kept := self.crop_width * self.crop_height / (width * height):
            lost = round(100 * (1 - kept))
            sides = "sides" if self.crop_width < width else "top and bottom"
            if lost:
                yield f"{lost} % cropped at the {sides}"
        if self.is_padded:
            across = self.width - self.inner_width > self.height - self.inner_height
            yield f"{'sides' if across else 'top and bottom'} padded"
        if self.inner_width > self.crop_width or self.inner_height > self.crop_height:
            yield "enlarged, so it may look soft"


def shape(width: int, height: int, room: Room, most_cropped: Fraction = MOST_CROPPED) -> Shape:
    """Return the steps from this size to one that ``room`` holds.

    It is cropped where that costs at most ``most_cropped`` of it, else padded.

    Raises:
        ValueError: Nothing fits into the room; no network has such rules.
    """
    own = Fraction(width, height)
    if room.holds(width, height):
        return Shape(width, height, 0, 0, width, height, width, height, (width, height))
    wanted = _wanted(own, room)
    # The share of the picture that cropping would take.
    is_cropped = 1 - min(own / wanted, wanted / own) <= most_cropped
    pick = min if is_cropped else max
    natural = pick(Fraction(width), height * wanted)
    sizes = _multiples if room.ratios else _free_sizes
    to_width, to_height = next(sizes(natural, wanted, room), (0, 0))
    if not to_width:
        raise ValueError("nothing fits into the room")
    crop_width, crop_height = width, height
    if is_cropped and own > wanted:
        crop_width = max(1, min(width, round(height * wanted)))
    elif is_cropped:
        crop_height = max(1, min(height, round(width / wanted)))
    inner = (to_width, to_height)
    if not is_cropped:
        # The largest size of the same ratio that fits inside.
        scale = min(Fraction(to_width, width), Fraction(to_height, height))
        step = 2 if room.even else 1
        across, down = (
            max(step, int(side * scale / step + Fraction(1, 2)) * step) for side in (width, height)
        )
        inner = (min(across, to_width), min(down, to_height))
    return Shape(
        width=to_width,
        height=to_height,
        left=(width - crop_width) // 2,
        top=(height - crop_height) // 2,
        crop_width=crop_width,
        crop_height=crop_height,
        inner_width=inner[0],
        inner_height=inner[1],
        source=(width, height),
    )


def _wanted(own: Fraction, room: Room) -> Fraction:
    """Return the nearest ratio that the room holds."""
    if room.ratios:
        allowed = [Fraction(*one) for one in room.ratios]
        # By the factor between them, so that twice as wide is as far as half as wide.
        return min(allowed, key=lambda one: max(own / one, one / own))
    low = max(room.low, Fraction(room.min_width, room.max_height))
    high = min(room.high, Fraction(room.max_width, room.min_height))
    return min(max(own, low), high)


def _multiples(natural: Fraction, wanted: Fraction, room: Room) -> Iterator[tuple[int, int]]:
    """Yield the size of exactly this ratio that is nearest to the natural width, if any."""
    # A size of exactly a ratio is a multiple of its lowest terms, which are doubled where an even
    # size is needed and a term is odd.
    is_odd = wanted.numerator % 2 or wanted.denominator % 2
    step = 2 if room.even and is_odd else 1
    across, down = wanted.numerator * step, wanted.denominator * step
    most = min(room.max_width // across, room.max_height // down)
    if room.max_pixels:
        most = min(most, math.isqrt(room.max_pixels // (across * down)))
    least = max(-(-room.min_width // across), -(-room.min_height // down), 1)
    times = max(least, min(round(natural / across), most))
    if times <= most:
        yield across * times, down * times


def _free_sizes(natural: Fraction, wanted: Fraction, room: Room) -> Iterator[tuple[int, int]]:
    """Yield sizes near a ratio that the room holds, the nearest to natural first."""
    most = min(Fraction(room.max_width), room.max_height * wanted)
    if room.max_pixels:
        most = min(most, Fraction(math.isqrt(int(room.max_pixels * wanted))))
    least = max(Fraction(room.min_width), room.min_height * wanted)
    start = int(max(min(natural, most), least))
    step = 2 if room.even else 1
    start -= start % step
    # Rounding may put the natural size just outside the limits, so its neighbours are tried.
    for away in islice(count(), 200):
        for across in {start - away * step, start + away * step}:
            down = round(across / wanted / step) * step
            for one in (down, down - step, down + step):
                if across > 0 and one > 0 and room.holds(across, one):
                    yield across, one
