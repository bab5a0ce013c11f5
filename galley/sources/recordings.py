"""A recording as a source: its document before and after transcription, or with a given transcript.

The reading and transcription activities call it. Captions are burnt in and clips cut by the
times of a given transcript, so it is held to more than one that is only read: impossible times
are refused, not corrected.
"""

import hashlib
import itertools
import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import PurePath
from typing import NamedTuple, cast

from galley.models.source import (
    AudioPart,
    Cue,
    Recording,
    SourceDocument,
    SourceKind,
    SourceSpec,
    TimedWord,
    Transcript,
)
from galley.sources.markdown import language_tag
from galley.sources.text import SourceError, clean_line, decode, require_length
from galley.sources.transcripts import MAX_CUES, paragraphs, read_transcript

MAX_CUE_SECONDS = 30.0
"""Words share the time of their cue; in a longer one their own times are unknown."""
_TITLE = 200
_CUE, _WORD = 10_000, 200
_MAX_MODEL_CUES = 5_000
_MAX_SECONDS = 4 * 3600
_OVERLAP = 0.5  # seconds that two cues may share: people interrupt each other
_PER_SECOND, _AT_LEAST = 60, 100  # characters of a cue; the fastest speakers say some 30 a second
_BEYOND = 5.0  # seconds that the last cue may be shown after the recording's end
_MEND = "Mend it, or have the recording heard in its place."
_TIME = r"(-?)(?:(\d{1,4}):)?(\d{1,3}):(\d{1,2})[.,](\d{1,3})"
_TIMES = re.compile(rf"\A\s*{_TIME}\s*-->\s*{_TIME}(?!\d)")
_LINE = re.compile(r"\r\n|\r|\n")
_LANGUAGE = re.compile(r"\AWEBVTT[^\n]*\n(?:[^\n]+\n){0,9}?Language:\s*([\w-]{2,35})")
# Beside ``audio``; other models get their defaults.
_INPUTS: dict[str, dict[str, object]] = {
    "vaibhavs10/incredibly-fast-whisper": {"task": "transcribe", "timestamp": "chunk"}
}


def audio_name(part: AudioPart) -> str:
    """Return the name of a part's sound in the state bucket."""
    return f"audio/{part.sha256}.flac"


def transcript_name(part: AudioPart, model: str) -> str:
    """Return the name of a part's transcript by a model, in the state bucket."""
    return f"{transcript_folder(part, model)}.json"


def transcript_folder(part: AudioPart, model: str) -> str:
    """Return the prefix of the names of all objects of a part and a model."""
    # A name such as owner/model:version has signs that an object of a bucket should not.
    told = hashlib.sha256(model.encode()).hexdigest()[:16]
    return f"transcripts/{part.sha256}/{told}"


def untranscribed(spec: SourceSpec) -> SourceDocument:
    """Return the document of a recording before it is transcribed."""
    name = spec.name.partition("?")[0].rstrip("/") if spec.url else spec.name
    stem = clean_line(PurePath(name).stem.replace("_", " "), _TITLE)
    return SourceDocument(
        kind=SourceKind.RECORDING,
        title=stem or "Recording",
        # The part after a question mark may be a key to it.
        link=spec.url if spec.url and "?" not in spec.url else None,
        text="",
        recording=Recording(url=spec.url, upload=spec.upload),
    )


def transcribed(
    document: SourceDocument, parts: Sequence[AudioPart], transcripts: Sequence[Transcript]
) -> SourceDocument:
    """Return the document with the words of all parts, timed from the recording's beginning.

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
    # The language of most of the time; of music a model may name any.
    spoken = Counter[str]()
    for part, transcript in zip(parts, transcripts, strict=True):
        if transcript.language and transcript.cues:
            spoken[transcript.language] += round(part.seconds * 1000)
    heard = language_tag(spoken.most_common(1)[0][0]) if spoken else None
    return document.model_copy(
        update={
            "text": require_length(text, document.title[:80]),
            "cues": cues,
            "recording": None,
            "heard": document.recording,
            "language": document.language or heard,
        }
    )


def _placed(part: AudioPart, cues: Iterable[Cue]) -> Iterator[Cue]:
    """Yield the cues of a part at their times in the whole recording."""

    def moved(said: Cue | TimedWord) -> dict[str, float]:
        start = min(said.start, part.seconds)
        end = min(max(said.end, start), part.seconds)
        return {"start": round(part.start + start, 3), "end": round(part.start + end, 3)}

    for cue in cues:
        if not (text := clean_line(cue.text, _CUE)):
            continue
        words = tuple(
            TimedWord(text=said, **moved(word))
            for word in cue.words
            if (said := clean_line(word.text, _WORD))
        )
        yield cue.model_copy(update={**moved(cue), "text": text, "words": words})


class UnreadableOutputError(Exception):
    """The model's answer has no known form."""


