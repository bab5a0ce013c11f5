"""Put the notes on all parts of a source together to one brief."""

import re
from collections.abc import Iterable, Iterator, Sequence

from galley.models.source import BriefPart, BriefPoint, PartNotes, Passage
from galley.sources.text import locate, widened

NOTES_BYTES = 20_000
PASSAGES_BYTES = 24_000
"""Together about 11,000 tokens of English: what eleven drafts read of any source."""
_MOST_POINTS, _FEWEST, _IN_ALL = 12, 4, 120
_SUMMARY, _POINT = 500, 300  # Characters


def points_for(parts: int) -> int:
    """Return how many points are asked for in each of so many parts."""
    return max(_FEWEST, min(_MOST_POINTS, _IN_ALL // max(1, parts)))


def point_of(point: str, quote: str, weight: int, part: str) -> BriefPoint | None:
    """Return a point with the place of its quotation in ``part``.

    ``None`` if the part does not say it: then nobody did.
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
    """Return what the parts say, in order."""
    return tuple(
        BriefPart(start=start, end=end, summary=notes.summary)
        for (start, end), notes in noted
        if notes
    )


def chosen_points(noted: Sequence[Noted], instructions: str) -> tuple[BriefPoint, ...]:
    """Return the points there is room for, in the order of the source.

    Each part gives its best before any gives its second best, and parts take turns all
    over the source, so that its end is heard as well as its beginning.
    """
    left = NOTES_BYTES - sum(len(p.summary.encode()) for p in parts_of(noted))
    kept: list[BriefPoint] = []
    for point in _ranked(noted, instructions):
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
        if any(a <= point.span.start and point.span.end <= b for a, b in spans):
            continue
        size = len(text[start:end].encode())
        if size <= left:
            spans.append((start, end))
            left -= size
    return tuple(
        Passage(start=start, end=end, text=text[start:end]) for start, end in _joined(sorted(spans))
    )


def _ranked(noted: Sequence[Noted], instructions: str) -> list[BriefPoint]:
    """Return all points: what the author asks for, then each part's best."""
    wanted = _words(instructions)
    ranked: list[tuple[int, int, int, float, BriefPoint]] = []
    for place, (offsets, notes) in enumerate(noted):
        own = sorted(notes.points if notes else (), key=lambda one: -one.weight)
        for turn, point in enumerate(own):
            told = _words(f"{point.point} {point.span.text}")
            asked = -len(wanted & told)
            moved = _moved(point, offsets[0])
            ranked.append((asked, turn, -point.weight, _spread(place), moved))
    ranked.sort(key=lambda one: one[:4])
    return [one[4] for one in ranked]


def _spread(place: int) -> float:
    """Return a fraction: parts in its order lie all over the source from the start.

    The van der Corput sequence: first, middle, quarter, three quarters, and so on.
    """
    share, step = 0.0, 0.5
    while place:
        share += step * (place & 1)
        place >>= 1
        step /= 2
    return share


def _words(text: str) -> set[str]:
    return {word for word in re.findall(r"\w+", text.casefold()) if len(word) > 3}  # noqa: PLR2004


def _moved(point: BriefPoint, by: int) -> BriefPoint:
    span = point.span
    moved = Passage(start=span.start + by, end=span.end + by, text=span.text)
    return point.model_copy(update={"span": moved})


def _joined(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    joined: list[tuple[int, int]] = []
    for start, end in spans:
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


CHUNK_BYTES = 60_000
"""Of UTF-8: about 15,000 tokens of English, far below where a model costs more."""
_BREAKS = ("\n\n", "\n", ". ", "\u3002", " ")
_LEAST = 0.5  # Of a part, before which no break is looked for


def chunks_of(text: str, most: int = CHUNK_BYTES) -> list[tuple[int, int]]:
    """Return the parts as pairs of offsets in characters; together they are the text.

    A part has at most ``most`` bytes (or one character) and ends with a paragraph, else
    with a line, a sentence, a word, else anywhere.
    """
    return list(_chunks(text, most))


def _chunks(text: str, most: int) -> Iterator[tuple[int, int]]:
    start = 0
    while start < len(text):
        end = start + _fitting(text[start : start + most], most)
        if end < len(text):
            end = _break(text, start, end)
        yield start, end
        start = end


def _fitting(text: str, most: int) -> int:
    """Return how many characters have at most ``most`` bytes, but at least one."""
    kept = text.encode(errors="surrogatepass")[:most].decode(errors="ignore")
    return max(1, len(kept))


def _break(text: str, start: int, end: int) -> int:
    earliest = start + int((end - start) * _LEAST)
    for mark in _BREAKS:
        found = text.rfind(mark, earliest, end)
        if found > start:
            return found + len(mark)
    return end
