"""What one picture must become for a network. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from galley.media.facts import Probe
from galley.media.shapes import WIDEST, Room, Shape, shape
from galley.platforms.rules import ImageRules

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


def plan_picture(
    picture: Probe, rules: ImageRules, room: Room | None = None
) -> PicturePlan:
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
