"""Timing rules inside the workflows: the zone data are read in the sandbox too."""

from datetime import UTC, datetime, time, timedelta

import pytest
from temporalio.client import Client, WorkflowFailureError
from temporalio.exceptions import ApplicationError

from galley.clients.storage import ObjectStore
from galley.models.channel import PostingDay
from galley.models.options import CampaignOptions
from galley.models.post import PostState
from galley.models.review import DecisionKind
from galley.models.schedule import BusyTime, QuietHours, Timing, TimingRule
from tests.workflows.harness import POLICY, decide, decision, open_harness, reaches, until
from tests.workflows.world import channel
from workflows.post.workflow import PostWorkflow

pytestmark = pytest.mark.server

EVENING = datetime(2027, 3, 27, 20, 30, tzinfo=UTC)  # 21:30, before a short night
NIGHT = QuietHours(start=time(22), end=time(7))


@pytest.mark.usefixtures("sandboxed")
async def test_a_campaign_plans_its_posts_by_the_rules_and_tells_the_reasons(
    temporal: Client, state_store: ObjectStore
) -> None:
    async with open_harness(temporal, state_store, channel("a"), channel("b")) as harness:
        view = await harness.start(
            start_at=EVENING,
            every=timedelta(hours=1),
            timezone="Europe/Berlin",
            quiet=NIGHT,
            busy=(BusyTime(channel_id="a", at=EVENING),),
        )

        assert [(p.due_at, [m.rule for m in p.moves]) for p in view.posts] == [
            (EVENING + timedelta(minutes=1), [TimingRule.GAP]),
            (datetime(2027, 3, 28, 5, tzinfo=UTC), [TimingRule.QUIET]),
        ]


async def test_a_channel_with_no_time_at_all_is_left_out_with_the_reason(
    temporal: Client, state_store: ObjectStore
) -> None:
    late = PostingDay(weekday=0, times=(time(23),))
    never = channel("never").model_copy(update={"posting_schedule": (late,)})
    async with open_harness(temporal, state_store, channel("a"), never) as harness:
        view = await harness.start(slots=True, quiet=NIGHT)

        assert [p.channel_name for p in view.posts] == ["a"]
        assert "quiet hours 22:00-07:00" in view.skipped[0].reason

    async with open_harness(temporal, state_store, never) as harness:
        with pytest.raises(WorkflowFailureError) as failed:
            await harness.start(slots=True, quiet=NIGHT)

        assert isinstance(failed.value.cause, ApplicationError)
        assert "Nothing can be planned" in failed.value.cause.message


@pytest.mark.usefixtures("sandboxed")
async def test_an_unknown_zone_fails_the_campaign_instead_of_hanging_it(
    temporal: Client, state_store: ObjectStore
) -> None:
    async with open_harness(temporal, state_store, channel("a")) as harness:
        unknown = Timing().model_copy(update={"timezone": "Europe/Atlantis"})
        with pytest.raises(WorkflowFailureError) as failed:
            await harness.start(options=CampaignOptions(timing=unknown))

        assert "is not a time zone" in str(failed.value.cause)


@pytest.mark.usefixtures("sandboxed")
async def test_a_post_approved_in_quiet_hours_is_due_at_their_end(
    temporal: Client, state_store: ObjectStore
) -> None:
    now = datetime.now(UTC)
    quiet = QuietHours(
        start=(now - timedelta(hours=2)).time().replace(microsecond=0),
        end=(now + timedelta(hours=2)).time().replace(second=0, microsecond=0),
    )
    async with open_harness(temporal, state_store, channel("a")) as harness:
        post = await harness.start_post(quiet=quiet)

        await decide(post, decision(DecisionKind.APPROVE))
        view = await reaches(post, PostState.SCHEDULED)

        assert view.due_at is not None
        assert view.due_at.time() == quiet.end


@pytest.mark.parametrize(("asked", "least", "kept"), [(4, 1, 4), (0, 1, 1)], ids=str)
async def test_posts_approved_one_after_another_keep_the_larger_gap(
    temporal: Client, state_store: ObjectStore, asked: int, least: int, kept: int
) -> None:
    hour = timedelta(hours=1)
    gap = asked * hour
    seconds = least * hour.total_seconds()
    policy = POLICY.model_copy(update={"gap_seconds": seconds})
    async with open_harness(temporal, state_store, channel("a"), policy=policy) as harness:
        due: list[datetime] = []
        for name in ("first", "second"):
            post = await harness.start_post(key=f"{harness.queue}-{name}", gap=gap)
            await decide(post, decision(DecisionKind.APPROVE))
            view = await until(
                lambda post=post: post.query(PostWorkflow.view),
                lambda view: view.buffer_post_id is not None,
            )
            assert view.due_at is not None
            due.append(view.due_at)

        assert due[1] == due[0] + kept * hour
