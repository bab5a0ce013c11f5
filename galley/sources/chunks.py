"""Cut a long text into parts that a model reads one at a time."""

from collections.abc import Iterator

CHUNK_BYTES = 60_000
"""Of UTF-8: about 15,000 tokens of English, far below where a model costs more."""
_BREAKS = ("\n\n", "\n", ". ", "\u3002", " ")
_LEAST = 0.5
"""Of a part, before which no break is looked for."""


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
