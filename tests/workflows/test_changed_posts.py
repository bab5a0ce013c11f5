"""Post and account together: an approved post is changed, and there is only one."""

from datetime import UTC, datetime, timedelta

import pytest
from temporalio.client import Client

from galley.clients.claims import read_receipts
from galley.clients.storage import ObjectStore
from galley.models.account import Pause, PauseScope, ReceiptKind, Resume
from galley.models.channel import QueuePosition
from galley.models.post import PostOutcome, PostState
from galley.models.publishing import ReplyKind
from galley.models.review import ChangeKind, DecisionKind
from tests.workflows.harness import Harness, Post, decide, decision, open_harness, reaches, until
from tests.workflows.post_harness import ask, whole
from tests.workflows.world import channel
from workflows.account.workflow import AccountWorkflow
from workflows.post.workflow import PostWorkflow

pytestmark = pytest.mark.server

APPROVE = decision(DecisionKind.APPROVE)
SECOND = decision(DecisionKind.APPROVE, revision=2)
BETTER = decision(DecisionKind.EDIT, edit={"text": "better"})
HOUR = timedelta(hours=1)


async def _scheduled(harness: Harness) -> Post:
    post = await harness.start_post(start_at=_in_seconds(3600))
    await decide(post, APPROVE)
    await reaches(post, PostState.SCHEDULED)
    return post


async def _confirmed(post: Post) -> str:
    """Return the notice, once Buffer has answered the change."""
    view = await until(lambda: post.query(PostWorkflow.view), lambda view: view.change is None)
    return view.notice


async def test_a_scheduled_post_gets_new_words_and_a_new_time_and_goes_out_once(
    temporal: Client, state_store: ObjectStore
) -> None:
    async with open_harness(temporal, state_store, channel("x-main")) as harness:
        post = await _scheduled(harness)

        await decide(post, BETTER)
        await decide(post, SECOND)
        assert await _confirmed(post) == "The edit by kim is carried out."
        soon = _in_seconds(3)
        await ask(post, kind=ChangeKind.RESCHEDULE, due_at=soon)
        assert await _confirmed(post) == "The reschedule by kim is carried out."
        result = await post.result()

        key = post.id.removeprefix("post:")
        receipts = await until(
            lambda: read_receipts(state_store, f"{key}."),
            lambda found: bool(found) and found[-1].kind is ReceiptKind.SENT,
        )

        kinds = [ReceiptKind.CREATED, ReceiptKind.CHANGED, ReceiptKind.CHANGED, ReceiptKind.SENT]
        assert [one.kind for one in receipts] == kinds
        assert [one.revision for one in receipts[:2]] == [1, 2]
        assert receipts[0].digest != receipts[1].digest
        assert result.outcome is PostOutcome.PUBLISHED
        assert [p.text for p in harness.buffer.posts.values()] == ["better"]
        assert harness.buffer.calls.count("createPost") == 1
        assert result.view.due_at == soon


async def test_a_retracted_post_is_gone_from_buffer_though_the_first_answer_was_lost(
    temporal: Client, state_store: ObjectStore
) -> None:
    async with open_harness(temporal, state_store, channel("x-main")) as harness:
        post = await _scheduled(harness)
        harness.buffer.change_faults = [ReplyKind.FAILED]

        await ask(post, kind=ChangeKind.RETRACT)
        result = await post.result()

        assert result.outcome is PostOutcome.RETRACTED
        assert harness.buffer.posts == {}


async def test_a_moved_post_stays_what_it_was(temporal: Client, state_store: ObjectStore) -> None:
    async with open_harness(temporal, state_store, channel("x-main")) as harness:
        post = await _scheduled(harness)

        await ask(post, kind=ChangeKind.MOVE, position=QueuePosition.TOP)
        notice = await _confirmed(post)
        await post.terminate()

        assert notice == "The move by kim is carried out."
        assert "movePost top" in harness.buffer.calls


