"""Quotations of a draft that stand in the source, word for word."""

import re
from collections.abc import Iterator

from galley.drafting.evidence import MARKS, WORD, Grounds, Mention, Place
from galley.models import FactKind

_PAIRS = (
    *("\u201c\u201d", "\u201e\u201c", "\u201e\u201d", "\u201d\u201d", "\u00ab\u00bb"),
    *("\u00bb\u00ab", "\u2039\u203a", "\u203a\u2039", "\u201a\u2018"),
    *("\u300c\u300d", "\u300e\u300f", '""', "\uff02\uff02", "\u301d\u301e"),
)
"""How languages open and close a quotation. Apostrophes look like single ones, which
are therefore only taken where no letter touches them outside."""
_LONGEST = 2_000
_ELLIPSIS = re.compile(
    r"\s*(?:\[\s*(?:\u2026|\.{3})\s*\]|\(\s*(?:\u2026|\.{3})\s*\)|\u2026+|\.{3,})\s*"
)
_FEW_WORDS, _FEW_LETTERS = 4, 12
"""Fewer are a name, a title, or a word that is kept at a distance."""
_SPACELESS = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u9fff]")


def _pattern() -> re.Pattern[str]:
    double = (
        rf"{re.escape(a)}((?:(?!\n\n)[^{re.escape(a + b)}]){{1,{_LONGEST}}})"
        rf"{re.escape(b)}"
        for a, b in _PAIRS
    )
    single = rf"(?<!\w)[\u2018']([^\u2018\n]{{1,{_LONGEST}}}?)[\u2019'](?!\w)"
    return re.compile("|".join((*double, single)))


_QUOTED = _pattern()


class Quotations:
    """Looks what stands in quotation marks up in all passages.

    Spaces, line ends, punctuation, the style of quotation marks and the case of letters
    may differ; words may not. An ellipsis parts a quotation.
    """

    def __init__(self, grounds: Grounds) -> None:
        self._grounds = grounds

    def mentions(self, text: str) -> Iterator[Mention]:
        """Yield the quotations of ``text`` that are longer than a few words."""
        for match in _QUOTED.finditer(text):
            said = next(group for group in match.groups() if group is not None)
            if not _is_long(said):
                continue
            places = [self._find(part) for part in _ELLIPSIS.split(said)]
            known = [place for place in places if place is not None]
            found = known[0] if len(known) == len(places) else None
            yield Mention(FactKind.QUOTATION, match.start(), match.end(), found)

    def _find(self, part: str) -> Place | None:
        words = WORD.findall(part)
        if not words:
            return Place(self._grounds.passages[0].origin, 0, 0)
        gap = rf"[^\w{MARKS}]{{1,6}}"
        bits = (re.split(r"['\u2019\u2010\u2011-]", word) for word in words)
        phrase = gap.join("['\u2019\u2010\u2011-]".join(map(re.escape, bit)) for bit in bits)
        pattern = rf"(?<![\w{MARKS}]){phrase}(?![\w{MARKS}])"
        return self._grounds.find(re.compile(pattern, re.IGNORECASE))


def _is_long(said: str) -> bool:
    if _SPACELESS.search(said):
        return len(said) >= _FEW_LETTERS
    return len(WORD.findall(said)) >= _FEW_WORDS
