"""The rules of a plan, together, in every zone whose clocks change."""

from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from galley.models.account import DailyLimit, DayLimits, Outlook
from galley.models.campaign import CampaignInput
from galley.models.channel import Channel, PostingDay
from galley.models.network import Platform
from galley.models.options import CampaignOptions
from galley.models.schedule import BusyTime, QuietHours, Timing
from galley.models.source import SourceKind, SourceSpec
from galley.publishing.schedule.clock import first_instant
from galley.publishing.schedule.plan import Planned, plan, settle
from tests.asking import asked
from tests.publishing.zones import CHANGES, is_quiet, shows

_MINUTE, _DAY = timedelta(minutes=1), timedelta(days=1)
_LIMIT, _PER_DAY = 3, 2
NOW = datetime(2026, 11, 20, tzinfo=UTC)
_SPANS = st.sampled_from([0, 20, 60, 420, 1440, 2880]).map(lambda minutes: minutes * _MINUTE)
_CLOCKS = st.integers(0, 95).map(lambda n: time(n // 4, n % 4 * 15))
_QUIET = st.tuples(_CLOCKS, _CLOCKS).filter(lambda two: two[0] != two[1])
_SLOTS = tuple(
    PostingDay(weekday=day, times=(time(0, 30), time(2, 30), time(12))) for day in range(7)
)
_SOURCE = SourceSpec(kind=SourceKind.TEXT, name="A title", upload="0" * 64)


def channels(zone: str) -> list[Channel]:
    return [
        Channel(id=name, name=name, platform=Platform.X, timezone=zone, posting_schedule=_SLOTS)
        for name in ("a", "b")
    ]


@st.composite
def campaigns(draw: st.DrawFn, zone: str) -> CampaignInput:
    """Campaigns that begin within two days of a change of the clocks."""
    change = draw(st.sampled_from(CHANGES[zone]))
    quiet = draw(st.none() | _QUIET)
    near = st.integers(-2880, 2880).map(lambda minutes: change + minutes * _MINUTE)
    return CampaignInput(
        key="k",
        source=_SOURCE,
        options=asked(
            timezone=zone,
            start_at=draw(near),
            every=draw(_SPANS),
            gap=draw(_SPANS),
            slots=draw(st.booleans()),
            quiet=QuietHours(start=quiet[0], end=quiet[1]) if quiet else None,
        ),
        busy=tuple(BusyTime(channel_id="a", at=at) for at in draw(st.lists(near, max_size=5))),
    )


@st.composite
def outlooks(draw: st.DrawFn, start: CampaignInput) -> Outlook:
    """What Buffer says of the days around the start: some are full."""
    timing = start.options.timing
    assert timing.start_at
    first = shows(timing.start_at, ZoneInfo(timing.timezone)).date()
    used = st.integers(0, _PER_DAY)
    days = tuple(
        DayLimits(
            day=first + ahead * _DAY,
            daily=tuple(
                DailyLimit(channel_id=name, sent=0, scheduled=draw(used), limit=_PER_DAY)
                for name in "ab"
            ),
        )
        for ahead in draw(st.sets(st.integers(-1, 4)))
    )
    held = draw(st.lists(st.sampled_from(start.busy), unique=True)) if start.busy else []
    return Outlook(days=days, held=tuple(held))


@pytest.mark.parametrize("name", CHANGES)
@settings(max_examples=20, deadline=None)
@given(st.data())
def test_every_rule_of_a_plan_holds_at_once(name: str, data: st.DataObject) -> None:
    start = data.draw(campaigns(name))
    outlook = data.draw(outlooks(start))
    one, two = channels(name)
    wanted = data.draw(st.lists(st.sampled_from([one, two]), min_size=1, max_size=6))

    posts = plan(start, wanted, NOW, lambda _: _LIMIT, outlook)

    assert posts == plan(start, wanted, NOW, lambda _: _LIMIT, outlook)
    assert_no_day_is_overfull(posts, start, outlook)
    for post in posts:
        assert_alone(post, start.options.timing, ZoneInfo(name))
    for channel in (one, two):
        assert_beside_each_other(
            [p.due_at for p in posts if p.channel is channel and p.due_at],
            [b.at for b in start.busy if b.channel_id == channel.id],
            start,
        )


def assert_alone(post: Planned, timing: Timing, zone: ZoneInfo) -> None:
    """Hold one due time to the start, the quiet hours and the slots."""
    if post.due_at is None:
        assert timing.slots
        assert timing.quiet
        assert "no free time" in post.misfit
        return
    assert timing.start_at
    assert post.due_at.tzinfo is UTC
    assert post.due_at >= timing.start_at
    assert post.due_at == timing.start_at or post.moves or timing.every
    if timing.quiet:
        assert not is_quiet(post.due_at, timing.quiet, zone)
    if timing.slots:
        day = shows(post.due_at, zone).date()
        slots = [datetime.combine(day, clock) for clock in _SLOTS[0].times]
        assert post.due_at in {first_instant(slot, zone) for slot in slots}
    late = settle(post.due_at, post.due_at - _DAY, _MINUTE, timing, post.channel)
    assert late == post.due_at


def assert_no_day_is_overfull(
    posts: tuple[Planned, ...], start: CampaignInput, outlook: Outlook
) -> None:
    """Hold each day that takes a post to what Buffer said of it."""
    zone = ZoneInfo(start.options.timing.timezone)
    unknown = [b for b in start.busy if b not in outlook.held]
    for told in outlook.days:
        for limit in told.daily:
            due = [p.due_at for p in posts if p.due_at and p.channel.id == limit.channel_id]
            others = [b.at for b in unknown if b.channel_id == limit.channel_id]
            mine, beside = (
                sum(shows(at, zone).date() == told.day for at in times) for times in (due, others)
            )
            assert not mine or limit.scheduled + beside + mine <= _PER_DAY


def assert_beside_each_other(
    due: list[datetime], others: list[datetime], start: CampaignInput
) -> None:
    """Hold the posts of a channel to the gap and the limit."""
    gap = max(start.options.timing.gap, _MINUTE)
    assert all(later - earlier >= gap for earlier, later in pairwise(sorted(due)))
    assert all(abs(at - other) >= gap for at in due for other in others)
    every = sorted([*due, *others])
    for first, over in zip(every, every[_LIMIT:], strict=False):
        held = any(first <= at <= over for at in due)
        assert not held or over - first >= _DAY


@pytest.mark.parametrize("name", CHANGES)
@settings(max_examples=15, deadline=None)
@given(st.data())
def test_a_campaign_with_nothing_in_its_way_keeps_order_stagger_and_wall_clock(
    name: str, data: st.DataObject
) -> None:
    zone = ZoneInfo(name)
    start = data.draw(campaigns(name))
    timing = start.options.timing
    plain = timing.model_copy(update={"slots": False, "gap": timedelta(0)})
    start = start.model_copy(update={"busy": (), "options": CampaignOptions(timing=plain)})
    wanted = [c.model_copy(update={"id": str(n)}) for c in channels(name) for n in "123"]
    wanted = [c.model_copy(update={"id": f"{i}"}) for i, c in enumerate(wanted)]

    posts = plan(start, wanted, NOW, lambda _: _LIMIT)

    due = [p.due_at for p in posts if p.due_at]
    assert len(due) == len(wanted)
    assert timing.start_at
    for index, (earlier, later) in enumerate(pairwise(due)):
        assert later >= earlier
        if timing.every < _DAY:
            assert later - earlier >= timing.every
        elif not posts[index + 1].moves:
            wanted_at = shows(timing.start_at, zone) + (index + 1) * timing.every
            assert shows(later, zone) == wanted_at
