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


def moving(size: tuple[int, int], frames: int, milliseconds: int) -> bytes:
    """Return a GIF of so many frames, each shown so long."""
    drawn = [Image.new("RGB", size, (40 * n % 256, 90, 200)) for n in range(frames)]
    out = io.BytesIO()
    drawn[0].save(out, "GIF", save_all=True, append_images=drawn[1:], duration=milliseconds)
    return out.getvalue()


def film(
    file: Path, size: tuple[int, int], seconds: float, fps: int = 10, *, sound: bool = False
) -> Path:
    """Write an MP4 of H.264, with AAC where ``sound`` is wanted."""
    with av.open(str(file), "w", format="mp4") as opened:
        container = cast("Any", opened)
        video = container.add_stream("libx264", rate=fps)
        video.width, video.height, video.pix_fmt = *size, "yuv420p"
        video.options = {"preset": "ultrafast", "threads": "1"}
        audio = container.add_stream("aac", rate=_RATE) if sound else video
        for number in range(round(seconds * fps)):
            frame = av.VideoFrame.from_ndarray(_pixels(size, number), format="rgb24")
            frame.pts, frame.time_base = number, Fraction(1, fps)
            container.mux(video.encode(frame))
        container.mux(video.encode(None))
        for at in range(0, int(seconds * _RATE), _SAMPLES) if sound else ():
            container.mux(audio.encode(_silence(at)))
        if sound:
            container.mux(audio.encode(None))
    return file


def _pixels(size: tuple[int, int], number: int) -> NDArray[np.uint8]:
    pixels = np.full((size[1], size[0], 3), 8 * number % 256, np.uint8)
    pixels[:, : size[0] // 2, 0] = 255
    return pixels


def _silence(at: int) -> av.AudioFrame:
    samples = np.zeros((1, _SAMPLES), np.float32)
    frame = av.AudioFrame.from_ndarray(samples, format="fltp", layout="mono")
    frame.sample_rate, frame.pts, frame.time_base = _RATE, at, Fraction(1, _RATE)
    return frame
