"""Published transcripts: WebVTT, SubRip, the podcast JSON format, HTML and text.

Formats a feed may name:
https://github.com/Podcastindex-org/podcast-namespace/blob/main/transcripts/transcripts.md
"""

import itertools
import json
import math
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import PurePath
from typing import cast

import srt
from webvtt.errors import MalformedFileError

from galley.models import Cue, SourceDocument, SourceKind
from galley.models.source import TimedWord
from galley.sources.cues import MAX_CUES, cue_of, unrolled, without_tags
from galley.sources.episodes import TranscriptLink
from galley.sources.errors import SourceError
from galley.sources.fragments import prose_of_html
from galley.sources.plain import clean, clean_line, decode, require_length
from galley.sources.webvtt_cues import read_webvtt

_PARAGRAPH = 600
"""Characters after which a paragraph ends with the next sentence."""
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


def read_transcript(
    body: bytes, media_type: str, name: str
) -> tuple[tuple[Cue, ...], str]:
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
        start = _seconds(said.get("startTime"))
        end = _seconds(said.get("endTime"))
        speaker, body = said.get("speaker"), said.get("body")
        if isinstance(body, str):
            named = speaker if isinstance(speaker, str) else ""
            yield cue_of(start, end, body, named)


def _seconds(value: object) -> float:
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
        kind=SourceKind.PODCAST,
        title=clean_line(PurePath(name).stem, 200),
        text=text,
        cues=cues,
    )
