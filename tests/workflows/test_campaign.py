"""One source to several channels, started once."""

from datetime import timedelta

import pytest
from temporalio.client import Client, WorkflowFailureError
from temporalio.exceptions import ApplicationError, WorkflowAlreadyStartedError
from temporalio.service import RPCError

from galley.clients.storage import ObjectStore
from galley.models import Platform, PostState
from tests.workflows.desk import open_desk, reaches, record, until
from tests.workflows.world import channel
from workflows import ids
from workflows.campaign.workflow import CampaignWorkflow
from workflows.post.workflow import PostWorkflow

pytestmark = pytest.mark.server


async def test_every_usable_channel_gets_a_post_and_the_others_a_reason(
    temporal: Client, state_store: ObjectStore
) -> None:
    channels = (
        channel("x-main"),
        channel("b", Platform.BLUESKY),
        channel("gone", is_disconnected=True),
    )
    async with open_desk(temporal, state_store, *channels) as desk:
        view = await desk.start()
        for planned in view.posts:
            await reaches(desk.post(planned.workflow_id), PostState.IN_REVIEW)
        await record("started", temporal.get_workflow_handle(view.campaign_id))

        assert [p.channel_name for p in view.posts] == ["x-main", "b"]
        assert [s.channel_name for s in view.skipped] == ["gone"]


async def test_the_first_draft_is_written_before_the_others_begin(
    temporal: Client, state_store: ObjectStore
) -> None:
    channels = (channel("first"), channel("second"), channel("third"))
    async with open_desk(temporal, state_store, *channels) as desk:
        view = await desk.start()
        for planned in view.posts:
            await reaches(desk.post(planned.workflow_id), PostState.IN_REVIEW)

        assert desk.studio.drafted[0] == "first"
        assert sorted(desk.studio.drafted) == ["first", "second", "third"]
        later = {task.channel.name: task.is_later for task in desk.studio.asked}
        assert later == {"first": False, "second": True, "third": True}


async def test_a_first_draft_that_fails_does_not_hold_the_others_up(
    temporal: Client, state_store: ObjectStore
) -> None:
    channels = (channel("first"), channel("second"))
    async with open_desk(temporal, state_store, *channels) as desk:
        desk.studio.drafting_fails_on.add("first")

        view = await desk.start()
        second = await reaches(desk.post(view.posts[1].workflow_id), PostState.IN_REVIEW)

        assert second.problems == ()


async def test_the_same_key_starts_nothing_a_second_time(
    temporal: Client, state_store: ObjectStore
) -> None:
    async with open_desk(temporal, state_store, channel("x-main")) as desk:
        await desk.start_post()

        with pytest.raises(WorkflowAlreadyStartedError):
            await desk.start()

        assert desk.studio.drafted == ["x-main"]


async def test_the_inbox_is_a_query_on_search_attributes(
    temporal: Client, state_store: ObjectStore
) -> None:
    async with open_desk(temporal, state_store, channel("x-main")) as desk:
        view = await desk.start(every=timedelta(hours=1))
        query = f'GalleyState="in_review" AND GalleyCampaign="{view.campaign_id}"'

        async def inbox() -> list[str]:
            return [w.id async for w in temporal.list_workflows(query)]

        assert await until(inbox, bool) == [view.posts[0].workflow_id]


async def test_an_unknown_channel_fails_the_campaign_with_the_choices(
    temporal: Client, state_store: ObjectStore
) -> None:
    async with open_desk(temporal, state_store, channel("x-main")) as desk:
        with pytest.raises(WorkflowFailureError) as failed:
            await desk.start(channels=("nope",))

        assert isinstance(failed.value.cause, ApplicationError)
        assert "choose one of: x-main" in failed.value.cause.message


async def test_a_malformed_start_fails_the_run_instead_of_hanging_it(
    temporal: Client, state_store: ObjectStore
) -> None:
    async with open_desk(temporal, state_store, channel("x-main")) as desk:
        handle = await temporal.start_workflow(
            "CampaignWorkflow",
            {"key": "k", "sorce": "typo"},
            id=f"campaign:bad-{desk.queue}",
            task_queue=desk.queue,
        )

        with pytest.raises(WorkflowFailureError):
            await handle.result()