async def test_edited_and_rescheduled_before_it_is_created_it_is_created_as_approved(
    temporal: Client, state_store: ObjectStore
) -> None:
    async with open_harness(temporal, state_store, channel("x-main")) as harness:
        post = await harness.start_with_campaign(publish_lead=HOUR)
        await harness.account.signal(AccountWorkflow.pause, Pause(by="kim"))
        await decide(post, APPROVE)
        due_at = whole(datetime.now(UTC) + 5 * HOUR)

        await decide(post, BETTER)
        await decide(post, SECOND)
        await _confirmed(post)
        await ask(post, kind=ChangeKind.RESCHEDULE, due_at=due_at)
        await _confirmed(post)
        await harness.account.signal(AccountWorkflow.resume, Resume(by="kim"))
        view = await reaches(post, PostState.SCHEDULED)
        await post.terminate()
        only = list(harness.buffer.posts.values())

        assert [(p.text, p.due_at) for p in only] == [("better", due_at)]
        assert view.due_at == due_at
        assert harness.buffer.calls.count("createPost") == 1


async def test_a_post_retracted_while_calls_are_paused_is_never_created(
    temporal: Client, state_store: ObjectStore
) -> None:
    async with open_harness(temporal, state_store, channel("x-main")) as harness:
        post = await harness.start_with_campaign()
        await harness.account.signal(AccountWorkflow.pause, Pause(by="kim"))
        await decide(post, APPROVE)

        await ask(post, kind=ChangeKind.RETRACT)
        result = await post.result()
        await harness.account.signal(AccountWorkflow.resume, Resume(by="kim"))

        assert result.outcome is PostOutcome.RETRACTED
        assert "createPost" not in harness.buffer.calls


async def test_a_post_edited_while_it_is_pulled_back_goes_in_again_as_edited(
    temporal: Client, state_store: ObjectStore
) -> None:
    async with open_harness(temporal, state_store, channel("x-main")) as harness:
        post = await _scheduled(harness)
        pull = Pause(by="kim", pull_back=True, scope=PauseScope(channel_id="x-main"))
        await harness.account.signal(AccountWorkflow.pause, pull)
        pulled = await reaches(post, PostState.PULLED_BACK)

        await decide(post, BETTER)
        await decide(post, SECOND)
        await _confirmed(post)
        in_between = dict(harness.buffer.posts)
        resume = Resume(by="kim", scope=pull.scope)
        await harness.account.signal(AccountWorkflow.resume, resume)
        view = await reaches(post, PostState.SCHEDULED)
        await post.terminate()

        assert pulled.buffer_post_id is None
        assert in_between == {}
        assert [p.text for p in harness.buffer.posts.values()] == ["better"]
        assert view.buffer_post_id in harness.buffer.posts


async def test_a_rejected_held_post_is_found_and_deleted(
    temporal: Client, state_store: ObjectStore
) -> None:
    async with open_harness(temporal, state_store, channel("x-main")) as harness:
        harness.buffer.faults = [ReplyKind.DUPLICATE]
        harness.buffer.hides_posts = True
        post = await harness.start_post(publish_lead=HOUR)
        await decide(post, APPROVE)
        await reaches(post, PostState.HELD)

        await decide(post, decision(DecisionKind.REJECT))
        result = await post.result()

        assert result.outcome is PostOutcome.REJECTED
        assert harness.buffer.posts == {}


async def test_a_post_that_was_deleted_in_buffer_is_redriven_to_one_new_post(
    temporal: Client, state_store: ObjectStore
) -> None:
    async with open_harness(temporal, state_store, channel("x-main")) as harness:
        harness.buffer.publishes = False
        post = await harness.start_post()
        await decide(post, APPROVE)
        await reaches(post, PostState.SCHEDULED)
        failed = {"status": "error", "error": "The token expired"}
        for name, there in harness.buffer.posts.items():
            harness.buffer.posts[name] = there.model_copy(update=failed)
        view = await reaches(post, PostState.ERROR)
        harness.buffer.posts.clear()

        harness.buffer.publishes = True
        await ask(post, kind=ChangeKind.REDRIVE)
        result = await post.result()

        assert view.error is not None
        assert view.error.startswith("The token expired")
        assert result.outcome is PostOutcome.PUBLISHED
        assert list(harness.buffer.posts) == [result.view.buffer_post_id]


async def test_a_change_outlives_the_account_that_was_asked_for_it(
    temporal: Client, state_store: ObjectStore
) -> None:
    async with open_harness(temporal, state_store, channel("x-main")) as harness:
        post = await _scheduled(harness)
        await harness.account.terminate()

        await ask(post, kind=ChangeKind.RETRACT)
        result = await post.result()

        assert result.outcome is PostOutcome.RETRACTED
        assert harness.buffer.posts == {}


def _in_seconds(seconds: float) -> datetime:
    return whole(datetime.now(UTC) + timedelta(seconds=seconds))
