"""Published transcripts: WebVTT, SubRip, JSON, HTML and plain text as cues and paragraphs.

The reading activity calls it for podcasts, and the readers of recordings use its cues.
"""

import html
import itertools
import json
import math
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import PurePath
from typing import cast

import webvtt
from webvtt.errors import MalformedFileError

from galley.models.source import Cue, SourceDocument, SourceKind, TimedWord
from galley.sources.feeds import TranscriptLink
from galley.sources.html import prose_of_html
from galley.sources.spoken_words import shared
from galley.sources.text import SourceError, clean, clean_line, decode, require_length

MAX_CUES = 50_000
"""Four hours of a cue every second are 14,400."""
MAX_SPEAKER = 60
_CUE = 10_000
_WORD = 200
_SURE = 3  # cues of two lines, of which more than half must repeat the line above
_PARAGRAPH = 600  # characters after which a paragraph ends with the next sentence
_TAG = re.compile(r"<[^<>]{0,200}>")
_PLACE = re.compile(r"\{\\[^{}\n]{0,200}\}")
_STAMP = re.compile(r"<((?:\d{1,4}:)?\d{2}:\d{2}\.\d{3})>")
_CLOCK = r"(?:\d{1,4}:)?\d{1,3}:\d{1,2}(?:[.,]\d{1,3})?"
_TIMES = re.compile(rf"\A\s*+({_CLOCK})\s*+-->\s*+({_CLOCK})?(?![\d:])")
_OPEN_END = 5.0  # seconds that a cue without an end lasts at the most
# "Ana:", "ANA BORG:", "Speaker 1:" at the beginning of a cue.
_SPEAKER = re.compile("(?P<who>[^\\W\\d_][\\w .'\u2019-]{0,58}?)\\s?:\\s+(?=\\S)")
# Latin, CJK, Devanagari, Arabic.
_ENDS = (".", "!", "?", "\u2026", "\u3002", "\uff01", "\uff1f", "\u0964", "\u061f")
_ORDER = ("vtt", "srt", "subrip", "json", "html", "plain")


def without_tags(text: str) -> str:
    """Return the text of a cue without markup: ``<i>``, ``<v Ana>``, and places in braces."""
    return _PLACE.sub("", _TAG.sub("", text))


def _said(written: str) -> str:
    """Return what a cue says: its text without markup, in which ``&lt;`` is a sign."""
    return html.unescape(without_tags(written))


def unrolled(shown: Sequence[str], *, does_roll: bool = False) -> list[str]:
    """Return the texts of cues without the lines that live captions repeat.

    Such captions roll: each cue shows the last line of the one before again. Without
    ``does_roll`` they are recognised by most cues doing so, since two people may say the same
    line.
    """
    cues = [[line for line in text.split("\n") if _bare(line)] for text in shown]
    repeats, above = list[bool](), ""
    for lines in cues:
        repeats.append(bool(lines) and _bare(lines[0]) == above)
        above = _bare(lines[-1]) if lines else above
    long = [is_again for lines, is_again in zip(cues, repeats, strict=True) if lines[1:]]
    does_roll = does_roll or (len(long) >= _SURE and sum(long) * 2 > len(long))
    return [
        "\n".join(lines[1:] if does_roll and is_again else lines)
        for lines, is_again in zip(cues, repeats, strict=True)
    ]


def _bare(line: str) -> str:
    return without_tags(line).strip()


def cue_of(
    start: float, end: float, text: str, speaker: str = "", words: Sequence[TimedWord] = ()
) -> Cue:
    """Return the cue of plain text; an end before the beginning becomes the beginning."""
    return Cue(
        start=round(start, 3),
        end=round(max(start, end), 3),
        text=clean_line(text, _CUE),
        speaker=clean_line(speaker, MAX_SPEAKER),
        words=tuple(words),
    )


