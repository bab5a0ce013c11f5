"""What a post does when nobody says anything, on a clock that can be turned."""

from datetime import UTC, datetime, timedelta

import pytest
from temporalio.testing import TimeSkipper

from galley.clients.storage import ObjectStore
from galley.models.account import ProgressKind, PublishJob
from galley.models.post import PostOutcome, PostState
from galley.models.review import ChangeKind
from tests.memory_store import MemoryStore
from tests.workflows.harness import reaches, record
from tests.workflows.post_harness import ask, open_post_harness
from workflows import ids
from workflows.post.workflow import PostWorkflow

pytestmark = pytest.mark.server


async def test_a_post_an_hour_past_its_time_is_late_and_says_where_to_look(
    clock: TimeSkipper, state_store: ObjectStore
) -> None:
    async with open_post_harness(clock.client, state_store) as harness:
        with clock.with_time_skipping_disabled():
            post = await harness.scheduled()

        await clock.fast_forward(post, timedelta(hours=4))
        late = await reaches(post, PostState.LATE)
        shown = (await post.describe()).typed_search_attributes[ids.STATE]
        again = await harness.heard(jobs=2)
        await harness.tell(post, ProgressKind.SENT, status="sent")
        result = await post.result()
        await record("late-then-published", post)

        assert late.error is not None
        assert "look at the channel" in late.error
        assert shown == "late"
        assert again.jobs[-1].look_first
        assert again.jobs[-1].post_id == "buffer-1"
        assert again.jobs[-1].is_question
        assert result.outcome is PostOutcome.PUBLISHED
        assert result.view.error is None


async def test_a_late_post_that_buffer_never_had_names_the_account(
    clock: TimeSkipper, state_store: ObjectStore
) -> None:
    async with open_post_harness(clock.client, state_store) as harness:
        with clock.with_time_skipping_disabled():
            post = await harness.approved()

        await clock.fast_forward(post, timedelta(hours=8))
        late = await reaches(post, PostState.LATE)
        await post.terminate()

        assert late.error is not None
        assert harness.account.id in late.error


async def test_a_post_in_error_that_nobody_redrives_ends_failed(
    clock: TimeSkipper, state_store: ObjectStore
) -> None:
    async with open_post_harness(clock.client, state_store) as harness:
        with clock.with_time_skipping_disabled():
            post = await harness.scheduled(expires_after=timedelta(days=2))
            await harness.tell(
                post, ProgressKind.PUBLISH_FAILED, "The token is gone.", status="error"
            )
            await reaches(post, PostState.ERROR)

        await clock.fast_forward(post, timedelta(days=3))
        result = await post.result()
        await record("error-failed", post)

        assert result.outcome is PostOutcome.FAILED
        assert result.view.error == "The token is gone."


async def test_a_published_post_waits_for_its_link_and_ends_with_it(
    clock: TimeSkipper, state_store: ObjectStore
) -> None:
    async with open_post_harness(clock.client, state_store) as harness:
        with clock.with_time_skipping_disabled():
            post = await harness.scheduled()
            await harness.tell(post, ProgressKind.SENT_WITHOUT_LINK, status="sent")
            sent = await reaches(post, PostState.SENT)

            link = "https://example.com/1"
            await harness.tell(post, ProgressKind.SENT, status="sent", external_link=link)
            result = await post.result()
            await record("sent-without-link-then-published", post)

        assert sent.waiting_for == "a link to it"
        assert result.view.external_link == link


async def test_a_published_post_whose_link_never_comes_ends_published(
    clock: TimeSkipper, state_store: ObjectStore
) -> None:
    async with open_post_harness(clock.client, state_store) as harness:
        with clock.with_time_skipping_disabled():
            post = await harness.scheduled()
            long_ago = datetime.now(UTC) - timedelta(days=4)
            await harness.tell(
                post, ProgressKind.SENT_WITHOUT_LINK, status="sent", sent_at=long_ago
            )
            await reaches(post, PostState.SENT)

        await clock.fast_forward(post, timedelta(hours=1))
        result = await post.result()

        assert result.outcome is PostOutcome.PUBLISHED
        assert "find it on the network" in result.view.notice


