"""Strangers' text as HTML: shown literally, with what nobody sees made visible."""

import re
import unicodedata

from markupsafe import Markup, escape

from galley.redaction import unseen_characters


def seen(text: str) -> Markup:
    """Return the text as HTML, with each invisible character as its code point."""
    hidden = unseen_characters(text)
    if not hidden:
        return escape(text)
    return Markup().join(_code(one) if at in hidden else escape(one) for at, one in enumerate(text))


def _code(character: str) -> Markup:
    name = unicodedata.name(character, "control character")
    code = f"U+{ord(character):04X}"
    return Markup('<span class="unseen" title="{}">{}</span>').format(name, code)


_WORD = re.compile(r"[_-]+")


def words(name: str) -> str:
    """Return a value of the wire, such as ``in_review``, as words."""
    return _WORD.sub(" ", name)
