"""Times of day in a text, by the minute they mean: 7:45 p.m., 19.45 Uhr, half past nine.

:mod:`galley.drafting.numbers` looks those of a draft up in its evidence.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

_DAY, _HALF = 24 * 60, 12 * 60
_UNIT = r"(?P<unit>uhr|h|o['\u2019]clock)(?!\w)"
# 7:45, 19.45 Uhr, 19 h 30, 7 p.m., 7 o'clock
_FIGURES = re.compile(
    r"(?<![\d.,:])(?P<hour>[01]?\d|2[0-4])"
    r"(?:(?:[:.\uff1a]|[ \u00a0]?h[ \u00a0]?)(?P<minute>[0-5]\d)(?![\d:]|[.,]\d))?"
    rf"(?:[ \u00a0]?(?:(?P<half>[ap])\.?[ \u00a0]?m(?!\w)|{_UNIT}))?",
    re.IGNORECASE,
)
_PARTS = {"half": 30, "quarter": 15, "halb": 30, "viertel": 15, "dreiviertel": 45}
_SIDE = r"(?:(?P<side>past|to|nach|vor)[ \u00a0])?"
# half past nine, halb zehn, quarter to 8, seven o'clock, noon
_WORDS = re.compile(
    rf"(?<!\w)(?:(?P<part>half|quarter|halb|dreiviertel|viertel)[ \u00a0]{_SIDE})?"
    rf"(?P<hour>\d{{1,2}}|[^\W\d_]{{3,8}})(?:[ \u00a0]{_UNIT})?(?!\w)",
    re.IGNORECASE,
)
_HOURS = {
    name: hour
    for names in (
        "one two three four five six seven eight nine ten eleven twelve",
        "eins zwei drei vier fünf sechs sieben acht neun zehn elf zwölf",
    )
    for hour, name in enumerate(names.split(), 1)
} | {"ein": 1, "midday": 12, "noon": 12, "midnight": 0, "mittag": 12, "mitternacht": 0}
_ALONE = frozenset({"midday", "noon", "midnight", "mittag", "mitternacht"})


class ClockTime(NamedTuple):
    """A time of day in a text, and each minute of the day that it may mean."""

    start: int
    end: int
    minutes: frozenset[int]


def times_in(text: str) -> Iterator[ClockTime]:
    """Yield the times of day of a text, in figures and in English and German words."""
    for found in _FIGURES.finditer(text):
        hour, minute, half = int(found["hour"]), int(found["minute"] or 0), found["half"]
        if half and 1 <= hour <= _HALF // 60:
            at = hour % 12 * 60 + minute + (_HALF if half in "pP" else 0)
            yield ClockTime(*found.span(), frozenset({at}))
        elif found["minute"] or found["unit"]:
            yield ClockTime(*found.span(), _either_half(hour * 60 + minute))
    for found in _WORDS.finditer(text):
        name = found["hour"].casefold()
        hour = _HOURS.get(name, int(name) if name.isdecimal() else None)
        part = _PARTS.get((found["part"] or "").casefold())
        is_time = found["unit"] or name in _ALONE
        # Without a part, figures were found above.
        if hour is None or (part is None and (name.isdecimal() or not is_time)):
            continue
        offset = _offset(part or 0, (found["part"] or "").casefold(), found["side"] or "")
        yield ClockTime(*found.span(), _either_half(hour * 60 + offset))


def _offset(minutes: int, part: str, side: str) -> int:
    """Return the minutes that a part of an hour lies behind the hour that is named."""
    if side:
        return minutes if side.casefold() in {"past", "nach"} else -minutes
    # "half nine" is after nine, "halb neun" and "dreiviertel neun" are before.
    return minutes - 60 if part not in {"", "half"} else minutes


def _either_half(minute: int) -> frozenset[int]:
    """Return the minutes of the day that a time without a half of the day may mean."""
    at = minute % _DAY
    return frozenset({at, (at + _HALF) % _DAY} if minute <= _HALF + 59 else {at})
