"""Due times of a campaign, and of a post that is approved late."""

from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from galley.models.campaign import CampaignInput
from galley.models.channel import Channel, PostingDay
from galley.models.network import Platform
from galley.models.schedule import BusyTime, QuietHours, Timing, TimingRule
from galley.models.source import SourceKind, SourceSpec
from galley.publishing.schedule.plan import PlanError, Planned, plan, settle
from tests.asking import split

NOW = datetime(2026, 11, 25, 12, 0, 0, 250_000, tzinfo=UTC)  # a Wednesday
HOUR, DAY, LEAD = timedelta(hours=1), timedelta(days=1), timedelta(minutes=1)
NIGHT = QuietHours(start=time(22), end=time(7))
A, B, C = (Channel(id=i, name=i, platform=Platform.X) for i in "abc")
_TIMES = st.datetimes(
    min_value=datetime(2026, 1, 1),  # noqa: DTZ001 - hypothesis adds the zone
    max_value=datetime(2027, 1, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
)


def campaign(start_at: str | None = None, **wishes: object) -> CampaignInput:
    """Return a campaign in Berlin; ``start_at`` is ISO 8601 in UTC."""
    fields = {
        "key": "k",
        "source": SourceSpec(kind=SourceKind.TEXT, name="A title", upload="0" * 64),
        "timezone": "Europe/Berlin",
        "start_at": f"{start_at}Z" if start_at else None,
        **wishes,
    }
    return CampaignInput.model_validate(split(fields, CampaignInput.model_fields))


def planned(start: CampaignInput, *channels: Channel, limit: int = 100) -> tuple[Planned, ...]:
    return plan(start, channels or (A, B, C), NOW, lambda _: limit)


def due(posts: tuple[Planned, ...]) -> list[str]:
    """Return each due time in UTC, to the minute."""
    return [f"{p.due_at:%Y-%m-%dT%H:%M}" if p.due_at else "" for p in posts]


def busy(at: str, channel: Channel = A) -> BusyTime:
    return BusyTime(channel_id=channel.id, at=datetime.fromisoformat(f"{at}+00:00"))


# The timeline


def test_without_start_and_stagger_posts_are_due_as_soon_as_approved() -> None:
    posts = planned(campaign(quiet=NIGHT))

    assert [(p.due_at, p.moves) for p in posts] == [(None, ())] * 3


def test_a_stagger_spaces_the_posts_from_the_start() -> None:
    posts = planned(campaign("2026-11-26T09:00", every=timedelta(minutes=30)))

    assert due(posts) == ["2026-11-26T09:00", "2026-11-26T09:30", "2026-11-26T10:00"]
    assert all(p.moves == () for p in posts)


def test_a_stagger_without_a_start_begins_now() -> None:
    assert planned(campaign(every=HOUR))[0].due_at == NOW


def test_hours_are_counted_in_real_time_over_a_change_of_the_clocks() -> None:
    posts = planned(campaign("2027-03-28T00:00", every=HOUR))  # 01:00 in Berlin

    assert due(posts) == ["2027-03-28T00:00", "2027-03-28T01:00", "2027-03-28T02:00"]


@pytest.mark.parametrize(
    ("start_at", "expected"),
    [
        ("2027-03-27T08:00", ["2027-03-27T08:00", "2027-03-28T07:00", "2027-03-29T07:00"]),
        ("2027-10-30T07:00", ["2027-10-30T07:00", "2027-10-31T08:00", "2027-11-01T08:00"]),
    ],
)
def test_days_keep_the_wall_clock_over_a_change_of_the_clocks(
    start_at: str, expected: list[str]
) -> None:
    assert due(planned(campaign(start_at, every=DAY))) == expected


def test_a_day_whose_clock_skips_the_time_is_moved_and_the_next_is_not() -> None:
    posts = planned(campaign("2027-03-27T01:30", every=DAY))  # 02:30 in Berlin

    assert due(posts) == ["2027-03-27T01:30", "2027-03-28T01:00", "2027-03-29T00:30"]
    assert [m.why for p in posts for m in p.moves] == [
        "2027-03-28 02:30 does not exist in Europe/Berlin"
    ]


def test_a_start_that_the_clock_skips_says_so_and_later_days_keep_what_was_asked() -> None:
    start = campaign(
        "2027-03-28T01:00", start_wall=datetime.fromisoformat("2027-03-28T02:30"), every=DAY
    )
    posts = planned(start)

    assert due(posts) == ["2027-03-28T01:00", "2027-03-29T00:30", "2027-03-30T00:30"]
    assert [m.rule for m in posts[0].moves] == [TimingRule.CLOCK]


def test_posts_that_go_out_together_all_say_that_the_clock_skips_their_time() -> None:
    wall = datetime.fromisoformat("2027-03-28T02:30")
    posts = planned(campaign("2027-03-28T01:00", start_wall=wall))

    assert [[m.rule for m in p.moves] for p in posts] == [[TimingRule.CLOCK]] * 3


# Quiet hours


def test_quiet_hours_move_to_their_end_and_keep_order_and_stagger() -> None:
    start = campaign("2026-11-26T20:30", every=HOUR, quiet=NIGHT)  # 21:30 in Berlin

    posts = planned(start)

    assert due(posts) == ["2026-11-26T20:30", "2026-11-27T06:00", "2026-11-27T07:00"]
    assert [[m.rule for m in p.moves] for p in posts] == [
        [],
        [TimingRule.QUIET],
        [TimingRule.QUIET],
    ]
    assert posts[1].moves[0].why == "quiet hours 22:00-07:00"


def test_posts_that_go_out_together_leave_the_quiet_hours_together() -> None:
    posts = planned(campaign("2026-11-26T23:00", quiet=NIGHT))

    assert due(posts) == ["2026-11-27T06:00"] * 3


# Channels


def test_two_posts_of_a_channel_are_never_in_the_same_minute() -> None:
    posts = planned(campaign("2026-11-26T09:00"), A, B, A, A)

    assert due(posts) == [
        "2026-11-26T09:00",
        "2026-11-26T09:00",
        "2026-11-26T09:01",
        "2026-11-26T09:02",
    ]


def test_a_gap_holds_between_posts_of_a_channel_and_of_what_it_has_already() -> None:
    start = campaign("2026-11-26T09:00", gap=2 * HOUR, busy=[busy("2026-11-26T10:30")])

    posts = planned(start, A, B, A)

    assert due(posts) == ["2026-11-26T12:30", "2026-11-26T09:00", "2026-11-26T14:30"]
    assert posts[0].moves[0].why == "2 h from another post of the channel"
    assert posts[1].moves == ()


def test_a_gap_that_ends_in_quiet_hours_ends_with_them() -> None:
    start = campaign("2026-11-26T20:00", gap=2 * HOUR, quiet=NIGHT)

    posts = planned(start, A, A)

    assert due(posts) == ["2026-11-26T20:00", "2026-11-27T06:00"]
    assert [m.rule for m in posts[1].moves] == [TimingRule.GAP, TimingRule.QUIET]


def test_a_full_channel_waits_alone_for_its_24_hours() -> None:
    start = campaign("2026-11-26T09:00", every=HOUR)

    posts = planned(start, A, A, A, B, limit=2)

    assert due(posts) == [
        "2026-11-26T09:00",
        "2026-11-26T10:00",
        "2026-11-27T09:00",
        "2026-11-26T12:00",
    ]
    assert posts[2].moves[0].why == "x takes at most 2 posts in 24 hours"


def test_a_full_channel_is_told_of_where_posts_go_out_as_soon_as_approved() -> None:
    start = campaign(busy=[busy("2026-11-25T09:00"), busy("2026-11-25T15:00")])

    post, other = planned(start, A, B, limit=2)

    assert (post.due_at, other.moves) == (None, ())
    assert post.moves[0].why.endswith("room from 2026-11-26 09:00 UTC on")


SLOTTED = A.model_copy(
    update={
        "timezone": "America/New_York",
        "posting_schedule": (PostingDay(weekday=3, times=(time(9), time(18))),),
    }
)


def test_slots_are_those_of_the_channel_and_each_is_given_once() -> None:
    start = campaign("2026-11-26T09:00", slots=True, busy=[busy("2026-11-26T23:00")])

    posts = planned(start, SLOTTED, SLOTTED)

    assert due(posts) == ["2026-11-26T14:00", "2026-12-03T14:00"]
    assert posts[0].moves[0].rule is TimingRule.SLOT


def test_slots_without_a_start_begin_now() -> None:
    assert due(planned(campaign(slots=True), SLOTTED)) == ["2026-11-26T14:00"]


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"posting_schedule": ()}, "no posting slots in Buffer"),
        ({"timezone": "Europe/Atlantis"}, "time zone is unknown"),
        ({"timezone": "../../etc/passwd"}, "time zone is unknown"),
    ],
)
def test_a_channel_without_usable_slots_says_so_and_keeps_its_time(
    changes: dict[str, object], why: str
) -> None:
    odd = SLOTTED.model_copy(update=changes)

    (post,) = planned(campaign("2026-11-26T09:00", slots=True), odd)

    assert due((post,)) == ["2026-11-26T09:00"]
    assert why in post.moves[0].why


