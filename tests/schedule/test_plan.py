"""Due times and channel selection."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from galley.models import Channel, Platform
from galley.schedule.plan import due_times, settle
from galley.schedule.selection import SelectionError, select_channels

NOW = datetime(2026, 11, 25, 12, 0, 0, 250_000, tzinfo=UTC)
_TIMES = st.datetimes(
    min_value=datetime(2026, 1, 1),  # noqa: DTZ001 - hypothesis adds the zone
    max_value=datetime(2027, 1, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
)


def test_without_start_and_stagger_posts_are_due_as_soon_as_approved() -> None:
    assert due_times(None, timedelta(0), 3, NOW) == (None, None, None)


def test_a_stagger_spaces_the_posts_from_the_start() -> None:
    hour = timedelta(hours=1)

    assert due_times(NOW, hour, 3, NOW) == (NOW, NOW + hour, NOW + 2 * hour)


def test_a_stagger_without_a_start_begins_now() -> None:
    assert due_times(None, timedelta(minutes=5), 2, NOW)[0] == NOW


@given(st.none() | _TIMES, _TIMES, st.integers(1, 600))
def test_a_settled_time_is_whole_never_early_and_never_before_the_plan(
    due_at: datetime | None, now: datetime, lead: int
) -> None:
    settled = settle(due_at, now, timedelta(seconds=lead))

    assert settled.microsecond == 0
    assert settled >= now + timedelta(seconds=lead)
    assert due_at is None or settled >= due_at


def _channel(
    name: str, platform: Platform, *, is_disconnected: bool = False
) -> Channel:
    return Channel(
        id=name * 3, name=name, platform=platform, is_disconnected=is_disconnected
    )


_X = _channel("ax", Platform.X)
_X_TOO = _channel("AX", Platform.X)
_GONE = _channel("gone", Platform.BLUESKY, is_disconnected=True)
_ALL = (_X, _channel("li", Platform.LINKEDIN), _GONE)


def test_naming_nothing_takes_every_usable_channel_and_says_why_others_are_left() -> (
    None
):
    selection = select_channels(_ALL, (), ())

    assert [c.name for c in selection.chosen] == ["ax", "li"]
    assert "reconnect it in Buffer" in selection.skipped[0].reason


def test_a_channel_named_twice_gets_one_post() -> None:
    selection = select_channels(_ALL, ("ax", "axaxax"), (Platform.X,))

    assert [c.name for c in selection.chosen] == ["ax"]


def test_an_unknown_channel_is_an_error_that_lists_the_choices() -> None:
    with pytest.raises(SelectionError, match=r"'nope' is not a channel.*li"):
        select_channels(_ALL, ("nope",), ())


def test_an_ambiguous_name_is_an_error_that_lists_the_candidates() -> None:
    with pytest.raises(SelectionError, match=r"several channels.*axaxax.*AXAXAX"):
        select_channels((_X, _X_TOO), ("Ax",), ())


def test_a_platform_without_a_channel_is_an_error() -> None:
    with pytest.raises(SelectionError, match="No pinterest channel"):
        select_channels(_ALL, (), (Platform.PINTEREST,))


def test_no_usable_channel_is_an_error_that_says_what_to_mend() -> None:
    with pytest.raises(SelectionError, match="gone is disconnected"):
        select_channels((_GONE,), (), ())
