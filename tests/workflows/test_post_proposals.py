"""A post is edited after approval: what was approved stands until the edit is."""

import asyncio

import pytest
from temporalio.client import Client, WorkflowUpdateFailedError
from temporalio.exceptions import ApplicationError

from galley.clients.storage import ObjectStore
from galley.models.account import ProgressKind
from galley.models.draft import DraftEdit
from galley.models.post import PostOutcome, PostState, PostView
from galley.models.review import ChangeKind, DecisionKind, Edit
from tests.workflows.harness import Post, decide, decision, reaches, record, until
from tests.workflows.post_harness import PostHarness, ask, open_post_harness
from tests.workflows.world import LIMIT
from workflows import ids
from workflows.post.workflow import PostWorkflow

pytestmark = pytest.mark.server

BETTER = decision(DecisionKind.EDIT, edit={"text": "better"})
SECOND = decision(DecisionKind.APPROVE, revision=2)


async def _proposed(harness: PostHarness) -> Post:
    post = await harness.scheduled()
    await decide(post, BETTER)
    return post


async def _answered(post: Post) -> PostView:
    return await until(lambda: post.query(PostWorkflow.view), lambda view: view.change is None)


async def test_an_edit_after_approval_changes_nothing_in_buffer_until_it_is_approved(
    temporal: Client, state_store: ObjectStore
) -> None:
    async with open_post_harness(temporal, state_store) as harness:
        post = await harness.scheduled()

        view = await decide(post, BETTER)
        heard = await harness.heard()
        shown = (await post.describe()).typed_search_attributes

        assert heard.changes == ()
        assert (view.state, view.revision) == (PostState.SCHEDULED, 2)
        assert view.approved_revision == 1
        assert view.draft is not None
        assert view.draft.text == "A title on x-main"
        assert view.proposal is not None
        assert view.proposal.draft.text == "better"
        assert shown[ids.STATE] == PostState.SCHEDULED
        assert shown[ids.CHOICES] == 1
        await post.terminate()


async def test_an_approved_edit_replaces_the_whole_post_in_buffer(
    temporal: Client, state_store: ObjectStore
) -> None:
    async with open_post_harness(temporal, state_store) as harness:
        harness.studio.media_on.add("x-main")
        post = await harness.scheduled()
        edit = DraftEdit(text="better", headline="New")
        await post.signal(PostWorkflow.edit, Edit(revision=1, by="kim", edit=edit))
        await until(lambda: post.query(PostWorkflow.view), lambda v: v.revision == 2)

        asked = await decide(post, SECOND)
        change = await harness.change()
        await harness.tell(post, ProgressKind.CHANGED, change=change)
        await harness.tell(post, ProgressKind.SENT, status="sent")
        result = await post.result()
        await record("edited-after-scheduling", post)

        assert (change.kind, change.post_id) == (ChangeKind.EDIT, "buffer-1")
        assert (change.job.request.text, change.job.revision) == ("better", 2)
        assert [a.sha256 for a in change.job.request.assets] == ["New"]
        assert change.job.request.due_at == (await harness.job()).request.due_at
        assert asked.change is not None
        assert result.outcome is PostOutcome.PUBLISHED
        assert result.view.approved_revision == 2
        assert result.view.proposal is None


async def test_an_edit_that_is_not_approved_in_time_does_not_go_out(
    temporal: Client, state_store: ObjectStore
) -> None:
    async with open_post_harness(temporal, state_store) as harness:
        post = await _proposed(harness)

        await harness.tell(post, ProgressKind.SENT, status="sent")
        result = await post.result()

        assert result.view.draft is not None
        assert result.view.draft.text == "A title on x-main"
        assert result.view.notice == ("Revision 2 was not approved in time: revision 1 went out.")


async def test_an_edit_that_buffer_did_not_confirm_in_time_is_not_taken_as_sent(
    temporal: Client, state_store: ObjectStore
) -> None:
    async with open_post_harness(temporal, state_store) as harness:
        post = await _proposed(harness)
        await decide(post, SECOND)
        await harness.change()

        await harness.tell(post, ProgressKind.SENT, status="sent")
        result = await post.result()

        assert result.view.draft is not None
        assert result.view.draft.text == "A title on x-main"
        assert result.view.approved_revision == 1
        assert "before Buffer confirmed the edit by kim" in result.view.notice


async def test_a_rejected_edit_leaves_what_was_approved(
    temporal: Client, state_store: ObjectStore
) -> None:
    async with open_post_harness(temporal, state_store) as harness:
        post = await _proposed(harness)

        view = await decide(post, decision(DecisionKind.REJECT, revision=2))
        with pytest.raises(WorkflowUpdateFailedError) as refused:
            await decide(post, SECOND)

        assert view.proposal is None
        assert view.state is PostState.SCHEDULED
        assert isinstance(refused.value.cause, ApplicationError)
        assert "nothing to decide" in refused.value.cause.message
        await post.terminate()


