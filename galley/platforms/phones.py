"""Telephone numbers in a text."""

import re

from galley.platforms.parsing import find_links, without

_SEPARATED_DIGITS = re.compile(
    r"(?<![\w.,])\+?\(?\d(?:[ \u00a0().\-/]{0,3}\d){6,18}(?!\w)"
)
_DATES_AND_YEARS = re.compile(
    r"""(?<!\d)(?:
        (?:19|20)\d\d([-./])\d{1,2}\1\d{1,2}            # 2026-11-24
        | \d{1,2}([-./])\d{1,2}\2(?:19|20)\d\d          # 24.11.2026
        | (?:19|20)\d\d\ ?[-/]\ ?(?:19|20)\d\d          # 2024-2026
    )(?!\d)""",
    re.VERBOSE,
)
_AMOUNT = re.compile(
    r"""\d{1,3}(?:[ \u00a0.]\d{3})*[ \u00a0.]000         # 1 000 000
        | \d{1,2}\.\d+                                   # 3.14159265""",
    re.VERBOSE,
)
_FEWEST, _MOST = 7, 15
"""Digits. Fifteen is the most in an international number, ITU-T E.164 (2010-11)."""
_FEWEST_WITHOUT_BREAKS = 9


def phone_numbers_in(text: str) -> tuple[str, ...]:
    """Return what looks like a telephone number; dates, years and links do not."""
    rest = _DATES_AND_YEARS.sub(";", without(text, find_links(text)))
    return tuple(
        found[0] for found in _SEPARATED_DIGITS.finditer(rest) if _is_phone(found[0])
    )


def _is_phone(candidate: str) -> bool:
    groups = re.findall(r"\d+", candidate)
    digits = sum(map(len, groups))
    if not _FEWEST <= digits <= _MOST or _AMOUNT.fullmatch(candidate):
        return False
    if candidate[0] == "+" or groups[0][0] == "0":
        return True
    if len(groups) == 1:
        return digits >= _FEWEST_WITHOUT_BREAKS
    return max(map(len, groups)) >= len("555")
