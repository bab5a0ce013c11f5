"""The words that a caption shows together, and its lines: even, and broken where one pauses.

Captions call it. It knows words, times and widths alone, and nothing of how they are lettered.
"""

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from galley.media.line_breaks import FLAW, cost_between, costs_of_breaks
from galley.sources.spoken_words import is_glued

COLUMNS = 15
"""Of a line, each as wide as a Latin letter."""
PAUSE = 0.7
"""Seconds of silence after which a caption goes."""
STOPS = (".", "!", "?", "\u2026", "\u3002", "\uff01", "\uff1f", "\u061f", "\u0964")
_WIDE = 1.875  # columns of a letter of a wide script: eight stand on a line
_LINES = 2
# Beside the square of a caption's free room: one word alone in it, and an end where nobody pauses.
_ALONE, _LEANING = 900, 260
_SCRAP, _SMALLER = 2 * _WIDE, 0.8  # columns of a line that is none; how small one line may be
_UNEVEN, _SHORT = 1.5, 0.6  # beside a flaw; a line of one word below this share of the other


@dataclass(frozen=True)
class Shown:
    """A word, or a phrase of a script without spaces; seconds from the clip's beginning."""

    start: float
    end: float
    text: str


def grouped(words: Sequence[Shown], language: str) -> Iterator[list[Shown]]:
    """Yield the words that are shown together: even groups, and no word left over alone."""
    stretch = list[Shown]()
    for word in words:
        if stretch and (word.start - stretch[-1].end > PAUSE or stretch[-1].text.endswith(STOPS)):
            yield from _even(stretch, language)
            stretch = []
        stretch.append(word)
    yield from _even(stretch, language)


def _even(words: Sequence[Shown], language: str) -> Iterator[list[Shown]]:
    """Yield the words of a sentence in groups that fit, each as full as the others.

    A group ends where one pauses, not after an article or a preposition.
    """
    costs_of = costs_of_breaks(" ".join(word.text.replace(" ", "") for word in words), language)
    # best[n]: the least cost of the first n words, and where their last group begins.
    best = [(0.0, 0)]
    for end in range(1, len(words) + 1):
        leaning = _LEANING * costs_of[end - 1] if end < len(words) else 0.0
        costs = list[tuple[float, int]]()
        for begin in range(end - 1, -1, -1):
            group = words[begin:end]
            if len(group) > 1 and not _fits(group):
                break
            free = _LINES * COLUMNS - sum(columns(word.text) + 1 for word in group)
            alone = _ALONE if len(group) == 1 < len(words) else 0
            costs.append((best[begin][0] + max(0, free) ** 2 + alone + leaning, begin))
        best.append(min(costs))
    ends, at = list[int](), len(words)
    while at:
        ends.append(at)
        at = best[at][1]
    begin = 0
    for end in reversed(ends):
        yield [*words[begin:end]]
        begin = end


def _fits(words: Sequence[Shown]) -> bool:
    # A word too long for a line is lettered smaller, by itself.
    widest = max(columns(word.text) for word in words)
    return widest <= COLUMNS and len(_filled(words)) <= _LINES


def lines_of(words: Sequence[Shown], language: str) -> list[list[int]]:
    """Return the words of each line, by their numbers.

    Two lines are about equally long, and the first ends where one pauses. One that would have
    two letters of a wide script, or a few of another, is joined to the other: it may be wider
    than :data:`COLUMNS` then, and is lettered smaller.
    """
    filled = _filled(words)
    if len(filled) != _LINES:
        return filled

    def cost(at: int) -> float:
        wides = wide_of(words[:at]), wide_of(words[at:])
        even = max(0.5, sum(wides) / 2)
        uneven = _UNEVEN * sum((one / even - 1) ** 2 for one in wides)
        counts = at, len(words) - at
        alone = any(
            count == 1 and wide < _SHORT * even for count, wide in zip(counts, wides, strict=True)
        )
        pause = cost_between(words[at - 1].text, words[at].text, language)
        return uneven + alone * FLAW / 2 + pause

    places = [
        at
        for at in range(1, len(words))
        if wide_of(words[:at]) <= COLUMNS and wide_of(words[at:]) <= COLUMNS
    ]
    at = min(places, key=cost)
    shortest = min(wide_of(words[:at]), wide_of(words[at:]))
    if shortest <= _SCRAP and wide_of(words) <= COLUMNS / _SMALLER:
        return [[*range(len(words))]]
    return [[*range(at)], [*range(at, len(words))]]


def _filled(words: Sequence[Shown]) -> list[list[int]]:
    """Return the fewest lines: each has as many words as it has room for."""
    lines, room = list[list[int]](), 0.0
    for number, word in enumerate(words):
        gap = number > 0 and not is_glued(words[number - 1].text, word.text)
        width = columns(word.text)
        if lines and room >= width + gap:
            lines[-1].append(number)
            room -= width + gap
        else:
            lines.append([number])
            room = COLUMNS - width
    return lines


def wide_of(words: Sequence[Shown]) -> float:
    """Return the columns of a line of these words."""
    gaps = sum(not is_glued(words[at].text, words[at + 1].text) for at in range(len(words) - 1))
    return sum(columns(word.text) for word in words) + gaps


def columns(text: str) -> float:
    """Return the width of a text, in Latin letters."""
    return sum(
        _WIDE if unicodedata.east_asian_width(character) in "WF" else 1
        for character in text
        # Marks stand on a letter and take no room.
        if not unicodedata.combining(character)
    )
