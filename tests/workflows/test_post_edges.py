"""What goes wrong with a post between its draft and Buffer, on a real server."""

import pytest
from temporalio.client import Client, WorkflowFailureError
from temporalio.exceptions import CancelledError

from galley.clients.storage import ObjectStore
from galley.models.account import Progress, ProgressKind
from galley.models.post import PostOutcome, PostState
from galley.models.publishing import BufferPost, ReplyKind
from galley.models.review import Approve, DecisionKind, Reject
from tests.workflows.harness import (
    Harness,
    approval,
    decide,
    decision,
    open_harness,
    reaches,
    until,
)
from tests.workflows.world import Buffer, channel
from workflows.post.workflow import PostWorkflow

pytestmark = pytest.mark.server

APPROVE = decision(DecisionKind.APPROVE)


async def test_a_held_post_stays_held_when_its_media_cannot_be_hosted(
    temporal: Client, state_store: ObjectStore
) -> None:
    async with open_harness(temporal, state_store, channel("x-main")) as harness:
        harness.studio.media_on.add("x-main")
        harness.buffer.faults = [ReplyKind.UNAUTHORIZED]
        post = await harness.start_post()
        await decide(post, APPROVE)
        await reaches(post, PostState.HELD)

        harness.studio.hosting_fails = True
        await decide(post, APPROVE)
        view = await reaches(post, PostState.HELD, PostState.IN_REVIEW)
        harness.studio.hosting_fails = False
        await decide(post, APPROVE)
        result = await post.result()

        assert view.state is PostState.HELD
        assert result.outcome is PostOutcome.PUBLISHED
        assert len(harness.buffer.posts) == 1


async def test_an_approval_that_could_not_be_carried_out_gets_a_new_review(
    temporal: Client, state_store: ObjectStore
) -> None:
    async with open_harness(temporal, state_store, channel("x-main")) as harness:
        harness.studio.media_on.add("x-main")
        harness.studio.hosting_fails = True
        post = await harness.start_post()
        before = (await post.query(PostWorkflow.view)).review_expires_at

        await decide(post, APPROVE)
        view = await until(lambda: post.query(PostWorkflow.view), lambda v: v.error is not None)

        assert view.state is PostState.IN_REVIEW
        assert before is not None
        assert view.review_expires_at is not None
        assert view.review_expires_at > before


@pytest.mark.parametrize("kind", [DecisionKind.APPROVE, DecisionKind.REJECT])
async def test_a_decision_that_crosses_the_news_that_buffer_has_it_changes_nothing(
    temporal: Client, state_store: ObjectStore, kind: DecisionKind
) -> None:
    buffer = Buffer((channel("x-main"),))
    harness = Harness(client=temporal, store=state_store, buffer=buffer)
    async with harness.worker():
        buffer.faults = [ReplyKind.UNAUTHORIZED]
        post = await harness.start_post()
        await decide(post, APPROVE)
        await reaches(post, PostState.HELD)
        seen = await approval(post)
    said = {DecisionKind.APPROVE: seen, DecisionKind.REJECT: Reject(revision=1, by="kim")}
    key = post.id.removeprefix("post:")
    there = BufferPost(id="buffer-1", channel_id="x-main", status="scheduled")
    created = Progress(job_id=key, kind=ProgressKind.CREATED, post=there)
    await post.signal(kind.value, said[kind])
    await post.signal(PostWorkflow.progress, created)

    async with harness.worker():
        view = await until(lambda: post.query(PostWorkflow.view), lambda v: bool(v.ignored))
        await post.terminate()
        await harness.stop_account()

    assert view.state is PostState.SCHEDULED
    assert "changed nothing" in view.ignored[0].line


async def test_the_card_of_an_earlier_headline_never_goes_out(
    temporal: Client, state_store: ObjectStore
) -> None:
    async with open_harness(temporal, state_store, channel("x-main")) as harness:
        harness.studio.media_on.add("x-main")
        post = await harness.start_post()

        harness.studio.rendering_fails = True
        edit = decision(DecisionKind.EDIT, edit={"headline": "New"})
        stuck = await decide(post, edit)
        harness.studio.rendering_fails = False
        again = decision(DecisionKind.EDIT, revision=2, edit={"text": "better"})
        mended = await decide(post, again)

        assert stuck.problems
        assert stuck.staged == ()
        assert [asset.sha256 for asset in mended.staged] == ["New"]


async def test_a_flood_of_stale_decisions_does_not_pile_up(
    temporal: Client, state_store: ObjectStore
) -> None:
    async with open_harness(temporal, state_store, channel("x-main")) as harness:
        post = await harness.start_post()

        for number in range(30):
            await post.signal(PostWorkflow.approve, Approve(revision=9, by=f"kim-{number}"))
        view = await until(
            lambda: post.query(PostWorkflow.view),
            lambda v: bool(v.ignored) and "kim-29" in v.ignored[-1].line,
        )

        assert len(view.ignored) == 20


async def test_an_edit_longer_than_any_network_takes_is_refused(
    temporal: Client, state_store: ObjectStore
) -> None:
    async with open_harness(temporal, state_store, channel("x-main")) as harness:
        post = await harness.start_post()
        huge = decision(DecisionKind.EDIT, edit={"text": "x" * 200_000})

        await post.signal("edit", huge.model_dump(exclude={"kind"}))
        view = await until(lambda: post.query(PostWorkflow.view), lambda v: bool(v.ignored))

        assert "longer than any network takes" in view.ignored[0].line


async def test_a_cancelled_post_ends_whatever_step_it_was_at(
    temporal: Client, state_store: ObjectStore
) -> None:
    async with open_harness(temporal, state_store, channel("x-main")) as harness:
        harness.studio.drafting_waits = True
        post = await harness.begin_post()
        await reaches(post, PostState.DRAFTING)

        await post.cancel()
        with pytest.raises(WorkflowFailureError) as failed:
            await post.result()
        harness.studio.drafting_waits = False

        assert isinstance(failed.value.cause, CancelledError)
