"""A post's life, on a real Temporal server."""

import pytest
from temporalio.client import Client, WorkflowUpdateFailedError
from temporalio.exceptions import ApplicationError

from galley.clients.claims import read_receipts
from galley.clients.storage import ObjectStore
from galley.models.draft import DraftEdit
from galley.models.post import PostOutcome, PostState
from galley.models.publishing import ReplyKind
from galley.models.review import Decision, DecisionKind, Reject
from tests.asking import automatic
from tests.workflows.harness import (
    Post,
    approval,
    decide,
    decision,
    open_harness,
    reaches,
    record,
    until,
)
from tests.workflows.test_signed_posts import signed
from tests.workflows.world import LIMIT, channel
from workflows.post.workflow import PostWorkflow

pytestmark = pytest.mark.server

APPROVE = decision(DecisionKind.APPROVE)


async def _refusal(post: Post, said: Decision) -> str:
    with pytest.raises(WorkflowUpdateFailedError) as refused:
        await decide(post, said)
    assert isinstance(refused.value.cause, ApplicationError)
    return refused.value.cause.message


async def test_an_approved_post_is_created_once_and_ends_published(
    temporal: Client, state_store: ObjectStore
) -> None:
    async with open_harness(temporal, state_store, channel("x-main")) as harness:
        harness.studio.media_on.add("x-main")
        post = await harness.start_post()

        await decide(post, APPROVE)
        result = await post.result()
        await record("published", post)

        assert result.outcome is PostOutcome.PUBLISHED
        assert [p.status for p in harness.buffer.posts.values()] == ["sent"]
        assert result.view.media[0].url == "https://media.example/A title.jpg"
        assert result.view.decisions[0].by == "kim"


async def test_claim_and_receipt_outlive_the_run(
    temporal: Client, state_store: ObjectStore
) -> None:
    async with open_harness(temporal, state_store, channel("x-main")) as harness:
        post = await harness.start_post()
        await decide(post, APPROVE)
        await post.result()
        key = post.id.removeprefix("post:")

        receipts = await until(lambda: read_receipts(state_store, f"{key}."), bool)

        assert receipts[0].post is not None
        assert receipts[0].post.id == "buffer-1"
        assert await state_store.exists(f"claims/{key}.json")


async def test_a_rejected_post_never_reaches_buffer(
    temporal: Client, state_store: ObjectStore
) -> None:
    async with open_harness(temporal, state_store, channel("x-main")) as harness:
        post = await harness.start_post()

        await post.signal(PostWorkflow.reject, Reject(revision=1, by="kim", note="off topic"))
        result = await post.result()
        await record("rejected", post)

        assert result.outcome is PostOutcome.REJECTED
        assert result.view.error == "Rejected by kim: off topic"
        assert harness.buffer.posts == {}


async def test_an_approval_of_an_earlier_revision_changes_nothing_by_either_door(
    temporal: Client, state_store: ObjectStore
) -> None:
    async with open_harness(temporal, state_store, channel("x-main")) as harness:
        post = await harness.start_post()
        edit = decision(DecisionKind.EDIT, edit={"text": "better"})
        edited = await decide(post, edit)

        why = await _refusal(post, APPROVE)
        await post.signal(PostWorkflow.approve, await approval(post))
        view = await until(lambda: post.query(PostWorkflow.view), lambda v: bool(v.ignored))

        assert (edited.revision, edited.state) == (2, PostState.IN_REVIEW)
        assert "revision 2 is in review" in why
        assert "revision 2 is in review" in view.ignored[0].line
        assert view.state is PostState.IN_REVIEW


async def test_an_edited_post_goes_out_as_edited(
    temporal: Client, state_store: ObjectStore
) -> None:
    async with open_harness(temporal, state_store, channel("x-main")) as harness:
        post = await harness.start_post()
        edit = decision(DecisionKind.EDIT, edit={"text": "better"})

        await decide(post, edit)
        second = decision(DecisionKind.APPROVE, revision=2)
        await decide(post, second)
        result = await post.result()
        await record("edited", post)

        assert [p.text for p in harness.buffer.posts.values()] == ["better"]
        assert result.view.provenance is not None
        assert result.view.provenance.drafter == "person:kim"


async def test_an_edit_that_does_not_fit_is_shown_with_its_problem_and_not_approved(
    temporal: Client, state_store: ObjectStore
) -> None:
    async with open_harness(temporal, state_store, channel("x-main")) as harness:
        post = await harness.start_post()
        edit = decision(DecisionKind.EDIT, edit={"text": "x" * (LIMIT + 1)})

        edited = await decide(post, edit)
        why = await _refusal(post, decision(DecisionKind.APPROVE, revision=2))

        assert edited.problems[0].message.startswith("The text is too long")
        assert "Edit or regenerate it first" in why


