"""Text from outside made safe for a terminal or a log, and the shapes of secret tokens.

The command line and the logs pass every draft, note, name and error through it: a terminal
obeys escape sequences that recolour, hide, retitle or write to the clipboard, and invisible
or direction-changing characters would show a reviewer other words than those approved.
"""

import re

# Joiners and the marks U+200E and U+200F stay: emoji, Persian and Hebrew need them.
_UNSEEN = re.compile(
    # C0 but tab and line feed, DEL, and C1, which some terminals obey too.
    "[\x00-\x08\x0b-\x1f\x7f-\x9f"
    # Soft hyphen, zero-width space, and what turns or isolates a direction.
    "\u00ad\u061c\u200b\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    # Halves of a pair, which no terminal can be sent, and tags.
    "\ud800-\udfff\U000e0000-\U000e007f]"
)


def terminal_safe(text: str) -> str:
    r"""Return ``text`` with every character a terminal would obey or hide written as ``\x1b``."""
    return _UNSEEN.sub(_escaped, text)


def terminal_safe_json(text: str) -> str:
    """Return JSON with the same values, in visible characters only."""
    return _UNSEEN.sub(_escaped_for_json, text)


def _escaped(found: re.Match[str]) -> str:
    # Python's own notation: \xNN, \uNNNN or \UNNNNNNNN.
    return found[0].encode("unicode_escape").decode()


def _escaped_for_json(found: re.Match[str]) -> str:
    # JSON knows only \uNNNN, so a character above U+FFFF becomes a surrogate pair.
    units = found[0].encode("utf-16-be", "surrogatepass").hex(" ", 2).split()
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
