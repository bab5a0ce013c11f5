"""Figures of a draft that the source or the author gave, however they are written."""

import re
import unicodedata
from collections.abc import Iterator
from decimal import Decimal
from functools import cached_property

from galley.grounding.grounds import Grounds, Mention, Passage, Place
from galley.grounding.scales import scale_after
from galley.grounding.spelled import spelled_numbers
from galley.models import FactKind

_SPACES = " \u00a0\u2009\u202f"
_MARKS = ".,'\u2019\u066b\u066c"
_FIGURE = re.compile(
    rf"(?<!\d)\d{{1,3}}(?:[{_SPACES}]\d{{3}})+(?:[.,]\d+)?(?!\d)"
    rf"|\d+(?:[{_MARKS}]\d+)*"
)
_LONGEST = 60
"""Digits beyond which a figure is only looked up as it is written."""
_TEN = 10
_PERCENT = "%\u066a\uff05\u2030"


class Numbers:
    """Looks the numbers of a text up by their value.

    Single digits without a unit are left alone, in digits and in words: writers count
    ("3 lessons").
    """

    def __init__(self, grounds: Grounds) -> None:
        self._grounds = grounds

    def mentions(self, text: str) -> Iterator[Mention]:
        """Yield the numbers of ``text``, those in words too."""
        for match in _FIGURE.finditer(text):
            scales, end = scale_after(text, match.end())
            if not scales and _is_counting(text, match):
                continue
            values = _values(match.group(), scales)
            found = self._of(match.group(), values)
            yield Mention(FactKind.NUMBER, match.start(), end, found)
        for start, end, value in spelled_numbers(text, self._grounds.languages[0]):
            is_scale = " " not in text[start:end] and value >= _TEN * _TEN
            if value >= _TEN and not is_scale:
                found = self._places.get(value)
                yield Mention(FactKind.NUMBER, start, end, found)

    @cached_property
    def _places(self) -> dict[Decimal, Place]:
        found: dict[Decimal, Place] = {}
        for passage in self._grounds.passages:
            for start, end, values in self._given(passage):
                for value in values:
                    found.setdefault(value, Place(passage.origin, start, end))
        return found

    def _given(self, passage: Passage) -> Iterator[tuple[int, int, set[Decimal]]]:
        """Yield figures with all they may mean, which is more than a draft may."""
        text = passage.text
        for match in _FIGURE.finditer(text):
            scales, end = scale_after(text, match.end())
            plain = _values(match.group(), frozenset())
            yield match.start(), end, plain | _values(match.group(), scales)
        for language in self._grounds.languages:
            for start, end, value in spelled_numbers(text, language):
                yield start, end, {value}

    def _of(self, figure: str, values: set[Decimal]) -> Place | None:
        if place := next((self._places[v] for v in values if v in self._places), None):
            return place
        if values:
            return None
        # A version, an address, a date of six digits: as it stands, or its pieces.
        found = self._grounds.find(_standing(figure))
        pieces = re.findall(r"\d+", figure) if len(figure) <= _LONGEST else []
        places = [self._grounds.find(_standing(piece)) for piece in pieces]
        return found or (places[0] if places and all(places) else None)


def invented_numbers(text: str, grounds: Grounds) -> tuple[str, ...]:
    """Return the figures of ``text`` that nobody gave, each once."""
    claims = (one for one in Numbers(grounds).mentions(text) if one.found is None)
    return tuple(dict.fromkeys(text[one.start : one.end] for one in claims))


def _standing(figure: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\d){re.escape(figure)}(?!\d)")


def _is_counting(text: str, match: re.Match[str]) -> bool:
    if len(match.group()) > 1:
        return False
    around = (*text[match.start() - 1 : match.start()], *text[match.end() :][:2])
    has_unit = any(c in _PERCENT or unicodedata.category(c) == "Sc" for c in around)
    return not has_unit


def _values(figure: str, scales: frozenset[int]) -> set[Decimal]:
    """Return what a figure may mean: ``1.200`` is 1200, or 1.2."""
    pieces = re.findall(r"\d+", figure)
    marks = re.findall(r"\D", figure)
    found: set[Decimal] = set()
    if len(figure) > _LONGEST:
        return found
    if _is_grouped(pieces, marks):
        found.add(_whole("".join(pieces)))
    if marks and marks[-1] in ".,\u066b" and _is_grouped(pieces[:-1], marks[:-1]):
        decimals = _ascii(pieces[-1])
        found.add(Decimal(f"{_whole(''.join(pieces[:-1]))}.{decimals}"))
    return {value * scale for value in found for scale in scales} if scales else found


def _is_grouped(pieces: list[str], marks: list[str]) -> bool:
    """Tell whether marks part thousands: by threes, or in India by twos before."""
    if not marks:
        return len(pieces) == 1
    first, *middle, last = pieces
    return (
        len(set(marks)) == 1
        and len(last) == 3  # noqa: PLR2004 -- thousands
        and len(first) <= 3  # noqa: PLR2004
        and all(len(piece) in {2, 3} for piece in middle)
    )


def _whole(digits: str) -> Decimal:
    return Decimal(_ascii(digits))


def _ascii(digits: str) -> str:
    """Return digits of any script as those that Decimal prints."""
    return "".join(str(unicodedata.digit(digit)) for digit in digits)
