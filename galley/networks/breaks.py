"""The places at which a text may be split, ranked.

Sentences are sentencex's, https://github.com/wikimedia/sentencex: it knows the
abbreviations and the full stops of some 300 languages, brings its rules along and asks
nobody. A text is never parted inside a link, hashtag, cashtag or mention, nor inside
what a reader takes for one character.
"""

import re
from collections.abc import Callable, Iterator
from enum import IntEnum
from functools import lru_cache
from typing import Any, NamedTuple, cast

import sentencex
from babel import Locale, UnknownLocaleError

from galley.networks.graphemes import clusters
from galley.networks.text import find_links, tag_spans

_PARAGRAPH = re.compile(r"\n\s*\n\s*")
_LINE = re.compile(r"(?<!\s)\s*\n\s*")
_CLAUSE = re.compile("[,;:\u060c\u061b\u2014\u2013]\\s+|[\uff0c\u3001\uff1b\uff1a]\\s*")
_MENTION = re.compile(r"(?<![\w.])[@\uff20]\w[\w.-]*(?:@\w[\w.-]*)?")
_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]{0,30}://[!-~]+")
"""A link for people, also where no network would find one."""
_DAY = re.compile(r"(?<!\d)\d{1,2}\.\s*$")
_LETTERS = re.compile(r"[^\W\d_]+")
_SURROGATE = re.compile("[\ud800-\udfff]")
_UNSPACED = re.compile("[\u2e80-\u30ff\u31f0-\u31ff\u3400-\u9fff\uff00-\uffef]")
"""Scripts in which a line may break after nearly every character."""
_OPENING = frozenset("([{\u201c\u2018\u00ab\u3008\u300a\u300c\u300e\u3010\uff08\uff3b")
_CLOSING = frozenset(
    ")]}.,;:!?%\u2026\u201d\u2019\u00bb\u3001\u3002\u3009\u300b\u300d\u300f\u3011\u3005"
    "\u30fc\uff01\uff05\uff09\uff0c\uff0e\uff1a\uff1b\uff1f\uff3d"
    "\u3041\u3043\u3045\u3047\u3049\u3063\u3083\u3085\u3087\u308e"
    "\u30a1\u30a3\u30a5\u30a7\u30a9\u30c3\u30e3\u30e5\u30e7\u30ee"
)
"""What must not begin a line: https://www.w3.org/TR/jlreq/ (2020-08)."""
_WRAPPED = 60
"""Characters from which a line that ends with a letter may have been wrapped."""

_boundaries = cast(
    "Callable[[str, str], list[dict[str, Any]]]", cast("Any", sentencex).get_sentence_boundaries
)


class Rank(IntEnum):
    """The quality of a break: the lower, the better."""

    PARAGRAPH = 0
    LINE = 1
    SENTENCE = 2
    CLAUSE = 3
    WORD = 4
    CHARACTER = 5


class Break(NamedTuple):
    """``text[:at]`` and ``text[at:]``, with the white space left at the first part."""

    at: int
    rank: Rank


def breaks_in(text: str, language: str = "en") -> tuple[Break, ...]:
    """Return every place at which ``text`` may be split, in order.

    Args:
        text: Line ends are newlines.
        language: ISO 639-1, for abbreviations; full stops of all scripts are known.
    """
    ranks = _rough(text)
    for at in _sentence_ends(text, language):
        _improve(ranks, at, Rank.SENTENCE)
    for found in _CLAUSE.finditer(text):
        _improve(ranks, found.end(), Rank.CLAUSE)
    for found in _LINE.finditer(text):
        if not _is_wrapped(text, found):
            _improve(ranks, found.end(), Rank.LINE)
    for found in _PARAGRAPH.finditer(text):
        _improve(ranks, found.end(), Rank.PARAGRAPH)
    named = (found.span() for form in (_MENTION, _ADDRESS) for found in form.finditer(text))
    for start, end in (*find_links(text), *tag_spans(text), *named):
        for at in range(start + 1, end):
            ranks.pop(at, None)
    return tuple(Break(at, rank) for at, rank in ranks.items())


def _rough(text: str) -> dict[int, Rank]:
    """Return the breaks between words and between characters, in order."""
    found: dict[int, Rank] = {}
    at, before = 0, ""
    for cluster in clusters(text):
        if before and not cluster[0].isspace():
            is_word = before[-1].isspace() or _is_between_words(before, cluster)
            found[at] = Rank.WORD if is_word else Rank.CHARACTER
        at, before = at + len(cluster), cluster
    return found


def _is_between_words(before: str, after: str) -> bool:
    """Whether a script without spaces lets a line end here."""
    if before[-1] in _OPENING or after[0] in _CLOSING:
        return False
    return bool(_UNSPACED.match(before[0]) or _UNSPACED.match(after[0]))


def sentence_spans(text: str, language: str = "en") -> list[tuple[int, int]]:
    """Return where each sentence begins and ends, without the white space around it."""
    found: list[tuple[int, int]] = []
    start = 0
    for end in (*_sentence_ends(text, language), len(text)):
        words = text[start:end]
        if words.strip():
            begin = start + len(words) - len(words.lstrip())
            found.append((begin, begin + len(words.strip())))
        start = end
    return found


def _sentence_ends(text: str, language: str) -> Iterator[int]:
    """Sentences, line by line: a line end that is no paragraph would hide them."""
    clean = _SURROGATE.sub("\ufffd", text)
    start = 0
    for line in clean.split("\n"):
        for found in _boundaries(language, line):
            end = int(found["end_index"])
            if not _is_in_a_date(line, end, language):
                yield start + end
        start += len(line) + 1


def _is_in_a_date(line: str, at: int, language: str) -> bool:
    """Tell whether sentencex took the stop of a day for the end of a sentence: "17. Oktober"."""
    if not _DAY.search(line[max(0, at - 5) : at]):
        return False
    after = _LETTERS.match(line, at)
    return after is not None and after.group().casefold() in _months(language)


@lru_cache(maxsize=16)
def _months(language: str) -> frozenset[str]:
    """Return the names of months, in a language that puts a stop behind a day."""
    try:
        locale = Locale.parse(language)
    except (UnknownLocaleError, ValueError):
        return frozenset()
    if "d." not in locale.date_formats["long"].pattern:
        return frozenset()
    widths = locale.months["format"]
    names = (name for width in ("wide", "abbreviated") for name in widths[width].values())
    return frozenset(str(name).rstrip(".").casefold() for name in names)


def _is_wrapped(text: str, line_end: re.Match[str]) -> bool:
    """Tell whether an editor broke a long line here, in the middle of a sentence."""
    at, after = line_end.span()
    length = at - (text.rfind("\n", 0, at) + 1)
    goes_on = text[at - 1 : at].isalnum() and text[after : after + 1].isalnum()
    return goes_on and length >= _WRAPPED


def _improve(ranks: dict[int, Rank], at: int, rank: Rank) -> None:
    """Raise a break that is there; none is made inside a character or white space."""
    if at in ranks:
        ranks[at] = min(ranks[at], rank)
