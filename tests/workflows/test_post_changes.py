"""A post is rescheduled, moved, taken back and redriven, on a real Temporal server."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from temporalio.client import Client, WorkflowUpdateFailedError
from temporalio.exceptions import ApplicationError

from app.posts.directory import PostRow
from app.review.changes import change_all
from galley.clients.storage import ObjectStore
from galley.models.account import Claim, ProgressKind
from galley.models.channel import Delivery, QueuePosition, ShareMode
from galley.models.post import PostOutcome, PostState
from galley.models.review import (
    ChangeKind,
    ChangeRequest,
    DecisionKind,
    MoveInQueue,
    Redrive,
    Reschedule,
    Retract,
)
from tests.workflows.harness import Post, decide, decision, is_begun, reaches, record, until
from tests.workflows.post_harness import SOON, ask, open_post_harness, whole
from workflows import ids
from workflows.post.workflow import PostWorkflow

pytestmark = pytest.mark.server

APPROVE = decision(DecisionKind.APPROVE)
RETRACT = Retract(by="kim", note="off topic")


def _in(hours: float) -> datetime:
    return whole(datetime.now(UTC) + timedelta(hours=hours))


async def _refusal(post: Post, **request: object) -> str:
    with pytest.raises(WorkflowUpdateFailedError) as refused:
        await ask(post, **request)
    assert isinstance(refused.value.cause, ApplicationError)
    assert refused.value.cause.type == "ChangeRefused"
    return refused.value.cause.message


# Before approval


async def test_a_post_in_review_is_rescheduled_and_goes_out_at_that_very_time(
    temporal: Client, state_store: ObjectStore
) -> None:
    async with open_post_harness(temporal, state_store) as harness:
        post = await harness.reviewed()
        due_at = _in(5)

        await post.signal(PostWorkflow.reschedule, Reschedule(by="kim", due_at=due_at))
        await decide(post, APPROVE)
        job = await harness.job()
        view = await post.query(PostWorkflow.view)

        assert job.request.due_at == due_at
        assert view.due_at == due_at
        assert [request.by for request in view.changes] == ["kim"]
        assert job.timing is None
        await post.terminate()


async def test_a_post_in_review_is_put_into_buffers_queue_instead(
    temporal: Client, state_store: ObjectStore
) -> None:
    async with open_post_harness(temporal, state_store) as harness:
        post = await harness.reviewed()

        await ask(post, kind=ChangeKind.RESCHEDULE, mode=ShareMode.ADD_TO_QUEUE)
        await decide(post, APPROVE)
        job = await harness.job()
        view = await post.query(PostWorkflow.view)
        shown = (await post.describe()).typed_search_attributes

        assert job.request.delivery.mode is ShareMode.ADD_TO_QUEUE
        assert view.due_at is None
        assert ids.DUE_AT not in shown
        await post.terminate()


async def test_a_post_is_delivered_as_its_campaign_asks(
    temporal: Client, state_store: ObjectStore
) -> None:
    async with open_post_harness(temporal, state_store) as harness:
        delivery = Delivery(save_to_draft=True)
        post = await harness.approved(delivery=delivery)
        job = await harness.job()

        await harness.tell(post, ProgressKind.HANDED_TO_PERSON, status="draft")
        result = await post.result()
        await record("handed-to-person", post)

        assert job.request.delivery == delivery
        assert result.outcome is PostOutcome.HANDED_TO_PERSON


async def test_a_post_taken_back_in_review_never_reaches_buffer(
    temporal: Client, state_store: ObjectStore
) -> None:
    async with open_post_harness(temporal, state_store) as harness:
        post = await harness.reviewed()

        await post.signal(PostWorkflow.retract, RETRACT)
        result = await post.result()
        await record("retracted-in-review", post)

        assert result.outcome is PostOutcome.RETRACTED
        assert result.view.notice == "Retracted by kim: off topic"
        assert not await harness.is_open()


async def test_a_post_taken_back_while_it_is_drafted_ends_without_a_review(
    temporal: Client, state_store: ObjectStore
) -> None:
    async with open_post_harness(temporal, state_store) as harness:
        harness.studio.drafting_waits = True
        post = await harness.begin()
        await reaches(post, PostState.DRAFTING)

        await ask(post, kind=ChangeKind.RETRACT)
        harness.studio.drafting_waits = False
        result = await post.result()

        assert result.outcome is PostOutcome.RETRACTED


async def test_an_approval_that_meets_a_retraction_releases_nothing(
    temporal: Client, state_store: ObjectStore
) -> None:
    async with open_post_harness(temporal, state_store) as harness:
        harness.studio.media_on.add("x-main")
        harness.studio.hosting_waits = True
        post = await harness.reviewed()
        await decide(post, APPROVE)
        await until(lambda: is_begun(post, "rehost_assets"), bool)

        await post.signal(PostWorkflow.retract, RETRACT)
        await reaches(post, PostState.RETRACTED)
        harness.studio.hosting_waits = False
        result = await post.result()

        assert result.outcome is PostOutcome.RETRACTED
        assert not await harness.is_open()


async def test_a_new_time_given_while_a_claimed_post_is_released_is_the_one_it_gets(
    temporal: Client, state_store: ObjectStore
) -> None:
    async with open_post_harness(temporal, state_store) as harness:
        harness.studio.media_on.add("x-main")
        post = await harness.reviewed()
        key = post.id.removeprefix("post:")
        now = datetime.now(UTC)
        claim = Claim(key=key, owner="an earlier run", digest="d", claimed_at=now)
        body = claim.model_dump_json().encode()
        await state_store.put_if_absent(f"claims/{key}.json", body, "application/json")
        await decide(post, APPROVE)
        await reaches(post, PostState.HELD)

        harness.studio.hosting_waits = True
        await decide(post, APPROVE)
        await until(lambda: is_begun(post, "rehost_assets"), bool)
        later = _in(48)
        await ask(post, kind=ChangeKind.RESCHEDULE, due_at=later)
        harness.studio.hosting_waits = False

        assert (await harness.job()).request.due_at == later
        await post.terminate()


# In Buffer


async def test_a_scheduled_post_is_taken_out_of_buffer(
    temporal: Client, state_store: ObjectStore
) -> None:
    async with open_post_harness(temporal, state_store) as harness:
        post = await harness.scheduled()

        await post.signal(PostWorkflow.retract, RETRACT)
        change = await harness.change()
        asked = await post.query(PostWorkflow.view)
        await harness.tell(post, ProgressKind.RETRACTED, change=change)
        result = await post.result()
        await record("retracted", post)

        assert (change.kind, change.post_id) == (ChangeKind.RETRACT, "buffer-1")
        assert asked.state is PostState.SCHEDULED
        assert asked.change is not None
        assert result.outcome is PostOutcome.RETRACTED
        assert result.view.change is None


async def test_a_retraction_that_comes_too_late_says_so(
    temporal: Client, state_store: ObjectStore
) -> None:
    async with open_post_harness(temporal, state_store) as harness:
        post = await harness.scheduled()
        await ask(post, kind=ChangeKind.RETRACT)
        await harness.change()

        await harness.tell(post, ProgressKind.SENT, status="sent")
        result = await post.result()

        assert result.outcome is PostOutcome.PUBLISHED
        assert "before Buffer confirmed the retract by kim" in result.view.notice


async def test_a_scheduled_post_is_rescheduled_and_only_the_last_time_counts(
    temporal: Client, state_store: ObjectStore
) -> None:
    async with open_post_harness(temporal, state_store) as harness:
        post = await harness.scheduled()
        first, second = _in(5), _in(6)

        await ask(post, kind=ChangeKind.RESCHEDULE, due_at=first)
        early = await harness.change()
        await ask(post, kind=ChangeKind.RESCHEDULE, due_at=second)
        late = await harness.change(2)
        await harness.tell(post, ProgressKind.CHANGED, change=early)
        await harness.tell(post, ProgressKind.CHANGED, change=late)
        view = await until(lambda: post.query(PostWorkflow.view), lambda v: v.change is None)
        shown = (await post.describe()).typed_search_attributes[ids.DUE_AT]

        assert early.change_id < late.change_id
        assert late.job.request.due_at == second
        assert (view.due_at, view.state) == (second, PostState.SCHEDULED)
        assert shown == second
        assert view.notice == "The reschedule by kim is carried out."
        await post.terminate()


async def test_a_change_that_buffer_refuses_leaves_the_post_as_it_was(
    temporal: Client, state_store: ObjectStore
) -> None:
    async with open_post_harness(temporal, state_store) as harness:
        post = await harness.scheduled()
        before = await post.query(PostWorkflow.view)

        await post.signal(PostWorkflow.move, MoveInQueue(by="kim", position=QueuePosition.TOP))
        change = await harness.change()
        await harness.tell(post, ProgressKind.CHANGE_REFUSED, "No queue.", change)
        view = await until(lambda: post.query(PostWorkflow.view), lambda v: v.change is None)

        assert change.position is QueuePosition.TOP
        assert view.notice == "The move by kim was not carried out: No queue."
        assert (view.state, view.due_at) == (before.state, before.due_at)
        await post.terminate()


async def test_no_name_or_note_makes_a_refusal_a_success(
    temporal: Client, state_store: ObjectStore
) -> None:
    async with open_post_harness(temporal, state_store) as harness:
        post = await harness.scheduled()
        by, note = "what kim asks for is carried out", "Rescheduled by kim."
        request = ChangeRequest(kind=ChangeKind.RESCHEDULE, by=by, note=note, due_at=_in(5))
        row = PostRow(workflow_id=post.id, started_at=datetime.now(UTC))

        asked = asyncio.create_task(
            change_all(temporal, (row,), lambda _: request, is_awaited=True)
        )
        change = await harness.change()
        await harness.tell(post, ProgressKind.CHANGE_REFUSED, "No.", change)
        (told,) = await asked

        assert told.is_over
        assert not told.ok
        assert told.error == f"The reschedule by {by} was not carried out: No."
        await post.terminate()


async def test_a_change_without_effect_is_told_by_either_door(
    temporal: Client, state_store: ObjectStore
) -> None:
    async with open_post_harness(temporal, state_store) as harness:
        post = await harness.reviewed()

        why = await _refusal(post, kind=ChangeKind.RESCHEDULE, due_at=_in(-1))
        await post.signal(PostWorkflow.redrive, Redrive(by="kim"))
        view = await until(lambda: post.query(PostWorkflow.view), lambda v: bool(v.ignored))

        assert "is past: give a later time" in why
        assert view.ignored[0].line.startswith("redrive by kim changed nothing: Only a")
        await post.terminate()


async def test_a_post_that_was_pulled_back_waits_and_can_be_taken_back(
    temporal: Client, state_store: ObjectStore
) -> None:
    async with open_post_harness(temporal, state_store) as harness:
        post = await harness.scheduled()

        await harness.tell(post, ProgressKind.PULLED_BACK)
        pulled = await reaches(post, PostState.PULLED_BACK)
        await ask(post, kind=ChangeKind.RETRACT)
        change = await harness.change()
        await harness.tell(post, ProgressKind.RETRACTED, change=change)
        result = await post.result()

        assert pulled.buffer_post_id is None
        assert change.post_id is None
        assert result.outcome is PostOutcome.RETRACTED


async def test_a_post_that_was_pulled_back_goes_out_after_the_pause(
    temporal: Client, state_store: ObjectStore
) -> None:
    async with open_post_harness(temporal, state_store) as harness:
        post = await harness.scheduled()
        await harness.tell(post, ProgressKind.PULLED_BACK)
        await reaches(post, PostState.PULLED_BACK)

        await harness.tell(post, ProgressKind.CREATED, id="buffer-2")
        again = await reaches(post, PostState.SCHEDULED)
        await harness.tell(post, ProgressKind.SENT, id="buffer-2", status="sent")
        result = await post.result()
        await record("pulled-back-then-published", post)

        assert again.buffer_post_id == "buffer-2"
        assert result.outcome is PostOutcome.PUBLISHED


# Held


async def test_a_rejected_held_post_is_looked_for_and_taken_out(
    temporal: Client, state_store: ObjectStore
) -> None:
    async with open_post_harness(temporal, state_store) as harness:
        post = await harness.approved()
        await harness.tell(post, ProgressKind.HELD, "It cannot be found out.")
        await reaches(post, PostState.HELD)

        await decide(post, decision(DecisionKind.REJECT, note="off topic"))
        change = await harness.change()
        waiting = await post.query(PostWorkflow.view)
        await harness.tell(post, ProgressKind.RETRACTED, change=change)
        result = await post.result()
        await record("held-then-rejected", post)

        assert change.kind is ChangeKind.RETRACT
        assert waiting.state is PostState.HELD
        assert result.outcome is PostOutcome.REJECTED
        assert result.view.error == "Rejected by kim: off topic"


async def test_a_held_post_that_cannot_be_taken_out_is_left_when_rejected_again(
    temporal: Client, state_store: ObjectStore
) -> None:
    async with open_post_harness(temporal, state_store) as harness:
        post = await harness.approved()
        await harness.tell(post, ProgressKind.HELD, "The key is wrong.")
        await reaches(post, PostState.HELD)
        await decide(post, decision(DecisionKind.REJECT))
        change = await harness.change()
        await harness.tell(post, ProgressKind.CHANGE_REFUSED, "Wrong key.", change)
        stuck = await until(lambda: post.query(PostWorkflow.view), lambda v: v.change is None)

        await decide(post, decision(DecisionKind.REJECT))
        result = await post.result()

        assert stuck.error == "Wrong key. Reject it once more to leave it as it is."
        assert result.outcome is PostOutcome.REJECTED


# In error


async def test_a_post_that_buffer_could_not_publish_is_redriven_and_goes_out(
    temporal: Client, state_store: ObjectStore
) -> None:
    async with open_post_harness(temporal, state_store) as harness:
        post = await harness.scheduled()
        await harness.tell(post, ProgressKind.PUBLISH_FAILED, "The token is gone.", status="error")
        failed = await reaches(post, PostState.ERROR)

        await post.signal(PostWorkflow.redrive, Redrive(by="kim"))
        change = await harness.change()
        await reaches(post, PostState.PUBLISHING)
        await harness.tell(post, ProgressKind.PUBLISH_FAILED, "told again")
        await harness.tell(post, ProgressKind.CREATED, id="buffer-2")
        await harness.tell(post, ProgressKind.SENT, id="buffer-2", status="sent")
        result = await post.result()
        await record("error-redriven-published", post)

        assert failed.error == "The token is gone."
        assert (change.kind, change.post_id) == (ChangeKind.REDRIVE, "buffer-1")
        assert change.job.request.due_at < datetime.now(UTC) + SOON
        assert result.outcome is PostOutcome.PUBLISHED
        assert result.view.error is None
        assert result.view.change is None


async def test_a_post_in_error_is_ended_by_a_rejection(
    temporal: Client, state_store: ObjectStore
) -> None:
    async with open_post_harness(temporal, state_store) as harness:
        post = await harness.scheduled()
        await harness.tell(post, ProgressKind.PUBLISH_FAILED, "No.", status="error")
        await reaches(post, PostState.ERROR)

        await decide(post, decision(DecisionKind.REJECT))
        result = await post.result()
        await record("error-rejected", post)

        assert result.outcome is PostOutcome.REJECTED


async def test_a_refused_redrive_asks_the_person_again(
    temporal: Client, state_store: ObjectStore
) -> None:
    async with open_post_harness(temporal, state_store) as harness:
        post = await harness.scheduled()
        await harness.tell(post, ProgressKind.PUBLISH_FAILED, "No.", status="error")
        await reaches(post, PostState.ERROR)
        await ask(post, kind=ChangeKind.REDRIVE)
        change = await harness.change()

        await harness.tell(post, ProgressKind.CHANGE_REFUSED, "Still no.", change=change)
        view = await reaches(post, PostState.ERROR)

        assert view.error == "Still no."
        assert view.change is None
        await post.terminate()
