"""Drafts in a batch: waited for by durable timers, and asked for one by one without."""

import asyncio
from datetime import timedelta

import pytest
from temporalio import activity
from temporalio.client import WorkflowFailureError, WorkflowHandle
from temporalio.exceptions import ApplicationError, is_cancelled_exception
from temporalio.testing import WorkflowEnvironment

from activities.interfaces import BatchActivities
from galley.clients.storage import ObjectStore
from galley.models import (
    BatchRef,
    BatchState,
    CampaignView,
    PostState,
    SourceKind,
    SourceRef,
    SubmitBatch,
    WriteDraft,
)
from tests.workflows.desk import Desk, reaches, record
from tests.workflows.world import Buffer, channel
from workflows import ids
from workflows.campaign import CampaignWorkflow
from workflows.economy import is_sendable

pytestmark = pytest.mark.server

HOUR = timedelta(hours=1)
NAMES = ("first", "second", "third")


class Bulk(BatchActivities):
    """Batches that end when they are told to, in memory."""

    def __init__(self, looks: int = 1) -> None:
        self.looks_left = looks
        self.is_refused = False
        self.failures_left = 0
        self.submitted: list[SubmitBatch] = []
        self.cancelled: list[str] = []
        self.asked = asyncio.Event()

    @activity.defn
    async def submit_batch(self, task: SubmitBatch) -> BatchRef:
        self.submitted.append(task)
        if self.is_refused:
            raise ApplicationError("No credit.", non_retryable=True)
        answers = tuple(f"batches/{one.channel.name}" for one in task.tasks)
        now = activity.info().scheduled_time
        return BatchRef(
            id="msgbatch_1", key=task.key, expires_at=now + HOUR, answers=answers
        )

    @activity.defn
    async def read_batch(self, batch: BatchRef) -> BatchState:
        self.asked.set()
        if self.failures_left:
            self.failures_left -= 1
            soon = timedelta(milliseconds=1)
            raise ApplicationError("Anthropic is away.", next_retry_delay=soon)
        self.looks_left -= 1
        return BatchState(has_ended=self.looks_left <= 0, answered=len(batch.answers))

    @activity.defn
    async def cancel_batch(self, batch: BatchRef) -> None:
        self.cancelled.append(batch.id)


def desk_of(clock: WorkflowEnvironment, store: ObjectStore, bulk: Bulk) -> Desk:
    channels = tuple(channel(name) for name in NAMES)
    more = (bulk.submit_batch, bulk.read_batch, bulk.cancel_batch)
    return Desk(client=clock.client, store=store, buffer=Buffer(channels), more=more)


async def begun(desk: Desk) -> WorkflowHandle[CampaignWorkflow, CampaignView]:
    start = desk.campaign(economy=True)
    return await desk.client.start_workflow(
        CampaignWorkflow.run,
        start,
        id=ids.campaign_id(start.key),
        task_queue=desk.queue,
    )


async def drafted(desk: Desk, view: CampaignView) -> dict[str, str]:
    """Return for each channel the answer its draft was written from."""
    for planned in view.posts:
        await reaches(desk.post(planned.workflow_id), PostState.IN_REVIEW)
    return {task.channel.name: task.batched for task in desk.studio.asked}


async def test_every_draft_is_written_from_its_own_answer_after_hours(
    clock: WorkflowEnvironment, state_store: ObjectStore
) -> None:
    bulk = Bulk(looks=7)
    desk = desk_of(clock, state_store, bulk)
    async with desk.worker():
        campaign = await begun(desk)
        await clock.fast_forward(campaign, HOUR)
        view = await campaign.result()
        with clock.with_time_skipping_disabled():
            answers = await drafted(desk, view)
        await record("economy", campaign)
        await desk.stop_account()

    assert answers == {name: f"batches/{name}" for name in NAMES}
    (sent,) = bulk.submitted
    assert [task.channel.name for task in sent.tasks] == list(NAMES)
    assert bulk.cancelled == []


async def test_without_a_batch_the_drafts_are_asked_for_one_by_one(
    clock: WorkflowEnvironment, state_store: ObjectStore
) -> None:
    bulk = Bulk()
    bulk.is_refused = True
    desk = desk_of(clock, state_store, bulk)
    async with desk.worker():
        campaign = await begun(desk)
        view = await campaign.result()
        with clock.with_time_skipping_disabled():
            answers = await drafted(desk, view)
        await desk.stop_account()

    assert answers == dict.fromkeys(NAMES, "")


async def test_a_batch_that_never_ends_is_given_up(
    clock: WorkflowEnvironment, state_store: ObjectStore
) -> None:
    bulk = Bulk(looks=10_000)
    desk = desk_of(clock, state_store, bulk)
    async with desk.worker():
        campaign = await begun(desk)
        await clock.fast_forward(campaign, 4 * HOUR)
        view = await campaign.result()
        with clock.with_time_skipping_disabled():
            answers = await drafted(desk, view)
        await desk.stop_account()

    assert answers == dict.fromkeys(NAMES, "")
    assert bulk.cancelled == ["msgbatch_1"]


async def test_a_batch_that_cannot_be_read_for_a_while_is_not_paid_for_twice(
    clock: WorkflowEnvironment, state_store: ObjectStore
) -> None:
    bulk = Bulk()
    bulk.failures_left = 10
    desk = desk_of(clock, state_store, bulk)
    async with desk.worker():
        campaign = await begun(desk)
        view = await campaign.result()
        with clock.with_time_skipping_disabled():
            answers = await drafted(desk, view)
        await desk.stop_account()

    assert bulk.cancelled == []
    assert answers == {name: f"batches/{name}" for name in NAMES}


def test_more_drafts_than_a_payload_holds_are_not_sent_as_a_batch() -> None:
    source = SourceRef(kind=SourceKind.TEXT, sha256="0" * 64, title="A", words=3)
    one = WriteDraft(source=source, channel=channel("c"), brief="x" * 4000)

    assert is_sendable(SubmitBatch(key="k", tasks=(one,) * 100))
    assert not is_sendable(SubmitBatch(key="k", tasks=(one,) * 400))


async def test_a_cancelled_campaign_cancels_its_batch(
    clock: WorkflowEnvironment, state_store: ObjectStore
) -> None:
    bulk = Bulk(looks=10_000)
    desk = desk_of(clock, state_store, bulk)
    async with desk.worker():
        campaign = await begun(desk)
        await clock.fast_forward(campaign, timedelta(minutes=1))
        await asyncio.wait_for(bulk.asked.wait(), 30)
        await campaign.cancel()
        with pytest.raises(WorkflowFailureError) as caught:
            await campaign.result()
        await desk.stop_account()

    assert is_cancelled_exception(caught.value.cause)
    assert bulk.cancelled == ["msgbatch_1"]
    assert desk.studio.asked == []
