"""Which characters the card's own font, Inter, can draw.

Inter covers Latin, Greek and Cyrillic, and neither emoji nor other scripts. A character
without a glyph would be printed as an empty box, so pictograms are left out and other
scripts are known before anything is drawn.
"""

import unicodedata
from functools import cache
from pathlib import Path

from PIL import ImageFont

from galley.platforms.graphemes import clusters

FONTS = Path(__file__).with_name("fonts")
"""Inter Regular and Bold with their licence."""

_NOT_A_CHARACTER = "\U0010fffd"
_JOINERS = frozenset("\u200c\u200d")
_EMOJI_DRESS = frozenset("\ufe0e\ufe0f\u20e3")
_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Co"})
_TRAILING = " ,;:.-\N{EN DASH}\N{EM DASH}"
_MOST_MARKS = 8
"""Code points of one letter that are kept: more would climb over the other lines."""
_PICTOGRAMS = frozenset({"So", "Sk", "Cn"})


@cache
def _font() -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(
        FONTS / "Inter-Bold.otf", 24, layout_engine=ImageFont.Layout.BASIC
    )


def _shape(character: str) -> bytes:
    # The mask's bytes are its pixels; Pillow's stubs do not say so.
    return bytes(_font().getmask(character))  # pyright: ignore[reportArgumentType]


@cache
def _empty_box() -> bytes:
    return _shape(_NOT_A_CHARACTER)


@cache
def draws(character: str) -> bool:
    """Return whether Inter has a glyph for this character."""
    return character in _JOINERS or _shape(character) != _empty_box()


def needs_other_fonts(text: str) -> bool:
    """Return whether some character is in a script that Inter lacks."""
    return not all(map(draws, text))


def drawable(text: str) -> str:
    """Return the text as it can be lettered, on one line.

    Emoji and other pictograms that Inter lacks are left out, styled look-alikes of
    plain letters become plain, and control and direction marks go. Letters of other
    scripts stay: :func:`needs_other_fonts` tells of them.
    """
    visible = "".join(filter(_is_visible, " ".join(text.split())))
    letters = map(_lettered, clusters(unicodedata.normalize("NFC", visible)))
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


def _lettered(cluster: str) -> str:
    bare = cluster[:_MOST_MARKS]
    if not bare.strip("\u200c\u200d"):
        return ""
    for candidate in (bare, unicodedata.normalize("NFKC", bare)):
        if all(map(draws, candidate)):
            return candidate
    if draws(bare[0]):
        return unicodedata.normalize("NFC", "".join(filter(draws, bare)))
    return "" if unicodedata.category(bare[0]) in _PICTOGRAMS else bare
