"""What one look finds in a real Temporal server and a real store."""

from datetime import UTC, datetime, timedelta

import pytest
from temporalio import activity, workflow
from temporalio.client import Client, WorkflowFailureError, WorkflowHandle
from temporalio.common import SearchAttributePair, TypedSearchAttributes
from temporalio.exceptions import ApplicationError

from activities.interfaces import FeedActivities
from galley.clients.storage import ObjectStore
from galley.models.account import Pause
from galley.models.campaign import WAITING, CampaignInput
from galley.models.feed import CheckFeed, EnterItems, FeedCheck, FeedSubscription
from galley.models.network import Platform
from galley.models.post import PostState
from galley.models.publishing import ReplyKind
from galley.models.review import DecisionKind
from galley.publishing.job.record import JobPhase
from galley.settings import Settings
from observability.inspection import (
    count_posts,
    look,
    look_at_accounts,
    look_at_queues,
    look_at_runs,
)
from tests.bounded_worker import BoundedWorker
from tests.end_to_end.waiting import until as until_true
from tests.workflows.harness import Harness, decide, decision, open_harness, reaches
from tests.workflows.world import channel, spec
from workflows import ids
from workflows.feed import FeedWorkflow
from workflows.ids import Queue

pytestmark = pytest.mark.server

APPROVE = decision(DecisionKind.APPROVE)
NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)


async def _of_state(
    client: Client, name: str, state: PostState, due_at: datetime | None = None
) -> WorkflowHandle[object, object]:
    """Start a post that no worker takes: it stands as it was started."""
    due = [SearchAttributePair(ids.DUE_AT, due_at)] if due_at else []
    return await client.start_workflow(
        "PostWorkflow",
        id=f"post:{name}",
        task_queue="nobody",
        search_attributes=TypedSearchAttributes(
            [SearchAttributePair(ids.STATE, state.value), *due]
        ),
    )


async def test_posts_are_counted_by_state_and_a_run_ended_from_outside_is_abandoned(
    temporal: Client,
) -> None:
    for number in range(3):
        await _of_state(temporal, f"a{number}", PostState.IN_REVIEW)
    ended = await _of_state(temporal, "b", PostState.SCHEDULED)
    await _of_state(temporal, "c", PostState.SCHEDULED)
    rejected = await _of_state(temporal, "d", PostState.IN_REVIEW)
    await ended.terminate()
    await rejected.terminate()

    async def all_seen() -> bool:
        posts = await count_posts(temporal, datetime.now(UTC))
        return posts.of(*PostState) == 4 and posts.abandoned == 1

    await until_true(all_seen)
    posts = await count_posts(temporal, datetime.now(UTC))
    assert posts.of(PostState.IN_REVIEW) == 3
    assert posts.of(PostState.SCHEDULED) == 1


async def test_a_post_is_overdue_ten_minutes_after_it_was_due(temporal: Client) -> None:
    await _of_state(temporal, "a", PostState.SCHEDULED, NOW - timedelta(minutes=11))
    await _of_state(temporal, "b", PostState.PUBLISHING, NOW - timedelta(minutes=11))
    await _of_state(temporal, "c", PostState.SCHEDULED, NOW - timedelta(minutes=9))
    await _of_state(temporal, "d", PostState.IN_REVIEW, NOW - timedelta(days=1))

    async def seen() -> bool:
        return (await count_posts(temporal, NOW)).of(*PostState) == 4

    await until_true(seen)

    assert (await count_posts(temporal, NOW)).overdue == 2


async def test_a_review_is_expiring_six_days_after_it_began(temporal: Client) -> None:
    await _of_state(temporal, "a", PostState.IN_REVIEW)

    async def seen() -> bool:
        later = datetime.now(UTC) + timedelta(days=6, minutes=1)
        return (await count_posts(temporal, later)).expiring == 1

    await until_true(seen)

    earlier = datetime.now(UTC) + timedelta(days=5, hours=23)
    assert (await count_posts(temporal, earlier)).expiring == 0


class Reader(FeedActivities):
    """Finds nothing new in any feed."""

    @activity.defn
    async def check_feed(self, task: CheckFeed) -> FeedCheck:
        return FeedCheck(title=task.url)

    @activity.defn
    async def enter_items(self, task: EnterItems) -> None:
        raise AssertionError(task)


async def test_a_feed_is_in_trouble_until_a_check_ends_well(temporal: Client) -> None:
    feed = "0123456789ab"
    given = FeedSubscription(
        feed_id=feed,
        url="https://example.com/feed.xml",
        campaign=CampaignInput(key="k", source=spec("One")),
    )
    later = datetime.now(UTC) + timedelta(minutes=1)

    async def in_trouble() -> list[str]:
        return [one.feed_id for one in (await look_at_runs(temporal, later)).feeds]

    async def failed() -> bool:
        return await in_trouble() == [feed]

    async def well() -> bool:
        return await in_trouble() == []

    async with BoundedWorker(
        temporal, task_queue="feeds", workflows=[FeedWorkflow], activities=[Reader().check_feed]
    ):
        await temporal.start_workflow("FeedWorkflow", {}, id=f"feed:{feed}-1", task_queue="feeds")
        await until_true(failed)
        await temporal.execute_workflow(
            FeedWorkflow.run, given, id=f"feed:{feed}-2", task_queue="feeds"
        )
        await until_true(well)


