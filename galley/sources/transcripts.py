"""One cue of a transcript, as a stranger's file tells it."""

import html
import itertools
import json
import math
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import PurePath
from typing import cast

import srt
import webvtt
from webvtt.errors import MalformedFileError

from galley.models import Cue, SourceDocument, SourceKind
from galley.models.source import TimedWord
from galley.sources.feeds import TranscriptLink
from galley.sources.html import prose_of_html
from galley.sources.spoken_words import shared
from galley.sources.text import SourceError, clean, clean_line, decode, require_length

MAX_CUES = 50_000
"""Four hours of a cue every second are 14,400."""
MAX_SPEAKER = 60
_CUE = 10_000
_SURE = 3  # Cues of two lines, of which more than half must repeat the line above
_TAG = re.compile(r"<[^<>]{0,200}>")


def without_tags(text: str) -> str:
    """Return the text of a cue without its marks, such as ``<i>`` and ``<v Ana>``."""
    return _TAG.sub("", text)


def unrolled(shown: Sequence[str], *, does_roll: bool = False) -> list[str]:
    """Return the texts of cues without the lines that live captions show again.

    Such captions roll: the line above is the one that was said before. They are told by
    that, since two people may say the same line.

    Args:
        shown: Each cue's lines.
        does_roll: Whether the file is known to be one of live captions.
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
    """Return the cue; seconds, and an end before the beginning is taken for that."""
    return Cue(
        start=round(start, 3),
        end=round(max(start, end), 3),
        text=clean_line(without_tags(text), _CUE),
        speaker=clean_line(speaker, MAX_SPEAKER),
        words=tuple(words),
    )


_STAMP = re.compile(r"<((?:\d{1,4}:)?\d{2}:\d{2}\.\d{3})>")
_WORD = 200


def read_webvtt(text: str) -> Iterator[Cue]:
    """Return the cues of a WebVTT file, in its order.

    A file with times of words is taken for one of live captions, whose lines roll.

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
            start,
            end,
            html.unescape(without_tags(fresh)),
            caption.voice or "",
            _timed(_STAMP.split(fresh), start, end),
        )


def _timed(parts: Sequence[str], start: float, end: float) -> tuple[TimedWord, ...]:
    """Return the words between the times; words between the same two share them.

    ``parts`` are texts and times in turns. A time that is not in the cue, or not in
    order, is moved to where it could be.
    """
    if len(parts) == 1:
        return ()
    words, at = list[TimedWord](), start
    ends = [*(_seconds(stamp) for stamp in parts[1::2]), end]
    for said, until in zip(parts[::2], ends, strict=True):
        until = min(max(until, at), end)  # noqa: PLW2901 -- a stranger's number
        line = clean_line(html.unescape(without_tags(said)), 10_000)
        words += [
            TimedWord(start=begins, end=ends, text=clean_line(word, _WORD))
            for begins, ends, word in shared(line, at, until)
        ]
        at = until
    return tuple(words)


def _seconds(stamp: str) -> float:
    hours, minutes, seconds = ("0:" + stamp).split(":")[-3:]
    return int(hours) * 3600 + int(minutes) * 60 + float(seconds)


_PARAGRAPH = 600  # Characters after which a paragraph ends with the next sentence
# "Ana:", "ANA BORG:", "Speaker 1:" at the beginning of what is said.
_SPEAKER = re.compile("(?P<who>[^\\W\\d_][\\w .'\u2019-]{0,58}?)\\s?:\\s+(?=\\S)")
# Latin, CJK, Devanagari, Arabic.
_ENDS = (".", "!", "?", "\u2026", "\u3002", "\uff01", "\uff1f", "\u0964", "\u061f")
_ORDER = ("vtt", "srt", "subrip", "json", "html", "plain")


