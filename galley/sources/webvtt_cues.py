"""The cues of a WebVTT file, with the times of single words where it tells them.

Inline times: https://www.w3.org/TR/webvtt1/#webvtt-cue-timestamp
"""

import html
import re
from collections.abc import Iterator, Sequence

import webvtt

from galley.clips.words import shared
from galley.models import Cue
from galley.models.source import TimedWord
from galley.sources.cues import MAX_CUES, cue_of, unrolled, without_tags
from galley.sources.plain import clean_line

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
