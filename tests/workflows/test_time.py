"""Reviews expire and silence is broken, on a clock that can be turned."""

from datetime import datetime, timedelta
from typing import Any, cast

import pytest
from google.cloud import storage
from temporalio.testing import TimeSkipper

from galley.clients.storage import ObjectStore
from galley.models.account import Pause
from galley.models.post import PostOutcome, PostState
from galley.models.publishing import HoldReason
from galley.models.review import ChangeKind, DecisionKind
from tests.stores import NewStore
from tests.workflows.harness import (
    Harness,
    Post,
    decide,
    decision,
    go_on,
    open_harness,
    reaches,
    record,
    until,
)
from tests.workflows.post_harness import ask
from tests.workflows.world import channel
from workflows.account.workflow import AccountWorkflow
from workflows.post.workflow import PostWorkflow

pytestmark = pytest.mark.server


async def test_a_review_nobody_answers_reminds_and_then_expires(
    clock: TimeSkipper, state_store: ObjectStore
) -> None:
    async with open_harness(clock.client, state_store, channel("x-main")) as harness:
        with clock.with_time_skipping_disabled():
            post = await harness.start_post(expires_after=timedelta(days=7))

        await clock.fast_forward(post, timedelta(days=6, hours=1))
        reminded = await post.query(PostWorkflow.view)
        await clock.fast_forward(post, timedelta(days=2))
        result = await post.result()
        await record("expired", post)

        assert "it expires at" in reminded.waiting_for
        assert result.outcome is PostOutcome.EXPIRED
        assert harness.buffer.posts == {}


async def test_a_store_that_is_lost_later_does_not_end_a_post_that_is_in_buffer(
    clock: TimeSkipper, new_store: NewStore, gcs_client: storage.Client
) -> None:
    store = await new_store("state")
    async with open_harness(clock.client, store, channel("x-main")) as harness:
        with clock.with_time_skipping_disabled():
            post = await harness.start_post(publish_lead=timedelta(hours=2))
            await decide(post, decision(DecisionKind.APPROVE))
            await reaches(post, PostState.SCHEDULED)
            await harness.account.terminate()
            bucket = cast("Any", gcs_client).bucket(store.name)
            bucket.delete(force=True)

            await clock.fast_forward(post, timedelta(hours=4))
            view = await until(
                lambda: post.query(PostWorkflow.view),
                lambda v: v.error is not None and "asked for again" in v.error,
            )

        assert view.state is PostState.LATE


async def test_a_post_whose_account_was_terminated_asks_again_and_is_adopted(
    clock: TimeSkipper, state_store: ObjectStore
) -> None:
    async with open_harness(clock.client, state_store, channel("x-main")) as harness:
        with clock.with_time_skipping_disabled():
            post = await harness.start_post(publish_lead=timedelta(hours=2))
            approve = decision(DecisionKind.APPROVE)
            await decide(post, approve)
            await reaches(post, PostState.SCHEDULED)
            await harness.account.terminate()

            await clock.fast_forward(post, timedelta(hours=4))
            late = await reaches(post, PostState.LATE)
            await go_on(harness)

            async def reads() -> int:
                return harness.buffer.calls.count("post")

            await until(reads, bool)

        assert late.buffer_post_id == "buffer-1"
        assert harness.buffer.calls.count("createPost") == 1


@pytest.mark.parametrize(
    ("made", "state"), [({"text": "A person's words."}, PostState.HELD), (None, PostState.ERROR)]
)
async def test_what_a_person_did_in_buffer_is_asked_about_after_the_account_is_lost(
    clock: TimeSkipper, state_store: ObjectStore, made: dict[str, str] | None, state: PostState
) -> None:
    async with open_harness(clock.client, state_store, channel("x-main")) as harness:
        with clock.with_time_skipping_disabled():
            harness.buffer.publishes = False
            post = await harness.start_post(publish_lead=timedelta(hours=2))
            await decide(post, decision(DecisionKind.APPROVE))
            await reaches(post, PostState.SCHEDULED)
            await harness.account.terminate()
            there = harness.buffer.posts.pop("buffer-1")
            if made is not None:
                harness.buffer.posts["buffer-1"] = there.model_copy(update=made)

            await clock.fast_forward(post, timedelta(hours=4))
            await go_on(harness)
            asked = await reaches(post, state)

        assert asked.held_for is HoldReason.CHANGED_IN_BUFFER
        assert harness.buffer.calls.count("createPost") == 1


