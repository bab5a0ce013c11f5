"""Numbers written as words, and in Han characters."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Protocol, cast

import text_to_num

_KNOWN = frozenset({"ca", "de", "en", "es", "fr", "it", "nl", "pt"})
_TOKEN = re.compile(r"[^\W\d_]+|[\d.,]+|[^\w\s]")
_HAN = re.compile(
    "[\u3007\u96f6\u4e00\u4e8c\u4e09\u56db\u4e94\u516d\u4e03\u516b\u4e5d\u5341\u767e"
    "\u5343\u4e07\u842c\u5104\u4ebf\u4e24]{2,20}"
)
_MYRIAD = 10_000


@dataclass(frozen=True)
class _Token:
    """What text2num asks of a token."""

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
    """A number: from one token up to another, which does not belong to it."""

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
    for found in _numbers(tokens, language):
        first, last = tokens[found.start], tokens[found.end - 1]
        before = tokens[found.start - 1].word if found.start else ""
        if not before[:1].isdigit():
            yield first.start, last.end, Decimal(str(found.value))


def _numbers(tokens: list[_Token], language: str) -> list[_Found]:
    find = cast("Any", text_to_num).find_numbers  # it ships no types
    return cast("list[_Found]", find(tokens, language, threshold=0))


def _han(numerals: str) -> Decimal:
    """Return the value of a run: digits one after the other, or with their ranks."""
    values = [int(_numeric(character)) for character in numerals]
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


def _numeric(character: str) -> float:
    return 2 if character == "\u4e24" else unicodedata.numeric(character)
