"""Rolling windows are never exceeded, whatever the latency."""

from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from galley.models.publishing import RateWindow
from galley.publishing.quota import FREE_PLAN, OtherCalls, QuotaState, RollingWindows, Window

_WINDOWS = (Window(seconds=10, limit=3), Window(seconds=60, limit=7), Window(seconds=600, limit=20))


@dataclass
class _Call:
    pause: int
    latency: int
    counted_at: float
    timer_late: int


_CALLS = st.lists(
    st.builds(
        _Call,
        pause=st.integers(0, 30_000),
        latency=st.integers(0, 20_000),
        counted_at=st.floats(0, 1),
        timer_late=st.integers(0, 1_500),
    ),
    max_size=60,
)


@given(_CALLS)
@settings(max_examples=200, deadline=None)
def test_no_rolling_window_is_ever_exceeded_whenever_buffer_counts_the_call(
    calls: list[_Call],
) -> None:
    quota = RollingWindows(QuotaState(windows=_WINDOWS))
    now = 0
    counted: list[float] = []

    for call in calls:
        now += call.pause
        start, _ = quota.earliest(now)
        now = start if start == now else start + call.timer_late
        counted.append(now + call.counted_at * call.latency)
        now += call.latency
        quota.record(now)

    for window in _WINDOWS:
        for at in counted:
            inside = [c for c in counted if at - window.span < c <= at]
            assert len(inside) <= window.limit


@given(_CALLS)
@settings(deadline=None)
def test_the_count_survives_continue_as_new(calls: list[_Call]) -> None:
    quota = RollingWindows(QuotaState(windows=_WINDOWS))
    now = 0
    for call in calls:
        now += call.pause
        quota.record(now)

    carried = QuotaState.model_validate_json(quota.state.model_dump_json())

    assert RollingWindows(carried).earliest(now) == quota.earliest(now)


def test_calls_in_flight_take_a_slot() -> None:
    quota = RollingWindows(QuotaState(windows=_WINDOWS))
    quota.record(0)

    assert quota.earliest(1000, in_flight=1) == (1000, "")
    assert quota.earliest(1000, in_flight=2) == (10_001, "3 in 10 s")


def test_a_full_quota_in_flight_waits_a_whole_window() -> None:
    quota = RollingWindows(QuotaState(windows=_WINDOWS))

    assert quota.earliest(1000, in_flight=3) == (11_000, "3 in 10 s")


def test_the_answer_names_the_window_that_binds_longest() -> None:
    quota = RollingWindows(QuotaState(windows=_WINDOWS))
    for at in range(7):
        quota.record(at * 5_000)

    assert quota.earliest(30_000) == (60_001, "7 in 60 s")


def test_a_429_blocks_every_call_until_retry_after() -> None:
    quota = RollingWindows(QuotaState(windows=_WINDOWS))
    quota.block(90_000)

    assert quota.earliest(1000) == (90_000, "Buffer asked to wait")
    assert RollingWindows(quota.state).earliest(90_001) == (90_001, "")


def _reported(used: tuple[int, int, int]) -> tuple[RateWindow, ...]:
    return tuple(
        RateWindow(seconds=w.seconds, limit=w.limit, remaining=w.limit - n, resets_in=1)
        for w, n in zip(FREE_PLAN, used, strict=True)
    )


def test_a_fresh_account_takes_its_count_from_the_headers() -> None:
    now = 3_000_000_000
    quota = RollingWindows(QuotaState())
    quota.record(now)

    quota.observe(_reported((3, 50, 1000)), now)

    assert [w.limit - w.remaining for w in quota.report(now)] == [3, 50, 1000]


def test_calls_by_other_programs_on_the_key_are_counted() -> None:
    now = 3_000_000_000
    quota = RollingWindows(QuotaState())
    quota.record(now)

    quota.observe(_reported((100, 100, 100)), now)

    assert quota.earliest(now) == (now + 1000, "100 in 15 minutes")
    assert quota.report(now)[0].remaining == 0


@pytest.mark.parametrize("seconds", [900, 86_400, 2_592_000])
def test_calls_of_others_are_waited_for_until_the_reset_that_buffer_names(seconds: int) -> None:
    now = 3_000_000_000
    quota = RollingWindows(QuotaState())
    quota.record(now)

    seen = RateWindow(seconds=seconds, limit=100, remaining=2, resets_in=60)
    quota.observe((seen,), now)

    assert quota.earliest(now, kept_back=0.05)[0] == now + 60_000
    assert RollingWindows(quota.state).earliest(now, kept_back=0.05)[0] == now + 60_000
    assert quota.earliest(now + 60_000, kept_back=0.05)[1] == ""


