"""Speech is decoded before it is believed, measured, and laid under its film."""

import asyncio
import io
import wave
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from emulators.replicate.outputs import speech
from galley.media.card import CardFormat, CardSpec, Margin
from galley.media.card_words import CardText
from galley.media.errors import MediaError
from galley.media.ffmpeg import run_ffmpeg
from galley.media.film import FPS, LEAD, PUSH, FilmScene, film
from galley.media.probe import probe
from galley.media.sound import MOST_SECONDS, TARGET, Speech, listen, measured, read_level
from galley.models.media import MediaKind
from tests.media.test_sound import CONCAT, PLAYLIST, SCRIPT

_WORDS = "Nine, not ten.\nThe ferry leaves at nine, and it waits for nobody."


@cache
def _said(ending: str = "flac") -> bytes:
    return speech({"text": _WORDS, "audio_format": ending})[0]


@pytest.mark.parametrize("ending", ["flac", "mp3", "wav"])
def test_speech_is_known_by_its_bytes(ending: str) -> None:
    found = listen(_said(ending))

    assert found.kind is MediaKind.SOUND
    assert found.duration == pytest.approx(listen(_said()).duration, abs=0.1)


def _film() -> bytes:
    av: Any = import_module("av")  # only in part typed
    into = io.BytesIO()
    with av.open(into, "w", format="mp4") as film:
        stream = film.add_stream("libx264", rate=5)
        stream.width = stream.height = 64
        stream.pix_fmt = "yuv420p"
        film.mux(stream.encode(av.VideoFrame(64, 64, "yuv420p")))
        film.mux(stream.encode())
    return into.getvalue()


def _silence(seconds: float) -> bytes:
    into = io.BytesIO()
    with wave.open(into, "wb") as sound:
        sound.setparams((1, 2, 8000, 0, "NONE", ""))
        sound.writeframes(bytes(int(seconds * 8000) * 2))
    return into.getvalue()


@pytest.mark.parametrize(
    "data",
    [b"", PLAYLIST, CONCAT, SCRIPT, _said()[:90], _film(), _silence(0)],
    ids=["nothing", "playlist", "concat", "script", "cut off", "a film", "empty"],
)
def test_what_is_no_speech_is_refused(data: bytes) -> None:
    with pytest.raises(MediaError):
        listen(data)


def test_what_would_be_decoded_for_ever_is_refused() -> None:
    with pytest.raises(MediaError, match="longer than 600 s"):
        listen(_silence(MOST_SECONDS + 1))


@pytest.fixture(scope="module")
def found(ffmpeg: str, tmp_path_factory: pytest.TempPathFactory) -> Speech:
    """A speech as each ffmpeg measures it."""
    data, folder = _said("mp3"), tmp_path_factory.mktemp("heard")
    return asyncio.run(measured(ffmpeg, data, listen(data).duration or 0, folder))


def test_pauses_between_sentences_are_found(found: Speech) -> None:
    longest = max(found.pauses[:-1], key=lambda pause: pause[1] - pause[0])
    assert 0.3 < longest[1] - longest[0] < 0.8
    assert longest[0] < found.seconds / 3


async def test_silence_has_no_gain(ffmpeg: str, tmp_path: Path) -> None:
    found = await measured(ffmpeg, _silence(2), 2.0, tmp_path)

    assert found.gain is None


async def test_a_narrated_film_is_as_loud_as_networks_play(
    ffmpeg: str, found: Speech, tmp_path: Path
) -> None:
    spec = CardSpec(90, 160, Margin(8, 8, 8, 8), 1_000_000, CardFormat.PNG)
    first = FilmScene(CardText("Nine"), LEAD + found.seconds + PUSH / 2)
    scenes = [first, FilmScene(CardText("Not ten"), 1.0)]
    made_film = await film(ffmpeg, spec, scenes, speech=found)

    assert await film(ffmpeg, spec, scenes, speech=found) == made_film
    assert probe(made_film).fps == FPS
    (tmp_path / "film.mp4").write_bytes(made_film)
    command = [ffmpeg, "-nostdin", "-loglevel", "error", "-i", "film.mp4", "-vn"]
    told = "ebur128=metadata=1,ametadata=mode=print:key=lavfi.r128.I:file=loud.txt"
    await run_ffmpeg([*command, "-af", told, "-f", "null", "-"], 60, tmp_path)
    # The bed below the speech is not heard in its loudness.
    assert read_level(tmp_path / "loud.txt") == pytest.approx(TARGET, abs=0.5)
