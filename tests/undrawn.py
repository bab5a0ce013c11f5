"""A letter that no font of this machine draws: some machines draw even cuneiform."""

import unicodedata
from functools import cache
from itertools import chain
from pathlib import Path

import typst

from galley.media.typefaces import coverage

_CUNEIFORM = range(0x12000, 0x12400)
_RARE = chain(_CUNEIFORM, range(0x10000, 0x1E000), range(0x20000, 0x30000))


@cache
def undrawn_letter() -> str:
    """Return a letter of a script; the test asks for another if a font has it."""
    drawn = set[int]()
    for font in typst.Fonts(include_system_fonts=True).fonts():
        if font.path:
            drawn |= coverage(Path(font.path), font.index)
    return next(
        chr(code) for code in _RARE if code not in drawn and unicodedata.category(chr(code)) == "Lo"
    )


def named(letter: str) -> str:
    """Return how an error names it, as a regular expression."""
    return rf"U\+{ord(letter):04X}\)"
