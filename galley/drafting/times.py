"""Times of day in a text, by the minute they mean: 7:45 p.m., 19.45 Uhr, half past nine.

:mod:`galley.drafting.numbers` looks those of a draft up in its evidence.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

_DAY, _HALF, _SIX = 24 * 60, 12 * 60, 6 * 60  # minutes
_HALVES = (
    r"(?:[ \u00a0]?(?:(?P<am>a\.?[ \u00a0]?m(?!\w)|in the morning|morgens|vormittags)"
    r"|(?P<pm>p\.?[ \u00a0]?m(?!\w)|in the (?:afternoon|evening)|at night|nachmittags|abends)))?"
)
_UNIT = r"(?P<unit>uhr|o['\u2019]clock)(?!\w)"
# 7:45, 19.45 Uhr, 19 h 30, 7 p.m., 7 o'clock
_FIGURES = re.compile(
    r"(?<![\d.,:])(?P<before>(?:(?<!\w)(?:at|from|until|till|to|by|um|ab|bis|von|gegen|à) )?)"
    r"(?P<hour>2[0-4]|[01]?\d)(?!\d)"
    r"(?:(?P<mark>[:.\uff1a]|[ \u00a0]?h[ \u00a0]?)(?P<minute>[0-5]\d)(?![\d:]|[.,]\d))?"
    rf"(?:[ \u00a0]?{_UNIT})?{_HALVES}"
    # Nothing is counted by it, as in "from 7.45 euros".
    r"(?P<alone>(?=[ \u00a0]?(?:$|[\n.,;!?)\u2013-]"
    r"|(?:and|or|to|till|until|on|in|und|oder|bis|am|im)(?!\w))))?",
    re.IGNORECASE,
)
_PARTS = {"half": 30, "quarter": 15, "halb": 30, "viertel": 15, "dreiviertel": 45}
# half past nine, halb zehn, quarter to 8, seven o'clock, noon
_WORDS = re.compile(
    r"(?<!\w)(?:(?:(?P<part>half|quarter|viertel)[ \u00a0](?P<side>past|to|nach|vor)"
    r"|(?P<before>halb|dreiviertel|viertel))[ \u00a0])?"
    rf"(?P<hour>\d{{1,2}}|[^\W\d_]{{3,11}})(?!\w)(?:[ \u00a0]{_UNIT})?{_HALVES}",
    re.IGNORECASE,
)
_HOURS = {
    name: hour
    for names in (
        "one two three four five six seven eight nine ten eleven twelve",
        "eins zwei drei vier fünf sechs sieben acht neun zehn elf zwölf",
    )
    for hour, name in enumerate(names.split(), 1)
} | {"ein": 1}
_ALONE = {"midday": 12, "noon": 12, "mittag": 12, "midnight": 0, "mitternacht": 0}


class ClockTime(NamedTuple):
    """A time of day in a text, and each minute of the day that it may mean."""

    start: int
    end: int
    minutes: frozenset[int]


def times_in(text: str) -> Iterator[ClockTime]:
    """Yield the times of day of a text, in figures and in English and German words."""
    for found in _FIGURES.finditer(text):
        is_said = found["unit"] or found["am"] or found["pm"]
        is_plain = found["mark"] == "." and found["before"] and found["alone"] is not None
        if is_said or (found["minute"] and (found["mark"] != "." or is_plain)):
            at = int(found["hour"]) * 60 + int(found["minute"] or 0)
            yield ClockTime(found.start("hour"), found.end(), _minutes(at, found))
    for found in _WORDS.finditer(text):
        name = found["hour"].casefold()
        if name in _ALONE and not (found["part"] or found["before"]):
            yield ClockTime(*found.span(), frozenset({_ALONE[name] * 60}))
            continue
        hour = _HOURS.get(name, int(name) if name.isdecimal() else None)
        is_part = bool(found["part"] or found["before"])
        # Without a part, figures were found above.
        is_said = not name.isdecimal() and (found["unit"] or found["am"] or found["pm"])
        if hour is not None and (is_part or is_said):
            yield ClockTime(*found.span(), _minutes(hour * 60 + _offset(found), found))


def _offset(found: re.Match[str]) -> int:
    """Return the minutes that a part of an hour lies behind the hour that is named."""
    if found["before"]:
        # "halb neun" and "dreiviertel neun" are before nine.
        return _PARTS[found["before"].casefold()] - 60
    minutes = _PARTS[found["part"].casefold()] if found["part"] else 0
    return minutes if (found["side"] or "").casefold() in {"past", "nach"} else -minutes


def _minutes(at: int, found: re.Match[str]) -> frozenset[int]:
    """Return the minutes of the day that a time may mean; twelve is noon without a half."""
    is_of_24 = at >= _DAY or found["hour"].startswith("0")
    at %= _DAY
    if found["am"] or found["pm"]:
        half = at % _HALF
        is_late = bool(found["pm"]) and not (_is_night(found["pm"]) and half < _SIX)
        return frozenset({half + (_HALF if is_late else 0)} if at < _HALF + 60 else {at})
    # "um 9 Uhr" may be in the evening; "um 9.30 Uhr", "07:30" and "0:30" are not.
    is_exact = is_of_24 or (found["unit"] and found["hour"].isdecimal() and at % 60)
    return frozenset({at} if is_exact or at >= _HALF else {at, at + _HALF})


def _is_night(half: str) -> bool:
    return half.casefold().endswith("night")
