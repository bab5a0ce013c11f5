"""No history of a post grows without end, and nothing is lost when it goes on anew."""

import asyncio
from datetime import timedelta

import pytest
from temporalio.api.enums.v1 import EventType, ResetReapplyType
from temporalio.client import Client, WorkflowFailureError
from temporalio.exceptions import CancelledError
from temporalio.worker import Replayer

from galley.clients.storage import ObjectStore
from galley.clients.temporal import data_converter
from galley.models.account import ProgressKind
from galley.models.post import PostOutcome, PostState
from galley.models.review import Approve, ChangeKind, DecisionKind, Retract
from tests.bounded_worker import BUILD
from tests.workflows.harness import Post, decide, decision, reaches, record, reset, until
from tests.workflows.post_harness import PostHarness, ask, open_post_harness
from workflows import ids
from workflows.post.workflow import PostWorkflow

pytestmark = pytest.mark.server

MOST_EVENTS = 1500


async def _storm(post: Post, signals: int) -> None:
    """Send that many approvals of a revision that does not exist."""
    for _ in range(signals // 50):
        stale = Approve(revision=99, by="kim")
        await asyncio.gather(*(post.signal(PostWorkflow.approve, stale) for _ in range(50)))
    last = Approve(revision=99, by="kim-at-last")
    await post.signal(PostWorkflow.approve, last)
    await until(
        lambda: post.query(PostWorkflow.view),
        lambda view: bool(view.ignored) and "at-last" in view.ignored[-1].line,
    )


async def _lengths(harness: PostHarness, post: Post) -> list[int]:
    """Return how many events each run of the post has."""
    query = f'WorkflowId="{post.id}"'
    runs = [one async for one in harness.client.list_workflows(query)]
    handles = [harness.client.get_workflow_handle(post.id, run_id=run.run_id) for run in runs]
    return [len((await one.fetch_history()).events) for one in handles]


async def test_a_storm_of_signals_does_not_grow_one_history_without_end(
    temporal: Client, state_store: ObjectStore
) -> None:
    async with open_post_harness(temporal, state_store) as harness:
        post = await harness.reviewed()

        await _storm(post, 1600)
        await decide(post, decision(DecisionKind.APPROVE))
        await harness.job()
        await harness.tell(post, ProgressKind.SENT, status="sent")
        result = await post.result()
        lengths = await until(lambda: _lengths(harness, post), lambda found: len(found) > 1)

        assert result.outcome is PostOutcome.PUBLISHED
        assert max(lengths) < MOST_EVENTS


async def test_edit_after_edit_goes_on_in_new_runs(
    impatient: Client, state_store: ObjectStore
) -> None:
    async with open_post_harness(impatient, state_store) as harness:
        post = await harness.reviewed()

        for number in range(1, 13):
            words = {"text": f"words {number}"}
            await decide(post, decision(DecisionKind.EDIT, revision=number, edit=words))
        view = await post.query(PostWorkflow.view)
        lengths = await _lengths(harness, post)

        assert view.revision == 13
        assert view.draft is not None
        assert view.draft.text == "words 12"
        assert len(lengths) > 1
        assert max(lengths) < 100
        await post.terminate()


async def test_a_decision_is_taken_that_comes_as_the_run_is_to_go_on_in_a_new_one(
    impatient: Client, state_store: ObjectStore
) -> None:
    harness = PostHarness(client=impatient, store=state_store)
    async with harness.worker():
        post = await harness.reviewed()
    for _ in range(40):
        await post.signal(PostWorkflow.approve, Approve(revision=99, by="kim"))
    words = {"text": "better"}
    asked = asyncio.create_task(decide(post, decision(DecisionKind.EDIT, edit=words)))
    await post.describe()  # by then the update is there, too

    async with harness.worker():
        view = await asked
        await post.terminate()

    assert view.revision == 2
    assert view.draft is not None
    assert view.draft.text == "better"


async def test_an_unanswered_change_and_a_proposal_outlive_the_run_they_came_in(
    impatient: Client, state_store: ObjectStore
) -> None:
    async with open_post_harness(impatient, state_store) as harness:
        post = await harness.scheduled()
        await decide(post, decision(DecisionKind.EDIT, edit={"text": "better"}))
        due_at = (await harness.job()).request.due_at + timedelta(days=1)
        await ask(post, kind=ChangeKind.RESCHEDULE, due_at=due_at)
        change = await harness.change()
        await _storm(post, 100)
        before = await post.query(PostWorkflow.view)

        await harness.tell(post, ProgressKind.CHANGED, change=change)
        view = await until(lambda: post.query(PostWorkflow.view), lambda v: v.change is None)
        state = (await post.describe()).typed_search_attributes[ids.STATE]
        heard = await harness.heard()
        lengths = await _lengths(harness, post)
        await harness.tell(post, ProgressKind.SENT, status="sent")
        result = await post.result()
        await record("continued", post)

        assert before.change is not None
        assert before.proposal is not None
        assert (view.due_at, state) == (due_at, "scheduled")
        assert len(heard.changes) == 1
        assert len(lengths) > 1
        assert result.outcome is PostOutcome.PUBLISHED


@pytest.mark.parametrize("state", [PostState.IN_REVIEW, PostState.SCHEDULED])
async def test_a_cancelled_post_takes_its_job_back_and_ends(
    temporal: Client, state_store: ObjectStore, state: PostState
) -> None:
    async with open_post_harness(temporal, state_store) as harness:
        is_there = state is PostState.SCHEDULED
        post = await (harness.scheduled() if is_there else harness.reviewed())

        await post.cancel()
        with pytest.raises(WorkflowFailureError) as failed:
            await post.result()
        await record(f"cancelled-{state}", post)
        shown = (await post.describe()).typed_search_attributes[ids.STATE]
        view = await reaches(post, PostState.FAILED)

        assert isinstance(failed.value.cause, CancelledError)
        assert shown == "failed"
        assert view.error is not None
        assert "cancelled in Temporal" in view.error
        assert ("look at the channel" in view.error) == is_there
        if is_there:
            (change,) = (await harness.heard(changes=1)).changes
            assert (change.kind, change.post_id) == (ChangeKind.RETRACT, "buffer-1")


async def test_a_post_that_was_reset_with_its_messages_can_be_replayed(
    temporal: Client, state_store: ObjectStore
) -> None:
    everything = ResetReapplyType.RESET_REAPPLY_TYPE_ALL_ELIGIBLE
    async with open_post_harness(temporal, state_store) as harness:
        post = await harness.approved()
        # By a signal: the server repeats the update before it, a replay hears it after it.
        await post.signal(PostWorkflow.retract, Retract(by="kim"))
        change = await harness.change()
        await harness.tell(post, ProgressKind.RETRACTED, change=change)
        await post.result()
        # Of whichever run is the last.
        post = temporal.get_workflow_handle_for(PostWorkflow.run, post.id)
        await reset(temporal, post, before="hand_over", reapply=everything)
        await post.result()
        await reset(temporal, post, reapply=everything, is_last=True)

        result = await post.result()

        assert result.outcome is PostOutcome.RETRACTED
        history = await post.fetch_history()
        admitted = EventType.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_ADMITTED
        assert admitted in {event.event_type for event in history.events}
        replayer = Replayer(
            workflows=[PostWorkflow], data_converter=data_converter(), build_id=BUILD
        )
        await replayer.replay_workflow(history)