def test_calls_of_others_are_corrected_downwards_by_the_next_answer() -> None:
    now = 3_000_000_000
    quota = RollingWindows(QuotaState())
    quota.record(now)
    quota.observe(_reported((100, 250, 3000)), now)

    quota.record(now + 1)
    quota.observe(_reported((2, 2, 2)), now + 1)

    assert quota.earliest(now + 1)[0] == now + 1
    assert [w.limit - w.remaining for w in quota.report(now + 1)] == [2, 2, 2]


def test_once_a_day_a_call_asks_for_a_larger_plan_without_exceeding_this_one() -> None:
    day = 86_400_000
    quota = RollingWindows(QuotaState(windows=(Window(seconds=2_592_000, limit=20),)))
    for _ in range(19):
        quota.record(0)
    assert quota.earliest(1, kept_back=0.05)[0] > 29 * day

    assert quota.probe_at() == day
    quota.block(20 * day)
    assert quota.probe_at() == day  # Buffer asked for a longer wait before the plan grew.
    quota.record(day)
    assert quota.probe_at() == 30 * day + 1


def test_after_the_reset_one_call_asks_and_without_headers_the_next_waits() -> None:
    now = 3_000_000_000
    quota = RollingWindows(QuotaState())
    quota.observe(_reported((100, 100, 100)), now)
    later = now + 1000
    assert quota.earliest(later) == (later, "")

    quota.record(later)

    assert quota.earliest(later) == (later + 60_000, "100 in 15 minutes")
    quota.observe(_reported((1, 1, 1)), later)
    assert quota.earliest(later) == (later, "")


@given(
    st.lists(st.integers(-1000, 0), max_size=20),
    st.integers(0, 12),
    st.integers(1, 20_000),
    st.integers(0, 3),
)
def test_room_comes_when_own_calls_leave_or_others_are_gone(
    ages: list[int], calls: int, resets: int, in_flight: int
) -> None:
    window = Window(seconds=10, limit=10)
    others = OtherCalls(seconds=10, calls=calls, until=resets)
    state = QuotaState(windows=(window,), ends=tuple(ages), others=(others,))
    quota = RollingWindows(state)

    def has_room(at: int) -> bool:
        own = sum(end + window.span >= at for end in ages)
        return own + in_flight + (calls if resets > at else 0) < window.limit

    at, _ = quota.earliest(0, in_flight=in_flight)

    assert has_room(at)
    assert not any(has_room(earlier) for earlier in range(0, at, 7))


@pytest.mark.parametrize(("sent", "used"), [(899_999, 1), (900_000, 1), (900_001, 2)])
def test_a_call_that_leaves_a_window_while_another_is_under_way_is_nobody_elses(
    sent: int, used: int
) -> None:
    now = 3_000_000_000
    quota = RollingWindows(QuotaState())
    quota.record(now)

    answered = now + 900_002
    quota.record(answered)
    quota.observe(_reported((2, 2, 2)), answered, now + sent)

    # It left at 900,000, or up to a millisecond later: instants are rounded down.
    assert [w.limit - w.remaining for w in quota.report(answered)] == [used, 2, 2]


def test_headers_that_count_less_than_we_do_change_nothing() -> None:
    now = 3_000_000_000
    quota = RollingWindows(QuotaState())
    for _ in range(10):
        quota.record(now)

    quota.observe(_reported((2, 2, 2)), now)

    assert [w.limit - w.remaining for w in quota.report(now)] == [10, 10, 10]


def test_the_limits_of_a_larger_plan_are_adopted() -> None:
    quota = RollingWindows(QuotaState())
    team = RateWindow(seconds=86_400, limit=500, remaining=500, resets_in=0)

    quota.observe((team,), 0)

    assert [w.limit for w in quota.report(0)] == [100, 500, 3000]


@given(st.integers(1, 200), st.floats(0, 0.9))
def test_a_share_that_is_kept_back_is_left_to_other_calls(limit: int, kept_back: float) -> None:
    windows = (Window(seconds=900, limit=limit),)
    quota = RollingWindows(QuotaState(windows=windows))
    while quota.earliest(0, kept_back=kept_back)[0] == 0:
        quota.record(0)

    left = limit - quota.used(windows[0], 0)
    assert left == int(limit * kept_back)
    for _ in range(left):
        assert quota.earliest(0)[0] == 0
        quota.record(0)
    assert quota.earliest(0)[0] > 0
