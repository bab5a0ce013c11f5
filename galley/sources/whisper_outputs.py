"""What models of the Whisper family answer with, and what they are asked by."""

import math
from collections.abc import Iterator
from typing import cast

from galley.models import Cue, Transcript

_MAX_CUES = 5_000
_CUE = 10_000
_INPUTS: dict[str, dict[str, object]] = {
    "vaibhavs10/incredibly-fast-whisper": {"task": "transcribe", "timestamp": "chunk"},
}
"""Beside ``audio``; other models are asked with their defaults."""


class UnreadableOutputError(Exception):
    """The model answers in no form that is known."""


def input_for(model: str, audio: str) -> dict[str, object]:
    """Return the input for a model, ``owner/name`` or ``owner/name:version``."""
    return {"audio": audio, **_INPUTS.get(model.partition(":")[0], {})}


def transcript_of(output: object, seconds: float) -> Transcript:
    """Read ``chunks`` with timestamps, ``segments``, or at least a ``text``.

    Args:
        output: A stranger's JSON.
        seconds: How long the part is; what has no times is said in all of it.

    Raises:
        UnreadableOutputError: It is none of these.
    """
    if not isinstance(output, dict):
        raise UnreadableOutputError
    told = cast("dict[str, object]", output)
    language = told.get("detected_language", told.get("language"))
    cues = tuple(_cues(told, seconds))
    text = told.get("text", told.get("transcription"))
    if not cues and isinstance(text, str):
        cues = (Cue(start=0, end=seconds, text=text.strip()[:_CUE]),) if text else ()
    elif not cues and _listed(told) is None:
        raise UnreadableOutputError
    return Transcript(
        language=language[:20] if isinstance(language, str) else None, cues=cues
    )


def _listed(told: dict[str, object]) -> list[object] | None:
    for name in ("chunks", "segments"):
        found = told.get(name)
        if isinstance(found, list):
            return cast("list[object]", found)
    return None


def _cues(told: dict[str, object], seconds: float) -> Iterator[Cue]:
    for one in (_listed(told) or [])[:_MAX_CUES]:
        if not isinstance(one, dict):
            continue
        said = cast("dict[str, object]", one)
        text, span = said.get("text"), said.get("timestamp")
        if not isinstance(text, str) or not text.strip():
            continue
        pair = cast("list[object]", span) if isinstance(span, list) else []
        first, last = (
            pair if len(pair) == 2 else (said.get("start"), said.get("end"))  # noqa: PLR2004
        )
        start = _second(first, 0.0, seconds)
        end = max(start, _second(last, seconds, seconds))  # the last may be open
        yield Cue(start=start, end=end, text=text.strip()[:_CUE])


def _second(value: object, default: float, most: float) -> float:
    if not isinstance(value, int | float) or not math.isfinite(value):
        return default
    return round(min(max(0.0, float(value)), most), 3)
