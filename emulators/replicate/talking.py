"""A portrait in the place of a speaking person: its mouth is a bar that hums along.

It lasts as long as the sound, has the sound, and says that no model made it.
"""

import io
from importlib import import_module
from typing import Any

from PIL import Image, ImageDraw

MOST_SECONDS = 35.0
_FRAMES, _SIDE, _RATE = 12, 768, 48_000


class TooLongError(Exception):
    """The sound is longer than the model takes."""


def talk(portrait: bytes, sound: bytes) -> tuple[bytes, str]:
    """Return a video of a portrait and a sound, and the ending of its name.

    Raises:
        TooLongError: As the model says it.
    """
    av: Any = import_module("av")  # slow, and only in part typed
    heard, seconds, into = list[Any](), 0.0, io.BytesIO()
    with av.open(io.BytesIO(sound)) as given:
        resampler = av.AudioResampler(format="fltp", layout="mono", rate=_RATE)
        for frame in given.decode(audio=0):
            heard += resampler.resample(frame)
            seconds += frame.samples / frame.sample_rate
            if seconds >= MOST_SECONDS:
                raise TooLongError("Audio duration must be less than 35 seconds.")
    face = _face(portrait)
    with av.open(into, "w", format="mp4") as film:
        shown = film.add_stream("libx264", rate=_FRAMES, options={"crf": "30"})
        shown.width, shown.height = face.size
        shown.pix_fmt = "yuv420p"
        said = film.add_stream("aac", rate=_RATE, layout="mono")
        for number in range(max(1, round(seconds * _FRAMES))):
            film.mux(shown.encode(av.VideoFrame.from_image(_mouth(face, number))))
        film.mux(shown.encode())
        fifo = av.AudioFifo()
        for frame in heard:
            frame.pts = None
            fifo.write(frame)
        while made := fifo.read(said.codec_context.frame_size or 1024, partial=True):
            film.mux(said.encode(made))
        film.mux(said.encode())
    return into.getvalue(), "mp4"


def seconds_of(sound: bytes) -> float:
    """Return how long a sound is."""
    av: Any = import_module("av")
    with av.open(io.BytesIO(sound)) as given:
        return sum(one.samples / one.sample_rate for one in given.decode(audio=0))


def _face(portrait: bytes) -> Image.Image:
    with Image.open(io.BytesIO(portrait)) as picture:
        face = picture.convert("RGB")
    face.thumbnail((_SIDE, _SIDE))
    width, height = (max(64, side // 2 * 2) for side in face.size)
    face = face.resize((width, height))
    pen = ImageDraw.Draw(face)
    pen.text((8, height - 18), "moved locally, no model", fill="#ffffff")
    return face


def _mouth(face: Image.Image, number: int) -> Image.Image:
    width, height = face.size
    opened = height // 60 * (1 + number % 4)
    moved = face.copy()
    box = (width * 3 // 8, height * 2 // 3, width * 5 // 8, height * 2 // 3 + opened)
    ImageDraw.Draw(moved).ellipse(box, fill="#401010")
    return moved
