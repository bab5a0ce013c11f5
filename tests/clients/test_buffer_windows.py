"""The RateLimit headers."""

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from galley.clients.buffer.answers import windows_of
from galley.models.publishing import RateWindow
from tests.clients.buffer_answers import LIMITS

EXPECTED = (
    RateWindow(seconds=900, limit=100, remaining=98, resets_in=897),
    RateWindow(seconds=86_400, limit=250, remaining=200, resets_in=80_000),
    RateWindow(seconds=2_592_000, limit=3000, remaining=2900, resets_in=2_000_000),
)


def test_windows_joined_by_commas_are_read() -> None:
    assert windows_of(httpx.Headers(LIMITS)) == EXPECTED


def test_windows_in_repeated_headers_are_read() -> None:
    repeated = [(name, member) for name, value in LIMITS.items() for member in value.split(", ")]

    assert windows_of(httpx.Headers(repeated)) == EXPECTED


def test_the_two_headers_are_joined_by_name_not_by_place() -> None:
    swapped = ", ".join(reversed(LIMITS["RateLimit"].split(", ")))

    headers = httpx.Headers({**LIMITS, "RateLimit": swapped})

    assert windows_of(headers) == EXPECTED


def test_a_window_is_known_by_its_seconds_not_by_its_name() -> None:
    headers = httpx.Headers(
        {"RateLimit": '"burst";r=3;t=9', "RateLimit-Policy": '"burst";q=5;w=900'}
    )

    assert windows_of(headers) == (RateWindow(seconds=900, limit=5, remaining=3, resets_in=9),)


def test_of_two_policies_for_a_window_the_tighter_counts() -> None:
    headers = httpx.Headers(
        {
            "RateLimit": '"a";r=30;t=9, "b";r=2;t=8',
            "RateLimit-Policy": '"a";q=50;w=900, "b";q=50;w=900',
        }
    )

    assert [window.remaining for window in windows_of(headers)] == [2]


@pytest.mark.parametrize(
    ("usage", "policy"),
    [
        ("", ""),
        ("100-in-15min", "900"),
        ('"a";r=-1;t=5', '"a";q=100;w=900'),
        ('"a";r=1.5;t=5', '"a";q=100;w=900'),
        ('"a";r=98', '"a";q=100;w=900'),
        ('"a";r=98;t=5', '"a";q=100;w=901'),
        ('"a";r=98;t=5', '"a";r=98;t=5;w=900'),
        ('"a";r=98;t=5', '"b";q=100;w=900'),
        ('"a";r=99999999999999999999;t=5', '"a";q=100;w=900'),
        ('"a;r=98;t=5', '"a";q=100;w=900'),
        ('"a";r=0;t=5', '"a";q=0;w=900'),
    ],
)
def test_what_cannot_be_read_is_left_out(usage: str, policy: str) -> None:
    headers = httpx.Headers({"RateLimit": usage, "RateLimit-Policy": policy})

    assert windows_of(headers) == ()


def test_a_limit_beyond_every_plan_cannot_fill_the_memory() -> None:
    headers = httpx.Headers(
        {"RateLimit": '"a";r=0;t=5', "RateLimit-Policy": '"a";q=999999999;w=900'}
    )

    (window,) = windows_of(headers)

    assert (window.limit, window.remaining) == (20_000, 0)


def test_more_than_the_quota_cannot_remain() -> None:
    headers = httpx.Headers(
        {"RateLimit": '"a";r=500;t=9999', "RateLimit-Policy": '"a";q=100;w=900'}
    )

    (window,) = windows_of(headers)

    assert (window.remaining, window.resets_in) == (100, 900)


@given(st.text(st.characters(max_codepoint=255), max_size=200))
def test_no_header_breaks_the_reading(value: str) -> None:
    raw = [(b"RateLimit", value.encode("latin-1"))]
    raw.append((b"RateLimit-Policy", value.encode("latin-1")))

    assert isinstance(windows_of(httpx.Headers(raw)), tuple)
