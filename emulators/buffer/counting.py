"""How Buffer counts text, by network, in rules short enough to check by eye.

Buffer's own guide: https://developers.buffer.com/guides/character-limits
"""

import re
import unicodedata

from uniseg.graphemecluster import grapheme_clusters

_URL = re.compile(r"https?://\S+")
_MENTION = re.compile(r"(?<![=/\w])@(\w+(?:[.-]\w+)*)@[\w.-]+")
_LIGHT = ((0, 0x10FF), (0x2000, 0x200D), (0x2010, 0x201F), (0x2032, 0x2037))


def utf16(text: str) -> int:
    """UTF-16 code units: Buffer's general rule. An emoji is two or more."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def utf8(text: str) -> int:
    """Bytes; half of a surrogate pair is as long as the sign that replaces it."""
    return len(text.encode("utf-8", "surrogatepass"))


def instagram(text: str) -> int:
    """UTF-16 units, a line break twice."""
    return utf16(text) + text.count("\n")


def linkedin(text: str) -> int:
    """UTF-16 units, each link as 24."""
    return utf16(_URL.sub("u" * 24, text))


def graphemes(text: str) -> int:
    """What a reader calls characters."""
    return sum(1 for _ in grapheme_clusters(text))


def mastodon(text: str) -> int:
    """Graphemes; a link is 23, ``@name@server`` is ``@name``."""
    return graphemes(_MENTION.sub(r"@\1", _URL.sub("u" * 23, text)))


def twitter(text: str) -> int:
    """The larger of UTF-16 units, as Buffer was seen to count, and X's weights.

    X's weights: https://docs.x.com/fundamentals/counting-characters
    """
    flat = _URL.sub("u" * 23, unicodedata.normalize("NFC", text))
    # A variation selector belongs to the emoji before it.
    weights = (_weight(ord(sign)) for sign in flat if sign != "\ufe0f")
    return max(utf16(text), sum(weights))


def _weight(code: int) -> int:
    return 1 if any(low <= code <= high for low, high in _LIGHT) else 2
