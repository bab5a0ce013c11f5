"""A campaign waits for what does not answer, says so, and ends when it is told to."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from temporalio import workflow
from temporalio.client import Client, WorkflowExecutionStatus, WorkflowFailureError, WorkflowHandle
from temporalio.common import SearchAttributePair, TypedSearchAttributes
from temporalio.exceptions import ApplicationError, CancelledError
from temporalio.testing import TimeSkipper

from galley.clients.storage import ObjectStore
from galley.models.campaign import WAITING, CampaignView, CampaignWait
from tests.receivers import Receiver
from tests.workflows.attention_harness import watching
from tests.workflows.harness import Harness, open_harness, record, until
from tests.workflows.world import Buffer, channel
from workers.queues import WORKFLOWS
from workflows import ids
from workflows.campaign.workflow import CampaignWorkflow

pytestmark = pytest.mark.server


@dataclass
class _Away(Harness):
    """An account that cannot be reached, at first."""

    waits: list[CampaignWait | None] = field(default_factory=list)
    """What the campaign said at each try."""

    async def _organization(self) -> str:
        campaign = self.client.get_workflow_handle_for(
            CampaignWorkflow.run, ids.campaign_id(self.campaign().key)
        )
        self.waits.append((await campaign.query(CampaignWorkflow.view)).wait)
        if len(self.waits) <= 18:
            raise ApplicationError(
                "The organization did not answer.",
                type="NoAnswerError",
                next_retry_delay=timedelta(milliseconds=10),
            )
        return self.organization_id


async def test_a_campaign_waits_for_its_account_however_long_that_is_away_and_says_so_meanwhile(
    clock: TimeSkipper, state_store: ObjectStore
) -> None:
    harness = _Away(clock.client, state_store, Buffer((channel("x-main"),)))
    async with harness.worker():
        view = await harness.start()
        await harness.stop_account()

    assert [one.channel_id for one in view.posts] == ["x-main"]
    assert view.wait is None
    first, *waits = harness.waits
    assert first is None
    told = [one for one in waits if one is not None]
    assert len(told) > 8
    assert {one.why for one in told} == {"The organization did not answer."}
    # One wait, however often it tries.
    assert len({one.since for one in told}) == 1
    campaign = clock.client.get_workflow_handle(view.campaign_id)
    await record("waited", campaign)
    upserts = [
        event.upsert_workflow_search_attributes_event_attributes.search_attributes.indexed_fields
        async for event in campaign.fetch_history_events()
        if event.HasField("upsert_workflow_search_attributes_event_attributes")
    ]
    assert [fields["GalleyState"].data for fields in upserts] == [b'"waiting"', b""]


@pytest.mark.parametrize(
    ("step", "error", "calls"),
    [
        # More than the attempts of one round.
        ("read_source", "StoreError", 6),
        ("condense_source", "StoreError", 10),
        ("reserve_budget", "StoreError", 10),
        ("reserve_budget", "TimeoutError", 1),
    ],
)
async def test_a_campaign_waits_for_the_store_however_long_that_is_away(
    step: str, error: str, calls: int, clock: TimeSkipper, state_store: ObjectStore
) -> None:
    harness = Harness(clock.client, state_store, Buffer((channel("x-main"),)))
    harness.studio.is_long = True
    harness.studio.store_is_away[step], harness.studio.store_error = calls, error
    async with harness.worker():
        view = await harness.start()
        await harness.stop_account()

    assert harness.studio.store_is_away[step] < 0
    assert [one.channel_id for one in view.posts] == ["x-main"]


async def test_a_page_that_does_not_answer_fails_its_campaign(
    clock: TimeSkipper, state_store: ObjectStore
) -> None:
    harness = Harness(clock.client, state_store, Buffer((channel("x-main"),)))
    harness.studio.store_is_away["read_source"], harness.studio.store_error = 6, "SourceError"
    async with harness.worker():
        with pytest.raises(WorkflowFailureError):
            await harness.start()
        await harness.stop_account()


async def _begin(harness: Harness) -> WorkflowHandle[CampaignWorkflow, CampaignView]:
    """Start a campaign whose source cannot be stored."""
    harness.studio.store_is_away["read_source"] = 10_000
    start = harness.campaign()
    return await harness.client.start_workflow(
        CampaignWorkflow.run, start, id=ids.campaign_id(start.key), task_queue=harness.queue
    )


async def _waits(campaign: WorkflowHandle[CampaignWorkflow, CampaignView]) -> None:
    async def waits() -> bool:
        return (await campaign.query(CampaignWorkflow.view)).wait is not None

    await until(waits, bool)


async def test_a_campaign_that_waits_can_be_cancelled(
    temporal: Client, state_store: ObjectStore
) -> None:
    async with open_harness(temporal, state_store, channel("x-main")) as harness:
        campaign = await _begin(harness)
        await _waits(campaign)
        await campaign.cancel()
        with pytest.raises(WorkflowFailureError) as ended:
            await campaign.result()
        view = await campaign.query(CampaignWorkflow.view)

    assert isinstance(ended.value.cause, CancelledError)
    assert view.wait is None
    assert view.stage == "reading the source"


async def test_a_campaign_gives_the_store_up_after_a_day_and_fails(
    clock: TimeSkipper, state_store: ObjectStore
) -> None:
    harness = Harness(clock.client, state_store, Buffer((channel("x-main"),)))
    # Few rounds in a day, so that the test is quick.
    harness.studio.store_again_after = timedelta(hours=3)
    async with harness.worker():
        campaign = await _begin(harness)
        with pytest.raises(WorkflowFailureError):
            await campaign.result()
        run = await campaign.describe()

    assert run.status is WorkflowExecutionStatus.FAILED
    assert run.close_time
    assert timedelta(days=1) < run.close_time - run.start_time < timedelta(days=2)


async def test_a_campaign_that_has_waited_for_a_quarter_of_an_hour_is_told_once(
    temporal: Client, state_store: ObjectStore
) -> None:
    harness = _Away(temporal, state_store, Buffer((channel("x-main"),)))
    async with harness.worker(), watching(harness, Receiver()) as attention_harness:
        start = harness.campaign()
        campaign = await temporal.start_workflow(
            CampaignWorkflow.run, start, id=ids.campaign_id(start.key), task_queue=harness.queue
        )
        await _waits(campaign)
        await attention_harness.start()
        await attention_harness.looks()
        assert attention_harness.receiver.taken == []
        attention_harness.clock.minutes = 16
        (message,) = await attention_harness.told()
        await attention_harness.looks()

        assert len(attention_harness.receiver.taken) == 1
        assert message["type"] == "galley.campaign_waiting"
        (item,) = message["data"]["items"]
        assert (item["workflow_id"], item["state"]) == (campaign.id, WAITING)
        assert item["why"] == "The organization did not answer."
        assert message["data"]["commands"] == ["galley doctor", f"galley show {campaign.id}"]
        await campaign.terminate()


async def test_a_campaign_that_waits_for_the_bucket_is_told_after_an_hour(
    temporal: Client, state_store: ObjectStore
) -> None:
    async with (
        open_harness(temporal, state_store, channel("x-main")) as harness,
        watching(harness, Receiver()) as attention_harness,
    ):
        campaign = await _begin(harness)
        await _waits(campaign)
        attention_harness.clock.minutes = 16
        await attention_harness.start()
        await attention_harness.looks()

        assert attention_harness.receiver.taken == []
        attention_harness.clock.minutes = 61
        (message,) = await attention_harness.told()
        assert message["type"] == "galley.campaign_waiting"
        view = await campaign.query(CampaignWorkflow.view)
        assert view.wait
        assert view.wait.is_for_store
        await campaign.terminate()


@workflow.defn(name="CampaignWorkflow", sandboxed=False)
class _AnyBuild:
    """A campaign with the view that it is given."""

    @workflow.init
    def __init__(self, view: dict[str, Any]) -> None:
        self._view = view

    @workflow.run
    async def run(self, view: dict[str, Any]) -> None:
        del view
        await workflow.wait_condition(lambda: False)

    @workflow.query
    def view(self) -> dict[str, Any]:
        return self._view


async def test_a_campaign_of_another_build_keeps_no_other_one_from_being_told(
    temporal: Client, state_store: ObjectStore
) -> None:
    harness = Harness(temporal, state_store, Buffer(()))
    others = [one for one in WORKFLOWS if one is not CampaignWorkflow]
    waits = TypedSearchAttributes([SearchAttributePair(ids.STATE, WAITING)])
    since = datetime.now(UTC) - timedelta(hours=1)
    known = CampaignView(campaign_id="a", stage="b", wait=CampaignWait(since=since, why="Away."))
    view = known.model_dump(mode="json")
    async with (
        harness.worker([*others, _AnyBuild]),
        watching(harness, Receiver()) as attention_harness,
    ):
        campaigns = [
            await temporal.start_workflow(
                _AnyBuild.run,
                given,
                id=f"campaign:{harness.queue}-{number}",
                task_queue=harness.queue,
                search_attributes=waits,
            )
            for number, given in enumerate((view | {"of_a_newer_build": 1}, view))
        ]
        await attention_harness.start()
        (message,) = await attention_harness.told()

        (item,) = message["data"]["items"]
        assert item["workflow_id"] == campaigns[1].id
        for campaign in campaigns:
            await campaign.terminate()