def best(links: Sequence[TranscriptLink]) -> TranscriptLink | None:
    """Return the transcript that tells most: times and speakers before bare text."""

    def rank(link: TranscriptLink) -> int:
        known = (n for n, word in enumerate(_ORDER) if word in link.type)
        return next(known, len(_ORDER))

    return min(links, key=rank, default=None)


def read_transcript(body: bytes, media_type: str, name: str) -> tuple[tuple[Cue, ...], str]:
    """Return what was said when, and the same as paragraphs with their speakers.

    There are no cues where the format tells no times (HTML, plain text).

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
        cues = _attributed(tuple(_spoken(read(text))))
    except (srt.SRTParseError, MalformedFileError, ValueError) as error:
        raise SourceError(
            f"{name} is broken: mend the transcript, or give its text as a file."
        ) from error
    return cues, _worded(paragraphs(cues), name)


def _worded(text: str, name: str) -> str:
    if not text:
        raise SourceError(f"{name} holds no words: give another transcript.")
    return require_length(text, name)


def _reader_of(media_type: str, text: str) -> Callable[[str], Iterator[Cue]] | None:
    """Go by the first bytes: servers name these types in many ways."""
    head = text.lstrip("\ufeff \t\r\n")
    if head.startswith("WEBVTT"):
        return read_webvtt
    if head.startswith("{"):
        return _json
    if re.match(r"\d+\s*\r?\n\d{1,2}:\d\d:\d\d[,.]\d", head):
        return _srt
    return read_webvtt if "vtt" in media_type else None


def _srt(text: str) -> Iterator[Cue]:
    found = srt.parse(text, ignore_errors=True)  # pyright: ignore[reportUnknownMemberType]
    captions = list(itertools.islice(found, MAX_CUES))
    texts = unrolled([caption.content for caption in captions])
    for caption, fresh in zip(captions, texts, strict=True):
        yield cue_of(caption.start.total_seconds(), caption.end.total_seconds(), fresh)


def _json(text: str) -> Iterator[Cue]:
    data: object = json.loads(text)
    segments = cast("dict[str, object]", data).get("segments")
    if not isinstance(segments, list):
        raise ValueError("no segments")  # noqa: TRY004 -- told as a broken transcript
    for segment in cast("list[object]", segments)[:MAX_CUES]:
        if not isinstance(segment, dict):
            continue
        said = cast("dict[str, object]", segment)
        start = _number_of_seconds(said.get("startTime"))
        end = _number_of_seconds(said.get("endTime"))
        speaker, body = said.get("speaker"), said.get("body")
        if isinstance(body, str):
            named = speaker if isinstance(speaker, str) else ""
            yield cue_of(start, end, body, named)


def _number_of_seconds(value: object) -> float:
    if not isinstance(value, int | float) or not math.isfinite(value):
        return 0.0
    return max(0.0, float(value))


def _spoken(cues: Iterable[Cue]) -> Iterator[Cue]:
    """Return the cues with words; captions that roll repeat the line before."""
    last = ""
    for cue in cues:
        if cue.text and cue.text != last:
            yield cue
            last = cue.text


def _attributed(cues: Sequence[Cue]) -> tuple[Cue, ...]:
    """Take "Ana:" before what is said for the speaker, if somebody speaks twice.

    A single "Remember:" is a word of the sentence.
    """
    found = [None if cue.speaker else _SPEAKER.match(cue.text) for cue in cues]
    times = Counter(match["who"] for match in found if match)
    return tuple(
        cue.model_copy(
            update={
                "speaker": match["who"],
                "text": cue.text[match.end() :],
                "words": _after(cue.words, match.end()),
            }
        )
        if match and times[match["who"]] > 1
        else cue
        for cue, match in zip(cues, found, strict=True)
    )


def _after(words: Sequence[TimedWord], length: int) -> tuple[TimedWord, ...]:
    """Return the words that begin after so many characters of their text."""
    begins = itertools.accumulate((len(word.text) + 1 for word in words), initial=0)
    return tuple(word for word, at in zip(words, begins, strict=False) if at >= length)


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
