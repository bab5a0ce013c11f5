"""One source to several channels, started once."""

from datetime import timedelta

import pytest
from temporalio.client import Client, WorkflowFailureError
from temporalio.exceptions import ApplicationError, WorkflowAlreadyStartedError
from temporalio.service import RPCError

from galley.clients.storage import ObjectStore
from galley.models.network import Platform
from galley.models.post import PostState
from galley.models.review import DecisionKind
from tests.workflows.harness import decide, decision, open_harness, reaches, record, until
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
    async with open_harness(temporal, state_store, *channels) as harness:
        view = await harness.start()
        for planned in view.posts:
            await reaches(harness.post(planned.workflow_id), PostState.IN_REVIEW)
        await record("started", temporal.get_workflow_handle(view.campaign_id))

        assert [p.channel_name for p in view.posts] == ["x-main", "b"]
        assert [s.channel_name for s in view.skipped] == ["gone"]


async def test_all_posts_are_written_with_one_request_and_each_takes_its_part(
    temporal: Client, state_store: ObjectStore
) -> None:
    channels = (channel("first"), channel("second"), channel("third"))
    async with open_harness(temporal, state_store, *channels) as harness:
        view = await harness.start(brief="Be dry.")
        posts = [harness.post(planned.workflow_id) for planned in view.posts]
        for post in posts:
            await reaches(post, PostState.IN_REVIEW)
        await decide(posts[0], decision(DecisionKind.REGENERATE, note="again"))
        await until(lambda: posts[0].query(PostWorkflow.view), lambda view: view.revision == 2)

        (together,) = harness.studio.sets
        assert [one.name for one in together.planned] == ["first", "second", "third"]
        assert together.options.brief == "Be dry."
        *first, again = harness.studio.asked
        sets = {task.draft_set and task.draft_set.name for task in first}
        assert sets == {f"sets/{together.key}/0.json"}
        # What a person asks for is written anew.
        assert again.draft_set is None


async def test_posts_that_cannot_be_written_together_are_written_one_by_one(
    temporal: Client, state_store: ObjectStore
) -> None:
    channels = (channel("first"), channel("second"))
    async with open_harness(temporal, state_store, *channels) as harness:
        harness.studio.writing_together_fails = True
        harness.studio.drafting_fails_on.add("first")

        view = await harness.start()
        second = await reaches(harness.post(view.posts[1].workflow_id), PostState.IN_REVIEW)
        first = await reaches(harness.post(view.posts[0].workflow_id), PostState.IN_REVIEW)

        assert second.problems == ()
        assert [problem.rule for problem in first.problems] == ["step"]
        assert [task.draft_set for task in harness.studio.asked] == [None, None]
        assert any("could not be written together" in note for note in view.notes)


async def test_a_campaign_says_how_many_networks_it_is_proposed_to_leave_out(
    temporal: Client, state_store: ObjectStore
) -> None:
    async with open_harness(temporal, state_store, channel("odd"), channel("x-main")) as harness:
        harness.studio.skips_on.add("odd")

        view = await harness.start()

        assert view.notes == (
            "The drafter proposes to leave out 1 of 2 networks: their posts say why.",
        )


async def test_the_same_key_starts_nothing_a_second_time(
    temporal: Client, state_store: ObjectStore
) -> None:
    async with open_harness(temporal, state_store, channel("x-main")) as harness:
        await harness.start_with_campaign()

        with pytest.raises(WorkflowAlreadyStartedError):
            await harness.start()

        assert harness.studio.drafted == ["x-main"]


async def test_the_inbox_is_a_query_on_search_attributes(
    temporal: Client, state_store: ObjectStore
) -> None:
    async with open_harness(temporal, state_store, channel("x-main")) as harness:
        view = await harness.start(every=timedelta(hours=1))
        query = f'GalleyState="in_review" AND GalleyCampaign="{view.campaign_id}"'

        async def inbox() -> list[str]:
            return [w.id async for w in temporal.list_workflows(query)]

        assert await until(inbox, bool) == [view.posts[0].workflow_id]