async def test_a_change_without_an_answer_is_asked_for_again_with_its_job_before(
    clock: TimeSkipper, state_store: ObjectStore
) -> None:
    async with open_post_harness(clock.client, state_store) as harness:
        with clock.with_time_skipping_disabled():
            post = await harness.approved()
            view = await post.query(PostWorkflow.view)
            assert view.due_at is not None
            due_at = view.due_at + timedelta(days=2)
            await _attempted(state_store, await harness.job())
            await ask(post, kind=ChangeKind.RESCHEDULE, due_at=due_at)
            await harness.change()

        await clock.fast_forward(post, timedelta(minutes=15))
        heard = await harness.heard(jobs=2, changes=2)
        await post.terminate()

        assert heard.changes[0] == heard.changes[1]
        assert heard.jobs[1].look_first
        assert heard.jobs[1].request.due_at == heard.jobs[0].request.due_at


async def test_a_change_that_is_asked_for_again_names_the_post_that_came_to_buffer_since(
    clock: TimeSkipper, state_store: ObjectStore
) -> None:
    async with open_post_harness(clock.client, state_store) as harness:
        with clock.with_time_skipping_disabled():
            post = await harness.approved()
            view = await post.query(PostWorkflow.view)
            assert view.due_at is not None
            due_at = view.due_at + timedelta(days=2)
            await ask(post, kind=ChangeKind.RESCHEDULE, due_at=due_at)
            asked = await harness.change()
            await harness.tell(post, ProgressKind.CREATED)
            await reaches(post, PostState.SCHEDULED)

        await clock.fast_forward(post, timedelta(minutes=15))
        heard = await harness.heard(changes=2)
        await post.terminate()

        assert asked.post_id is None
        assert heard.changes[1] == asked.model_copy(update={"post_id": "buffer-1"})


async def test_a_post_that_was_pulled_back_asks_again_as_its_account_may_be_lost(
    clock: TimeSkipper, state_store: ObjectStore
) -> None:
    async with open_post_harness(clock.client, state_store) as harness:
        with clock.with_time_skipping_disabled():
            post = await harness.scheduled()
            await harness.tell(post, ProgressKind.PULLED_BACK)
            await reaches(post, PostState.PULLED_BACK)
            await _attempted(state_store, await harness.job())
            await harness.account.terminate()

        await clock.fast_forward(post, timedelta(minutes=25))
        again = await harness.heard(jobs=1)
        await post.terminate()

        assert again.jobs[-1].look_first
        assert again.jobs[-1].is_question
        assert again.jobs[-1].post_id is None


async def test_a_due_time_that_passes_in_review_is_told_and_reminds_of_nothing_else(
    clock: TimeSkipper, state_store: ObjectStore
) -> None:
    async with open_post_harness(clock.client, state_store) as harness:
        with clock.with_time_skipping_disabled():
            post = await harness.reviewed()
            before = await post.query(PostWorkflow.view)

        await clock.fast_forward(post, timedelta(hours=3))
        after = await post.query(PostWorkflow.view)
        await post.terminate()

        assert before.due_at is not None
        assert f"{before.due_at:%Y-%m-%d %H:%M}" in after.notice
        assert "it goes out once it is approved" in after.notice
        assert (after.state, after.waiting_for) == (PostState.IN_REVIEW, before.waiting_for)


async def test_a_retract_interrupts_a_step_that_waits_for_a_bucket_that_is_away(
    clock: TimeSkipper,
) -> None:
    store = MemoryStore()
    async with open_post_harness(clock.client, store) as harness:
        with clock.with_time_skipping_disabled():
            post = await harness.scheduled()
            store.is_away = True
        await clock.fast_forward(post, timedelta(hours=3, seconds=1))
        with clock.with_time_skipping_disabled():
            # It asks again, and the hand-over waits for the bucket.
            await reaches(post, PostState.LATE)

            await ask(post, kind=ChangeKind.RETRACT)
            change = await harness.change()
            await post.terminate()

        assert (change.kind, change.post_id) == (ChangeKind.RETRACT, "buffer-1")


async def _attempted(store: ObjectStore, job: PublishJob) -> None:
    """Leave what an attempt at ``createPost`` leaves."""
    await store.put_if_absent(f"attempts/{job.job_id}.1.json", b"{}", "application/json")
