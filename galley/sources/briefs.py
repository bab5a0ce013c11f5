"""The brief of a long source: its parts, the points noted in them, and the passages around them.

The activity that condenses a source calls it.
"""

import re
from collections.abc import Sequence

from galley.models.source import BriefPart, BriefPoint, PartNotes, Passage
from galley.sources.text import locate, widened

NOTES_BYTES = 20_000
PASSAGES_BYTES = 24_000
"""Together about 11,000 tokens of English, which each of eleven drafts reads."""
CHUNK_BYTES = 60_000
"""Of UTF-8: about 15,000 tokens of English, far below where a model costs more."""
_MOST_POINTS, _FEWEST, _IN_ALL = 12, 4, 120
_SUMMARY, _POINT = 500, 300  # characters
_BREAKS = ("\n\n", "\n", ". ", "\u3002", " ")
_LEAST = 0.5  # of a part, before which no break is looked for


def points_for(parts: int) -> int:
    """Return the number of points to ask for in each of so many parts."""
    return max(_FEWEST, min(_MOST_POINTS, _IN_ALL // max(1, parts)))


def point_of(point: str, quote: str, weight: int, part: str) -> BriefPoint | None:
    """Return a point with the place of its quotation in ``part``.

    ``None`` if the part does not hold it: then the model invented it.
    """
    words = " ".join(point.split())[:_POINT]
    span = locate(quote, part)
    if span is None or not words:
        return None
    start, end = span
    return BriefPoint(
        point=words,
        span=Passage(start=start, end=end, text=part[start:end]),
        weight=max(1, min(5, weight)),
    )


def summary_of(text: str) -> str:
    """Return a summary as one line of bounded length."""
    return " ".join(text.split())[:_SUMMARY]


Noted = tuple[tuple[int, int], PartNotes | None]
"""A part's offsets, and the notes on it if there are any."""


def parts_of(noted: Sequence[Noted]) -> tuple[BriefPart, ...]:
    """Return the summaries of the parts, in order."""
    return tuple(
        BriefPart(start=start, end=end, summary=notes.summary)
        for (start, end), notes in noted
        if notes
    )


def chosen_points(noted: Sequence[Noted], instructions: str) -> tuple[BriefPoint, ...]:
    """Return the points there is room for, in the order of the source.

    Each part gives its best before any gives its second best, and parts take turns all over the
    source, so that its end counts as much as its beginning.
    """
    left = NOTES_BYTES - sum(len(p.summary.encode()) for p in parts_of(noted))
    kept: list[BriefPoint] = []
    for point in _ranked(noted, instructions):
        # In bytes, which follow tokens more closely than characters do, in every script.
        left -= len(point.point.encode())
        if left < 0:
            break
        kept.append(point)
    return tuple(sorted(kept, key=lambda one: (one.span.start, one.span.end)))


def chosen_passages(text: str, noted: Sequence[Noted], instructions: str) -> tuple[Passage, ...]:
    """Return the words around the best points, as many as there is room for."""
    spans: list[tuple[int, int]] = []
    left = PASSAGES_BYTES
    for point in _ranked(noted, instructions):
        start, end = widened(text, point.span.start, point.span.end)
        # Another point has brought these words already.
        if any(a <= point.span.start and point.span.end <= b for a, b in spans):
            continue
        size = len(text[start:end].encode())
        if size <= left:
            spans.append((start, end))
            left -= size
    joined: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return tuple(Passage(start=start, end=end, text=text[start:end]) for start, end in joined)


def _ranked(noted: Sequence[Noted], instructions: str) -> list[BriefPoint]:
    """Return all points, with places in the whole source.

    First those that share most words with the author's instructions, then each part's best.
    """
    wanted = _words(instructions)
    ranked: list[tuple[tuple[int, int, int, float], BriefPoint]] = []
    for place, (offsets, notes) in enumerate(noted):
        own = sorted(notes.points if notes else (), key=lambda one: -one.weight)
        for turn, point in enumerate(own):
            span = point.span
            asked = len(wanted & _words(f"{point.point} {span.text}"))
            start, end = span.start + offsets[0], span.end + offsets[0]
            moved = Passage(start=start, end=end, text=span.text)
            rank = (-asked, turn, -point.weight, _spread(place))
            ranked.append((rank, point.model_copy(update={"span": moved})))
    return [point for _, point in sorted(ranked, key=lambda one: one[0])]


def _spread(place: int) -> float:
    """Return a fraction by which parts in its order lie all over the source from the start.

    The van der Corput sequence: first, middle, quarter, three quarters, and so on.
    """
    share, step = 0.0, 0.5
    while place:
        share += step * (place & 1)
        place >>= 1
        step /= 2
    return share


def _words(text: str) -> set[str]:
    # Shorter words are mostly articles and prepositions.
    return {word for word in re.findall(r"\w+", text.casefold()) if len(word) > 3}  # noqa: PLR2004


def chunks_of(text: str, most: int = CHUNK_BYTES) -> list[tuple[int, int]]:
    """Return the parts as pairs of offsets in characters; together they are the text.

    A part has at most ``most`` bytes (or one character) and ends with a paragraph, else with a
    line, a sentence, a word, else anywhere.
    """
    chunks: list[tuple[int, int]] = []
    start = 0
    while start < len(text):
        # Half a surrogate pair, or half a character at the cut, is ignored.
        raw = text[start : start + most].encode(errors="surrogatepass")[:most]
        end = start + max(1, len(raw.decode(errors="ignore")))
        if end < len(text):
            end = _break(text, start, end)
        chunks.append((start, end))
        start = end
    return chunks


def _break(text: str, start: int, end: int) -> int:
    """Return the best end of a part at or before ``end``."""
    earliest = start + int((end - start) * _LEAST)
    for mark in _BREAKS:
        found = text.rfind(mark, earliest, end)
        if found > start:
            return found + len(mark)
    return end
