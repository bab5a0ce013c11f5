"""Choose the moments of a recording that can stand as clips, with reasons.

A clip begins with a sentence and ends with one. The same transcript gives the same
clips; no model is asked.
"""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from galley.clips.judging import Judge, Moment
from galley.clips.sentences import Sentence, sentences_of
from galley.clips.words import Said, timed_words
from galley.models import Cue
from galley.models.clip import Clip

LEAST, MOST = 20.0, 60.0
"""Seconds: what all networks that take videos take, and what is watched to its end."""
SHORTEST = 3.0
"""Seconds of any clip; TikTok's least."""
_BEFORE, _AFTER = 0.15, 0.35
"""Seconds of breath that are left at the edges."""


@dataclass(frozen=True)
class Wanted:
    """How many clips there shall be, and how long.

    Args:
        count: At most this many.
        least: Seconds; a recording shorter than that is taken whole.
        most: Seconds.
        quotes: Texts that are written from the recording: what they quote counts.
    """

    count: int = 3
    least: float = LEAST
    most: float = MOST
    quotes: tuple[str, ...] = ()


def choose_moments(
    cues: Sequence[Cue], wanted: Wanted, language: str = "en"
) -> tuple[Clip, ...]:
    """Return clips that do not overlap, the best first.

    There are fewer than wanted where the recording has no more, and none of one in
    which nobody speaks for long enough.
    """
    words = timed_words(cues)
    sentences = sentences_of(words, language)
    judge = Judge(words, sentences, wanted.quotes, language)
    middle = (wanted.least + wanted.most) / 2
    windows = _windows(words, sentences, wanted)
    ranked = sorted(
        (judge.moment(first, last) for first, last in windows),
        key=lambda one: (-one.points, abs(one.seconds - middle), one.first),
    )
    chosen = list[Moment]()
    for moment in ranked:
        if len(chosen) == wanted.count:
            break
        if not any(moment.overlaps(other) for other in chosen):
            chosen.append(moment)
    return tuple(_clip(words, moment) for moment in chosen)


def snapped(cues: Sequence[Cue], start: float, end: float) -> tuple[float, float]:
    """Return the edges that a person gave, moved out of the midst of a word.

    An edge moves by less than the word it would have cut in two.
    """
    words = timed_words(cues)
    for word in words:
        if word.start < start < word.end:
            start = word.start
        if word.start < end < word.end:
            end = word.end
    return round(start, 3), round(end, 3)


def _windows(
    words: Sequence[Said], sentences: Sequence[Sentence], wanted: Wanted
) -> Iterator[tuple[int, int]]:
    """Return the first and last sentence of everything that has the wanted length."""
    if not words:
        return
    # Clips have a breath around the words, which counts.
    room = wanted.most - _BEFORE - _AFTER
    least = min(wanted.least, words[-1].end - words[0].start)
    ends = [words[sentence.last].end for sentence in sentences]
    for first, sentence in enumerate(sentences):
        start = words[sentence.first].start
        for last in range(first, bisect_right(ends, start + room, lo=first)):
            if ends[last] - start >= max(least, min(SHORTEST, wanted.least)):
                yield first, last


def _clip(words: Sequence[Said], moment: Moment) -> Clip:
    first, last = moment.first, moment.last
    start, end = words[first].start - _BEFORE, words[last].end + _AFTER
    # Neighbours share the silence between them.
    if first:
        start = max(start, (words[first - 1].end + words[first].start) / 2)
    if last + 1 < len(words):
        end = min(end, (words[last].end + words[last + 1].start) / 2)
    return Clip(
        start=round(max(start, 0.0), 3),
        end=round(end, 3),
        score=moment.score,
        reasons=moment.reasons,
    )
