"""Wall clock and quiet hours, minute by minute around every change of the clocks."""

from datetime import UTC, datetime, time, timedelta
from itertools import product
from zoneinfo import ZoneInfo

import pytest

from galley.models.schedule import QuietHours
from galley.publishing.schedule.clock import after_quiet, first_instant, last_instant
from tests.publishing.zones import CHANGES, EVERYWHERE, is_quiet, shows

BERLIN = ZoneInfo("Europe/Berlin")
_MINUTE = timedelta(minutes=1)
_AROUND = timedelta(hours=4)


def minutes_around(change: datetime) -> list[datetime]:
    count = 2 * _AROUND // _MINUTE
    return [change - _AROUND + index * _MINUTE for index in range(count)]


def test_the_zones_are_those_that_are_known_to_change_their_clocks() -> None:
    assert len(EVERYWHERE) > 150
    assert {"Europe/Berlin", "Australia/Lord_Howe", "Africa/Casablanca"} <= set(EVERYWHERE)
    assert {"UTC", "Asia/Tokyo", "America/Sao_Paulo"}.isdisjoint(EVERYWHERE)
    assert len(CHANGES) > 20


@pytest.mark.parametrize("name", CHANGES)
def test_every_wall_clock_becomes_its_first_instant_or_the_first_minute_after_a_gap(
    name: str,
) -> None:
    zone = ZoneInfo(name)
    for change in CHANGES[name]:
        first: dict[datetime, datetime] = {}
        last: dict[datetime, datetime] = {}
        for at in minutes_around(change):
            first.setdefault(shows(at, zone), at)
            last[shows(at, zone)] = at
        wall, end = min(first), max(first)
        while wall <= end:
            exists = wall in first
            expected = wall if exists else min(w for w in first if w > wall)
            assert first_instant(wall, zone) == first[expected], wall
            assert last_instant(wall, zone) == last[expected], wall
            wall += _MINUTE


@pytest.mark.parametrize(
    ("wall", "first", "last"),
    [
        ("2027-03-28T01:59:59", "2027-03-28T00:59:59", "2027-03-28T00:59:59"),
        ("2027-03-28T02:00:00", "2027-03-28T01:00:00", "2027-03-28T01:00:00"),
        ("2027-03-28T02:30:30", "2027-03-28T01:00:00", "2027-03-28T01:00:00"),
        ("2027-03-28T03:00:00", "2027-03-28T01:00:00", "2027-03-28T01:00:00"),
        ("2027-10-31T02:30:00", "2027-10-31T00:30:00", "2027-10-31T01:30:00"),
        ("2027-10-31T03:00:00", "2027-10-31T02:00:00", "2027-10-31T02:00:00"),
    ],
)
def test_skipped_and_repeated_hours_in_berlin(wall: str, first: str, last: str) -> None:
    given = datetime.fromisoformat(wall)

    assert first_instant(given, BERLIN).isoformat() == f"{first}+00:00"
    assert last_instant(given, BERLIN).isoformat() == f"{last}+00:00"


SPANS = (
    QuietHours(start=time(22), end=time(7)),
    QuietHours(start=time(2, 30), end=time(6)),
    QuietHours(start=time(20), end=time(1, 30)),
    QuietHours(start=time(0, 50), end=time(0, 10)),
)


@pytest.mark.parametrize("name", CHANGES)
def test_quiet_hours_are_left_at_their_end_and_never_out_of_order(name: str) -> None:
    zone = ZoneInfo(name)
    for change, quiet in product(CHANGES[name], SPANS):
        before = change - timedelta(days=2)
        for at in minutes_around(change)[::7]:
            left = after_quiet(at, quiet, zone)
            assert left >= at
            assert not is_quiet(left, quiet, zone)
            assert left == at or after_quiet(left - _MINUTE, quiet, zone) == left
            assert left >= before
            before = left


@pytest.mark.parametrize(
    ("at", "left"),
    [
        ("2026-11-27T20:59", "2026-11-27T20:59"),
        ("2026-11-27T21:00", "2026-11-28T06:00"),
        ("2026-11-28T05:59", "2026-11-28T06:00"),
        ("2026-11-28T06:00", "2026-11-28T06:00"),
        ("2027-03-27T22:00", "2027-03-28T05:00"),
        ("2027-10-30T21:00", "2027-10-31T06:00"),
    ],
)
def test_a_night_from_22_to_7_in_berlin(at: str, left: str) -> None:
    night = QuietHours(start=time(22), end=time(7))
    given = datetime.fromisoformat(at).replace(tzinfo=UTC)

    expected = datetime.fromisoformat(left).replace(tzinfo=UTC)
    assert after_quiet(given, night, BERLIN) == expected


def test_an_hour_that_comes_twice_is_quiet_both_times() -> None:
    quiet = QuietHours(start=time(22), end=time(2, 30))
    second_ten_past_two = datetime(2027, 10, 31, 1, 10, tzinfo=UTC)

    left = after_quiet(second_ten_past_two, quiet, BERLIN)

    assert left == datetime(2027, 10, 31, 1, 30, tzinfo=UTC)
