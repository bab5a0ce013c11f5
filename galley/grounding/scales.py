"""Words that multiply the number before them: million, Mio., млн, 万, crore."""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Protocol, cast

from babel import Locale

from galley.grounding.locales import LANGUAGES
from galley.grounding.words import MARKS

_SHORT = 2
"""Letters up to which a scale must stand at its number, as it is written: 5K, 1.2M."""
_LETTERS = frozenset("KkMB")
"""Other single letters are units: 5 t, 3 N."""
_NEXT = re.compile(rf"([ \u00a0\u202f-]?)([^\W\d_](?:[^\W\d_]|[{MARKS}]){{0,20}})")
_NO_WORD = re.compile(rf"[^\w{MARKS}]|\d")
_EAST = "\u4e07\u842c\u5104\u4ebf\u5146\ub9cc\uc5b5\uc870"
"""They are written before the next word without a space."""


def scale_after(text: str, at: int) -> tuple[frozenset[int], int]:
    """Return what the word at ``at`` multiplies by, and where it ends.

    A word may mean two things, such as *billion* in English and German; none: an
    empty set, and ``at``.
    """
    if text[at : at + 1] in {*_EAST}:
        return _scales().get(text[at], frozenset()), at + 1
    match = _NEXT.match(text, at)
    if match is None:
        return frozenset(), at
    gap, word = match.groups()
    if len(word) <= _SHORT:
        scales = frozenset[int]() if gap else _scales().get(word, frozenset())
    else:
        scales = _scales().get(word.casefold(), frozenset())
    return (scales, match.end(2)) if scales else (scales, at)


class _Pattern(Protocol):
    """How a power of ten is written: ``0 million``."""

    pattern: str


_Formats = Mapping[str, Mapping[str, Mapping[str, _Pattern]]]


@lru_cache(maxsize=1)
def _scales() -> dict[str, frozenset[int]]:
    """Read them from the compact number formats of CLDR."""
    found: dict[str, set[int]] = {}
    for language in LANGUAGES:
        widths = cast("_Formats", Locale.parse(language).compact_decimal_formats)
        for plurals in widths.values():
            for formats in plurals.values():
                for power, pattern in formats.items():
                    _add(found, int(power), pattern.pattern)
    return {word: frozenset(scales) for word, scales in found.items()}


def _add(found: dict[str, set[int]], power: int, pattern: str) -> None:
    zeros = pattern.count("0")
    word = _NO_WORD.sub("", pattern)
    is_unit = word.isascii() and len(word) == 1 and word not in _LETTERS
    if not word or is_unit:
        return
    name = word if len(word) <= _SHORT else word.casefold()
    found.setdefault(name, set()).add(power // 10 ** (zeros - 1))