async def test_an_unknown_channel_fails_the_campaign_with_the_choices(
    temporal: Client, state_store: ObjectStore
) -> None:
    async with open_harness(temporal, state_store, channel("x-main")) as harness:
        with pytest.raises(WorkflowFailureError) as failed:
            await harness.start(channels=("nope",))

        assert isinstance(failed.value.cause, ApplicationError)
        assert "choose one of: x-main" in failed.value.cause.message


async def test_a_malformed_start_fails_the_run_instead_of_hanging_it(
    temporal: Client, state_store: ObjectStore
) -> None:
    async with open_harness(temporal, state_store, channel("x-main")) as harness:
        handle = await temporal.start_workflow(
            "CampaignWorkflow",
            {"key": "k", "sorce": "typo"},
            id=f"campaign:bad-{harness.queue}",
            task_queue=harness.queue,
        )

        with pytest.raises(WorkflowFailureError):
            await handle.result()


@pytest.mark.parametrize("span", ["review_expires_after", "publish_lead", "every"])
async def test_a_span_beyond_the_calendar_fails_the_run_instead_of_hanging_it(
    temporal: Client, state_store: ObjectStore, span: str
) -> None:
    async with open_harness(temporal, state_store, channel("x-main")) as harness:
        start = harness.campaign().model_dump(mode="json") | {span: "P999999999D"}
        handle = await temporal.start_workflow(
            "CampaignWorkflow",
            start,
            id=f"campaign:{span}-{harness.queue}",
            task_queue=harness.queue,
        )

        with pytest.raises(WorkflowFailureError):
            await handle.result()


async def test_a_malformed_signal_leaves_the_post_in_review(
    temporal: Client, state_store: ObjectStore
) -> None:
    async with open_harness(temporal, state_store, channel("x-main")) as harness:
        post = await harness.start_post()

        await post.signal("approve", {"revision": "one"})

        assert (await post.query(PostWorkflow.view)).state is PostState.IN_REVIEW
        with pytest.raises(RPCError):
            await harness.post("post:no:such").describe()


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
    async with open_harness(temporal, state_store, channel("x-main")) as harness:
        harness.studio.over_budget = True

        with pytest.raises(WorkflowFailureError) as caught:
            await harness.start()

        told = caught.value.cause.__cause__
        assert isinstance(told, ApplicationError)
        assert (told.type, harness.studio.drafted) == ("OverBudget", [])


async def test_the_request_for_all_posts_gets_what_was_set_aside(
    temporal: Client, state_store: ObjectStore
) -> None:
    async with open_harness(
        temporal, state_store, channel("a"), channel("b", Platform.BLUESKY)
    ) as harness:
        harness.studio.allowance = 90_000

        view = await harness.start()
        for planned in view.posts:
            await reaches(harness.post(planned.workflow_id), PostState.IN_REVIEW)

        assert harness.studio.reserved[0].posts == 2
        assert [task.allowance for task in harness.studio.sets] == [90_000]
        assert harness.studio.allowances == [0, 0]


async def test_a_long_source_is_condensed_once_and_every_draft_gets_the_brief(
    temporal: Client, state_store: ObjectStore
) -> None:
    channels = (channel("first"), channel("second"), channel("third"))
    async with open_harness(temporal, state_store, *channels) as harness:
        harness.studio.is_long = True
        view = await harness.start(brief="for boat owners")
        for planned in view.posts:
            await reaches(harness.post(planned.workflow_id), PostState.IN_REVIEW)

        assert [task.instructions for task in harness.studio.condensed] == ["for boat owners"]
        assert [task.source_bytes for task in harness.studio.reserved] == [5_000]
        briefs = {task.source.brief and task.source.brief.sha256 for task in harness.studio.asked}
        assert briefs == {"b" * 64}
        assert view.source is not None
        assert view.source.brief is not None
        campaign = harness.client.get_workflow_handle(view.campaign_id)
        await record("condensed", campaign)


async def test_a_source_that_is_not_long_is_not_condensed(
    temporal: Client, state_store: ObjectStore
) -> None:
    async with open_harness(temporal, state_store, channel("only")) as harness:
        view = await harness.start()
        await reaches(harness.post(view.posts[0].workflow_id), PostState.IN_REVIEW)

        assert harness.studio.condensed == []
        assert [task.source_bytes for task in harness.studio.reserved] == [20]