def read_webvtt(text: str) -> Iterator[Cue]:
    """Return the cues of a WebVTT file, in its order.

    A file with times of words is one of live captions, whose lines roll.

    Raises:
        MalformedFileError: It is no WebVTT.
        ValueError: A time is none.
    """
    captions = webvtt.from_string(text).captions[:MAX_CUES]
    does_roll = any(_STAMP.search(caption.raw_text) for caption in captions)
    texts = unrolled([caption.raw_text for caption in captions], does_roll=does_roll)
    for caption, fresh in zip(captions, texts, strict=True):
        start = caption.start_time.in_milliseconds() / 1000
        end = max(start, caption.end_time.in_milliseconds() / 1000)
        yield cue_of(
            start, end, _said(fresh), caption.voice or "", _timed(_STAMP.split(fresh), start, end)
        )


def _timed(parts: Sequence[str], start: float, end: float) -> tuple[TimedWord, ...]:
    """Return the words between the times; words between the same two share them.

    ``parts`` are texts and times in turns. A time outside the cue, or out of order, is moved to
    the nearest possible one.
    """
    if len(parts) == 1:
        return ()
    words, at = list[TimedWord](), start
    ends = list[float]()
    for stamp in parts[1::2]:
        hours, minutes, seconds = ("0:" + stamp).split(":")[-3:]
        ends.append(int(hours) * 3600 + int(minutes) * 60 + float(seconds))
    ends.append(end)
    for said, until in zip(parts[::2], ends, strict=True):
        until = min(max(until, at), end)  # noqa: PLW2901 -- a stranger's number
        line = clean_line(_said(said), _CUE)
        words += [
            TimedWord(start=begins, end=ends, text=clean_line(word, _WORD))
            for begins, ends, word in shared(line, at, until)
        ]
        at = until
    return tuple(words)


def best(links: Sequence[TranscriptLink]) -> TranscriptLink | None:
    """Return the richest transcript: one with times and speakers before bare text."""

    def rank(link: TranscriptLink) -> int:
        known = (n for n, word in enumerate(_ORDER) if word in link.type)
        return next(known, len(_ORDER))

    return min(links, key=rank, default=None)


def read_transcript(body: bytes, media_type: str, name: str) -> tuple[tuple[Cue, ...], str]:
    """Return the cues, and the same words as paragraphs with their speakers.

    There are no cues where the format has no times (HTML, plain text).

    Raises:
        SourceError: It cannot be read, or holds no words.
    """
    text = decode(body, name)
    if "html" in media_type or text.lstrip()[:9].lower().startswith(("<!doc", "<html")):
        return (), _worded(prose_of_html(text), name)
    read = _reader_of(media_type, text)
    if read is None:
        return (), _worded(clean(without_tags(text)), name)
    try:
        # Captions that roll repeat the line before.
        spoken, last = list[Cue](), ""
        for cue in read(text):
            if cue.text and cue.text != last:
                spoken.append(cue)
                last = cue.text
    except (MalformedFileError, ValueError, ArithmeticError, RecursionError) as error:
        raise SourceError(
            f"{name} is broken: mend the transcript, or give its text as a file."
        ) from error
    cues = _attributed(spoken)
    return cues, _worded(paragraphs(cues), name)


def _worded(text: str, name: str) -> str:
    if not text:
        raise SourceError(f"{name} holds no words: give another transcript.")
    return require_length(text, name)


def _reader_of(media_type: str, text: str) -> Callable[[str], Iterator[Cue]] | None:
    """Return the reader by the first bytes: servers name these types in many ways."""
    head = text.lstrip("\ufeff \t\r\n")
    if head.startswith("WEBVTT"):
        return read_webvtt
    if head.startswith("{"):
        return _json
    # The number of the first cue, if it has one, and its times.
    if any(map(_TIMES.match, head[:200].split("\n")[:2])):
        return read_srt
    return read_webvtt if "vtt" in media_type else None


