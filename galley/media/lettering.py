"""Which words can be lettered, and how long they may be.

A character without a glyph would be printed as an empty box, so pictograms that no font
of Galley's has are left out, and letters of other scripts are known before anything is
drawn.
"""

import unicodedata

from galley.media.typefaces import bundled
from galley.platforms.graphemes import clusters

_JOINERS = frozenset("\u200c\u200d")
_EMOJI_DRESS = frozenset("\ufe0e\ufe0f\u20e3")
_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Co"})
_TRAILING = " ,;:.-\N{EN DASH}\N{EM DASH}"
_MOST_MARKS = 8
"""Code points of one letter that are kept: more would climb over the other lines."""
_PICTOGRAMS = frozenset({"So", "Sk", "Cn"})


def draws(character: str) -> bool:
    """Return whether a font that comes with Galley has a glyph for this character."""
    return character in _JOINERS or any(ord(character) in font for font in bundled())


def drawable(text: str) -> str:
    """Return the text as it can be lettered, on one line.

    Pictograms that Galley's fonts lack are left out, styled look-alikes of plain
    letters become plain, and control and direction marks go. Other scripts stay:
    :func:`galley.media.typefaces.fonts_for` looks for a font that has them.
    """
    visible = "".join(filter(_is_visible, " ".join(text.split())))
    keeps_wide = any(map(_is_east_asian, visible))
    letters = (
        _lettered(cluster, keeps_wide=keeps_wide)
        for cluster in clusters(unicodedata.normalize("NFC", visible))
    )
    return " ".join("".join(letters).split())


def shortened(text: str, limit: int) -> str:
    """Return the text cut to ``limit`` graphemes, between words, with an ellipsis."""
    characters = list(clusters(text))
    if len(characters) <= limit:
        return text
    kept = "".join(characters[: limit - 1])
    head, space, _ = kept.rpartition(" ")
    return f"{(head if space else kept).rstrip(_TRAILING)}…"


def _is_visible(character: str) -> bool:
    if character in _EMOJI_DRESS:
        return False
    return character in _JOINERS or unicodedata.category(character) not in _INVISIBLE


def _is_east_asian(character: str) -> bool:
    return character.isalpha() and unicodedata.east_asian_width(character) == "W"


def _lettered(cluster: str, *, keeps_wide: bool) -> str:
    bare = cluster[:_MOST_MARKS]
    if not bare.strip("\u200c\u200d"):
        return ""
    if keeps_wide and unicodedata.east_asian_width(bare[0]) == "F":
        return bare  # a full stop as wide as the letters around it
    for candidate in (bare, unicodedata.normalize("NFKC", bare)):
        if any(_in_one(font, candidate) for font in bundled()):
            return candidate
    for font in bundled():
        if ord(bare[0]) in font:
            kept = (mark for mark in bare if _in_one(font, mark))
            return unicodedata.normalize("NFC", "".join(kept))
    return "" if unicodedata.category(bare[0]) in _PICTOGRAMS else bare


def _in_one(font: frozenset[int], letters: str) -> bool:
    """Return whether one font has all parts of a letter: marks are not mixed in."""
    return all(ord(letter) in font or letter in _JOINERS for letter in letters)
