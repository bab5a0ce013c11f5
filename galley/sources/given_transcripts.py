"""The transcript of a recording that a person gives, in place of having it heard.

Captions are burnt in and moments chosen by its times, so it is held to more than a
transcript that is only read: times that cannot be are refused, not mended.
"""

import itertools
import re
from collections.abc import Iterator, Sequence
from pathlib import PurePath
from typing import NamedTuple

from galley.models import Cue, Recording, SourceDocument, SourceSpec
from galley.sources.markdown import language_tag
from galley.sources.recordings import untranscribed
from galley.sources.text import SourceError, decode
from galley.sources.transcripts import MAX_CUES, read_transcript

MAX_CUE_SECONDS = 30.0
"""Words share the time of their cue; in a longer one nobody knows when one was said."""
_MAX_SECONDS = 4 * 3600
_OVERLAP = 0.5
"""Seconds that two cues may share: people fall into each other's words."""
_PER_SECOND, _AT_LEAST = 60, 100
"""Characters of a cue. The fastest speakers say some 30 in a second."""
_BEYOND = 5.0
"""Seconds that the last cue may be shown after the recording's end."""
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
    return GivenTranscript(cues, prose, _language(text, name))


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


def _language(text: str, name: str) -> str | None:
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
