"""Strangers' text as HTML: shown literally, with what nobody sees made visible."""

import re
import unicodedata
from collections import Counter
from difflib import SequenceMatcher

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


_TOKENS = re.compile(r"\s*(?:\w+|[^\w\s])|\s+$")
_MOST_TOKENS, _MOST_PAIRS = 800, 4000
"""Of both texts; and pairs of equal ones, each of which is looked at many times over."""


def difference(before: str, after: str) -> Markup:
    """Return both texts as one, with what was taken out and what was put in marked."""
    old, new = _TOKENS.findall(before), _TOKENS.findall(after)
    counts = Counter(new)
    if len(old) + len(new) > _MOST_TOKENS or sum(counts[one] for one in old) > _MOST_PAIRS:
        # To compare such ones would keep everybody else waiting.
        return Markup("<del>{}</del> <ins>{}</ins>").format(seen(before), seen(after))
    out = Markup()
    for kind, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        gone, come = seen("".join(old[a:b])), seen("".join(new[c:d]))
        if kind == "equal":
            out += gone
            continue
        out += Markup("<del>{}</del>").format(gone) if gone else Markup()
        out += Markup("<ins>{}</ins>").format(come) if come else Markup()
    return out
