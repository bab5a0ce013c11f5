"""Numbers of a text by their value: in digits, with scale words, and spelled out.

:mod:`galley.drafting.facts` looks the numbers of a draft up in its evidence. Scale words
(thousand, million) are those of CLDR's compact formats.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property, lru_cache
from itertools import pairwise
from operator import itemgetter
from typing import Any, Protocol, cast

import text_to_num
from babel import Locale

from galley.drafting.evidence import Grounds, Mention, Place
from galley.drafting.times import times_in
from galley.models.draft import FactKind
from galley.networks.text import MARKS

LANGUAGES = (
    *("ar", "bg", "bn", "ca", "cs", "da", "de", "el", "en", "en_GB", "es", "et", "fa"),
    *("fi", "fr", "he", "hi", "hr", "hu", "id", "it", "ja", "ko", "lt", "lv"),
    *("nb", "nl", "pl", "pt", "ro", "ru", "sk", "sl", "sr", "sv", "th", "tr"),
    *("uk", "vi", "zh"),
)
"""By CLDR's names: their months and scale words are known."""
_SHORT = 2  # letters up to which a scale must touch its number, as it is written: 5K, 1.2M
_LETTERS = frozenset("KkMB")  # other single letters are units: 5 t, 3 N
_NEXT = re.compile(rf"([ \u00a0\u202f-]?)([^\W\d_](?:[^\W\d_]|[{MARKS}]){{0,20}})")
_NO_WORD = re.compile(rf"[^\w{MARKS}]|\d")
# East Asian scales are written before the next word without a space.
_EAST = "\u4e07\u842c\u5104\u4ebf\u5146\ub9cc\uc5b5\uc870"
_KNOWN = frozenset({"ca", "de", "en", "es", "fr", "it", "nl", "pt"})
_TOKEN = re.compile(r"[^\W\d_]+|[\d.,]+|[^\w\s]")
_HAN = re.compile(
    "[\u3007\u96f6\u4e00\u4e8c\u4e09\u56db\u4e94\u516d\u4e03\u516b\u4e5d\u5341\u767e"
    "\u5343\u4e07\u842c\u5104\u4ebf\u4e24]{2,20}"
)
_MYRIAD = 10_000
_SPACES = " \u00a0\u2009\u202f"
_MARKS = ".,'\u2019\u066b\u066c"
_FIGURE = re.compile(
    rf"(?<!\d)\d{{1,3}}(?:[{_SPACES}]\d{{3}})+(?:[.,]\d+)?(?!\d)"
    rf"|\d+(?:[{_MARKS}]\d+)*"
)
_LONGEST = 60  # digits beyond which a figure is only looked up as it is written
_TEN = 10
_NEAR = 160  # characters between two numbers that are compared
_BEFORE = 20
_OTHERS = re.compile(
    r"(?i)(?<!\w)(?:other|remaining|anderen|\u00fcbrigen|restlichen|autres|altr[ie]|otr[ao]s)\s$"
)
# "66 cents" of a source that says "0.66".
_HUNDREDTH = re.compile(
    r"(?i)[ \u00a0\u202f-]?(?:\u00a2|"
    r"(?:cents?|ct|pence|centimes?|c[e\u00e9]nt[i\u00ed]mos?|centesimi)(?!\w))"
)
_PERCENT = "%\u066a\uff05\u2030"


_ABBREVIATED = 4
"""Letters up to which a scale may be another word elsewhere: a *bill*, *Mia*, *bin ich*."""
_WRITTEN = {"no": "nb", "nn": "nb"}


def scale_after(text: str, at: int, language: str = "") -> tuple[frozenset[int], int]:
    """Return the scales that the word at ``at`` may mean in a language or in any, and its end.

    *Billion* has two in English and German. Without a scale: an empty set, and ``at``.
    """
    if text[at : at + 1] in {*_EAST}:
        return _scales().get(text[at], frozenset()), at + 1
    match = _NEXT.match(text, at)
    if match is None:
        return frozenset(), at
    gap, word = match.groups()
    is_part = text[match.end() :][:1] == "-"  # of "12 Bio-H\u00f6fe"
    if (
        language
        and _SHORT < len(word) <= _ABBREVIATED
        and (is_part or word.casefold() not in _own(language))
    ):
        return frozenset(), at
    if len(word) <= _SHORT:
        scales = frozenset[int]() if gap else _scales().get(word, frozenset())
    else:
        scales = _scales().get(word.casefold(), frozenset())
    return (scales, match.end(2)) if scales else (scales, at)


class _Pattern(Protocol):
    """CLDR's format of a power of ten: ``0 million``."""

    pattern: str


_Formats = Mapping[str, Mapping[str, Mapping[str, _Pattern]]]


def _own(language: str) -> frozenset[str]:
    """Return the scale words of a language."""
    return frozenset(_scales(_WRITTEN.get(language, language)))


