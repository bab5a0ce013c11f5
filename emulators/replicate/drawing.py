"""Pictures and videos in the place of generated ones: they decode, and they differ.

A prompt and a seed give the same bytes again. What is drawn says that no model drew it.
"""

import hashlib
import io
import math
import random
from importlib import import_module
from typing import Any

from PIL import Image, ImageDraw, ImageFilter

_LONG_SIDE = 1344
_FORMATS = {"jpg": "JPEG", "jpeg": "JPEG", "png": "PNG", "webp": "WEBP"}
_STEPS = 24
_FRAMES = 24
"""A second."""


def picture(given: dict[str, Any]) -> tuple[bytes, str]:
    """Return a picture for these inputs, and the ending of its name."""
    ending = str(given.get("output_format", "webp"))
    into = io.BytesIO()
    drawn = _drawn(given, _size(given, _LONG_SIDE))
    drawn.save(into, format=_FORMATS[ending], quality=90)
    return into.getvalue(), ending


def film(given: dict[str, Any]) -> tuple[bytes, str]:
    """Return a video for these inputs, and the ending of its name."""
    av: Any = import_module("av")  # slow, and only in part typed

    seconds, size = int(given.get("duration", 8)), _size(given, _film_side(given))
    base = _drawn(given, (size[0] + 64, size[1] + 64))
    into = io.BytesIO()
    with av.open(into, "w", format="mp4") as film:
        stream = film.add_stream(
            "libx264", rate=_FRAMES, options={"preset": "ultrafast", "crf": "30"}
        )
        stream.width, stream.height = size
        stream.pix_fmt = "yuv420p"
        for number in range(seconds * _FRAMES):
            moved = round(32 + 32 * math.sin(number / _FRAMES))
            box = (moved, moved, moved + size[0], moved + size[1])
            frame = av.VideoFrame.from_image(base.crop(box))
            film.mux(stream.encode(frame))
        film.mux(stream.encode())
    return into.getvalue(), "mp4"


def _film_side(given: dict[str, Any]) -> int:
    return 1920 if given.get("resolution") == "1080p" else 1280


def _size(given: dict[str, Any], side: int) -> tuple[int, int]:
    """Return an even size in the ratio that is asked for."""
    across, _, down = str(given.get("aspect_ratio", "1:1")).partition(":")
    ratio = int(across) / int(down) if across.isdigit() and down.isdigit() else 1.0
    width, height = (side, side / ratio) if ratio >= 1 else (side * ratio, side)
    return round(width / 2) * 2, round(height / 2) * 2


def _drawn(given: dict[str, Any], size: tuple[int, int]) -> Image.Image:
    """Return hills before a sky, in colours and shapes of the prompt's own."""
    said = f"{given.get('prompt')}\0{given.get('seed')}"
    chance = random.Random(hashlib.sha256(said.encode()).digest())  # noqa: S311 -- not a secret
    hue = chance.randrange(360)
    drawn = Image.new("RGB", size)
    pen = ImageDraw.Draw(drawn)
    for step in range(_STEPS):
        top = size[1] * step // _STEPS
        pen.rectangle(
            (0, top, size[0], size[1]), fill=f"hsl({hue}, 45%, {88 - step * 2}%)"
        )
    _sun(pen, size, chance, hue)
    for depth in range(4):
        _hill(pen, size, chance, (hue + 150 + depth * 18) % 360, depth)
    drawn = drawn.filter(ImageFilter.GaussianBlur(1.5))
    pen = ImageDraw.Draw(drawn)
    pen.text((16, size[1] - 26), "drawn locally, no model", fill="#ffffffcc")
    return drawn


def _sun(
    pen: ImageDraw.ImageDraw, size: tuple[int, int], chance: random.Random, hue: int
) -> None:
    radius = min(size) * chance.uniform(0.06, 0.12)
    x, y = size[0] * chance.uniform(0.2, 0.8), size[1] * chance.uniform(0.15, 0.35)
    box = (x - radius, y - radius, x + radius, y + radius)
    pen.ellipse(box, fill=f"hsl({(hue + 30) % 360}, 80%, 92%)")


def _hill(
    pen: ImageDraw.ImageDraw,
    size: tuple[int, int],
    chance: random.Random,
    hue: int,
    depth: int,
) -> None:
    width, height = size
    base = height * (0.5 + depth * 0.13)
    waves = [(chance.uniform(1, 4), chance.uniform(0, 6.3)) for _ in range(3)]
    points = [(0.0, float(height))]
    for step in range(61):
        x = width * step / 60
        lift = sum(math.sin(x / width * n * 2 + shift) / n for n, shift in waves)
        points.append((x, base - lift * height * 0.06))
    points.append((float(width), float(height)))
    pen.polygon(points, fill=f"hsl({hue}, 35%, {62 - depth * 12}%)")
