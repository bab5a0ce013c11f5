"""Several drafts of one post: what is picked goes out, and is on record."""

import pytest
from temporalio.client import Client, WorkflowUpdateFailedError
from temporalio.exceptions import ApplicationError

from galley.clients.claims import read_receipts
from galley.clients.storage import ObjectStore
from galley.models.post import PostOutcome, PostState, PostView
from galley.models.review import Decision, DecisionKind, Edit
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
from tests.workflows.world import channel
from workflows import ids
from workflows import ids as attributes
from workflows.post.workflow import PostWorkflow

pytestmark = pytest.mark.server

X = channel("x-main")


def approve(pick: int | None = None, revision: int = 1) -> Decision:
    return decision(DecisionKind.APPROVE, revision, pick=pick)


async def refusal(post: Post, said: Decision) -> str:
    with pytest.raises(WorkflowUpdateFailedError) as refused:
        await decide(post, said)
    assert isinstance(refused.value.cause, ApplicationError)
    return refused.value.cause.message


async def seen(post: Post) -> PostView:
    return await post.query(PostWorkflow.view)


async def choices(post: Post) -> int | None:
    return (await post.describe()).typed_search_attributes.get(attributes.CHOICES)


async def test_the_picked_variant_goes_out_with_its_own_picture_and_is_on_record(
    temporal: Client, state_store: ObjectStore
) -> None:
    async with open_harness(temporal, state_store, X) as harness:
        harness.studio.media_on.add("x-main")
        post = await harness.start_post(variants=3)
        offered, listed = await seen(post), await choices(post)

        picked = await decide(post, approve(2))
        await decide(post, approve(2, revision=2))
        result = await post.result()
        await record("variant-picked", post)
        key = ids.post_key(harness.campaign().key, "x-main")
        receipt, *_ = await until(lambda: read_receipts(state_store, f"{key}."), bool)

        assert [one.draft.text for one in offered.variants] == [
            "A title on x-main",
            "A title on x-main #2",
            "A title on x-main #3",
        ]
        assert offered.draft == offered.variants[0].draft
        assert (listed, await choices(post)) == (3, 0)
        # Nobody had seen its picture yet, so the first approval only had it drawn.
        assert (picked.state, picked.staged[0].sha256) == (PostState.IN_REVIEW, "A title #2")
        view = result.view
        assert result.outcome is PostOutcome.PUBLISHED
        assert [p.text for p in harness.buffer.posts.values()] == ["A title on x-main #2"]
        assert view.media[0].sha256 == "A title #2"
        assert harness.studio.rendered == 2
        assert (view.picked, view.approved_revision) == (2, 2)
        assert view.decisions[0].pick == 2
        kept = receipt.provenance
        assert kept is not None
        assert kept == view.provenance
        assert (kept.drafter, kept.variant, kept.variants) == ("test", 2, 3)


async def test_a_post_says_where_there_is_less_to_pick_from_than_was_asked_for(
    temporal: Client, state_store: ObjectStore
) -> None:
    async with open_harness(temporal, state_store, X) as harness:
        harness.studio.missing_variants = 2
        post = await harness.start_post(variants=3)

        offered = await seen(post)

        assert offered.variants == ()
        assert offered.notice.startswith("3 variants were asked for; 1 said")
        await post.terminate()


async def test_without_a_pick_the_first_goes_out_and_nothing_is_drawn_again(
    temporal: Client, state_store: ObjectStore
) -> None:
    async with open_harness(temporal, state_store, X) as harness:
        harness.studio.media_on.add("x-main")
        post = await harness.start_post(variants=2)

        await post.signal(PostWorkflow.approve, await approval(post))
        result = await post.result()

        assert [p.text for p in harness.buffer.posts.values()] == ["A title on x-main"]
        assert (result.view.picked, harness.studio.rendered) == (1, 1)


async def test_a_signal_may_pick_and_a_wrong_or_stale_one_changes_nothing(
    temporal: Client, state_store: ObjectStore
) -> None:
    async with open_harness(temporal, state_store, X) as harness:
        harness.studio.last_variant_is_too_long = True
        post = await harness.start_post(variants=3)

        wrong = await refusal(post, approve(4))
        unfit = await refusal(post, approve(3))
        stale = await refusal(post, approve(2, revision=2))
        await post.signal(PostWorkflow.approve, await approval(post, pick=9))
        ignored = await until(lambda: seen(post), lambda view: bool(view.ignored))
        await post.signal(PostWorkflow.approve, await approval(post, pick=2))
        result = await post.result()

        assert "has 3 variants: pick 1 to 3" in wrong
        assert "variant 3 does not fit" in unfit
        assert "You decided on revision 2" in stale
        assert "pick 1 to 3" in ignored.ignored[0].line
        assert ignored.state is PostState.IN_REVIEW
        assert [p.text for p in harness.buffer.posts.values()] == ["A title on x-main #2"]
        assert result.view.picked == 2


async def test_an_edit_picks_and_afterwards_there_is_nothing_to_pick(
    temporal: Client, state_store: ObjectStore
) -> None:
    async with open_harness(temporal, state_store, X) as harness:
        post = await harness.start_post(variants=3)
        edit = Edit.model_validate(
            {"revision": 1, "by": "kim", "edit": {"title": "New"}, "pick": 3}
        )

        await post.signal(PostWorkflow.edit, edit)
        edited = await until(lambda: seen(post), lambda view: view.revision == 2)
        why = await refusal(post, approve(1, revision=2))
        await decide(post, approve(revision=2))
        result = await post.result()

        assert edited.draft is not None
        assert edited.draft.text == "A title on x-main #3"
        assert edited.draft.title == "New"
        assert edited.variants == ()
        assert "Revision 2 is a single draft" in why
        assert result.view.picked == 3
        by = result.view.provenance
        assert by is not None
        assert (by.drafter, by.variant, by.variants) == ("person:kim", 3, 3)


async def test_new_drafts_are_as_many_again(temporal: Client, state_store: ObjectStore) -> None:
    async with open_harness(temporal, state_store, X) as harness:
        post = await harness.start_post(variants=2)

        await decide(post, decision(DecisionKind.REGENERATE, note="warm"))
        view = await until(
            lambda: seen(post), lambda v: v.state is PostState.IN_REVIEW and v.revision > 1
        )

        texts = [one.draft.text for one in view.variants]
        assert texts == ["A title on x-main, warm", "A title on x-main, warm #2"]
        assert view.picked == 0


async def test_auto_approval_takes_the_first(temporal: Client, state_store: ObjectStore) -> None:
    async with open_harness(temporal, state_store, X) as harness:
        post = await harness.begin_post(**automatic(variants=2))

        result = await post.result()

        assert (result.view.picked, result.view.decisions[0].by) == (1, "auto-approval")


async def test_a_pick_whose_picture_fails_is_in_review_again_and_may_be_picked_anew(
    temporal: Client, state_store: ObjectStore
) -> None:
    async with open_harness(temporal, state_store, X) as harness:
        harness.studio.media_on.add("x-main")
        post = await harness.start_post(variants=2)
        harness.studio.rendering_fails = True

        failed = await decide(post, approve(2))
        again = await reaches(post, PostState.IN_REVIEW)
        harness.studio.rendering_fails = False
        await decide(post, approve(2, revision=2))
        await decide(post, approve(2, revision=3))
        result = await post.result()

        assert failed.problems[0].message == "No card could be drawn."
        assert again.revision == 2
        assert again.staged == ()
        assert result.view.media[0].sha256 == "A title #2"