@pytest.mark.parametrize("span", ["review_expires_after", "publish_lead", "every"])
async def test_a_span_beyond_the_calendar_fails_the_run_instead_of_hanging_it(
    temporal: Client, state_store: ObjectStore, span: str
) -> None:
    async with open_desk(temporal, state_store, channel("x-main")) as desk:
        start = desk.campaign().model_dump(mode="json") | {span: "P999999999D"}
        handle = await temporal.start_workflow(
            "CampaignWorkflow", start, id=f"campaign:{span}-{desk.queue}", task_queue=desk.queue
        )

        with pytest.raises(WorkflowFailureError):
            await handle.result()


async def test_a_malformed_signal_leaves_the_post_in_review(
    temporal: Client, state_store: ObjectStore
) -> None:
    async with open_desk(temporal, state_store, channel("x-main")) as desk:
        post = await desk.start_post()

        await post.signal("approve", {"revision": "one"})

        assert (await post.query(PostWorkflow.view)).state is PostState.IN_REVIEW
        with pytest.raises(RPCError):
            await desk.post("post:no:such").describe()


def test_keys_differ_by_source_and_edition_and_stay_the_same() -> None:
    first = ids.campaign_key("https://example.com/a", 1)

    assert first == ids.campaign_key("https://example.com/a", 1)
    assert ids.campaign_key("https://example.com/a", 2) == f"{first}-2"
    assert first != ids.campaign_key("https://example.com/b", 1)
    assert ids.post_id(first, "c1") == f"post:{first}:c1"


def test_the_wire_names_of_campaigns_do_not_change() -> None:
    assert CampaignWorkflow.__name__ == "CampaignWorkflow"


async def test_a_campaign_over_its_budget_ends_before_any_draft_is_paid_for(
    temporal: Client, state_store: ObjectStore
) -> None:
    async with open_desk(temporal, state_store, channel("x-main")) as desk:
        desk.studio.over_budget = True

        with pytest.raises(WorkflowFailureError) as caught:
            await desk.start()

        told = caught.value.cause.__cause__
        assert isinstance(told, ApplicationError)
        assert (told.type, desk.studio.drafted) == ("OverBudget", [])


async def test_every_post_gets_its_share_of_what_was_set_aside(
    temporal: Client, state_store: ObjectStore
) -> None:
    async with open_desk(
        temporal, state_store, channel("a"), channel("b", Platform.BLUESKY)
    ) as desk:
        desk.studio.allowance = 90_000

        view = await desk.start()
        for planned in view.posts:
            await reaches(desk.post(planned.workflow_id), PostState.IN_REVIEW)

        assert desk.studio.reserved[0].posts == 2
        assert desk.studio.allowances == [90_000, 90_000]


async def test_a_long_source_is_condensed_once_and_every_draft_gets_the_brief(
    temporal: Client, state_store: ObjectStore
) -> None:
    channels = (channel("first"), channel("second"), channel("third"))
    async with open_desk(temporal, state_store, *channels) as desk:
        desk.studio.is_long = True
        view = await desk.start(brief="for boat owners")
        for planned in view.posts:
            await reaches(desk.post(planned.workflow_id), PostState.IN_REVIEW)

        assert [task.instructions for task in desk.studio.condensed] == ["for boat owners"]
        assert [task.source_bytes for task in desk.studio.reserved] == [5_000]
        briefs = {task.source.brief and task.source.brief.sha256 for task in desk.studio.asked}
        assert briefs == {"b" * 64}
        assert view.source is not None
        assert view.source.brief is not None
        campaign = desk.client.get_workflow_handle(view.campaign_id)
        await record("condensed", campaign)


async def test_a_source_that_is_not_long_is_not_condensed(
    temporal: Client, state_store: ObjectStore
) -> None:
    async with open_desk(temporal, state_store, channel("only")) as desk:
        view = await desk.start()
        await reaches(desk.post(view.posts[0].workflow_id), PostState.IN_REVIEW)

        assert desk.studio.condensed == []
        assert [task.source_bytes for task in desk.studio.reserved] == [20]
