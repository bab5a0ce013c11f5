"""Names of months and days of the week in many languages, from CLDR."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property, lru_cache
from itertools import product
from typing import Literal

from babel.dates import get_day_names, get_month_names

from galley.drafting.evidence import MARKS, WORD, Grounds, Lexicon, Mention, Place
from galley.drafting.numbers import LANGUAGES
from galley.models.draft import FactKind

# English words that are no part of the calendar unless they are capitalised.
_VERBS = frozenset({"may", "march", "mar", "sun", "sat"})
_Width = Literal["wide", "abbreviated"]
_Context = Literal["format", "stand-alone"]
_WIDTHS: tuple[_Width, ...] = ("wide", "abbreviated")
_CONTEXTS: tuple[_Context, ...] = ("format", "stand-alone")
_Names = Callable[[_Width, _Context, str], Mapping[int, str]]


def months(word: str) -> tuple[int, ...]:
    """Return the months that a word means: *listopad* is October, or November."""
    return () if word in _VERBS else _months().get(_bare(word), ())


def weekdays(word: str) -> tuple[int, ...]:
    """Return the days of the week that a word means, 0 for Monday."""
    return () if word in _VERBS else _weekdays().get(_bare(word), ())


@lru_cache(maxsize=1)
def _months() -> dict[str, tuple[int, ...]]:
    return _named(get_month_names)


@lru_cache(maxsize=1)
def _weekdays() -> dict[str, tuple[int, ...]]:
    return _named(get_day_names)


def _named(names_of: _Names) -> dict[str, tuple[int, ...]]:
    found: dict[str, dict[int, None]] = {}
    for language, width, context in product(LANGUAGES, _WIDTHS, _CONTEXTS):
        for number, name in names_of(width, context, language).items():
            found.setdefault(_bare(name), {})[number] = None
    return {word: tuple(numbers) for word, numbers in found.items()}


def _bare(word: str) -> str:
    return word.strip(".").casefold()


_WORD = rf"[^\W\d_](?:[^\W\d_]|[{MARKS}]){{2,19}}"
_ORDINAL = r"(?:st|nd|rd|th|er|\u00ba|\u00aa|\.)?"
_OF = r"(?:de |of |of the |d['\u2019])?"
_YEAR = r"[12]\d{3}(?!\d)"
_ISO = re.compile(rf"(?<!\d)({_YEAR})([-/.])(\d{{1,2}})\2(\d{{1,2}})(?!\d)")
_NUMERIC = re.compile(rf"(?<!\d)(\d{{1,2}})([-/.])(\d{{1,2}})\2({_YEAR})")
_EAST = re.compile(
    r"(?:(\d{4})\s?[\u5e74\ub144]\s?)?(\d{1,2})\s?[\u6708\uc6d4]\s?(\d{1,2})\s?[\u65e5\u53f7\uc77c]"
)
_DAY_FIRST = re.compile(
    rf"(?<![\d.,])(\d{{1,2}}){_ORDINAL} {_OF}({_WORD})\.?(?:,? (?:de )?({_YEAR}))?"
)
_MONTH_FIRST = re.compile(
    rf"(?<!\w)({_WORD})\.? (\d{{1,2}})(?:st|nd|rd|th)?(?![\d.,:%]*\d|%)"
    rf"(?:,? ({_YEAR}))?"
)
_MONTH_YEAR = re.compile(rf"(?<!\w)({_WORD})\.?,? (?:de )?({_YEAR})")
_SHORTEST = 4  # Letters of a month or weekday that is taken for one without a number beside it


@dataclass(frozen=True)
class Day:
    """A day of a year, of any year, or a month; ``None`` where nothing is said."""

    year: int | None
    month: int
    day: int | None

    @property
    def weekday(self) -> int | None:
        """The day of the week, 0 for Monday, where all is said."""
        if self.year is None or self.day is None:
            return None
        return date(self.year, self.month, self.day).weekday()

    def says(self, other: "Day") -> bool:
        """Tell whether whoever knows this one may say the other."""
        return (
            self.month == other.month
            and other.year in {None, self.year}
            and other.day in {None, self.day}
        )


@dataclass(frozen=True)
class Written:
    """A date in a text, and each day it may mean: 3.11.2026 is read two ways."""

    start: int
    end: int
    days: tuple[Day, ...]


class Dates:
    """Looks the dates of a text up by the day they mean."""

    def __init__(self, grounds: Grounds, lexicon: Lexicon) -> None:
        self._grounds = grounds
        self._lexicon = lexicon

    def mentions(self, text: str) -> Iterator[Mention]:
        """Yield the dates of ``text``."""
        for written in dates_in(text):
            found = self._of(text[written.start : written.end], written)
            yield Mention(FactKind.DATE, written.start, written.end, found)
        for word in WORD.finditer(text):
            name = re.split(r"['\u2019]", word.group())[0]
            if len(name) < _SHORTEST or not name[0].isupper():
                continue
            if months(name) or weekdays(name):
                yield Mention(FactKind.DATE, *word.span(), self._named(name))

    def _named(self, name: str) -> Place | None:
        """Look up a month or a weekday that stands alone."""
        if place := self._lexicon.find(name):
            return place
        for day, place in self._given:
            if day.month in months(name) or day.weekday in weekdays(name):
                return place
        return None

    def _of(self, words: str, written: Written) -> Place | None:
        for day, place in self._given:
            if any(day.says(wanted) for wanted in written.days):
                return place
        literal = rf"(?<!\w){re.escape(words)}(?!\w)"
        return self._grounds.find(re.compile(literal, re.IGNORECASE))

    @cached_property
    def _given(self) -> list[tuple[Day, Place]]:
        return [
            (day, Place(passage.origin, written.start, written.end))
            for passage in self._grounds.passages
            for written in dates_in(passage.text)
            for day in written.days
        ]


def dates_in(text: str) -> list[Written]:
    """Return the dates of a text, in order, which never overlap."""
    found: list[Written] = []
    for written in sorted(_all(text), key=lambda one: (one.start, -one.end)):
        if not found or written.start >= found[-1].end:
            found.append(written)
    return found


def _all(text: str) -> Iterator[Written]:
    for match in _ISO.finditer(text):
        yield from _written(match, [(match[1], match[3], match[4])])
    for match in _NUMERIC.finditer(text):
        readings = [(match[4], match[3], match[1]), (match[4], match[1], match[3])]
        yield from _written(match, readings)
    for match in _EAST.finditer(text):
        yield from _written(match, [(match[1], match[2], match[3])])
    for match in _DAY_FIRST.finditer(text):
        readings = [(match[3], month, match[1]) for month in months(match[2])]
        yield from _written(match, readings)
    for match in _MONTH_FIRST.finditer(text):
        readings = [(match[3], month, match[2]) for month in months(match[1])]
        yield from _written(match, readings)
    for match in _MONTH_YEAR.finditer(text):
        readings = [(match[2], month, None) for month in months(match[1])]
        yield from _written(match, readings)


_Reading = tuple[str | None, str | int, str | None]


def _written(match: re.Match[str], readings: Sequence[_Reading]) -> Iterator[Written]:
    days = tuple(day for one in readings if (day := _day(*one)) is not None)
    if days:
        yield Written(match.start(), match.end(), tuple(dict.fromkeys(days)))


def _day(year: str | None, month: str | int, day: str | None) -> Day | None:
    number = int(day) if day else None
    try:
        date(int(year) if year else 2000, int(month), number or 1)
    except ValueError:
        return None
    return Day(int(year) if year else None, int(month), number)