def read_srt(text: str) -> Iterator[Cue]:
    """Return the cues of a SubRip file, in its order.

    Numbers of cues may be missing. A cue whose end is missing lasts until the next one.
    """
    lines = text.split("\n")
    found = ((at, _TIMES.match(line)) for at, line in enumerate(lines) if "-->" in line)
    times = [(at, match) for at, match in found if match][:MAX_CUES]
    starts = [_second(match[1]) for _, match in times]
    texts = list[str]()
    for (at, _), (after, _) in itertools.pairwise([*times, (len(lines), None)]):
        # The number of the next cue stands alone above its times.
        last = after - 1 if after < len(lines) and lines[after - 1].strip().isdecimal() else after
        texts.append("\n".join(lines[at + 1 : last]).strip())
    for place, fresh in enumerate(unrolled(texts)):
        start, until = starts[place], times[place][1][2]
        later = starts[place + 1] if place + 1 < len(starts) else start + _OPEN_END
        end = _second(until) if until else min(later, start + _OPEN_END)
        yield cue_of(start, end, _said(fresh))


def _second(clock: str) -> float:
    hours, minutes, seconds = ("0:" + clock.replace(",", ".")).split(":")[-3:]
    return int(hours) * 3600 + int(minutes) * 60 + float(seconds)


def _json(text: str) -> Iterator[Cue]:
    data: object = json.loads(text)
    segments = cast("dict[str, object]", data).get("segments")
    if not isinstance(segments, list):
        raise ValueError("no segments")  # noqa: TRY004 -- told as a broken transcript
    for segment in cast("list[object]", segments)[:MAX_CUES]:
        if not isinstance(segment, dict):
            continue
        said = cast("dict[str, object]", segment)
        speaker, body = said.get("speaker"), said.get("body")
        if isinstance(body, str):
            start, end = (
                max(0.0, float(at)) if isinstance(at, int | float) and math.isfinite(at) else 0.0
                for at in (said.get("startTime"), said.get("endTime"))
            )
            yield cue_of(start, end, _said(body), speaker if isinstance(speaker, str) else "")


def _attributed(cues: Sequence[Cue]) -> tuple[Cue, ...]:
    """Move a name such as "Ana:" from the text of a cue to its speaker, if somebody speaks twice.

    A single "Remember:" is a word of the sentence.
    """
    found = [None if cue.speaker else _SPEAKER.match(cue.text) for cue in cues]
    times = Counter(match["who"] for match in found if match)
    attributed = list[Cue]()
    for cue, match in zip(cues, found, strict=True):
        if not match or times[match["who"]] == 1:
            attributed.append(cue)
            continue
        # The words of the name go, too: those that begin before the text does.
        begins = itertools.accumulate((len(word.text) + 1 for word in cue.words), initial=0)
        after = zip(cue.words, begins, strict=False)
        update = {
            "speaker": match["who"],
            "text": cue.text[match.end() :],
            "words": tuple(word for word, at in after if at >= match.end()),
        }
        attributed.append(cue.model_copy(update=update))
    return tuple(attributed)


def paragraphs(cues: Sequence[Cue]) -> str:
    """Join cues to paragraphs; a change of the speaker begins one, with the name."""
    parts: list[str] = []
    speaker, said = "", ""
    for cue in cues:
        is_other = bool(cue.speaker) and cue.speaker != speaker
        is_full = len(said) > _PARAGRAPH and said.endswith(_ENDS)
        if said and (is_other or is_full):
            parts.append(said)
            said = ""
        if is_other:
            speaker, said = cue.speaker, f"{cue.speaker}:"
        said = f"{said} {cue.text}".strip()
    return clean("\n\n".join([*parts, said] if said else parts))


def read_transcript_file(data: bytes, name: str) -> SourceDocument:
    """Read a transcript that was given as a file, ``.vtt`` or ``.srt``.

    Raises:
        SourceError: It cannot be read.
    """
    cues, text = read_transcript(data, "", name)
    return SourceDocument(
        kind=SourceKind.PODCAST, title=clean_line(PurePath(name).stem, 200), text=text, cues=cues
    )
