"""Hashtags and cashtags: finding them in a text, and writing them."""

import re
import unicodedata

from galley.platforms.parsing import Span, find_links, without

_HASHTAG = re.compile(r"(?<![\w&/#\uff03])[#\uff03](\w*[^\W\d_][\w\u0300-\u036f]*)")
_CASHTAG = re.compile(r"(?<![\w$#@/])\$[A-Za-z]{1,6}(?:[._][A-Za-z]{1,2})?(?!\w)")


def hashtags_in(text: str) -> tuple[str, ...]:
    """Return the hashtags of ``text`` without their ``#``. ``#1`` is a number."""
    if "#" not in text and "\uff03" not in text:
        return ()
    return tuple(_HASHTAG.findall(without(text, find_links(text))))


def cashtags_in(text: str) -> tuple[str, ...]:
    """Return the stock symbols of ``text`` with their ``$``. ``$5`` is a price."""
    return tuple(_CASHTAG.findall(text)) if "$" in text else ()


def tag_spans(text: str) -> tuple[Span, ...]:
    """Return where the hashtags and cashtags of ``text`` stand, their sign included."""
    found = (*_HASHTAG.finditer(text), *_CASHTAG.finditer(text))
    return tuple(Span(*tag.span()) for tag in found)


def write_hashtag(words: str, *, camel_case: bool) -> str:
    """Return ``words`` as one hashtag without ``#``, or ``""`` where none is left.

    With ``camel_case`` each word starts with a capital, so that screen readers can
    tell the words apart.
    """
    parts = _words(words)
    if camel_case:
        parts = [part[0].upper() + part[1:] for part in parts]
    tag = "".join(parts)
    return tag if any(character.isalpha() for character in tag) else ""


def _words(words: str) -> list[str]:
    apostrophes_gone = re.sub("['\u2019]", "", words)
    kept = "".join(
        character if _may_stand_in_tag(character) else " "
        for character in apostrophes_gone
    )
    return kept.split()


def _may_stand_in_tag(character: str) -> bool:
    return character.isalnum() or unicodedata.category(character) in {"Mn", "Mc"}
