"""Find words in the text they were taken from, and what stands around them."""

import re

SHORTEST = 12
"""Characters; fewer occur anywhere and prove nothing."""
_SAME = str.maketrans(
    {
        "\u2018": "'",
        "\u2019": "'",
        "\u201c": '"',
        "\u201d": '"',
        "\u2013": "-",
        "\u2014": "-",
        "\u00a0": " ",
        "\u202f": " ",
    }
)
_WIDEST = 1_200
"""Characters of a paragraph that is taken whole."""
_AROUND = 300
_SENTENCE_ENDS = re.compile(
    r"[.!?\u2026\u3002\uff01\uff1f\u0964]+[\"'\u201d\u2019)]*\s"
)


def locate(quote: str, text: str) -> tuple[int, int] | None:
    """Return where ``text`` says ``quote``; ``None`` if it does not.

    White space, and the kinds of quotation marks and dashes, make no difference;
    everything else does.
    """
    wanted = " ".join(quote.translate(_SAME).split())
    if len(wanted) < SHORTEST:
        return None
    found = text.find(quote)
    if found >= 0:
        return _trimmed(text, found, found + len(quote))
    pattern = r"\s+".join(map(re.escape, wanted.split(" ")))
    match = re.search(pattern, text.translate(_SAME))
    return match.span() if match else None


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    said = text[start:end]
    return start + len(said) - len(said.lstrip()), end - len(said) + len(said.rstrip())


def widened(text: str, start: int, end: int) -> tuple[int, int]:
    """Return the paragraph around a span, or of a long one the sentences around it."""
    first = text.rfind("\n\n", 0, start) + 2 if "\n\n" in text[:start] else 0
    last = text.find("\n\n", end)
    last = len(text) if last < 0 else last
    if last - first > max(_WIDEST, end - start):
        first, last = _sentences(text, start, end, first, last)
    return _trimmed(text, first, last)


def _sentences(
    text: str, start: int, end: int, first: int, last: int
) -> tuple[int, int]:
    """Return the span with what is whole of 300 characters on either side."""
    low, high = max(first, start - _AROUND), min(last, end + _AROUND)
    ends = [match.end() + low for match in _SENTENCE_ENDS.finditer(text[low:start])]
    if low > first:
        first = ends[0] if ends else start
    if high < last:
        after = [m.end() + end for m in _SENTENCE_ENDS.finditer(text[end:high])]
        last = after[-1] if after else end
    return first, last
