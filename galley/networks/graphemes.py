"""Extended grapheme clusters: what a reader takes for one character.

The rules are those of UAX #29 for Unicode 16, https://www.unicode.org/reports/tr29/
(2024-08-28); the names GB3 to GB13 are the standard's. The character data are uniseg's.
Its own segmenter looks back over a whole run of marks at every mark, so a hostile text
of a few thousand marks would hold it for minutes; this one reads each character once.

Apart from :mod:`galley.networks.text`, whose patterns programs of the sandbox need not compile:
they count and cut letters alone.
"""

from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

import grapheme  # pyright: ignore[reportMissingTypeStubs] -- it ships none
from uniseg.derived import InCB, indic_conjunct_break
from uniseg.emoji import emoji_presentation, extended_pictographic
from uniseg.graphemecluster import GCB, grapheme_cluster_break

_BREAKS_AROUND = frozenset({GCB.CONTROL, GCB.CR, GCB.LF})
_EXTENDS = frozenset({GCB.EXTEND, GCB.ZWJ, GCB.PACINGMARK})
_HANGUL = frozenset(
    (first, second)
    for firsts, seconds in (
        ({GCB.L}, {GCB.L, GCB.V, GCB.LV, GCB.LVT}),
        ({GCB.LV, GCB.V}, {GCB.V, GCB.T}),
        ({GCB.LVT, GCB.T}, {GCB.T}),
    )
    for first in firsts
    for second in seconds
)
_VARIATION_SELECTOR_16 = "\ufe0f"
_KEYCAP = "\u20e3"


class _Kind(NamedTuple):
    """The properties of one character that the rules look at."""

    boundary: GCB
    pictographic: bool
    conjunct: InCB
    is_plain: bool
    """No rule but the last, GB999, speaks of it: most letters of most scripts."""


@lru_cache(maxsize=8192)
def _kind(character: str) -> _Kind:
    boundary = grapheme_cluster_break(character)
    pictographic, conjunct = extended_pictographic(character), indic_conjunct_break(character)
    is_plain = boundary is GCB.OTHER and not pictographic and conjunct is InCB.NONE
    return _Kind(boundary, pictographic, conjunct, is_plain)


class _Reader:
    """Decides, character by character, whether a new cluster starts."""

    def __init__(self) -> None:
        self._previous: GCB | None = None
        self._was_plain = False
        self._after_picture = False
        self._joins_picture = False
        self._after_consonant = False
        self._joins_consonant = False
        self._odd_flag_half = False

    def starts_cluster(self, character: str) -> bool:
        kind = _kind(character)
        # One plain character after another leaves all that is remembered as it is.
        if kind.is_plain and self._was_plain:
            return True
        starts = not self._continues(kind)
        self._remember(kind)
        return starts

    def _continues(self, kind: _Kind) -> bool:
        previous, boundary = self._previous, kind.boundary
        if previous is None:
            return False
        if previous in _BREAKS_AROUND or boundary in _BREAKS_AROUND:
            return previous is GCB.CR and boundary is GCB.LF  # GB3, GB4, GB5
        return (
            boundary in _EXTENDS  # GB9, GB9a
            or previous is GCB.PREPEND  # GB9b
            or (previous, boundary) in _HANGUL  # GB6, GB7, GB8
            or self._completes(kind)
        )

    def _completes(self, kind: _Kind) -> bool:
        return (
            (self._joins_consonant and kind.conjunct is InCB.CONSONANT)  # GB9c
            or (self._joins_picture and kind.pictographic)  # GB11
            # GB12, GB13
            or (self._odd_flag_half and kind.boundary is GCB.REGIONAL_INDICATOR)
        )

    def _remember(self, kind: _Kind) -> None:
        boundary, conjunct = kind.boundary, kind.conjunct
        self._joins_picture = self._after_picture and boundary is GCB.ZWJ
        self._after_picture = kind.pictographic or (self._after_picture and boundary is GCB.EXTEND)
        keeps_conjunct = conjunct in (InCB.EXTEND, InCB.LINKER)
        self._joins_consonant = keeps_conjunct and (
            self._joins_consonant or (self._after_consonant and conjunct is InCB.LINKER)
        )
        self._after_consonant = conjunct is InCB.CONSONANT or (
            keeps_conjunct and self._after_consonant
        )
        self._odd_flag_half = boundary is GCB.REGIONAL_INDICATOR and not self._odd_flag_half
        self._previous, self._was_plain = boundary, kind.is_plain


def clusters(text: str) -> Iterator[str]:
    """Yield the grapheme clusters of ``text``; joined, they are ``text``."""
    reader, start = _Reader(), 0
    for at, character in enumerate(text):
        if reader.starts_cluster(character) and at:
            yield text[start:at]
            start = at
    if text:
        yield text[start:]


def count_graphemes(text: str) -> int:
    """Count grapheme clusters by Unicode 16."""
    if text.isascii() and "\r" not in text:
        return len(text)
    reader = _Reader()
    return sum(map(reader.starts_cluster, text))


def count_old_graphemes(text: str) -> int:
    """Count grapheme clusters by Unicode 13, in which Indic conjuncts fall apart.

    Servers on an older Ruby still count so.
    """
    if text.isascii() and "\r" not in text:
        return len(text)
    return grapheme.length(text)  # pyright: ignore[reportUnknownMemberType] -- untyped


@lru_cache(maxsize=8192)
def is_emoji(cluster: str) -> bool:
    """Tell whether a grapheme cluster is shown as an emoji."""
    return any(
        character in (_VARIATION_SELECTOR_16, _KEYCAP)
        or emoji_presentation(character)
        or _kind(character).boundary is GCB.REGIONAL_INDICATOR
        for character in cluster
    )
