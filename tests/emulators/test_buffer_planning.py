"""A campaign planned by what Buffer says of itself: it then takes what was planned."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, time, timedelta

import pytest

from galley.clients.buffer.client import BufferClient
from galley.models.account import DayLimits, Outlook, ReadLimits
from galley.models.campaign import CampaignInput
from galley.models.channel import ChannelDirectory
from galley.models.network import Platform
from galley.models.schedule import TimingRule
from galley.models.source import SourceKind, SourceSpec
from tests.asking import asked
from tests.emulators.buffer_world import TOKEN, World
from tests.emulators.conftest import Emulate
from workflows.campaign.plan import CampaignPlan, plan_campaign

DAY = timedelta(days=1)
FACEBOOK_A_DAY = 25
_SOURCE = SourceSpec(kind=SourceKind.TEXT, name="A title", upload="0" * 64)


@pytest.fixture(name="free")
def _free(emulate: Emulate) -> World:
    return emulate(plan="free")


@asynccontextmanager
async def client_of(world: World) -> AsyncGenerator[BufferClient]:
    client = BufferClient(world.url, TOKEN, timeout=10, user_agent="galley/test")
    yield client
    await client.aclose()


async def planned(world: World, at: datetime, *platforms: Platform) -> CampaignPlan:
    """Plan posts for this time, by the limits of its day."""
    async with client_of(world) as client:
        directory: ChannelDirectory = (await client.channels(world.organization)).value
        task = ReadLimits(
            organization_id=world.organization,
            channel_ids=tuple(channel.id for channel in directory.channels),
            day=datetime.combine(at.date(), time(10, 30), UTC),
        )
        told = (await client.limits(task)).value
        start = CampaignInput(
            key="k", source=_SOURCE, options=asked(platforms=platforms, start_at=at, timezone="UTC")
        )
        outlook = Outlook(
            days=(DayLimits(day=at.date(), daily=told.daily),),
            plan=told.plan,
            scheduled=told.scheduled,
            held=told.held,
        )
        return plan_campaign(start, directory, datetime.now(UTC), outlook)


def a_noon() -> datetime:
    """Noon of a day that is neither today nor one of a change of the clocks."""
    day: date = datetime.now(UTC).date() + 3 * DAY
    return datetime.combine(day, time(12), UTC)


async def test_the_eleventh_scheduled_post_of_a_free_channel_is_left_out_of_the_plan(
    free: World,
) -> None:
    noon = a_noon()
    for minute in range(10):
        due_at = f"{noon - DAY + minute * timedelta(minutes=1):%Y-%m-%dT%H:%M:%SZ}"
        free.created("twitter", text=f"Number {minute}", dueAt=due_at)

    plan = await planned(free, noon, Platform.X, Platform.MASTODON)

    assert [post.channel.platform for post in plan.posts] == [Platform.MASTODON]
    (skipped,) = plan.skipped
    assert "takes 10 scheduled posts of a channel at a time and holds 10" in (skipped.reason)
    refused = free.create("twitter", text="One more")
    assert refused["__typename"] == "LimitReachedError"


async def test_a_post_moves_off_the_minute_and_the_day_that_others_took(world: World) -> None:
    noon = a_noon()
    first = noon - timedelta(hours=1)
    for minute in range(FACEBOOK_A_DAY):
        due_at = f"{first + minute * timedelta(minutes=1):%Y-%m-%dT%H:%M:%SZ}"
        world.created(
            "facebook",
            text=f"Number {minute}",
            dueAt=due_at,
            metadata={"facebook": {"type": "post"}},
        )
    world.created("twitter", dueAt=f"{noon:%Y-%m-%dT%H:%M:%SZ}")

    plan = await planned(world, noon, Platform.FACEBOOK, Platform.X)

    facebook, x = plan.posts
    assert facebook.due_at == first + DAY  # 24 hours after the first of them
    assert [move.rule for move in facebook.moves] == [TimingRule.LIMIT]
    assert x.due_at == noon + timedelta(minutes=1)
    assert [move.rule for move in x.moves] == [TimingRule.GAP]