def test_a_channel_whose_every_slot_is_quiet_has_no_time_and_the_reason() -> None:
    midnight = SLOTTED.model_copy(
        update={"posting_schedule": (PostingDay(weekday=3, times=(time(18),)),)}
    )

    (post,) = planned(campaign("2026-11-26T09:00", slots=True, quiet=NIGHT), midnight)

    assert post.due_at is None
    assert "a has no free time within 90 days" in post.misfit
    assert "quiet hours 22:00-07:00" in post.misfit


@pytest.mark.parametrize("every", [timedelta(0), DAY])
def test_a_campaign_beyond_the_calendar_is_refused(every: timedelta) -> None:
    with pytest.raises(PlanError, match="beyond the year 9999"):
        planned(campaign("9999-12-31T09:00", every=every))


def test_an_unknown_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="'Europe/Atlantis' is not a time zone"):
        planned(campaign("2026-11-26T09:00", timezone="Europe/Atlantis"))


# Late approval


@given(st.none() | _TIMES, _TIMES, st.integers(1, 600))
def test_a_settled_time_is_whole_never_early_and_never_before_the_plan(
    due_at: datetime | None, now: datetime, lead: int
) -> None:
    settled = settle(due_at, now, timedelta(seconds=lead))

    assert settled.microsecond == 0
    assert settled >= now + timedelta(seconds=lead)
    assert due_at is None or settled >= due_at