@lru_cache
def _scales(of: str = "") -> dict[str, frozenset[int]]:
    """Return the scale words of a language, or of all, from CLDR's compact number formats."""
    found: dict[str, set[int]] = {}
    for language in (one for one in LANGUAGES if not of or one[:2] == of):
        widths = cast("_Formats", Locale.parse(language).compact_decimal_formats)
        for plurals in widths.values():
            for formats in plurals.values():
                for power, format_ in formats.items():
                    word = _NO_WORD.sub("", format_.pattern)
                    is_unit = word.isascii() and len(word) == 1 and word not in _LETTERS
                    if not word or is_unit:
                        continue
                    # "00 million" is the format of ten million: its zeros count, too.
                    scale = int(power) // 10 ** (format_.pattern.count("0") - 1)
                    name = word if len(word) <= _SHORT else word.casefold()
                    found.setdefault(name, set()).add(scale)
    return {word: frozenset(scales) for word, scales in found.items()}


@dataclass(frozen=True)
class _Token:
    """A token with the methods that text2num calls."""

    word: str
    start: int
    end: int

    def text(self) -> str:
        return self.word

    def nt_separated(self, _previous: "_Token") -> bool:
        return False

    def not_a_number_part(self) -> bool:
        return self.word[0].isdigit()


class _Found(Protocol):
    """A number of text2num's: from one token up to another, which does not belong to it."""

    start: int
    end: int
    value: float


def spelled_numbers(text: str, language: str) -> Iterator[tuple[int, int, Decimal]]:
    """Yield start, end and value of each number in words; ordinals too.

    Only in the languages that text2num knows, and in Han characters.
    """
    for match in _HAN.finditer(text):
        yield match.start(), match.end(), _han(match.group())
    if language not in _KNOWN:
        return
    tokens = [_Token(m.group(), *m.span()) for m in _TOKEN.finditer(text)]
    find = cast("Any", text_to_num).find_numbers  # it ships no types
    numbers = cast("list[_Found]", find(tokens, language, threshold=0))
    for found in numbers:
        first, last = tokens[found.start], tokens[found.end - 1]
        before = tokens[found.start - 1].word if found.start else ""
        # "5 million" is one number; "in 1979, eighteen years after" are two.
        if not before[-1:].isdigit():
            yield first.start, last.end, Decimal(str(found.value))


def _han(numerals: str) -> Decimal:
    """Return the value of Han numerals: digits in a row, or digits with their ranks."""
    # Unicode gives U+4E24, the two of counting, no numeric value.
    values = [2 if one == "\u4e24" else int(unicodedata.numeric(one)) for one in numerals]
    if max(values) < 10:  # noqa: PLR2004 -- written like 2026
        return Decimal("".join(map(str, values)))
    total = section = digit = 0
    for value in values:
        if value >= _MYRIAD:
            total, section, digit = total + (section + digit or 1) * value, 0, 0
        elif value >= 10:  # noqa: PLR2004 -- a rank within the section
            section, digit = section + (digit or 1) * value, 0
        else:
            digit = value
    return Decimal(total + section + digit)


