"""Dates of a text by the day they mean, in many languages.

:mod:`galley.drafting.facts` looks the dates of a draft up in its evidence. Names of months and
weekdays are CLDR's.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property, lru_cache
from itertools import pairwise, product
from typing import Literal

from babel.dates import get_day_names, get_month_names

from galley.drafting.evidence import WORD, Grounds, Lexicon, Mention, Place
from galley.drafting.numbers import LANGUAGES
from galley.models.draft import FactKind
from galley.networks.text import MARKS

# Words of English, German and the Romance languages that belong to the calendar only where they
# are capitalised: "went out 8 hours late" names no day of a Portuguese October, nor does "Seite
# 11 des Heftes" one of an Indonesian December.
_COMMON_WORDS = frozenset(
    {
        *("may", "march", "mar", "sun", "sat", "out", "set", "ago", "sex", "led", "lip", "men"),
        *("min", "man", "sub", "per", "pro", "des", "sie", "mag", "gen", "mer", "tem", "tra"),
        *("sal", "vas"),
    }
)
_Width = Literal["wide", "abbreviated"]
_Context = Literal["format", "stand-alone"]
_WIDTHS: tuple[_Width, ...] = ("wide", "abbreviated")
_CONTEXTS: tuple[_Context, ...] = ("format", "stand-alone")
_Names = Callable[[_Width, _Context, str], Mapping[int, str]]
_WORD = rf"[^\W\d_](?:[^\W\d_]|[{MARKS}]){{2,19}}"
_ORDINAL = r"(?:st|nd|rd|th|er|\u00ba|\u00aa|\.)?"
_OF = r"(?:de |of |of the |d['\u2019])?"
_YEAR = r"[12]\d{3}(?!\d)"
# 2026-11-03, 2026/11/03
_ISO = re.compile(rf"(?<!\d)({_YEAR})([-/.])(\d{{1,2}})\2(\d{{1,2}})(?!\d)")
# 3.11.2026, which an American reads as March
_NUMERIC = re.compile(rf"(?<!\d)(\d{{1,2}})([-/.])(\d{{1,2}})\2({_YEAR})")
# Year, month and day of Chinese, Japanese and Korean, each with its sign behind it
_EAST = re.compile(
    r"(?:(\d{4})\s?[\u5e74\ub144]\s?)?(\d{1,2})\s?[\u6708\uc6d4]\s?(\d{1,2})\s?[\u65e5\u53f7\uc77c]"
)
# 3rd of November, 2026; 3 de noviembre de 2026; 3. November
_DAY_FIRST = re.compile(
    rf"(?<![\d.,])(\d{{1,2}}){_ORDINAL} {_OF}({_WORD})\.?(?:,? (?:de )?({_YEAR}))?"
)
# November 3, 2026; Nov. 3rd. No more digits: "May 10,000 people" is no date.
_MONTH_FIRST = re.compile(
    rf"(?<!\w)({_WORD})\.? (\d{{1,2}})(?:st|nd|rd|th)?(?![\d.,:%]*\d|%)"
    rf"(?:,? ({_YEAR}))?"
)
# November 2026
_MONTH_YEAR = re.compile(rf"(?<!\w)({_WORD})\.?,? (?:de )?({_YEAR})")
# "18 to", "3.," and "18 bis Montag," before a day and its month
_TO = r"(?:to|and|or|until|till|through|bis|und|oder|au?|et|ou|y|al?|e|en|i|och|og|tot|do)"
_DAY_BEFORE = re.compile(
    rf"(?<![\d.,])(\d{{1,2}}){_ORDINAL}(?:, ?(?=\d)| ?[-\u2013] ?| {_TO} )(?:({_WORD}),? )?$",
    re.IGNORECASE,
)
_ARTICLES = frozenset({"the", "den", "dem", "zum", "les", "los"})
# "\u201320" and "to 20" behind a month and its day
_DAY_BEHIND = re.compile(
    r" ?(?:[-\u2013]|to|through) ?(\d{1,2})(?:st|nd|rd|th)?(?![\d.,:%]*\d|%)"
    rf"(?=[ \u00a0]?(?:$|[\n,;.)]|{_YEAR}|(?:at|in|from|and|we|on)\b))",
    re.IGNORECASE,
)
_BETWEEN = re.compile(
    rf" ?(?:[-\u2013]|to|until|till|through|bis(?: zum)?|au|al|a|tot|do) ?(?:{_WORD},? )?",
    re.IGNORECASE,
)
_WEEKDAY_BEFORE = re.compile(rf"(?<!\w)({_WORD}),? (?:the |den |dem |le |el )?$", re.IGNORECASE)
_IN_YEAR = re.compile(rf"(?i)(?<!\w)(?:in|since|year|seit|jahre?)[ \u00a0]({_YEAR})")
_IN = re.compile(r"(?i)(?<!\w)in $")
_NEAR = 80  # characters before a date in which its weekday, or the other days of a span, stand
_MOST_DAYS = 10  # in a row
_SHORTEST = 4  # letters of a month or weekday that is a date without a number beside it


def months(word: str) -> tuple[int, ...]:
    """Return the months that a word means: *listopad* is October, or November."""
    return () if word in _COMMON_WORDS else _named(get_month_names).get(_bare(word), ())


def weekdays(word: str) -> tuple[int, ...]:
    """Return the days of the week that a word means, 0 for Monday."""
    return () if word in _COMMON_WORDS else _named(get_day_names).get(_bare(word), ())


def names_of_weekday(word: str) -> tuple[str, ...]:
    """Return all that a day is called, in any language, if ``word`` names one: *Wed*."""
    days = weekdays(word)
    return tuple(name for name, same in _named(get_day_names).items() if set(same) & set(days))


@lru_cache(maxsize=2)
def _named(names_of: _Names) -> dict[str, tuple[int, ...]]:
    found: dict[str, dict[int, None]] = {}
    for language, width, context in product(LANGUAGES, _WIDTHS, _CONTEXTS):
        for number, name in names_of(width, context, language).items():
            found.setdefault(_bare(name), {})[number] = None
    return {word: tuple(numbers) for word, numbers in found.items()}


def _bare(word: str) -> str:
    return word.strip(".").casefold()


_Order = tuple[int, int, int]


@dataclass(frozen=True)
class Day:
    """A day of a year, of any year, or a month; ``None`` for a missing part.

    ``named`` has the weekdays that the word before it may mean, 0 for Monday.
    """

    year: int | None
    month: int
    day: int | None
    named: tuple[int, ...] = ()

    @property
    def weekday(self) -> int | None:
        """The day of the week, 0 for Monday, of a whole date."""
        if self.year is None or self.day is None:
            return None
        return date(self.year, self.month, self.day).weekday()

    @property
    def in_order(self) -> _Order:
        """Year, month and day of a whole date; 0 for a missing part."""
        return (self.year or 0, self.month, self.day or 0)

    def says(self, other: "Day") -> bool:
        """Return whether this day is evidence for the other."""
        return (
            self.month == other.month
            and other.year in {None, self.year}
            and other.day in {None, self.day}
        )


@dataclass(frozen=True)
class Written:
    """A date in a text, and each day it may mean: 3.11.2026 can be read in two ways."""

    start: int
    end: int
    days: tuple[Day, ...]


class Dates:
    """Finds the dates of a text and looks them up by the day they mean."""

    def __init__(self, grounds: Grounds, lexicon: Lexicon) -> None:
        self._grounds = grounds
        self._lexicon = lexicon
        self._in_span: dict[tuple[int, int], int | None] = {}

    def mentions(self, text: str) -> Iterator[Mention]:
        """Yield the dates of ``text``."""
        for written in dates_in(text):
            # German puts the day first: in "konnten im März 12 nicht" the number counts things, as
            # in "in October 29 agreed": a day is on, not in.
            is_german = self._grounds.languages[0] == "de"
            is_in = _IN.search(text, max(0, written.start - _NEAR), written.start)
            is_counted = is_german or (is_in and written.days[0].day is not None)
            if text[written.start].isalpha() and is_counted:
                continue
            stated = (
                place
                for day, place in self._given
                if any(self._says(day, wanted) for wanted in written.days)
            )
            literal = rf"(?<!\w){re.escape(text[written.start : written.end])}(?!\w)"
            found = next(stated, None) or self._grounds.find(re.compile(literal, re.IGNORECASE))
            yield Mention(FactKind.DATE, written.start, written.end, found)
        for word in WORD.finditer(text):
            name = re.split(r"['\u2019]", word.group())[0]
            if len(name) < _SHORTEST or not name[0].isupper():
                continue
            if months(name) or weekdays(name):
                yield Mention(FactKind.DATE, *word.span(), self._named(name))

    def _named(self, name: str) -> Place | None:
        """Return the evidence for a month or a weekday without a number."""
        if place := self._lexicon.find(name):
            return place
        for day, place in self._given:
            if day.month in months(name) or day.weekday in weekdays(name):
                return place
        return None

    def _says(self, day: Day, wanted: Day) -> bool:
        """Return whether a date of the evidence proves one of the draft."""
        if day.says(wanted):
            return True
        if day.year is not None or wanted.year is None or not day.says(replace(wanted, year=None)):
            return False
        if day.named:
            return wanted.year in self._years and wanted.weekday in day.named
        return self._year_in_span(wanted.month, wanted.day or 0) == wanted.year

    def _year_in_span(self, month: int, day: int) -> int | None:
        """Return the one year in which this day lies within a span of the evidence."""
        # Once for each day: a hostile source has thousands of spans, and of dates.
        if (month, day) not in self._in_span:
            years = {
                year
                for first, last in self._spans
                for year in range(first[0], last[0] + 1)
                if first <= (year, month, day) <= last
            }
            self._in_span[month, day] = next(iter(years)) if len(years) == 1 else None
        return self._in_span[month, day]

    @cached_property
    def _given(self) -> list[tuple[Day, Place]]:
        return [
            (day, Place(passage.origin, written.start, written.end))
            for passage in self._grounds.passages
            for written in dates_in(passage.text)
            for day in _meant(passage.text, written)
        ]

    @cached_property
    def _years(self) -> frozenset[int]:
        named = (
            int(year)
            for passage in self._grounds.passages
            for year in _IN_YEAR.findall(passage.text)
        )
        return frozenset((*named, *(day.year for day, _ in self._given if day.year is not None)))

    @cached_property
    def _spans(self) -> frozenset[tuple[_Order, _Order]]:
        """Whole dates that are joined: "from 27 December 2025 to 22 February 2026"."""
        found: set[tuple[_Order, _Order]] = set()
        for passage in self._grounds.passages:
            for one, other in pairwise(dates_in(passage.text)):
                joined = _BETWEEN.fullmatch(passage.text, one.end, other.start)
                first, last = one.days[0], other.days[0]
                is_whole = None not in {first.year, first.day, last.year, last.day}
                if joined and is_whole and first.in_order[0] + 1 >= last.in_order[0]:
                    found.add((first.in_order, last.in_order))
        return frozenset(found)


def _meant(text: str, written: Written) -> Iterator[Day]:
    """Yield the days that a date of the evidence means, with all of "18 to 20 October"."""
    before = max(0, written.start - _NEAR)
    name = _WEEKDAY_BEFORE.search(text, before, written.start)
    named = weekdays(name[1]) if name else ()
    yield from (replace(day, named=named) for day in written.days)
    first = written.days[0]
    if first.day is None:
        return
    for number in _days_beside(text, written, before):
        if other := _day(str(first.year) if first.year else None, first.month, number):
            yield other


def _days_beside(text: str, written: Written, before: int) -> Iterator[str]:
    if text[written.start].isalpha():
        if behind := _DAY_BEHIND.match(text, written.end):
            yield behind[1]
        return
    start = written.start
    for _ in range(_MOST_DAYS):
        found = _DAY_BEFORE.search(text, before, start)
        if found is None or not (_is_joined(found[2]) or weekdays(found[2])):
            return
        yield found[1]
        start = found.start()


def _is_joined(word: str | None) -> bool:
    return word is None or word.casefold() in _ARTICLES


def dates_in(text: str) -> list[Written]:
    """Return the dates of a text in order; the longest of those that overlap."""
    written = list[Written]()
    for pattern, readings in _FORMS:
        for match in pattern.finditer(text):
            days = filter(None, (_day(*one) for one in readings(match)))
            if several := tuple(dict.fromkeys(days)):
                written.append(Written(match.start(), match.end(), several))
    found = list[Written]()
    for one in sorted(written, key=lambda one: (one.start, -one.end)):
        if not found or one.start >= found[-1].end:
            found.append(one)
    return found


# Year, month and day of one reading; a month that is named is a number already.
_Reading = tuple[str | None, str | int, str | None]
_FORMS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], list[_Reading]]], ...] = (
    (_ISO, lambda match: [(match[1], match[3], match[4])]),
    (_NUMERIC, lambda match: [(match[4], match[3], match[1]), (match[4], match[1], match[3])]),
    (_EAST, lambda match: [(match[1], match[2], match[3])]),
    (_DAY_FIRST, lambda match: [(match[3], month, match[1]) for month in months(match[2])]),
    (_MONTH_FIRST, lambda match: [(match[3], month, match[2]) for month in months(match[1])]),
    (_MONTH_YEAR, lambda match: [(match[2], month, None) for month in months(match[1])]),
)


def _day(year: str | None, month: str | int, day: str | None) -> Day | None:
    number = int(day) if day else None
    try:
        # 2000 is a leap year, so 29 February of no year is a day.
        date(int(year) if year else 2000, int(month), number or 1)
    except ValueError:
        return None
    return Day(int(year) if year else None, int(month), number)