def test_a_post_approved_at_night_waits_for_the_morning() -> None:
    late = datetime(2026, 11, 26, 23, tzinfo=UTC)
    timing = Timing(timezone="Europe/Berlin", quiet=NIGHT)

    for due_at in (None, datetime(2026, 11, 26, 18, tzinfo=UTC)):
        settled = settle(due_at, late, LEAD, timing)
        assert settled == datetime(2026, 11, 27, 6, tzinfo=UTC)


def test_a_post_approved_after_its_slot_takes_the_next_one() -> None:
    slot = datetime(2026, 11, 26, 14, tzinfo=UTC)

    settled = settle(slot, slot, LEAD, Timing(slots=True), SLOTTED)

    assert settled == datetime(2026, 11, 26, 23, tzinfo=UTC)


@given(st.integers(0, 5000), st.booleans())
def test_a_post_approved_in_time_goes_out_as_planned(minutes: int, slots: bool) -> None:  # noqa: FBT001 - drawn
    start = campaign(slots=slots, quiet=NIGHT, every=timedelta(minutes=minutes))
    for post in planned(start, SLOTTED, B):
        if post.due_at is not None:
            settled = settle(post.due_at, NOW - HOUR, LEAD, start.options.timing, post.channel)
            assert settled - post.due_at < timedelta(seconds=1)