class Numbers:
    """Finds the numbers of a text and looks them up by their value.

    Single digits without a unit are no facts, in digits and in words: writers count ("3
    lessons").
    """

    def __init__(self, grounds: Grounds) -> None:
        self._grounds = grounds

    def mentions(self, text: str, said: AbstractSet[Decimal] = frozenset()) -> Iterator[Mention]:
        """Yield the numbers of ``text``, those in words too.

        Args:
            text: Of a draft.
            said: All numbers of the draft. The difference of two that are neighbours in a
                passage is given with them.
        """
        times = list(self._times(text))
        for match in _FIGURE.finditer(text):
            scales, end = scale_after(text, match.end(), self._grounds.languages[0])
            around = (*text[match.start() - 1 : match.start()], *text[match.end() :][:2])
            has_unit = any(c in _PERCENT or unicodedata.category(c) == "Sc" for c in around)
            if len(match.group()) == 1 and not scales and not has_unit:
                continue
            values, start = _values(match.group(), scales), match.start()
            found = self._of(match.group(), values) or self._derived(text, start, values, said)
            if found is None and not has_unit and not scales:
                found = _within(times, start)
            if found is None and match.group().isdecimal() and _HUNDREDTH.match(text, end):
                found = self._grounds.find(_sum_of(int(match.group())))
            yield Mention(FactKind.NUMBER, start, end, found)
        for start, end, value in spelled_numbers(text, self._grounds.languages[0]):
            is_scale = " " not in text[start:end] and value >= _TEN * _TEN
            if value >= _TEN and not is_scale:
                found = self._places.get(value) or self._derived(text, start, {value}, said)
                found = found or _within(times, start)
                yield Mention(FactKind.NUMBER, start, end, found)

    def invented(self, text: str) -> tuple[str, ...]:
        """Return the figures of ``text`` without evidence, each once."""
        claims = (one for one in self.mentions(text) if one.found is None)
        return tuple(dict.fromkeys(text[one.start : one.end] for one in claims))

    def _times(self, text: str) -> Iterator[tuple[int, int, Place]]:
        """Yield the times of day of a draft that the evidence names, in whatever way."""
        for start, end, minutes in times_in(text):
            # The evidence is as exact: "7.45" does not tell "19:45".
            found = (place for given, place in self._given_times if given <= minutes)
            if place := next(found, None):
                yield start, end, place

    @cached_property
    def _given_times(self) -> list[tuple[frozenset[int], Place]]:
        return [
            (minutes, Place(passage.origin, start, end))
            for passage in self._grounds.passages
            for start, end, minutes in times_in(passage.text)
        ]

    def said_in(self, text: str) -> set[Decimal]:
        """Return the values that the numbers of a draft's text may have."""
        found = {value for _, _, value in spelled_numbers(text, self._grounds.languages[0])}
        for match in _FIGURE.finditer(text):
            found |= _values(match.group(), frozenset())
        return found

    def _derived(
        self, text: str, start: int, values: AbstractSet[Decimal], said: AbstractSet[Decimal]
    ) -> Place | None:
        """Return the place of two numbers of which a third is made: the difference, or the rest."""
        for value in values:
            for higher, lower, place in self._neighbours:
                if higher - lower == value and {higher, lower} <= said:
                    return place
            # "the other eleven" of a source that says "twelve".
            if _OTHERS.search(text[max(0, start - _BEFORE) : start]):
                return self._places.get(value + 1)
        return None

    @cached_property
    def _neighbours(self) -> list[tuple[Decimal, Decimal, Place]]:
        """Two numbers of the same passage of which the second soon follows the first."""
        found: list[tuple[Decimal, Decimal, Place]] = []
        for passage in self._grounds.passages:
            text = passage.text
            spans = [
                (match.start(), match.end(), value)
                for match in _FIGURE.finditer(text)
                for value in _values(match.group(), frozenset())
            ]
            spans += spelled_numbers(text, self._grounds.languages[0])
            spans.sort(key=itemgetter(0))
            for (start, _, one), (after, end, other) in pairwise(spans):
                if one != other and after - start <= _NEAR and "\n\n" not in text[start:after]:
                    place = Place(passage.origin, start, end)
                    found.append((max(one, other), min(one, other), place))
        return found

    @cached_property
    def _places(self) -> dict[Decimal, Place]:
        """Every value that a figure of a passage may have, with its first place.

        A draft's figure has fewer: here each counts with and without its scale, and words in
        each language.
        """
        found: dict[Decimal, Place] = {}
        for passage in self._grounds.passages:
            text = passage.text
            for match in _FIGURE.finditer(text):
                scales, end = scale_after(text, match.end())
                place = Place(passage.origin, match.start(), end)
                for value in _values(match.group(), frozenset()) | _values(match.group(), scales):
                    found.setdefault(value, place)
            for language in self._grounds.languages:
                for start, end, value in spelled_numbers(text, language):
                    found.setdefault(value, Place(passage.origin, start, end))
        return found

    def _of(self, figure: str, values: set[Decimal]) -> Place | None:
        if place := next((self._places[v] for v in values if v in self._places), None):
            return place
        if values:
            return None
        # A version, an address, a date of six digits is looked up as written, or in its pieces.
        found = self._grounds.find(_whole_figure(figure))
        pieces = re.findall(r"\d+", figure) if len(figure) <= _LONGEST else []
        places = [self._grounds.find(_whole_figure(piece)) for piece in pieces]
        return found or (places[0] if places and all(places) else None)


def _within(spans: list[tuple[int, int, Place]], at: int) -> Place | None:
    return next((place for start, end, place in spans if start <= at < end), None)


def _sum_of(hundredths: int) -> re.Pattern[str]:
    """Return the pattern of a sum with two decimals: 66 stands as 0.66, or 0,66."""
    whole, part = divmod(hundredths, 100)
    return re.compile(rf"(?<![\d.,]){whole}[.,]{part:02}(?![\d%])")


def _whole_figure(figure: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\d){re.escape(figure)}(?!\d)")


def _values(figure: str, scales: frozenset[int]) -> set[Decimal]:
    """Return the values that a figure may have: ``1.200`` is 1200, or 1.2."""
    pieces = re.findall(r"\d+", figure)
    marks = re.findall(r"\D", figure)
    found: set[Decimal] = set()
    if len(figure) > _LONGEST:
        return found
    if _is_grouped(pieces, marks):
        found.add(Decimal("".join(pieces)))  # Decimal reads the digits of every script
    if marks and marks[-1] in ".,\u066b" and _is_grouped(pieces[:-1], marks[:-1]):
        found.add(Decimal(f"{''.join(pieces[:-1])}.{pieces[-1]}"))
    return {value * scale for value in found for scale in scales} if scales else found


def _is_grouped(pieces: list[str], marks: list[str]) -> bool:
    """Return whether marks separate thousands: by threes, or in India by twos before."""
    if not marks:
        return len(pieces) == 1
    first, *middle, last = pieces
    return (
        len(set(marks)) == 1
        and len(last) == 3  # noqa: PLR2004 -- thousands
        and len(first) <= 3  # noqa: PLR2004
        and all(len(piece) in {2, 3} for piece in middle)
    )
