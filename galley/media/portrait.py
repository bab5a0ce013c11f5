"""The portrait that is made to speak: one picture, with nothing else of its file."""

import io

from PIL import Image

from galley.media.errors import MediaError
from galley.media.probe import load_picture, open_picture, upright

MOST_BYTES = 20_000_000
_LONGEST, _LEAST = 2048, 256
"""Pixels of the longer side at most, and of the shorter one at least."""


def portrait_jpeg(data: bytes) -> bytes:
    """Return a picture as a JPEG in sRGB, upright, no larger than models take.

    Raises:
        MediaError: It is none, broken, or too small or too large.
    """
    if len(data) > MOST_BYTES:
        raise MediaError(f"The portrait has more than {MOST_BYTES:,} bytes: shrink it.")
    with open_picture(data) as picture:
        load_picture(picture)
        shown = upright(picture).convert("RGB")
    if min(shown.size) < _LEAST:
        raise MediaError(f"The portrait is smaller than {_LEAST} pixels: use a larger.")
    shown.thumbnail((_LONGEST, _LONGEST), Image.Resampling.LANCZOS)
    into = io.BytesIO()
    shown.save(into, "JPEG", quality=92, subsampling=0)
    return into.getvalue()
