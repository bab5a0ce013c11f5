"""Text from outside made safe for a terminal or a log, and the shapes of secret tokens.

The command line and the logs pass every draft, note, name and error through it: a terminal
obeys escape sequences that recolour, hide, retitle or write to the clipboard, and invisible
or direction-changing characters would show a reviewer other words than those approved.
"""

import re
from collections.abc import Callable

_HIDING = (
    # C0 but tab and line feed, DEL, and C1, which some terminals obey too.
    "\x00-\x08\x0b-\x1f\x7f-\x9f"
    # What Unicode says to show nothing of (Default_Ignorable_Code_Point, 16.0): fillers, marks
    # of a direction and what turns or isolates one, tags, selectors of variants, joiners.
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e"
    "\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3"
    "\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
    # A blank of Braille, halves of a pair, which no terminal can be sent, and no characters.
    "\u2800\ud800-\udfff\ufffe\uffff"
)
_SHOWN = f"[^\x00-\x7f{_HIDING}]"  # and no ASCII
# Joiners stay between letters and signs that are no ASCII, as emoji and Persian need them, and
# a selector of a variant after one visible character that has variants. Each looks at no more
# than its neighbours in the text, so that one pass finds all: beside what is hidden none stays.
_UNSEEN = re.compile(
    f"(?:(?<=[#*0-9])|(?<={_SHOWN}))[\ufe00-\ufe0f](?:[\u200c\u200d](?={_SHOWN}))?"
    f"|(?<={_SHOWN})[\u200c\u200d](?={_SHOWN})"
    f"|(?P<unseen>[{_HIDING}])"
)


def terminal_safe(text: str) -> str:
    r"""Return ``text`` with every character a terminal would obey or hide written as ``\x1b``."""
    return _seen(text, _escaped)


def terminal_safe_json(text: str) -> str:
    """Return JSON with the same values, in visible characters only."""
    return _seen(text, _escaped_for_json)


def unseen_characters(text: str) -> frozenset[int]:
    """Return the positions of the characters that a person would not see."""
    return frozenset(one.start() for one in _UNSEEN.finditer(text) if one["unseen"])


def _seen(text: str, escaped: Callable[[str], str]) -> str:
    return _UNSEEN.sub(lambda one: escaped(one["unseen"]) if one["unseen"] else one[0], text)


def _escaped(unseen: str) -> str:
    # Python's own notation: \xNN, \uNNNN or \UNNNNNNNN.
    return unseen.encode("unicode_escape").decode()


def _escaped_for_json(unseen: str) -> str:
    # JSON knows only \uNNNN, so a character above U+FFFF becomes a surrogate pair.
    units = unseen.encode("utf-16-be", "surrogatepass").hex(" ", 2).split()
    return "".join(f"\\u{unit}" for unit in units)


_SHAPES = (
    r"\b(?:sk|pk|rk)[-_](?=[\w-]{0,60}\d)[\w-]{12,}",  # Anthropic, Stripe, OpenAI
    r"\br8_\w{12,}",  # Replicate
    r"\bxox[a-z]-[\w-]{8,}",  # Slack
    r"\bgh[pousr]_\w{16,}",  # GitHub
    r"\bwhsec_[\w+/=-]{8,}",  # Standard Webhooks
    r"\bA(?:KIA|SIA)[A-Z0-9]{16}\b",  # Amazon
    r"\bAIza[\w-]{30,}",  # Google
    r"\beyJ[\w-]{6,500}+\.[\w-]{6,}+\.[\w-]*",  # JSON Web Tokens: Temporal Cloud, OAuth
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----",
)
TOKENS = "|".join(_SHAPES)
"""Alternatives of one regular expression, without groups of their own."""