async def test_a_regenerated_draft_follows_the_note_and_is_reviewed_again(
    temporal: Client, state_store: ObjectStore
) -> None:
    async with open_harness(temporal, state_store, channel("x-main")) as harness:
        post = await harness.start_post()
        wanted = decision(DecisionKind.REGENERATE, note="warmer")

        await decide(post, wanted)
        view = await until(
            lambda: post.query(PostWorkflow.view),
            lambda v: v.state is PostState.IN_REVIEW and v.revision > 1,
        )

        assert view.draft is not None
        assert view.draft.text == "A title on x-main, warmer"


async def test_a_post_buffer_refuses_is_reviewed_again_with_buffers_reason(
    temporal: Client, state_store: ObjectStore
) -> None:
    async with open_harness(temporal, state_store, channel("x-main")) as harness:
        harness.buffer.faults = [ReplyKind.REFUSED]
        post = await harness.start_post()

        await decide(post, APPROVE)
        again = await until(lambda: post.query(PostWorkflow.view), lambda v: v.revision > 1)
        await decide(post, decision(DecisionKind.EDIT, 2, edit=DraftEdit(text="shorter")))
        await decide(post, decision(DecisionKind.APPROVE, 3))
        result = await post.result()
        await record("refused-then-published", post)

        assert (again.state, again.error) == (PostState.IN_REVIEW, "Buffer said refused.")
        assert again.review_expires_at is not None
        assert result.outcome is PostOutcome.PUBLISHED
        assert [one.text for one in harness.buffer.posts.values()] == ["shorter"]


async def test_a_lost_reply_is_looked_up_and_the_post_adopted(
    temporal: Client, state_store: ObjectStore
) -> None:
    async with open_harness(temporal, state_store, channel("x-main")) as harness:
        harness.buffer.faults = [ReplyKind.UNKNOWN]
        post = await harness.start_post()

        await decide(post, APPROVE)
        result = await post.result()
        await record("found-after-a-lost-reply", post)

        assert result.outcome is PostOutcome.PUBLISHED
        assert harness.buffer.calls.count("createPost") == 1
        assert len(harness.buffer.posts) == 1


async def test_a_post_that_is_proven_absent_is_created_again(
    temporal: Client, state_store: ObjectStore
) -> None:
    async with open_harness(temporal, state_store, channel("x-main")) as harness:
        harness.buffer.faults = [ReplyKind.UNKNOWN]
        harness.buffer.saves_when_lost = False
        post = await harness.start_post()

        await decide(post, APPROVE)
        await post.result()

        calls = [c for c in harness.buffer.calls if c in {"createPost", "find"}]
        assert calls == ["createPost", "find", "find", "createPost"]
        assert len(harness.buffer.posts) == 1


async def test_what_cannot_be_decided_is_held_and_a_person_decides(
    temporal: Client, state_store: ObjectStore
) -> None:
    async with open_harness(temporal, state_store, channel("x-main")) as harness:
        harness.buffer.faults = [ReplyKind.DUPLICATE]
        post = await harness.start_post()
        await decide(post, APPROVE)
        held = await reaches(post, PostState.HELD)

        await decide(post, APPROVE)
        result = await post.result()
        await record("held-then-published", post)

        assert held.error is not None
        assert "approve again, or reject" in held.error
        assert result.outcome is PostOutcome.PUBLISHED
        assert len(harness.buffer.posts) == 1


async def test_auto_approval_publishes_no_misfit_and_no_claim_without_a_person(
    temporal: Client, state_store: ObjectStore
) -> None:
    channels = (channel("good"), channel("bad"), channel("doubtful"))
    async with open_harness(temporal, state_store, *channels) as harness:
        harness.studio.too_long_on.add("bad")
        harness.studio.claims_on.add("doubtful")
        posts = [await harness.begin_post(one, **automatic()) for one in channels]
        good, bad, doubtful = posts

        result = await good.result()
        waiting = await reaches(bad, PostState.IN_REVIEW)
        marked = await reaches(doubtful, PostState.IN_REVIEW)
        await decide(doubtful, await signed(doubtful, "ann"))
        approved = await doubtful.result()

        assert result.view.decisions[0].by == "auto-approval"
        assert "an edit or a new draft" in waiting.waiting_for
        assert "what is marked" in marked.waiting_for
        assert [said.by for said in approved.view.decisions] == ["ann"]


async def test_a_draft_that_cannot_be_written_stops_its_own_channel_alone(
    temporal: Client, state_store: ObjectStore
) -> None:
    channels = (channel("broken"), channel("fine"))
    async with open_harness(temporal, state_store, *channels) as harness:
        harness.studio.drafting_fails_on.add("broken")
        view = await harness.start()
        broken, fine = (harness.post(p.workflow_id) for p in view.posts)

        stuck = await reaches(broken, PostState.IN_REVIEW)
        await reaches(fine, PostState.IN_REVIEW)
        await decide(fine, APPROVE)
        await fine.result()
        harness.studio.drafting_fails_on.clear()
        again = decision(DecisionKind.REGENERATE)
        await decide(broken, again)
        mended = await until(lambda: broken.query(PostWorkflow.view), lambda v: v.draft is not None)

        assert stuck.problems[0].message == "The model refused the key."
        assert mended.channel_name == "broken"