async def test_a_change_that_met_an_account_without_memory_waits_for_its_job(
    clock: TimeSkipper, state_store: ObjectStore
) -> None:
    async with open_harness(clock.client, state_store, channel("x-main")) as harness:
        with clock.with_time_skipping_disabled():
            post = await harness.start_with_campaign(publish_lead=timedelta(hours=2))
            await harness.account.signal(AccountWorkflow.pause, Pause(by="kim"))
            await decide(post, decision(DecisionKind.APPROVE))
            await until(
                lambda: harness.account.query(AccountWorkflow.view), lambda view: bool(view.phases)
            )
            await harness.account.terminate()
            view = await post.query(PostWorkflow.view)
            assert view.due_at is not None
            due_at = view.due_at + timedelta(days=1)
            await ask(post, kind=ChangeKind.RESCHEDULE, due_at=due_at)
            await until(
                lambda: harness.account.query(AccountWorkflow.view), lambda view: bool(view.phases)
            )
            before = list(harness.buffer.posts)

            await clock.fast_forward(post, timedelta(minutes=15))
            await go_on(harness)
            view = await reaches(post, PostState.SCHEDULED)

        assert before == []
        assert view.due_at == due_at
        assert [p.due_at for p in harness.buffer.posts.values()] == [due_at]
        assert harness.buffer.calls.count("createPost") == 1


async def pulled_back(harness: Harness) -> tuple[Post, datetime]:
    """Return a post that a pause took out of Buffer, and when it was due."""
    post = await harness.start_post(publish_lead=timedelta(hours=2))
    await decide(post, decision(DecisionKind.APPROVE))
    await reaches(post, PostState.SCHEDULED)
    pull = Pause(by="kim", pull_back=True)
    await harness.account.signal(AccountWorkflow.pause, pull)
    view = await reaches(post, PostState.PULLED_BACK)
    assert view.due_at is not None
    return post, view.due_at


@pytest.mark.parametrize("is_moved", [False, True])
async def test_a_post_that_was_pulled_back_returns_although_the_account_was_lost(
    clock: TimeSkipper, state_store: ObjectStore, *, is_moved: bool
) -> None:
    async with open_harness(clock.client, state_store, channel("x-main")) as harness:
        with clock.with_time_skipping_disabled():
            post, due_at = await pulled_back(harness)
            await harness.account.terminate()

            if is_moved:
                due_at += timedelta(days=1)
                await ask(post, kind=ChangeKind.RESCHEDULE, due_at=due_at)
            await clock.fast_forward(post, timedelta(minutes=15))
            still = await post.query(PostWorkflow.view)
            await go_on(harness)
            view = await reaches(post, PostState.SCHEDULED)

        assert still.state is PostState.PULLED_BACK
        assert view.due_at == due_at
        assert [p.due_at for p in harness.buffer.posts.values()] == [due_at]
        assert harness.buffer.calls.count("createPost") == 2


async def test_a_new_time_does_not_lift_a_pause(
    clock: TimeSkipper, state_store: ObjectStore
) -> None:
    async with open_harness(clock.client, state_store, channel("x-main")) as harness:
        with clock.with_time_skipping_disabled():
            post, due_at = await pulled_back(harness)
            due_at += timedelta(days=1)
            await ask(post, kind=ChangeKind.RESCHEDULE, due_at=due_at)

            await clock.fast_forward(post, timedelta(minutes=15))
            view = await post.query(PostWorkflow.view)

        assert view.state is PostState.PULLED_BACK
        assert harness.buffer.posts == {}
        assert harness.buffer.calls.count("createPost") == 1
