"""Names of months and days of the week in many languages, from CLDR."""

from collections.abc import Callable, Mapping
from functools import lru_cache
from itertools import product
from typing import Literal

from babel.dates import get_day_names, get_month_names

from galley.grounding.locales import LANGUAGES

_VERBS = frozenset({"may", "march", "mar", "sun", "sat"})
"""English words that are no part of the calendar unless they are capitalised."""
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
