"""Whisper on this machine, by faster-whisper, and the choice of the transcribing engine.

Needs the extra ``local-asr``. It uses no network, and nothing is billed. The activities of
sources and ``doctor`` call it.
"""

import asyncio
import importlib.util
import os
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path, PurePath
from typing import Protocol, cast

from galley.models.source import Cue, Engine, TimedWord, Transcript
from galley.settings import Settings

_CUE_TEXT = 10_000


class WhisperError(Exception):
    """It cannot transcribe; the message says what to do."""


class _Word(Protocol):
    start: float
    end: float
    word: str


class _Segment(Protocol):
    start: float
    end: float
    text: str
    words: list[_Word] | None


class _Info(Protocol):
    language: str


class _Model(Protocol):
    def transcribe(self, audio: str, **options: object) -> tuple[Iterable[_Segment], _Info]: ...


class _Library(Protocol):
    def WhisperModel(self, name: str, **options: object) -> _Model: ...  # noqa: N802 -- the library's name


def is_installed() -> bool:
    """Return whether the extra ``local-asr`` is there, without loading it."""
    return importlib.util.find_spec("faster_whisper") is not None


class LocalWhisper:
    """One model, loaded when it is first needed; one part at a time.

    Args:
        model: A folder with a CTranslate2 model, or the name of one that was
            downloaded before, such as ``small``.
    """

    def __init__(self, model: str) -> None:
        self._name = model
        self._model: _Model | None = None
        self._turn = asyncio.Lock()

    async def transcribe(self, audio: Path) -> Transcript:
        """Return what is said in a file. It takes a while: cancelling ends it soon.

        Raises:
            WhisperError: The extra or the model is missing.
        """
        stop = threading.Event()
        async with self._turn:
            work = asyncio.create_task(asyncio.to_thread(self._work, audio, stop))
            try:
                return await asyncio.shield(work)
            except asyncio.CancelledError:
                # A thread cannot be killed: it looks after each sentence.
                stop.set()
                await asyncio.gather(work, return_exceptions=True)
                raise

    async def check(self) -> None:
        """Load the model.

        Raises:
            WhisperError: The extra or the model is missing.
        """
        async with self._turn:
            await asyncio.to_thread(self._loaded)

    def _work(self, audio: Path, stop: threading.Event) -> Transcript:
        segments, info = self._loaded().transcribe(
            str(audio),
            word_timestamps=True,
            vad_filter=True,  # Whisper invents words in silence
            condition_on_previous_text=False,  # and repeats itself
        )
        cues = list[Cue]()
        # The segments are a generator: each step transcribes some seconds.
        for segment in segments:
            if stop.is_set():
                break
            words = (
                TimedWord(start=_time(one.start), end=_time(one.end), text=one.word.strip())
                for one in segment.words or ()
            )
            cues.append(
                Cue(
                    start=_time(segment.start),
                    end=_time(segment.end),
                    text=segment.text.strip()[:_CUE_TEXT],
                    words=tuple(words),
                )
            )
        return Transcript(language=info.language or None, cues=tuple(cues))

    def _loaded(self) -> _Model:
        if self._model is None:
            self._model = _load(self._name)
        return self._model


def _load(name: str) -> _Model:
    if not name:
        raise WhisperError(
            "GALLEY_WHISPER_MODEL is missing: set it to the folder of a "
            "CTranslate2 Whisper model (docs/how-to-transcribe.md)."
        )
    # No download: a worker that fetches gigabytes on its first job would surprise everybody.
    # The library reads the variable when it is imported.
    os.environ["HF_HUB_OFFLINE"] = "1"
    try:
        library = cast("_Library", import_module("faster_whisper"))
    except ImportError:
        raise WhisperError(
            "Transcription on this machine needs the extra local-asr: run `uv sync --all-extras`."
        ) from None
    try:
        return library.WhisperModel(name, device="cpu", compute_type="int8", local_files_only=True)
    except (RuntimeError, ValueError, OSError) as error:
        raise WhisperError(
            f"The model {name[:200]} cannot be loaded "
            f"({type(error).__name__}): set GALLEY_WHISPER_MODEL to the folder of "
            "a CTranslate2 Whisper model."
        ) from None


def _time(seconds: float) -> float:
    return round(max(0.0, seconds), 3)


@dataclass(frozen=True)
class Chosen:
    """Who transcribes; ``model`` names the transcripts it has made."""

    engine: Engine
    model: str


def chosen_engine(settings: Settings) -> Chosen | None:
    """Return the engine that transcribes, or ``None`` without one."""
    if settings.transcribe == "off":
        return None
    if settings.transcribe == "local" or (
        settings.transcribe == "auto" and settings.whisper_model and is_installed()
    ):
        # The name of the model names its transcripts, so without folders that differ
        # between machines.
        model = PurePath(settings.whisper_model or "")
        return Chosen(Engine.LOCAL, "local:" + "/".join(model.parts[-2:]))
    if settings.transcribe == "replicate" or replicate_token(settings):
        return Chosen(Engine.REPLICATE, settings.replicate_model)
    return None


def replicate_token(settings: Settings) -> str:
    """Return the token, or nothing if there is none."""
    token = settings.replicate_api_token
    return token.get_secret_value().strip() if token else ""
