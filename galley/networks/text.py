"""Links, tags, emoji and telephone numbers of a text."""

import re
import unicodedata
import warnings
from collections.abc import Callable, Iterator
from functools import cache, lru_cache
from itertools import groupby
from typing import Any, NamedTuple, TypedDict, cast

# The space before a word belongs to it: the parser looks at what stands before a link.
_WORD = re.compile(r"[ \t\n]?[^ \t\n]+")
_MOST_LABELS = 17
"""No host has more dot-separated labels; the parser would need seconds to say so."""
_EMOJI_RUN = re.compile(
    "[0-9#*]?[\u00a9\u00ae\u200d\u203c-\u2bff\u3030\u303d\u3297\u3299\ufe0f"
    "\U0001f000-\U0001faff\U000e0020-\U000e007f]+"
)
_CACHED_WORD = 200


class Span(NamedTuple):
    """``text[start:end]``."""

    start: int
    end: int


class _Found(TypedDict):
    indices: list[int]


class _Parser(NamedTuple):
    links: Callable[[str, bool], list[_Found]]
    emoji: Callable[[str], list[_Found]]
    endings: frozenset[str]


@cache
def _parser() -> _Parser:
    """Import twitter-text, whose patterns take 0.2 s to compile; most programs parse no post."""
    with warnings.catch_warnings():
        # The library imports the deprecated pkg_resources; setuptools is pinned for it.
        warnings.filterwarnings("ignore", "pkg_resources is deprecated", UserWarning)
        import twitter_text  # pyright: ignore[reportMissingTypeStubs] -- it ships none
        from twitter_text.regexp.valid_cctld import valid_cctld  # pyright: ignore[reportMissingTypeStubs]
        from twitter_text.regexp.valid_gtld import valid_gtld  # pyright: ignore[reportMissingTypeStubs]
    endings = (
        ending
        for pattern in (valid_cctld, valid_gtld)
        for ending in re.split(r"[()|?:=\[\]^$]", pattern.pattern)
        if ending and not ending.isascii()
    )
    library = cast("Any", twitter_text)
    return _Parser(
        library.extract_urls_with_indices, library.extract_emojis_with_indices, frozenset(endings)
    )


def foreign_endings() -> frozenset[str]:
    """Return last labels of domains in other letters than ASCII: those of Russia and China."""
    return _parser().endings


def find_links(text: str, *, bare_domains: bool = True) -> tuple[Span, ...]:
    """Return the links of ``text``, in order and without overlap.

    ``bare_domains`` also takes ``example.com`` without ``https://``.
    """
    mark = "." if bare_domains else "://"
    if mark not in text:
        return ()
    found: list[Span] = []
    for word in _WORD.finditer(text):
        if mark in word[0]:
            # Long words are rare and would fill the cache.
            parse = _parse_links if len(word[0]) > _CACHED_WORD else _parse_cached_links
            base = word.start()
            found += (Span(base + start, base + end) for start, end in parse(word[0], bare_domains))
    return tuple(found)


def _parse_links(word: str, bare_domains: bool) -> tuple[Span, ...]:  # noqa: FBT001 -- positional for the cache
    for part in word.split("/"):
        labels = [label for label in part.split(".") if label]
        if len(labels) > _MOST_LABELS:
            return ()
    return tuple(Span(*link["indices"]) for link in _parser().links(word, bare_domains))


_parse_cached_links = lru_cache(maxsize=4096)(_parse_links)


def links_in(text: str) -> tuple[str, ...]:
    """Return the links of ``text`` as written, with or without ``https://``."""
    return tuple(text[start:end] for start, end in find_links(text))


def without(text: str, spans: tuple[Span, ...], instead: str = " ") -> str:
    """Return ``text`` with ``instead`` in the place of each span."""
    kept: list[str] = []
    at = 0
    for start, end in spans:
        kept.append(text[at:start])
        at = end
    kept.append(text[at:])
    return instead.join(kept)


def find_emoji(text: str) -> tuple[Span, ...]:
    """Find the emoji of ``text``, in order, each sequence as one span."""
    if text.isascii():
        return ()
    return tuple(
        Span(run.start() + start, run.start() + end)
        for run in _EMOJI_RUN.finditer(text)
        for start, end in _emoji_in_run(run[0])
    )


@lru_cache(maxsize=4096)
def _emoji_in_run(run: str) -> tuple[Span, ...]:
    return tuple(Span(*emoji["indices"]) for emoji in _parser().emoji(run))


def _marks() -> str:
    r"""Return the combining marks as the inside of a character class.

    ``\w`` leaves them out, which would split words of Hindi or Thai.
    """
    # The marks beyond are music and selectors of variants.
    codes = [c for c in range(0x17000) if unicodedata.category(chr(c)) in {"Mn", "Mc"}]
    runs = [
        [code for _, code in group]
        for _, group in groupby(enumerate(codes), lambda pair: pair[1] - pair[0])
    ]
    return "".join(f"{chr(run[0])}-{chr(run[-1])}" for run in runs)


