"""What one channel takes, held to an answer found by trying every minute."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from galley.models.channel import PostingDay
from galley.publishing.schedule.rules import after_gap, after_limit, next_slot

NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)  # a Wednesday
DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
BERLIN = ZoneInfo("Europe/Berlin")
_MINUTES = st.integers(-600, 600).map(lambda minutes: NOON + minutes * MINUTE)
_TAKEN = st.lists(_MINUTES, max_size=12).map(sorted)
_QUARTERS = st.integers(-96, 96).map(lambda quarters: NOON + quarters * 15 * MINUTE)


def is_apart(at: datetime, taken: list[datetime], gap: timedelta) -> bool:
    return all(abs(at - other) >= max(gap, MINUTE) for other in taken)


@given(_MINUTES, _TAKEN, st.integers(0, 90))
def test_a_gap_gives_the_first_minute_that_is_far_enough_from_every_post(
    at: datetime, taken: list[datetime], minutes: int
) -> None:
    gap = minutes * MINUTE
    tried = at
    while not is_apart(tried, taken, gap):
        tried += MINUTE

    assert after_gap(at, taken, gap) == tried


def test_two_posts_in_different_seconds_of_a_minute_are_in_the_same_minute() -> None:
    late = NOON + timedelta(seconds=50)

    assert after_gap(NOON, [late], timedelta(0)) == NOON + MINUTE


def most_in_a_day(times: list[datetime]) -> int:
    return max(sum(one <= t < one + DAY for t in times) for one in times)


@given(_QUARTERS, st.lists(_QUARTERS, max_size=14).map(sorted), st.integers(1, 5))
def test_a_limit_gives_the_first_time_at_which_no_24_hours_hold_more(
    at: datetime, taken: list[datetime], limit: int
) -> None:
    def fits(tried: datetime) -> bool:
        around = [t for t in taken if abs(t - tried) < DAY]
        windows = [*around, tried]
        return all(
            sum(one <= t < one + DAY for t in [*around, tried]) <= limit
            for one in windows
            if one <= tried < one + DAY
        )

    tried = at
    while not fits(tried):
        tried += 15 * MINUTE

    assert after_limit(at, taken, limit) == tried


def test_a_place_opens_exactly_24_hours_after_the_first_post() -> None:
    taken = [NOON, NOON + HOUR]

    assert after_limit(NOON + 2 * HOUR, taken, 2) == NOON + DAY
    assert after_limit(NOON + 2 * HOUR, taken, 3) == NOON + 2 * HOUR


@given(st.lists(_QUARTERS, min_size=1, max_size=30), st.integers(1, 6))
def test_posts_placed_one_after_another_never_break_the_limit(
    wanted: list[datetime], limit: int
) -> None:
    placed: list[datetime] = []
    for at in wanted:
        placed = sorted([*placed, after_limit(at, placed, limit)])

    assert most_in_a_day(placed) <= limit


SCHEDULE = (
    PostingDay(weekday=2, times=(time(12, 30), time(9))),
    PostingDay(weekday=4, times=(time(9),)),
)


@pytest.mark.parametrize(
    ("at", "slot"),
    [
        ("2026-11-25T07:59", "2026-11-25T08:00"),
        ("2026-11-25T08:00", "2026-11-25T08:00"),
        ("2026-11-25T08:01", "2026-11-25T11:30"),
        ("2026-11-25T11:31", "2026-11-27T08:00"),
        ("2026-11-27T08:01", "2026-12-02T08:00"),
    ],
)
def test_the_next_slot_is_that_of_the_weekday_in_the_channels_zone(at: str, slot: str) -> None:
    given_at = datetime.fromisoformat(at).replace(tzinfo=UTC)

    found = next_slot(given_at, SCHEDULE, BERLIN)

    assert found == datetime.fromisoformat(slot).replace(tzinfo=UTC)


def test_a_single_slot_a_week_is_found_a_week_later() -> None:
    friday = (SCHEDULE[1],)
    at = datetime(2026, 11, 27, 8, 1, tzinfo=UTC)

    assert next_slot(at, friday, BERLIN) == datetime(2026, 12, 4, 8, tzinfo=UTC)


def test_without_slots_there_is_no_next_one() -> None:
    assert next_slot(NOON, (), BERLIN) is None


def test_a_slot_that_the_clock_change_skips_is_the_first_minute_after_it() -> None:
    sunday = (PostingDay(weekday=6, times=(time(2, 30),)),)
    at = datetime(2027, 3, 27, 12, tzinfo=UTC)

    assert next_slot(at, sunday, BERLIN) == datetime(2027, 3, 28, 1, tzinfo=UTC)
