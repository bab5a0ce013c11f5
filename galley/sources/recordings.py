"""From the transcripts of a recording's parts to the text of a source."""

import hashlib
import math
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import PurePath
from typing import cast

from galley.models import (
    AudioPart,
    Cue,
    Recording,
    SourceDocument,
    SourceKind,
    SourceSpec,
    Transcript,
)
from galley.models.source import TimedWord
from galley.sources.markdown import language_tag
from galley.sources.text import SourceError, clean_line, require_length
from galley.sources.transcripts import paragraphs

_TITLE = 200
_CUE = 10_000
_WORD = 200


def audio_name(part: AudioPart) -> str:
    """Return the name of a part's sound in the state bucket."""
    return f"audio/{part.sha256}.flac"


def transcript_name(part: AudioPart, model: str) -> str:
    """Return the name of a part's transcript by a model, in the state bucket."""
    return f"{transcript_folder(part, model)}.json"


def transcript_folder(part: AudioPart, model: str) -> str:
    """Return what the names of all objects of a part and a model begin with."""
    told = hashlib.sha256(model.encode()).hexdigest()[:16]
    return f"transcripts/{part.sha256}/{told}"


def untranscribed(spec: SourceSpec) -> SourceDocument:
    """Return what is known of a recording before it is heard."""
    name = spec.name.partition("?")[0].rstrip("/") if spec.url else spec.name
    stem = clean_line(PurePath(name).stem.replace("_", " "), _TITLE)
    return SourceDocument(
        kind=SourceKind.RECORDING,
        title=stem or "Recording",
        # What stands after a question mark may be a key to it.
        link=spec.url if spec.url and "?" not in spec.url else None,
        text="",
        recording=Recording(url=spec.url, upload=spec.upload),
    )


def transcribed(
    document: SourceDocument, parts: Sequence[AudioPart], transcripts: Sequence[Transcript]
) -> SourceDocument:
    """Return the document with what was said, and when, from the beginning.

    Raises:
        SourceError: Nothing was said, or too much to be read.
    """
    cues = tuple(
        placed
        for part, transcript in zip(parts, transcripts, strict=True)
        for placed in _placed(part, transcript.cues)
    )
    text = paragraphs(cues)
    if not text:
        raise SourceError(
            f"Nobody speaks in {document.title[:80]!r}, as far as can be heard: give a "
            "recording of speech, or the text as a file."
        )
    return document.model_copy(
        update={
            "text": require_length(text, document.title[:80]),
            "cues": cues,
            "recording": None,
            "heard": document.recording,
            "language": document.language or _language(parts, transcripts),
        }
    )


def _placed(part: AudioPart, cues: Iterable[Cue]) -> Iterable[Cue]:
    for cue in cues:
        text = clean_line(cue.text, _CUE)
        if text:
            start, end = _moved(part, cue)
            words = tuple(_placed_words(part, cue.words))
            yield cue.model_copy(update={"start": start, "end": end, "text": text, "words": words})


def _placed_words(part: AudioPart, words: Iterable[TimedWord]) -> Iterable[TimedWord]:
    for word in words:
        text = clean_line(word.text, _WORD)
        if text:
            start, end = _moved(part, word)
            yield TimedWord(start=start, end=end, text=text)


def _moved(part: AudioPart, said: Cue | TimedWord) -> tuple[float, float]:
    start = min(said.start, part.seconds)
    end = min(max(said.end, start), part.seconds)
    return round(part.start + start, 3), round(part.start + end, 3)


def _language(parts: Sequence[AudioPart], transcripts: Sequence[Transcript]) -> str | None:
    """Return the language that most of the time was spoken; music may seem any."""
    spoken = Counter[str]()
    for part, transcript in zip(parts, transcripts, strict=True):
        if transcript.language and transcript.cues:
            spoken[transcript.language] += round(part.seconds * 1000)
    return language_tag(spoken.most_common(1)[0][0]) if spoken else None


_MAX_CUES = 5_000
_INPUTS: dict[str, dict[str, object]] = {
    "vaibhavs10/incredibly-fast-whisper": {"task": "transcribe", "timestamp": "chunk"}
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
    return Transcript(language=language[:20] if isinstance(language, str) else None, cues=cues)


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