async def test_an_edit_that_does_not_fit_cannot_replace_what_was_approved(
    temporal: Client, state_store: ObjectStore
) -> None:
    async with open_post_harness(temporal, state_store) as harness:
        post = await harness.scheduled()
        long = decision(DecisionKind.EDIT, edit={"text": "x" * (LIMIT + 1)})

        view = await decide(post, long)
        with pytest.raises(WorkflowUpdateFailedError) as refused:
            await decide(post, SECOND)

        assert view.proposal is not None
        assert view.proposal.problems
        assert isinstance(refused.value.cause, ApplicationError)
        assert "Edit it first." in refused.value.cause.message
        await post.terminate()


async def test_a_card_that_could_not_be_drawn_is_drawn_with_the_next_edit(
    temporal: Client, state_store: ObjectStore
) -> None:
    async with open_post_harness(temporal, state_store) as harness:
        harness.studio.media_on.add("x-main")
        post = await harness.scheduled()
        harness.studio.rendering_fails = True
        edit = decision(DecisionKind.EDIT, edit={"headline": "New"})
        stuck = await decide(post, edit)

        harness.studio.rendering_fails = False
        again = decision(DecisionKind.EDIT, revision=2, edit={"text": "better"})
        mended = await decide(post, again)
        await decide(post, decision(DecisionKind.APPROVE, revision=3))
        change = await harness.change()

        assert stuck.proposal is not None
        assert stuck.proposal.problems[0].message == "No card could be drawn."
        assert mended.proposal is not None
        assert not mended.proposal.problems
        assert [a.sha256 for a in change.job.request.assets] == ["New"]
        await post.terminate()


async def test_an_edit_that_buffer_refuses_is_proposed_again_under_a_new_number(
    temporal: Client, state_store: ObjectStore
) -> None:
    async with open_post_harness(temporal, state_store) as harness:
        post = await _proposed(harness)
        await decide(post, SECOND)
        change = await harness.change()

        await harness.tell(post, ProgressKind.CHANGE_REFUSED, "Too long.", change)
        view = await _answered(post)

        assert (view.revision, view.approved_revision) == (3, 1)
        assert view.draft is not None
        assert view.draft.text == "A title on x-main"
        assert view.proposal is not None
        assert view.proposal.draft.text == "better"
        await post.terminate()


async def test_an_edit_and_a_reschedule_while_the_post_is_created_both_count(
    temporal: Client, state_store: ObjectStore
) -> None:
    async with open_post_harness(temporal, state_store) as harness:
        post = await harness.approved()
        await decide(post, BETTER)
        await decide(post, SECOND)
        edit = await harness.change()
        due_at = edit.job.request.due_at.replace(minute=7, second=0)

        await ask(post, kind=ChangeKind.RESCHEDULE, due_at=due_at.replace(year=2030))
        both = await harness.change(2)
        await harness.tell(post, ProgressKind.CREATED)
        await harness.tell(post, ProgressKind.CHANGED, change=both)
        view = await _answered(post)

        assert edit.post_id is None
        assert both.kind is ChangeKind.RESCHEDULE
        assert both.job.request.text == "better"
        assert both.job.request.due_at.year == 2030
        assert view.state is PostState.SCHEDULED
        assert view.approved_revision == 2
        await post.terminate()


async def test_a_reschedule_that_is_not_answered_goes_into_an_edit(
    temporal: Client, state_store: ObjectStore
) -> None:
    async with open_post_harness(temporal, state_store) as harness:
        post = await _proposed(harness)
        job = await harness.job()
        due_at = job.request.due_at.replace(year=2030)
        await ask(post, kind=ChangeKind.RESCHEDULE, due_at=due_at)
        await harness.change()

        await decide(post, SECOND)
        both = await harness.change(2)

        assert both.kind is ChangeKind.RESCHEDULE
        assert both.job.request.text == "better"
        assert both.job.request.due_at == due_at
        await post.terminate()


async def test_a_second_edit_waits_for_the_answer_to_the_first(
    temporal: Client, state_store: ObjectStore
) -> None:
    async with open_post_harness(temporal, state_store) as harness:
        post = await _proposed(harness)
        await decide(post, SECOND)
        change = await harness.change()

        best = decision(DecisionKind.EDIT, revision=2, edit={"text": "best"})
        third = decision(DecisionKind.APPROVE, revision=3)
        await decide(post, best)
        with pytest.raises(WorkflowUpdateFailedError) as refused:
            await decide(post, third)
        await harness.tell(post, ProgressKind.CHANGED, change=change)
        await _answered(post)
        await decide(post, third)
        last = await harness.change(2)

        assert isinstance(refused.value.cause, ApplicationError)
        assert "has not confirmed the edit by kim" in refused.value.cause.message
        assert last.job.request.text == "best"
        await post.terminate()


async def test_an_edit_heard_while_media_are_made_public_is_not_lost(
    temporal: Client, state_store: ObjectStore
) -> None:
    async with open_post_harness(temporal, state_store) as harness:
        harness.studio.media_on.add("x-main")
        harness.studio.hosting_waits = True
        post = await harness.reviewed()
        await decide(post, decision(DecisionKind.APPROVE))
        await reaches(post, PostState.PUBLISHING)

        edited = asyncio.create_task(decide(post, BETTER))
        harness.studio.hosting_waits = False
        view = await edited

        assert view.proposal is not None
        assert view.proposal.draft.text == "better"
        await post.terminate()
