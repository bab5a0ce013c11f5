from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli.input.words import TimeError, parse_quiet, parse_span, parse_start, parse_when, parse_zone

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 25, 14, 30, tzinfo=UTC)  # a Wednesday, 15:30 in Berlin


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("now", "2026-11-25T14:30"),
        ("in 2h", "2026-11-25T16:30"),
        ("in 1h30m", "2026-11-25T16:00"),
        ("16:00", "2026-11-25T15:00"),
        ("9:00", "2026-11-26T08:00"),
        ("at 9am", "2026-11-26T08:00"),
        ("12 am", "2026-11-25T23:00"),
        ("12pm", "2026-11-26T11:00"),
        ("today 18:30", "2026-11-25T17:30"),
        ("tomorrow 9:00", "2026-11-26T08:00"),
        ("Tomorrow at 9 pm", "2026-11-26T20:00"),
        ("fri 18:30", "2026-11-27T17:30"),
        ("wed 16:00", "2026-11-25T15:00"),
        ("wednesday 9:00", "2026-12-02T08:00"),
        ("2026-12-01 09:00", "2026-12-01T08:00"),
        ("2026-12-01T09:00", "2026-12-01T08:00"),
        ("2026-12-01T09:00Z", "2026-12-01T09:00"),
        ("2026-12-01T09:00-05:00", "2026-12-01T14:00"),
    ],
)
def test_a_time_is_read_the_way_a_person_in_berlin_means_it(text: str, expected: str) -> None:
    found = parse_when(text, NOW, BERLIN)

    assert found.astimezone(UTC) == datetime.fromisoformat(expected).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    "text", ["", "soon", "25:00", "9:61", "13pm", "0am", "9", "mo 9:00", "2026-13-01T00:00"]
)
def test_what_names_no_time_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(TimeError, match="write one like"):
        parse_when(text, NOW, BERLIN)


@pytest.mark.parametrize("text", ["today 9:00", "2026-11-25T14:29:59Z"])
def test_a_time_that_has_passed_is_refused(text: str) -> None:
    with pytest.raises(TimeError, match="has passed"):
        parse_when(text, NOW, BERLIN)


def test_a_date_without_a_clock_time_is_refused() -> None:
    with pytest.raises(TimeError, match="no time of day"):
        parse_when("2026-12-01", NOW, BERLIN)


def test_a_local_time_that_the_clock_change_skips_becomes_the_first_after_it() -> None:
    found = parse_start("2027-03-28T02:30", NOW, BERLIN)

    assert found.at == datetime(2027, 3, 28, 1, 0, tzinfo=UTC)
    assert found.wall == datetime.fromisoformat("2027-03-28T02:30")


@pytest.mark.parametrize("text", ["now", "in 2h", "2026-12-01T09:00Z"])
def test_what_is_no_wall_clock_has_none(text: str) -> None:
    assert parse_start(text, NOW, BERLIN).wall is None


@pytest.mark.parametrize("text", ["9999-12-31T23:59", "0001-01-01T00:00"])
@pytest.mark.parametrize("zone", ["America/New_York", "Asia/Tokyo"])
def test_a_time_at_the_end_of_the_calendar_is_read_or_refused(text: str, zone: str) -> None:
    try:
        assert parse_when(text, NOW, ZoneInfo(zone)) > NOW
    except TimeError:
        return


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("22:00-07:00", "22:00-07:00"),
        ("22:00 - 7:00", "22:00-07:00"),
        ("10pm-7am", "22:00-07:00"),
        ("10 pm to 7:30 am", "22:00-07:30"),
        ("12:00-13:15", "12:00-13:15"),
    ],
)
def test_quiet_hours_are_read_in_the_usual_spellings(text: str, expected: str) -> None:
    assert str(parse_quiet(text)) == expected


@pytest.mark.parametrize(
    "text", ["", "22:00", "22-7", "22:00-22:00", "22:00-25:00", "7:00-8:00-9:00", "night"]
)
def test_what_are_no_quiet_hours_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(TimeError, match="write them like 22:00-07:00"):
        parse_quiet(text)


def test_of_a_local_time_that_comes_twice_the_first_is_meant() -> None:
    found = parse_when("2027-10-31T02:30", NOW, BERLIN)

    assert found == datetime(2027, 10, 31, 0, 30, tzinfo=UTC)


def test_an_unknown_time_zone_is_refused() -> None:
    with pytest.raises(TimeError, match="is not a time zone"):
        parse_zone("Europe/Atlantis")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("30m", timedelta(minutes=30)),
        ("1h30m", timedelta(minutes=90)),
        ("1 hour 30 minutes", timedelta(minutes=90)),
        ("2 days", timedelta(days=2)),
        ("1.5h", timedelta(minutes=90)),
        ("1w", timedelta(weeks=1)),
    ],
)
def test_a_span_is_read_in_the_usual_spellings(text: str, expected: timedelta) -> None:
    assert parse_span(text) == expected


@pytest.mark.parametrize("text", ["", "30", "m", "-5m", "3 fortnights", "9" * 400 + "d"])
def test_what_is_no_span_is_refused(text: str) -> None:
    with pytest.raises(TimeError):
        parse_span(text)


@given(st.text())
def test_no_text_breaks_the_reader(text: str) -> None:
    try:
        found = parse_when(text, NOW, BERLIN)
    except TimeError:
        return
    assert found >= NOW
