"""What is promised of the quota before a campaign starts is what then happens."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from galley.models.account import Opening
from galley.publishing.quota import (
    CALL_MS,
    FREE_PLAN,
    QuotaState,
    RollingWindows,
    Window,
    call_times,
    first_openings,
    forecast,
    forecast_sentence,
)

WINDOWS = (Window(seconds=10, limit=3), Window(seconds=60, limit=7), Window(seconds=600, limit=20))
NOW = 1_000_000
MOMENT = datetime(2026, 11, 25, 12, tzinfo=UTC)  # a Wednesday
BERLIN = ZoneInfo("Europe/Berlin")
_USED = st.lists(st.integers(NOW - 700_000, NOW), max_size=20)
_BLOCKED = st.sampled_from([0, NOW + 5_000, NOW + 90_000])
_STATES = st.builds(
    QuotaState, windows=st.just(WINDOWS), ends=_USED.map(sorted).map(tuple), blocked_until=_BLOCKED
)
_FEW = st.integers(0, 30)
_KEPT = st.sampled_from([0.0, 0.05, 0.34])


def milliseconds(at: datetime) -> int:
    return round(at.timestamp() * 1000)


def tried_one_by_one(state: QuotaState, calls: int, kept: float) -> list[int]:
    """Start of each call, found by looking at every call made before."""
    room = {w.span: w.limit - int(w.limit * kept) for w in WINDOWS}
    ends, at = list(state.ends), NOW
    found: list[int] = []
    for _ in range(calls):
        start = max(at, state.blocked_until)
        while clash := [
            span for span in room if sum(start - span <= end for end in ends) >= room[span]
        ]:
            span = max(clash)
            start = min(end for end in ends if end >= start - span) + span + 1
        at = start + CALL_MS
        ends.append(at)
        found.append(start)
    return found


@given(state=_STATES, waiting=_FEW, calls=_FEW, kept=_KEPT)
@example(state=QuotaState(windows=WINDOWS, ends=(NOW - 1,)), waiting=0, calls=20, kept=0.05)
@settings(deadline=None)
def test_a_forecast_is_what_happens_when_every_call_lasts_as_long_as_assumed(
    state: QuotaState, waiting: int, calls: int, kept: float
) -> None:
    happens = tried_one_by_one(state, waiting + calls, kept)[waiting:]

    openings = forecast(state, NOW, waiting, calls, kept_back=kept)

    assert sum(run.calls for run in openings) == calls
    for promised, start in zip(call_times(openings), happens, strict=True):
        assert milliseconds(promised) >= start
    seen = 0
    for run in openings:  # the last call of a run goes out exactly then
        seen += run.calls
        assert milliseconds(run.at) == happens[seen - 1]


@given(_STATES, _FEW, _KEPT, st.data())
@settings(deadline=None)
def test_nothing_goes_out_later_than_promised_while_calls_are_quicker(
    state: QuotaState, calls: int, kept: float, data: st.DataObject
) -> None:
    lasting = data.draw(st.lists(st.integers(1, CALL_MS), min_size=calls, max_size=calls))
    quota, at = RollingWindows(state), NOW
    happens: list[int] = []
    for milliseconds_long in lasting:
        start, _ = quota.earliest(at, kept_back=kept)
        at = start + milliseconds_long
        quota.record(at)
        happens.append(start)

    promised = call_times(forecast(state, NOW, 0, calls, kept_back=kept))

    assert all(start <= milliseconds(at) for start, at in zip(happens, promised, strict=True))


@given(_STATES, _FEW, st.integers(1, 30))
@settings(deadline=None)
def test_a_forecast_is_never_below_what_the_windows_allow_at_best(
    state: QuotaState, waiting: int, calls: int
) -> None:
    total = waiting + calls
    bound = max((total - 1) // w.limit * w.span for w in WINDOWS)

    last = forecast(state, NOW, waiting, calls)[-1].at

    assert milliseconds(last) - NOW >= bound


@given(_STATES, _FEW, _FEW)
@settings(deadline=None)
def test_calls_that_nothing_holds_back_name_no_window_and_the_others_do(
    state: QuotaState, waiting: int, calls: int
) -> None:
    run_on = NOW + (waiting + calls) * CALL_MS
    for run in forecast(state, NOW, waiting, calls):
        assert run.window or milliseconds(run.at) <= run_on


def test_a_whole_month_of_calls_is_told_in_few_words() -> None:
    openings = forecast(QuotaState(windows=FREE_PLAN), NOW, 0, 3_500)

    assert sum(run.calls for run in openings) == 3_500
    assert len(openings) < 100
    assert openings[-1].window == "3000 in 30 days"


@given(_STATES, _FEW, _FEW)
@settings(deadline=None)
def test_the_first_calls_of_a_forecast_are_those_of_the_whole(
    state: QuotaState, calls: int, fewer: int
) -> None:
    whole = forecast(state, NOW, 0, calls)
    posts = min(fewer, calls)

    assert call_times(first_openings(whole, posts)) == call_times(whole)[:posts]


def openings(*runs: tuple[int, timedelta, str]) -> list[Opening]:
    return [Opening(calls=n, at=MOMENT + later, window=w) for n, later, w in runs]


HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.mark.parametrize(
    ("runs", "posts", "said"),
    [
        (
            [(11, HOUR / 60, "")],
            11,
            "Buffer's quota of calls does not delay these 11 posts, if nothing else uses this key.",
        ),
        (
            [(1, HOUR / 60, "")],
            1,
            "Buffer's quota of calls does not delay the post, if nothing else uses this key.",
        ),
        (
            [(10, HOUR, ""), (3, DAY, "250 in 24 hours")],
            11,
            (
                "11 posts: 10 fit today, 1 on Thursday, the last at 13:00 "
                "(250 in 24 hours), if nothing else uses this key."
            ),
        ),
        (
            [(1, 12 * DAY, "3000 in 30 days")],
            1,
            (
                "1 post: 1 on 7 December 2026, the last at 13:00 "
                "(3000 in 30 days), if nothing else uses this key."
            ),
        ),
        (
            [(3, HOUR, "Buffer asked to wait")],
            2,
            (
                "2 posts: 2 fit today, the last at 14:00 "
                "(Buffer asked to wait), if nothing else uses this key."
            ),
        ),
        ([(1, HOUR, "")], 2, ""),
        ([], 0, ""),
    ],
)
def test_a_forecast_is_one_sentence_that_names_the_day_and_the_window(
    runs: list[tuple[int, timedelta, str]], posts: int, said: str
) -> None:
    assert forecast_sentence(openings(*runs), [None] * posts, MOMENT, BERLIN) == said


def test_posts_that_would_miss_their_time_are_counted_earliest_due_first() -> None:
    runs = openings((2, HOUR, ""), (2, DAY, "250 in 24 hours"))
    due = [MOMENT + 3 * DAY, None, MOMENT + 2 * HOUR, MOMENT + 3 * HOUR]

    assert "1 after the time planned" in forecast_sentence(runs, due, MOMENT, BERLIN)
