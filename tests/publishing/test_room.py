"""What Buffer still takes: posts a day, and the plan's scheduled posts."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from galley.models.account import DailyLimit, DayLimits, Outlook, PlanLimits
from galley.models.campaign import CampaignInput
from galley.models.channel import Channel, Delivery, ShareMode
from galley.models.network import Platform
from galley.models.schedule import BusyTime, TimingRule
from galley.models.source import SourceKind, SourceSpec
from galley.publishing.schedule.plan import PlanError, Planned, plan, settle
from galley.publishing.schedule.rules import ChannelRoom, local_day
from tests.asking import split
from tests.publishing.zones import shows

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)  # a Wednesday
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
BERLIN = ZoneInfo("Europe/Berlin")
A = Channel(id="a", name="Ann", platform=Platform.X, timezone="Europe/Berlin")
B = A.model_copy(update={"id": "b", "name": "Bob"})
NINE = datetime(2026, 11, 26, 8, tzinfo=UTC)  # in Berlin
_WANTED = st.lists(st.integers(0, 24 * 5).map(lambda n: NOW + n * HOUR), max_size=12)
_COUNTED = st.dictionaries(
    st.integers(0, 4).map(lambda n: date(2026, 11, 25) + n * DAY), st.integers(0, 3)
)


def campaign(**wishes: object) -> CampaignInput:
    source = SourceSpec(kind=SourceKind.TEXT, name="A title", upload="0" * 64)
    fields = {"key": "k", "source": source, "timezone": "Europe/Berlin", **wishes}
    return CampaignInput.model_validate(split(fields, CampaignInput.model_fields))


def planned(start: CampaignInput, outlook: Outlook, *channels: Channel) -> tuple[Planned, ...]:
    return plan(start, channels or (A,), NOW, lambda _: 100, outlook)


def a_day(day: date, used: int, limit: int | None = 2, channel: str = "a") -> DayLimits:
    told = DailyLimit(channel_id=channel, sent=0, scheduled=used, limit=limit)
    return DayLimits(day=day, daily=(told,))


THURSDAY, FRIDAY = date(2026, 11, 26), date(2026, 11, 27)


# A day


@given(_WANTED, _COUNTED, st.integers(1, 3))
def test_no_day_ever_takes_more_than_buffer_said(
    wanted: list[datetime], counted: dict[date, int], limit: int
) -> None:
    room = ChannelRoom(zone=BERLIN, per_day=limit, counted=counted)
    taken: list[datetime] = []

    for at in wanted:
        taken.append(room.after_full_days(at, taken))

    for day in {shows(at, BERLIN).date() for at in taken}:
        mine = sum(shows(at, BERLIN).date() == day for at in taken)
        assert counted.get(day, 0) + mine <= limit


@given(_WANTED, _COUNTED)
def test_a_post_moves_by_whole_days_to_the_first_day_with_room(
    wanted: list[datetime], counted: dict[date, int]
) -> None:
    room = ChannelRoom(zone=BERLIN, per_day=2, counted=counted)

    for at in wanted:
        moved = room.after_full_days(at, [])
        asked, found = shows(at, BERLIN), shows(moved, BERLIN)

        assert asked.time() == found.time()
        between = range((found - asked).days)
        assert all(counted[asked.date() + n * DAY] >= 2 for n in between)


@given(_WANTED)
def test_posts_that_buffer_counted_are_not_counted_twice(held: list[datetime]) -> None:
    days = {shows(at, BERLIN).date() for at in held}
    counted = {d: sum(shows(at, BERLIN).date() == d for at in held) for d in days}
    room = ChannelRoom(zone=BERLIN, per_day=13, counted=counted, known=tuple(sorted(held)))

    assert all(room.after_full_days(at, sorted(held)) == at for at in held)


def test_a_full_day_moves_a_post_to_the_same_clock_time_of_the_next_with_room() -> None:
    outlook = Outlook(days=(a_day(THURSDAY, 2), a_day(FRIDAY, 2)))

    (post,) = planned(campaign(start_at=NINE), outlook)

    assert post.due_at == NINE + 2 * DAY
    assert [(m.rule, m.why) for m in post.moves] == [
        (TimingRule.LIMIT, "Buffer takes at most 2 posts a day on x")
    ]


def test_a_day_that_was_not_read_keeps_the_limit_of_those_that_were() -> None:
    busy = (BusyTime(channel_id="a", at=NINE + DAY + n * HOUR) for n in (1, 2))
    outlook = Outlook(days=(a_day(THURSDAY, 2),))

    (post,) = planned(campaign(start_at=NINE, busy=tuple(busy)), outlook)

    assert post.due_at == NINE + 2 * DAY


def test_a_post_of_another_campaign_that_buffer_does_not_hold_yet_is_counted() -> None:
    busy = BusyTime(channel_id="a", at=NINE + HOUR)
    start = campaign(start_at=NINE, busy=(busy,))
    day = a_day(THURSDAY, 1)

    (without,) = planned(start, Outlook(days=(day,)))
    (counted,) = planned(start, Outlook(days=(day,), held=(busy,)))

    assert (without.due_at, counted.due_at) == (NINE + DAY, NINE)


def test_a_channel_without_a_limit_is_never_full() -> None:
    outlook = Outlook(days=(a_day(THURSDAY, 500, None),))

    (post,) = planned(campaign(start_at=NINE), outlook)

    assert (post.due_at, post.moves) == (NINE, ())


def test_a_channel_that_takes_nothing_is_left_out_with_the_reason() -> None:
    (post,) = planned(campaign(start_at=NINE), Outlook(days=(a_day(THURSDAY, 0, 0),)))

    assert post.due_at is None
    assert "Buffer takes at most 0 posts a day on x" in post.misfit


def test_a_post_that_goes_out_when_approved_says_that_today_is_full() -> None:
    outlook = Outlook(days=(a_day(date(2026, 11, 25), 2),))

    (post,) = planned(campaign(), outlook)

    assert post.due_at is None
    assert post.moves[0].why.endswith("a day on x: room from 2026-11-26 on")


def test_the_day_is_that_of_the_channels_own_calendar() -> None:
    auckland = A.model_copy(update={"timezone": "Pacific/Auckland"})
    lost = A.model_copy(update={"timezone": "Europe/Atlantis"})

    assert local_day(NOW, auckland) == THURSDAY
    assert local_day(NOW, lost) == date(2026, 11, 25)


# What Buffer holds


def test_a_post_keeps_its_distance_from_what_was_put_into_buffer_by_hand() -> None:
    held = (BusyTime(channel_id="a", at=NINE), BusyTime(channel_id="b", at=NINE))

    (near,) = planned(campaign(start_at=NINE), Outlook(held=held))
    (far,) = planned(campaign(start_at=NINE, gap=2 * HOUR), Outlook(held=held))

    assert near.due_at == NINE + timedelta(minutes=1)
    assert far.due_at == NINE + 2 * HOUR


def test_what_galley_knows_and_buffer_holds_is_one_post() -> None:
    same = BusyTime(channel_id="a", at=NINE)
    start = campaign(start_at=NINE + HOUR, busy=(same,))

    (post,) = plan(start, (A,), NOW, lambda _: 2, Outlook(held=(same,)))

    assert post.due_at == NINE + HOUR


# The plan


FULL = Outlook(plan=PlanLimits(scheduled_posts=10), scheduled={"a": 10, "b": 9})


def test_a_channel_whose_scheduled_posts_the_plan_limits_is_left_out() -> None:
    full, free, over = planned(campaign(start_at=NINE), FULL, A, B, B)

    assert full.misfit == (
        "Ann is full: Buffer's plan takes 10 scheduled posts of a channel at a time "
        "and holds 10; wait until some are published, or delete some in Buffer"
    )
    assert (free.misfit, free.due_at) == ("", NINE)
    assert "holds 9 and 1 planned" in over.misfit


def test_posts_that_wait_elsewhere_for_the_last_places_are_told_of() -> None:
    busy = [BusyTime(channel_id="a", at=NINE + n * DAY) for n in range(1, 7)]
    held = Outlook(plan=PlanLimits(scheduled_posts=10), scheduled={"a": 5}, held=(busy[0],))

    (free,) = planned(campaign(start_at=NINE, busy=busy[:5]), held)
    (post,) = planned(campaign(start_at=NINE, busy=busy), held)

    assert (free.due_at, free.moves) == (NINE, ())
    assert post.due_at == NINE
    assert [(m.rule, m.to) for m in post.moves] == [(TimingRule.LIMIT, None)]
    assert post.moves[0].why.endswith("takes 10 at a time: one may be refused")


@pytest.mark.parametrize(
    ("delivery", "is_taken"),
    [
        (Delivery(save_to_draft=True), True),
        (Delivery(mode=ShareMode.SHARE_NOW), True),
        (Delivery(mode=ShareMode.ADD_TO_QUEUE), False),
        (Delivery(mode=ShareMode.SHARE_NEXT), False),
    ],
)
def test_drafts_and_posts_that_go_out_at_once_need_no_place(
    delivery: Delivery, *, is_taken: bool
) -> None:
    (post,) = planned(campaign(delivery=delivery), FULL)

    assert (post.misfit == "") is is_taken


@given(st.integers(0, 12), st.integers(0, 12), st.integers(1, 20))
def test_the_plan_is_never_exceeded_and_never_left_unused(
    limit: int, held: int, posts: int
) -> None:
    outlook = Outlook(plan=PlanLimits(scheduled_posts=limit), scheduled={"a": held})

    found = planned(campaign(start_at=NINE), outlook, *[A] * posts)

    assert sum(not p.misfit for p in found) == min(posts, max(0, limit - held))


# Times that are not Galley's


@pytest.mark.parametrize(
    ("delivery", "said"),
    [
        (Delivery(mode=ShareMode.ADD_TO_QUEUE), "the next free slot"),
        (Delivery(mode=ShareMode.SHARE_NEXT), "before all others"),
        (Delivery(mode=ShareMode.SHARE_NOW), "at once when it is approved"),
        (Delivery(save_to_draft=True), "a person schedules it there"),
    ],
)
def test_a_post_without_a_due_time_says_who_decides(delivery: Delivery, said: str) -> None:
    start = campaign(delivery=delivery, gap=HOUR)

    (post,) = planned(start, Outlook())

    assert (post.due_at, post.moves[0].rule) == (None, TimingRule.QUEUE)
    assert said in post.moves[0].why
    assert post.moves[0].why.endswith("; the gap between posts cannot be kept")


@pytest.mark.parametrize("wish", [{"start_at": NINE}, {"every": HOUR}, {"slots": True}])
@pytest.mark.parametrize(
    "delivery", [Delivery(mode=ShareMode.ADD_TO_QUEUE), Delivery(save_to_draft=True)]
)
def test_a_time_that_cannot_be_kept_is_refused_and_not_forgotten(
    wish: dict[str, object], delivery: Delivery
) -> None:
    with pytest.raises(PlanError, match="No start, stagger or slots can be kept"):
        planned(campaign(delivery=delivery, **wish), Outlook())


@given(st.integers(-5000, 5000))
def test_a_time_that_a_person_names_is_bound_by_no_rule(minutes: int) -> None:
    named = NOW + timedelta(minutes=minutes)

    settled = settle(named, NOW, timedelta(minutes=1))

    assert settled == max(named, NOW + timedelta(minutes=1))
