"""Small real pictures and films, made for a test."""

import io
from fractions import Fraction
from pathlib import Path
from typing import Any, cast

import av
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

_RATE, _SAMPLES = 44_100, 1024
_BT709, _UNTAGGED = 1, 2  # of H.273, table 4
_HD_LINES = 720


def picture(
    size: tuple[int, int], file_format: str = "JPEG", mode: str = "RGB", **options: object
) -> bytes:
    """Return a picture with something on it: a red left half on blue."""
    drawn = Image.new("RGB", size, "#1d3f8f")
    ImageDraw.Draw(drawn).rectangle((0, 0, size[0] // 2, size[1]), fill="#d3401f")
    out = io.BytesIO()
    drawn.convert(mode).save(out, file_format, **cast("Any", options))
    return out.getvalue()


def noise(size: tuple[int, int], file_format: str = "PNG") -> bytes:
    """Return a picture that no encoder makes small; the same each time."""
    pixels = np.random.default_rng(7).integers(0, 255, (size[1], size[0], 3), np.uint8)
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, file_format)
    return out.getvalue()


def see_through(size: tuple[int, int]) -> bytes:
    """Return a PNG that is half transparent."""
    drawn = Image.new("RGBA", size, (200, 0, 0, 255))
    drawn.paste((0, 0, 0, 0), (0, 0, size[0] // 2, size[1]))
    out = io.BytesIO()
    drawn.save(out, "PNG")
    return out.getvalue()


def moving(
    size: tuple[int, int],
    frames: int,
    milliseconds: int,
    colour: tuple[int, int, int] | None = None,
) -> bytes:
    """Return a GIF of so many frames, each shown so long."""
    drawn = [Image.new("RGB", size, colour or (40 * n % 256, 90, 200)) for n in range(frames)]
    if colour:  # Pillow keeps one of several frames that are the same.
        for number, frame in enumerate(drawn):
            frame.putpixel((number, 0), (0, 0, 0))
    out = io.BytesIO()
    drawn[0].save(out, "GIF", save_all=True, append_images=drawn[1:], duration=milliseconds)
    return out.getvalue()


def film(
    file: Path,
    size: tuple[int, int],
    seconds: float,
    fps: int = 10,
    *,
    sound: bool = False,
    colour: tuple[int, int, int] | None = None,
) -> Path:
    """Write an MP4 of H.264, with AAC where ``sound`` is wanted, all of one ``colour`` if given."""
    with av.open(str(file), "w", format="mp4") as opened:
        container = cast("Any", opened)
        video = container.add_stream("libx264", rate=fps)
        video.width, video.height, video.pix_fmt = *size, "yuv420p"
        video.options = {"preset": "ultrafast", "threads": "1"}
        audio = container.add_stream("aac", rate=_RATE) if sound else video
        for number in range(round(seconds * fps)):
            pixels = (
                np.full((size[1], size[0], 3), colour, np.uint8)
                if colour
                else _pixels(size, number)
            )
            frame = av.VideoFrame.from_ndarray(pixels, format="rgb24")
            frame.pts, frame.time_base = number, Fraction(1, fps)
            container.mux(video.encode(frame))
        container.mux(video.encode(None))
        for at in range(0, int(seconds * _RATE), _SAMPLES) if sound else ():
            container.mux(audio.encode(_silence(at)))
        if sound:
            container.mux(audio.encode(None))
    return file


def colour_of(file: Path) -> tuple[int, ...]:
    """Return the colour of a film's middle, as a player shows it: by its tag, else by its size."""
    with av.open(str(file)) as container:
        frame = next(container.decode(video=0))
        assert frame.colorspace in {_BT709, _UNTAGGED}
        is_hd = frame.colorspace == _BT709 or frame.height >= _HD_LINES
        shown = frame.to_ndarray(format="yuv444p")[:, frame.height // 2, frame.width // 2]
    light, blue, red = (int(value) for value in shown)
    kr, kb = (0.2126, 0.0722) if is_hd else (0.299, 0.114)
    y, cb, cr = (light - 16) / 219, (blue - 128) / 224, (red - 128) / 224
    r, b = y + 2 * (1 - kr) * cr, y + 2 * (1 - kb) * cb
    return tuple(round(255 * one) for one in (r, (y - kr * r - kb * b) / (1 - kr - kb), b))


def _pixels(size: tuple[int, int], number: int) -> NDArray[np.uint8]:
    pixels = np.full((size[1], size[0], 3), 8 * number % 256, np.uint8)
    pixels[:, : size[0] // 2, 0] = 255
    return pixels


def _silence(at: int) -> av.AudioFrame:
    samples = np.zeros((1, _SAMPLES), np.float32)
    frame = av.AudioFrame.from_ndarray(samples, format="fltp", layout="mono")
    frame.sample_rate, frame.pts, frame.time_base = _RATE, at, Fraction(1, _RATE)
    return frame
