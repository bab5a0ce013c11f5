"""Words as a person types them: times, spans, choices, networks, edges of clips."""

import os
import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from pathlib import Path
from typing import TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cli.errors import usage
from galley.models.media import LONGEST, SHORTEST, Clip
from galley.models.network import ALIASES, Platform
from galley.models.schedule import QuietHours
from galley.publishing.schedule.clock import first_instant

_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_CLOCK = re.compile(r"(\d{1,2})(?::(\d{2}))?(?::(\d{2}))?\s*(am|pm)?")
_SPAN = re.compile(
    r"(\d+(?:\.\d+)?)\s*"
    r"(weeks?|w|days?|d|hours?|hrs?|h|minutes?|mins?|m|seconds?|secs?|s)\s*"
)
_SECONDS = {"w": 604_800, "d": 86_400, "h": 3_600, "m": 60, "s": 1}
_PLACE = re.compile(r"(?:(\d{1,2}):)?(\d{1,3}):(\d{2}(?:\.\d{1,3})?)|(\d{1,5}(?:\.\d{1,3})?)")
"""A place in a recording, as 1:02:03.5, 1:02 or 62.5."""
E = TypeVar("E", bound=StrEnum)


class TimeError(ValueError):
    """The text names no time; the message says how to write one."""


@dataclass(frozen=True, slots=True)
class When:
    """An instant in UTC, and the wall clock it was written as, if it was."""

    at: datetime
    wall: datetime | None = None


def local_zone_name() -> str:
    """Return the IANA name of this machine's time zone, or ``UTC``."""
    if named := os.environ.get("TZ", "").lstrip(":"):
        return named
    place = Path("/etc/localtime").resolve().as_posix()
    _, found, name = place.partition("/zoneinfo/")
    return name if found else "UTC"


def parse_zone(name: str) -> ZoneInfo:
    """Return the time zone called ``name``.

    Raises:
        TimeError: There is none.
    """
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise TimeError(
            f"{name!r} is not a time zone: write one like Europe/Berlin or UTC."
        ) from None


def parse_span(text: str) -> timedelta:
    """Return a duration such as ``30m``, ``1h30m``, ``2 days``.

    Raises:
        TimeError: It is none, or longer than a year.
    """
    rest, total = text.strip().casefold(), timedelta(0)
    if not rest:
        raise TimeError("An empty duration: write one like 30m, 1h30m or 2d.")
    while rest:
        match = _SPAN.match(rest)
        if match is None:
            raise TimeError(f"{text!r} is not a duration: write one like 30m or 1h30m.")
        if float(match[1]) > _SECONDS["d"] * 366:
            raise TimeError(f"{text!r} is longer than a year.")
        total += timedelta(seconds=float(match[1]) * _SECONDS[match[2][0]])
        rest = rest[match.end() :]
    if total > timedelta(days=366):
        raise TimeError(f"{text!r} is longer than a year.")
    return total


def parse_quiet(text: str) -> QuietHours:
    """Return the quiet hours written as ``22:00-07:00`` or ``10pm-7am``.

    Raises:
        TimeError: They are no two clock times, or the same one twice.
    """
    words = re.split(r"\s*(?:-|\bto\b)\s*", text.strip().casefold())
    clocks = [_CLOCK.fullmatch(word) for word in words]
    times = [_clock(found) for found in clocks if found and (found[2] or found[4])]
    match times:
        case [time() as start, time() as end] if len(words) == 2 and start != end:  # noqa: PLR2004 -- a start and an end
            return QuietHours(start=start, end=end)
        case _:
            raise TimeError(f"{text!r} are no quiet hours: write them like 22:00-07:00.")


def parse_when(text: str, now: datetime, zone: ZoneInfo) -> datetime:
    """Return the instant ``text`` names, in UTC: see :func:`parse_start`."""
    return parse_start(text, now, zone).at


def parse_start(text: str, now: datetime, zone: ZoneInfo) -> When:
    """Return the time ``text`` names.

    A clock time without a day is the next one to come. A wall clock that a change of
    the clocks skips becomes the first minute after it; of one that comes twice, the
    first is meant.

    Args:
        text: ISO 8601, or ``[today|tomorrow|<weekday>|<date>] [at] <clock>``, or
            ``in <duration>``, or ``now``.
        now: The present, aware.
        zone: Where the person is; an offset in ``text`` wins.

    Raises:
        TimeError: It names no time, or one that has passed.
    """
    words = text.strip().casefold()
    if words == "now":
        return When(now.astimezone(UTC))
    if words.startswith("in "):
        return When(now.astimezone(UTC) + parse_span(words.removeprefix("in ")))
    try:
        when = _iso(text.strip(), zone) or _spoken(words, now.astimezone(zone))
    except OverflowError:
        when = None
    if when is None:
        raise TimeError(
            f"{text!r} is not a time: write one like 2026-12-01T09:00, "
            "'tomorrow 9:00', 'fri 18:30' or 'in 2h'."
        )
    if when.at < now:
        raise TimeError(f"{text!r} has passed: {when.at.astimezone(zone):%Y-%m-%d %H:%M %Z}.")
    return when


