"""A recording as a source: its document before and after transcription, or with a given transcript.

The reading and transcription activities call it.
"""

import hashlib
import itertools
import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import PurePath
from typing import NamedTuple, cast

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
from galley.sources.text import SourceError, clean_line, decode, require_length
from galley.sources.transcripts import MAX_CUES, paragraphs, read_transcript

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
# Beside ``audio``; other models are asked with their defaults.
_INPUTS: dict[str, dict[str, object]] = {
    "vaibhavs10/incredibly-fast-whisper": {"task": "transcribe", "timestamp": "chunk"}
}


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


MAX_CUE_SECONDS = 30.0
"""Words share the time of their cue; in a longer one nobody knows when one was said."""
_MAX_SECONDS = 4 * 3600
_OVERLAP = 0.5  # Seconds that two cues may share: people fall into each other's words
# Characters of a cue. The fastest speakers say some 30 in a second.
_PER_SECOND, _AT_LEAST = 60, 100
_BEYOND = 5.0  # Seconds that the last cue may be shown after the recording's end
_TIME = r"(-?)(?:(\d{1,4}):)?(\d{1,3}):(\d{1,2})[.,](\d{1,3})"
_TIMES = re.compile(rf"\s*{_TIME}\s*-->\s*{_TIME}(?!\d)")
_LINE = re.compile(r"\r\n|\r|\n")
_LANGUAGE = re.compile(r"\AWEBVTT[^\n]*\n(?:[^\n]+\n){0,9}?Language:\s*([\w-]{2,35})")


class GivenTranscript(NamedTuple):
    """What was said when; ``language`` is a BCP 47 tag, if the file tells it."""

    cues: tuple[Cue, ...]
    text: str
    language: str | None


class _Span(NamedTuple):
    line: int
    start: float
    end: float

    def __str__(self) -> str:
        return f"{_clock(self.start)} --> {_clock(self.end)}"


def read_given(data: bytes, name: str) -> GivenTranscript:
    """Read a WebVTT or SubRip file by which clips can be cut.

    Args:
        data: The file's bytes.
        name: What to call it in messages; a language before its suffix, as in
            ``talk.de.vtt``, counts.

    Raises:
        SourceError: It is none, too large, or its times cannot be right. The message
            names the line, and repeats nothing that is said.
    """
    text = decode(data, name)
    spans = list(_spans(text, name))
    if not spans:
        raise SourceError(f"{name} has no times: give a .vtt or .srt file.")
    _require_order(spans, name)
    cues, prose = read_transcript(data, "", name)
    if not cues:
        raise SourceError(f"{name} is no transcript: give a .vtt or .srt file.")
    _require_sayable(cues, name)
    return GivenTranscript(cues, prose, _stated_language(text, name))


def given(spec: SourceSpec, data: bytes) -> SourceDocument:
    """Return the document of a recording with the words of its transcript.

    Raises:
        SourceError: See :func:`read_given`.
    """
    transcript = read_given(data, "The transcript")
    recording = Recording(url=spec.url, upload=spec.upload)
    told = {
        "text": transcript.text,
        "cues": transcript.cues,
        "language": spec.transcript_language or transcript.language,
        "recording": None,
        "heard": recording,
        "is_given": True,
    }
    return untranscribed(spec).model_copy(update=told)


def require_within(cues: Sequence[Cue], seconds: float, name: str) -> None:
    """Refuse a transcript that goes on after its recording has ended.

    Args:
        cues: What is said when.
        seconds: How long the recording is.
        name: What to call the transcript in messages.

    Raises:
        SourceError: It is of another recording, or of a longer cut.
    """
    last = max(cues, key=lambda cue: cue.end)
    if last.start >= seconds or last.end > seconds + _BEYOND:
        raise SourceError(
            f"{name} goes on until {_clock(last.end)}, but the recording ends at "
            f"{_clock(seconds)}: give the transcript of this very recording."
        )


def _spans(text: str, name: str) -> Iterator[_Span]:
    number = 0
    for line, words in enumerate(_LINE.split(text), 1):
        if "-->" not in words:
            continue
        number += 1
        found = _TIMES.match(words)
        if found is None:
            raise SourceError(f"{name}, line {line}: there are no times at the arrow.")
        if number > MAX_CUES:
            raise SourceError(f"{name} has more than {MAX_CUES:,} cues: give a part.")
        parts = found.groups()
        yield _Span(line, _seconds(*parts[:5]), _seconds(*parts[5:]))


def _seconds(sign: str, hours: str | None, *rest: str) -> float:
    minutes, seconds, fraction = rest
    whole = int(hours or 0) * 3600 + int(minutes) * 60 + int(seconds)
    size = round(whole + int(fraction.ljust(3, "0")) / 1000, 3)
    return -size if sign else size


def _require_order(spans: Sequence[_Span], name: str) -> None:
    for span in spans:
        if why := _wrong(span):
            raise SourceError(f"{name}, line {span.line}: {why} ({span}). {_MEND}")
    for before, span in itertools.pairwise(spans):
        if span.start < before.start:
            why = "the cue begins before the one above it"
        elif before.end - span.start > _OVERLAP:
            why = f"the cue begins before the one in line {before.line} has ended"
        else:
            continue
        raise SourceError(f"{name}, line {span.line}: {why} ({span}). {_MEND}")


_MEND = "Mend it, or have the recording heard in its place."


def _wrong(span: _Span) -> str:
    if span.start < 0:
        return "the cue begins before the recording"
    if span.end < span.start:
        return "the cue ends before it begins"
    if span.end > _MAX_SECONDS:
        return "the cue is after the longest that a recording may be, four hours"
    if span.end - span.start > MAX_CUE_SECONDS:
        return (
            f"the cue lasts longer than {MAX_CUE_SECONDS:g} s, so nobody knows when "
            "its words are said"
        )
    return ""


def _require_sayable(cues: Sequence[Cue], name: str) -> None:
    for cue in cues:
        if len(cue.text) > _AT_LEAST + _PER_SECOND * (cue.end - cue.start):
            raise SourceError(
                f"{name}: the cue at {_clock(cue.start)} holds more than anybody says "
                f"in its time. {_MEND}"
            )


def _stated_language(text: str, name: str) -> str | None:
    header = _LANGUAGE.match(text.replace("\r\n", "\n"))
    named = PurePath(PurePath(name).stem).suffix.removeprefix(".")
    is_named = len(named) == 2 and named.isascii() and named.isalpha()  # noqa: PLR2004
    return language_tag(header[1] if header else named if is_named else None)


def _clock(seconds: float) -> str:
    sign, size = ("-", -seconds) if seconds < 0 else ("", seconds)
    minutes, rest = divmod(round(size, 3), 60)
    hours, minutes = divmod(int(minutes), 60)
    tail = f"{minutes:02}:{rest:06.3f}" if hours else f"{minutes}:{rest:06.3f}"
    return f"{sign}{hours}:{tail}" if hours else f"{sign}{tail}"
