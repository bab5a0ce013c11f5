"""Text without characters that nobody sees.

Apart from the parsers of links, which take as long to load as all else that `list` needs.
"""

import re
import unicodedata

_DROPPED = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})
_JOINERS = "\u200c\u200d"  # emoji and several scripts are misspelt without them
# Letters, marks and fillers without a shape, such as U+3164, and selectors of rare variants.
_INVISIBLE_LETTERS = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180d\u180f\u2800\u3164\uffa0\ufffc"
    "\U000e0100-\U000e01ef]"
)
_DOUBLED = re.compile(f"[{_JOINERS}]+(?=[{_JOINERS}])")
_SHOWN = f"[^\x00-\x7f{_JOINERS}\ufe00-\ufe0f]"
# Joiners are never part of ASCII words, and selectors follow one visible character. More of
# them, or one after the other, carry hidden data.
_STRAY = re.compile(
    f"(?P<kept>(?<=[^\\s{_JOINERS}\ufe00-\ufe0f])[\ufe00-\ufe0f](?:[{_JOINERS}](?={_SHOWN}))?"
    f"|(?<={_SHOWN})[{_JOINERS}](?={_SHOWN}))"
    f"|[{_JOINERS}\ufe00-\ufe0f]"
)
# More than four marks on a letter climb over the lines above.
_HEAP = re.compile(
    "([\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff]{4})"
    "[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff]+"
)


def visible(text: str) -> str:
    """Return ``text`` without characters that are invisible or change the direction.

    In Unicode form NFC; lines end in a line feed.
    """
    plain = text.replace("\r\n", "\n").replace("\r", "\n")
    plain = plain.replace("\u2028", "\n").replace("\u2029", "\n\n").replace("\t", " ")
    shown = "".join(
        character
        for character in plain
        if character == "\n"
        or character in _JOINERS
        or unicodedata.category(character) not in _DROPPED
    )
    shown = _DOUBLED.sub("", _INVISIBLE_LETTERS.sub("", shown))
    shown = _STRAY.sub(r"\g<kept>", shown)
    return unicodedata.normalize("NFC", _HEAP.sub(r"\1", shown))
