"""What others wrote, made safe to be shown on a terminal, by a command or in a log.

Drafts, notes, names and errors come from sources, models, Buffer and whoever may send
a signal. A terminal obeys escape sequences in them: they recolour, hide, retitle, or
put words on the clipboard. Characters that turn the direction of text, or cannot be
seen, would let a reviewer read other words than those that are approved.
"""

import re

_UNSEEN = re.compile(
    # C0 but tab and line feed, DEL, and C1, which some terminals obey too.
    "[\x00-\x08\x0b-\x1f\x7f-\x9f"
    # Soft hyphen, zero-width space, and what turns or isolates a direction.
    "\u00ad\u061c\u200b\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    # Halves of a pair, which no terminal can be sent, and tags.
    "\ud800-\udfff\U000e0000-\U000e007f]"
)
"""Joiners and the marks U+200E and U+200F stay: emoji, Persian and Hebrew need them."""


def harmless(text: str) -> str:
    r"""Return ``text`` with what a terminal would obey or hide written as ``\x1b``."""
    return _UNSEEN.sub(_written_out, text)


def harmless_json(text: str) -> str:
    """Return JSON that says the same in characters that can be seen."""
    return _UNSEEN.sub(_as_json, text)


def _written_out(found: re.Match[str]) -> str:
    code = ord(found[0])
    if code <= 0xFF:  # noqa: PLR2004 -- what two digits can say
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"  # noqa: PLR2004


def _as_json(found: re.Match[str]) -> str:
    units = found[0].encode("utf-16-be", "surrogatepass")
    pairs = (units[at : at + 2].hex() for at in range(0, len(units), 2))
    return "".join(f"\\u{pair}" for pair in pairs)


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