def _iso(text: str, zone: ZoneInfo) -> When | None:
    try:
        parsed = datetime.fromisoformat(text)
    except ValueError:
        return None
    if parsed.tzinfo is not None:
        return When(parsed.astimezone(UTC))
    if re.fullmatch(r"[\d-]{8,10}", text):
        raise TimeError(f"{text!r} has no time of day: write {text}T09:00.")
    return _in_zone(parsed, zone)


def _spoken(words: str, now: datetime) -> When | None:
    day, clock = _split_day(words, now.date())
    match = _CLOCK.fullmatch(clock)
    if match is None or not (match[2] or match[4]):
        return None
    at = _clock(match)
    zone = now.tzinfo
    if at is None or not isinstance(zone, ZoneInfo):
        return None
    if day is not None:
        when = _in_zone(datetime.combine(day, at), zone)
        is_weekday = not words.startswith(("today", "tomorrow"))
        if when.at < now and is_weekday:
            when = _in_zone(datetime.combine(day + timedelta(days=7), at), zone)
        return when
    when = _in_zone(datetime.combine(now.date(), at), zone)
    if when.at >= now:
        return when
    return _in_zone(datetime.combine(now.date() + timedelta(days=1), at), zone)


def _split_day(words: str, today: date) -> tuple[date | None, str]:
    first, _, rest = words.partition(" ")
    clock = rest.strip().removeprefix("at ").strip()
    if first == "today":
        return today, clock
    if first == "tomorrow":
        return today + timedelta(days=1), clock
    if len(first) >= 3:  # noqa: PLR2004 -- "mon" is a day, "mo" is not
        for number, name in enumerate(_DAYS):
            if name.startswith(first):
                return today + timedelta(days=(number - today.weekday()) % 7), clock
    return None, words.removeprefix("at ").strip()


def _clock(match: re.Match[str]) -> time | None:
    hour, half = int(match[1]), match[4]
    if half:
        if not 1 <= hour <= 12:  # noqa: PLR2004 -- a twelve-hour clock
            return None
        hour = hour % 12 + (12 if half == "pm" else 0)
    try:
        return time(hour, int(match[2] or 0), int(match[3] or 0))
    except ValueError:
        return None


def _in_zone(wall: datetime, zone: ZoneInfo) -> When:
    return When(first_instant(wall, zone), wall)


def choice(kind: type[E], word: str, option: str, among: Collection[E] = ()) -> E:
    """Return the member of an enumeration that a word names, in whichever case.

    Args:
        kind: The enumeration.
        word: As typed.
        option: The flag that takes it, for the error.
        among: The members that may be chosen; missing: all.

    Raises:
        CommandError: It names none of them; exit code 2.
    """
    known = {one.casefold(): one for one in kind if one in (among or kind)}
    found = known.get(word.strip().casefold())
    if found is None:
        raise usage(f"{option} is one of {', '.join(known.values())}, not {word!r}.")
    return found


def network_named(name: str) -> Platform:
    """Return the network that a word names, in whichever case.

    Raises:
        CommandError: There is none; exit code 2.
    """
    typed = name.strip().casefold()
    try:
        return Platform(ALIASES.get(typed, typed))
    except ValueError:
        known = ", ".join(Platform)
        raise usage(f"{name!r} is not a network: choose one of {known}.") from None


def edges_of(typed: str) -> Clip:
    """Return the clip between two places in a recording, such as 1:02-1:40.5.

    Raises:
        CommandError: They are no places, or not in order, or too near or too far
            apart; exit code 2.
    """
    start, dash, end = typed.replace("\N{EN DASH}", "-").partition("-")
    begins, ends = _seconds(start.strip()), _seconds(end.strip())
    if not dash or begins is None or ends is None:
        raise usage(f"--clip is like 1:02-1:40.5 or 62-100.5, not {typed[:40]!r}.")
    if not SHORTEST <= round(ends - begins, 3) <= LONGEST:
        raise usage(
            f"A clip has {SHORTEST:g} to {LONGEST:g} seconds; {typed[:40]} has {ends - begins:g}."
        )
    return Clip(start=begins, end=ends)


def _seconds(place: str) -> float | None:
    found = _PLACE.fullmatch(place)
    if found is None:
        return None
    hours, minutes, seconds, bare = found.groups()
    if bare is not None:
        return float(bare)
    return int(hours or 0) * 3600 + int(minutes) * 60 + float(seconds)