@workflow.defn(name="CampaignWorkflow", sandboxed=False)
class Failing:
    """A campaign that fails as its input says."""

    @workflow.run
    async def run(self, kind: str) -> None:
        """Fail."""
        raise ApplicationError("It cannot be read.", type=kind, non_retryable=True)


async def test_a_campaign_whose_source_cannot_be_used_was_told_at_once_and_is_not_counted(
    temporal: Client,
) -> None:
    later = datetime.now(UTC) + timedelta(minutes=1)

    async def counted() -> bool:
        return (await look_at_runs(temporal, later)).failed_campaigns == 1

    async with BoundedWorker(temporal, task_queue="campaigns", workflows=[Failing]):
        for kind in ("SourceError", "CampaignError", "StoreError"):
            handle = await temporal.start_workflow(
                Failing.run, kind, id=f"campaign:{kind}", task_queue="campaigns"
            )
            with pytest.raises(WorkflowFailureError):
                await handle.result()
        await until_true(counted)


async def test_campaigns_that_wait_are_counted(temporal: Client) -> None:
    waits = TypedSearchAttributes([SearchAttributePair(ids.STATE, WAITING)])
    await temporal.start_workflow(
        "CampaignWorkflow", id="campaign:waits", task_queue="nobody", search_attributes=waits
    )
    await temporal.start_workflow("CampaignWorkflow", id="campaign:other", task_queue="nobody")

    async def counted() -> bool:
        return (await look_at_runs(temporal, datetime.now(UTC))).waiting_campaigns == 1

    await until_true(counted)


async def test_a_slow_check_of_a_feed_is_told(temporal: Client) -> None:
    await temporal.start_workflow("FeedWorkflow", id="feed:0123456789ab-2026", task_queue="nobody")

    async def told() -> bool:
        runs = await look_at_runs(temporal, datetime.now(UTC) + timedelta(minutes=16))
        return [one.said for one in runs.feeds] == ["its check hangs"]

    await until_true(told)


async def test_a_queue_without_a_worker_is_seen_and_so_is_one_with(temporal: Client) -> None:
    async with BoundedWorker(temporal, task_queue=Queue.POSTS.task_queue, workflows=[FeedWorkflow]):

        async def polled() -> bool:
            main, *others = await look_at_queues(temporal, datetime.now(UTC))
            return main.is_polled and not any(one.is_polled for one in others)

        await until_true(polled)

    queues = await look_at_queues(temporal, datetime.now(UTC) + timedelta(minutes=2))
    assert not any(one.is_polled for one in queues)
    assert [one.serves for one in queues] == list(Queue)


async def test_an_account_says_how_much_quota_is_left_and_what_waits(
    temporal: Client, state_store: ObjectStore
) -> None:
    async with open_harness(temporal, state_store, channel("x-main")) as harness:
        post = await harness.start_with_campaign()
        await harness.account.signal("pause", Pause(by="kim"))
        await decide(post, APPROVE)
        await _waiting(harness, 1)

        (account,) = await look_at_accounts(temporal)

        health = account.health
        assert health is not None
        assert [pause.by for pause in health.pauses] == ["kim"]
        assert health.waiting_since is not None
        assert all(0 < w.remaining < w.limit for w in health.windows)
        assert all(0 < w.resets_in <= w.seconds for w in health.windows)


async def _waiting(harness: Harness, count: int) -> None:
    async def waits() -> bool:
        found = await look_at_accounts(harness.client)
        known = [one.health.phases for one in found if one.health]
        return [one.get(JobPhase.WAITING, 0) for one in known] == [count]

    await until_true(waits)


async def test_a_key_that_buffer_refused_is_seen_until_it_is_taken_again(
    temporal: Client, state_store: ObjectStore
) -> None:
    async with open_harness(temporal, state_store, channel("x-main", Platform.X)) as harness:
        harness.buffer.faults = [ReplyKind.UNAUTHORIZED]
        post = await harness.start_post()
        await decide(post, APPROVE)
        await reaches(post, PostState.HELD)

        (refused,) = await look_at_accounts(temporal)
        await decide(post, APPROVE)
        await post.result()
        (taken,) = await look_at_accounts(temporal)

    assert refused.health is not None
    assert refused.health.is_key_refused
    assert taken.health is not None
    assert not taken.health.is_key_refused


async def test_without_a_worker_an_account_is_there_and_does_not_answer(temporal: Client) -> None:
    await temporal.start_workflow("AccountWorkflow", id="buffer:1", task_queue="none")

    async def seen() -> bool:
        return bool(await look_at_accounts(temporal))

    await until_true(seen)
    (account,) = await look_at_accounts(temporal)

    assert account.workflow_id == "buffer:1"
    assert account.health is None


async def test_a_part_that_does_not_answer_is_missing_and_the_others_are_there(
    temporal: Client,
) -> None:
    nowhere = Settings.model_construct(state_bucket="s3://gone", media_bucket="m")

    health = await look(temporal, nowhere)

    assert set(health.missing) == {"money"}
    assert health.money is None
    assert health.posts is not None
    assert health.queues is not None
