"""The calendar lays posts out on the reader's days, and says what speaks against a time."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import icalendar
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.posts.directory import PostRow
from galley.models.network import Platform
from galley.models.post import PostState
from galley.models.schedule import QuietHours, Timing
from galley.networks.registry import rules_for
from web.calendar_days import Planner, Span, in_words, moved_to, span_of
from web.calendar_feed import calendar_file

BERLIN = ZoneInfo("Europe/Berlin")
TODAY = date(2026, 12, 1)
NINE = datetime(2026, 12, 1, 9, 0, tzinfo=UTC)


def row(
    at: datetime | None, number: int = 1, *, platform: str = "x", state: str = "scheduled"
) -> PostRow:
    return PostRow(
        workflow_id=f"post:5a5a:{platform}{number}",
        campaign_id="campaign:5a5a",
        platform=platform,
        channel_id=f"channel-{platform}",
        state=state,
        opening=f"Opening {number}",
        started_at=NINE,
        due_at=at,
    )


@given(st.dates(date(2000, 2, 1), date(2100, 11, 30)), st.sampled_from(list(Span)))
def test_each_day_is_in_its_span_and_beside_the_next(day: date, wanted: Span) -> None:
    span, first, until = span_of(wanted, day.isoformat(), TODAY)
    page = Planner(BERLIN, TODAY).page(span, first, until, [])

    assert span is wanted
    assert first <= day < until
    assert [one.date for one in page.days] == [
        first + timedelta(days=n) for n in range((until - first).days)
    ]
    assert all(len(week) == 7 for week in page.weeks)
    assert span_of(span, page.after.isoformat(), TODAY)[1] == until
    assert span_of(span, page.before.isoformat(), TODAY)[2] == first


@pytest.mark.parametrize("given", ["", "never", "2026-13", "9999-01-01", "2026-02-30"])
def test_what_is_no_day_is_this_month(given: str) -> None:
    assert span_of("decade", given, TODAY) == (Span.MONTH, TODAY, date(2027, 1, 1))


def test_a_post_stands_on_the_day_that_the_reader_has() -> None:
    late = datetime(2026, 12, 1, 23, 30, tzinfo=UTC)
    page = Planner(BERLIN, TODAY).page(Span.MONTH, TODAY, date(2027, 1, 1), [row(late)])

    assert [day.date for day in page.days if day.entries] == [date(2026, 12, 2)]
    assert page.days[1].entries[0].at == datetime(2026, 12, 2, 0, 30)  # noqa: DTZ001 -- a wall clock


def test_a_post_in_the_quiet_hours_of_its_campaign_is_told() -> None:
    quiet = Timing(quiet=QuietHours(start=time(22), end=time(7)), timezone="Europe/Berlin")
    planner = Planner(BERLIN, TODAY, {"campaign:5a5a": quiet})
    night, day = planner.entries([row(NINE.replace(hour=22), 1), row(NINE, 2)])[::-1]

    assert night.warnings == ("In the quiet hours of its campaign (22:00-07:00, Europe/Berlin).",)
    assert day.warnings == ()


def test_posts_closer_than_the_gap_of_their_campaign_are_told() -> None:
    planner = Planner(BERLIN, TODAY, {"campaign:5a5a": Timing(gap=timedelta(hours=4))})
    near = planner.entries([row(NINE, 1), row(NINE + timedelta(hours=3, minutes=20), 2)])
    far = planner.entries([row(NINE, 1), row(NINE + timedelta(hours=4), 2)])

    told = "3 h 20 min from another post of its channel; its campaign keeps 4 h."
    assert [one.warnings for one in near] == [(told,), (told,)]
    assert [one.warnings for one in far] == [(), ()]


def test_more_posts_than_the_network_takes_in_a_day_are_told() -> None:
    most = rules_for(Platform.YOUTUBE).posts_per_day
    rows = [row(NINE + timedelta(minutes=n), n, platform="youtube") for n in range(most + 1)]
    entries = Planner(BERLIN, TODAY).entries(rows)

    assert [bool(one.warnings) for one in entries] == [False] * most + [True]
    assert f"YouTube takes {most}" in entries[-1].warnings[0]


def test_a_post_that_will_not_go_out_takes_no_place() -> None:
    rows = [row(NINE, 1, state=PostState.REJECTED), row(NINE, 2), row(None, 3)]

    assert [one.row.workflow_id for one in Planner(BERLIN, TODAY).entries(rows)] == ["post:5a5a:x2"]


@pytest.mark.parametrize("state", PostState)
def test_only_a_post_that_is_not_out_can_be_moved(state: PostState) -> None:
    entries = Planner(BERLIN, TODAY).entries([row(NINE, state=state)])
    movable = {"in_review", "drafting", "publishing", "scheduled", "late", "pulled_back"}

    assert [one.is_movable for one in entries] == [state in movable] * len(entries)


def test_a_clock_time_that_is_skipped_becomes_the_next_one() -> None:
    assert moved_to(date(2027, 3, 28), time(2, 30), BERLIN) == datetime(
        2027, 3, 28, 1, 0, tzinfo=UTC
    )


@pytest.mark.parametrize(
    ("span", "words"),
    [
        (timedelta(days=3), "3 days"),
        (timedelta(hours=2), "2 h"),
        (timedelta(minutes=5), "5 min"),
        (timedelta(0), "0 min"),
    ],
)
def test_a_span_is_said_in_words(span: timedelta, words: str) -> None:
    assert in_words(span) == words


def test_the_feed_can_be_read_by_a_calendar() -> None:
    hostile = row(NINE, 2).model_copy(update={"opening": "Comma, semi; and\nBEGIN:VEVENT"})
    read = icalendar.Calendar.from_ical(
        calendar_file([row(NINE, 1), hostile], "https://galley.example", NINE)
    )
    events = read.events

    assert [str(one["uid"]) for one in events] == ["post:5a5a:x1@galley", "post:5a5a:x2@galley"]
    assert [one.start for one in events] == [NINE, NINE]
    assert str(events[1]["summary"]) == "X (Scheduled in Buffer): Comma, semi; and\nBEGIN:VEVENT"
    assert str(events[0]["url"]) == "https://galley.example/posts/post%3A5a5a%3Ax1"


def test_another_span_shows_today_where_the_page_does() -> None:
    planner = Planner(BERLIN, date(2026, 12, 17))

    def anchor(month: date) -> date:
        span, first, until = span_of("month", month.isoformat(), TODAY)
        return planner.page(span, first, until, []).anchor

    assert anchor(date(2026, 12, 1)) == date(2026, 12, 17)
    assert anchor(date(2027, 1, 5)) == date(2027, 1, 1)


def test_a_rejected_post_counts_on_no_day() -> None:
    posts = [row(NINE, 1), row(NINE, 2, state="rejected")]

    page = Planner(BERLIN, TODAY).page(Span.LIST, TODAY, TODAY + timedelta(days=1), posts)

    assert page.rows == (posts[0],)