def input_for(model: str, audio: str) -> dict[str, object]:
    """Return the input for a model, ``owner/name`` or ``owner/name:version``."""
    return {"audio": audio, **_INPUTS.get(model.partition(":")[0], {})}


def transcript_of(output: object, seconds: float) -> Transcript:
    """Read ``chunks`` with timestamps, ``segments``, or at least a ``text``.

    Args:
        output: A stranger's JSON.
        seconds: The length of the part; words without times are spoken in all of it.

    Raises:
        UnreadableOutputError: It is none of these.
    """
    if not isinstance(output, dict):
        raise UnreadableOutputError
    told = cast("dict[str, object]", output)
    named = next((n for n in ("chunks", "segments") if isinstance(told.get(n), list)), None)
    listed = cast("list[object]", told[named]) if named else None
    language = told.get("detected_language", told.get("language"))
    cues = tuple(_model_cues(listed or [], seconds))
    text = told.get("text", told.get("transcription"))
    if not cues and isinstance(text, str):
        cues = (Cue(start=0, end=seconds, text=text.strip()[:_CUE]),) if text else ()
    elif not cues and listed is None:
        raise UnreadableOutputError
    return Transcript(language=language[:20] if isinstance(language, str) else None, cues=cues)


def _model_cues(listed: Sequence[object], seconds: float) -> Iterator[Cue]:
    def second(value: object, default: float) -> float:
        if not isinstance(value, int | float) or not math.isfinite(value):
            return default
        return round(min(max(0.0, float(value)), seconds), 3)

    for one in listed[:_MAX_MODEL_CUES]:
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
        start = second(first, 0.0)
        end = max(start, second(last, seconds))  # Whisper leaves the last end open
        yield Cue(start=start, end=end, text=text.strip()[:_CUE])


class GivenTranscript(NamedTuple):
    """A transcript that a person gives; ``language`` is a BCP 47 tag, if the file names one."""

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
        name: Its name in messages; a language before its suffix, as in ``talk.de.vtt``, counts.

    Raises:
        SourceError: It is none, too large, or its times are impossible. The message names the
            line, and repeats no spoken word.
    """
    text = decode(data, name)
    spans = list(_spans(text, name))
    if not spans:
        raise SourceError(f"{name} has no times: give a .vtt or .srt file.")
    _require_order(spans, name)
    cues, prose = read_transcript(data, "", name)
    if not cues:
        raise SourceError(f"{name} is no transcript: give a .vtt or .srt file.")
    for cue in cues:
        if len(cue.text) > _AT_LEAST + _PER_SECOND * (cue.end - cue.start):
            raise SourceError(
                f"{name}: the cue at {_clock(cue.start)} holds more than anybody says "
                f"in its time. {_MEND}"
            )
    header = _LANGUAGE.match(text.replace("\r\n", "\n"))
    suffix = PurePath(PurePath(name).stem).suffix.removeprefix(".")
    is_tag = len(suffix) == 2 and suffix.isascii() and suffix.isalpha()  # noqa: PLR2004
    language = language_tag(header[1] if header else suffix if is_tag else None)
    return GivenTranscript(cues, prose, language)


def given(spec: SourceSpec, data: bytes) -> SourceDocument:
    """Return the document of a recording with the words of its transcript.

    Raises:
        SourceError: See :func:`read_given`.
    """
    transcript = read_given(data, "The transcript")
    told = {
        "text": transcript.text,
        "cues": transcript.cues,
        "language": spec.transcript_language or transcript.language,
        "recording": None,
        "heard": Recording(url=spec.url, upload=spec.upload),
        "is_given": True,
    }
    return untranscribed(spec).model_copy(update=told)


def require_within(cues: Sequence[Cue], seconds: float, name: str) -> None:
    """Refuse a transcript that goes on after the end of its recording.

    Args:
        cues: Those of the transcript.
        seconds: The length of the recording.
        name: The transcript's name in messages.

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


def _clock(seconds: float) -> str:
    sign, size = ("-", -seconds) if seconds < 0 else ("", seconds)
    minutes, rest = divmod(round(size, 3), 60)
    hours, minutes = divmod(int(minutes), 60)
    tail = f"{minutes:02}:{rest:06.3f}" if hours else f"{minutes}:{rest:06.3f}"
    return f"{sign}{hours}:{tail}" if hours else f"{sign}{tail}"
