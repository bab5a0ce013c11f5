"""Links and emoji in a text, as X's own open-source parser finds them.

The one door to ``twitter-text-parser``, the port of X's parser that agrees with the
official one on every case of the current configuration's conformance suite
(https://github.com/twitter/twitter-text, version 3, 2021-10). The parser is made for
texts of 280 characters and slows down with the square of a hostile one, so it is only
shown the parts that can hold what is looked for.
"""

import re
import warnings
from functools import lru_cache
from typing import NamedTuple, TypedDict, cast

with warnings.catch_warnings():
    # The library imports the deprecated pkg_resources; setuptools is pinned for it.
    warnings.filterwarnings("ignore", "pkg_resources is deprecated", UserWarning)
    from twitter_text import (  # pyright: ignore[reportMissingTypeStubs] -- it ships none
        extract_emojis_with_indices,  # pyright: ignore[reportUnknownVariableType]
        extract_urls_with_indices,  # pyright: ignore[reportUnknownVariableType]
    )

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


def find_links(text: str, *, bare_domains: bool = True) -> tuple[Span, ...]:
    """Find the links of ``text``, in order, which never overlap.

    ``bare_domains`` also takes ``example.com`` without ``https://``.
    """
    mark = "." if bare_domains else "://"
    if mark not in text:
        return ()
    return tuple(
        Span(word.start() + start, word.start() + end)
        for word in _WORD.finditer(text)
        if mark in word[0]
        for start, end in _links_in_word(word[0], bare_domains)
    )


def _links_in_word(word: str, bare_domains: bool) -> tuple[Span, ...]:  # noqa: FBT001 -- private, passed on
    if len(word) > _CACHED_WORD:
        return _parse_links(word, bare_domains)
    return _parse_cached_links(word, bare_domains)


def _parse_links(word: str, bare_domains: bool) -> tuple[Span, ...]:  # noqa: FBT001 -- positional for the cache
    if any(_labels(part) > _MOST_LABELS for part in word.split("/")):
        return ()
    found = cast("list[_Found]", extract_urls_with_indices(word, bare_domains))
    return tuple(Span(*link["indices"]) for link in found)


_parse_cached_links = lru_cache(maxsize=4096)(_parse_links)


def _labels(part: str) -> int:
    return sum(1 for label in part.split(".") if label)


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
    found = cast("list[_Found]", extract_emojis_with_indices(run))
    return tuple(Span(*emoji["indices"]) for emoji in found)
