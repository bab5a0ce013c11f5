"""Channel selection."""

import pytest

from galley.models import Channel, Platform
from galley.schedule.selection import SelectionError, select_channels


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