MARKS = _marks()
# Hashtags and cashtags as twitter-text reads them
# (https://github.com/twitter/twitter-text/blob/master/rb/lib/twitter-text/regex.rb, 2021-10):
# these signs of Hebrew, Catalan, Tibetan, Japanese, Persian and Sinhala stand within a word.
_JOINS_TAG = (
    "\u200c\u200d\u00b7\u05be\u05f3\u05f4\u0f0b\u0f0c\u3003\u301c\u309b\u309c\u30a0\u30fb"
    "\uff5e\ua67e"
)
# What follows the sign of a keycap is no tag, and what goes on as `http://` does is none either.
_HASHTAG = re.compile(
    rf"(?<![\w{MARKS}&/#\uff03])[#\uff03](?![\ufe0f\u20e3])([\w{MARKS}{_JOINS_TAG}]++)(?!://)"
)
_CASHTAG = re.compile(
    r"(?<![^\s\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069])"
    r"\$[A-Za-z]{1,6}(?:[._][A-Za-z]{1,2})?(?=$|[\s!'#%&\"()*+,\\\-./:;<=>?@\[\]^_{|}~$])"
)


def _hashtags(text: str) -> Iterator[re.Match[str]]:
    if "#" in text or "\uff03" in text:
        tags = _HASHTAG.finditer(text)
        yield from (tag for tag in tags if any(map(str.isalpha, tag[1])))


def hashtags_in(text: str) -> tuple[str, ...]:
    """Return the hashtags of ``text`` without their ``#``. ``#1`` is a number."""
    return tuple(tag[1] for tag in _hashtags(without(text, find_links(text))))


def cashtags_in(text: str) -> tuple[str, ...]:
    """Return the stock symbols of ``text`` with their ``$``. ``$5`` is a price."""
    return tuple(_CASHTAG.findall(text)) if "$" in text else ()


def tag_spans(text: str) -> tuple[Span, ...]:
    """Return where the hashtags and cashtags of ``text`` stand, their sign included."""
    found = (*_hashtags(text), *_CASHTAG.finditer(text))
    return tuple(Span(*tag.span()) for tag in found)


def write_hashtag(words: str, *, camel_case: bool) -> str:
    """Return ``words`` as one hashtag without ``#``, or ``""`` where none is left.

    With ``camel_case`` each word starts with a capital, so that screen readers can
    tell the words apart.
    """
    spaced = ""
    for character in re.sub("['\u2019]", "", words):
        is_mark = unicodedata.category(character) in {"Mn", "Mc"}
        spaced += character if character.isalnum() or is_mark else " "
    parts = spaced.split()
    if camel_case:
        parts = [part[0].upper() + part[1:] for part in parts]
    tag = "".join(parts)
    return tag if any(character.isalpha() for character in tag) else ""


_SEPARATED_DIGITS = re.compile(r"(?<![\w.,])\+?\(?\d(?:[ \u00a0().\-/]{0,3}\d){6,18}(?!\w)")
_DATES_AND_YEARS = re.compile(
    r"""(?<!\d)(?:
        (?:19|20)\d\d([-./])\d{1,2}\1\d{1,2}            # 2026-11-24
        | \d{1,2}([-./])\d{1,2}\2(?:19|20)\d\d          # 24.11.2026
        | (?:19|20)\d\d\ ?[-/]\ ?(?:19|20)\d\d          # 2024-2026
    )(?!\d)""",
    re.VERBOSE,
)
_AMOUNT = re.compile(
    r"""\d{1,3}(?:[ \u00a0.]\d{3})*[ \u00a0.]000         # 1 000 000
        | \d{1,2}\.\d+                                   # 3.14159265""",
    re.VERBOSE,
)
_FEWEST, _MOST = 7, 15
"""Digits. Fifteen is the most in an international number, ITU-T E.164 (2010-11)."""
_FEWEST_WITHOUT_BREAKS = 9


def phone_numbers_in(text: str) -> tuple[str, ...]:
    """Return what looks like a telephone number; dates, years and links do not."""
    rest = _DATES_AND_YEARS.sub(";", without(text, find_links(text)))
    return tuple(found[0] for found in _SEPARATED_DIGITS.finditer(rest) if _is_phone(found[0]))


def _is_phone(candidate: str) -> bool:
    groups = re.findall(r"\d+", candidate)
    digits = sum(map(len, groups))
    if not _FEWEST <= digits <= _MOST or _AMOUNT.fullmatch(candidate):
        return False
    if candidate[0] == "+" or groups[0][0] == "0":
        return True
    if len(groups) == 1:
        return digits >= _FEWEST_WITHOUT_BREAKS
    return max(map(len, groups)) >= len("555")
