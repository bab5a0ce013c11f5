"""Nothing goes out but the proof that a person approved: the ways around it that were tried."""

from datetime import UTC, datetime, timedelta

import pytest
from temporalio.client import Client, WorkflowUpdateFailedError
from temporalio.exceptions import ApplicationError

from galley.clients.storage import ObjectStore
from galley.models.account import PublishJob
from galley.models.media import MediaMaker
from galley.models.post import PostState, PostView
from galley.models.review import DecisionKind, Refusal, RefusalReason
from galley.publishing.request import proof_sent
from tests.asking import automatic
from tests.workflows.harness import Post, approval, decide, decision, open_harness, reaches, until
from tests.workflows.post_harness import ask, open_post_harness
from tests.workflows.test_post_media import PICTURE, Library
from tests.workflows.world import channel
from workflows.post.workflow import PostWorkflow

pytestmark = pytest.mark.server


async def refused(post: Post, revision: int = 1, **said: object) -> Refusal:
    with pytest.raises(WorkflowUpdateFailedError) as caught:
        await decide(post, decision(DecisionKind.APPROVE, revision, **said))
    cause = caught.value.cause
    assert isinstance(cause, ApplicationError)
    return Refusal.model_validate(cause.details[0])


async def ignored(post: Post, count: int = 1) -> PostView:
    return await until(
        lambda: post.query(PostWorkflow.view), lambda view: len(view.ignored) >= count
    )


async def test_the_words_of_a_strangers_page_are_never_approved_by_nobody(
    temporal: Client, state_store: ObjectStore
) -> None:
    library = Library()
    library.pictures = (PICTURE.model_copy(update={"alt_text": "Ana Lind stole it"}),)
    async with open_harness(temporal, state_store, channel("x-main")) as harness:
        async with library.worker(harness):
            post = await harness.begin_post(**automatic(maker=MediaMaker.SOURCE))
            view = await reaches(post, PostState.IN_REVIEW, PostState.PUBLISHED)

        assert view.state is PostState.IN_REVIEW
        assert harness.buffer.posts == {}


async def test_an_edit_that_came_after_the_look_does_not_go_out_with_the_approval(
    temporal: Client, state_store: ObjectStore
) -> None:
    async with open_harness(temporal, state_store, channel("x-main")) as harness:
        post = await harness.start_post()
        seen = await approval(post)
        await decide(post, decision(DecisionKind.EDIT, edit={"text": "Buy now!"}))

        # As a client does that takes the revision which is current when it sends.
        why = await refused(post, revision=2, digest=seen.digest)
        none = await refused(post, revision=2, digest="f" * 64)
        await post.signal(PostWorkflow.approve, seen.model_copy(update={"revision": 2}))
        view = await ignored(post)

        assert (why.reason, [one.field for one in why.changes]) == (
            RefusalReason.STALE,
            ["text", "provenance.drafter"],
        )
        assert none.reason is RefusalReason.STALE
        assert "the text changed from A title on x-main to Buy now!" in view.ignored[0].line
        assert (view.state, harness.buffer.posts) == (PostState.IN_REVIEW, {})


async def test_an_approval_is_about_the_time_that_was_shown(
    temporal: Client, state_store: ObjectStore
) -> None:
    later = datetime.now(UTC).replace(microsecond=0) + timedelta(days=3)
    async with open_post_harness(temporal, state_store) as harness:
        post = await harness.reviewed()
        seen = await approval(post)
        await ask(post, kind="reschedule", due_at=later)

        why = await refused(post, digest=seen.digest)
        await post.signal(PostWorkflow.approve, {"revision": 1, "by": "kim"})
        blind = await ignored(post)
        await decide(post, decision(DecisionKind.APPROVE))
        job = await harness.job()

        assert why.reason is RefusalReason.STALE
        assert f"the time moved from {_when(seen_at(blind))} to {_when(later)}" in why.message
        assert blind.ignored[0].refusal.reason is RefusalReason.UNSEEN
        assert job.request.due_at == later


def seen_at(view: PostView) -> datetime:
    """Return the time before the reschedule."""
    before = view.past_proofs[-1].changes[0].before
    return datetime.strptime(before, "%Y-%m-%d %H:%M:%S %Z").replace(tzinfo=UTC)


def _when(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S} UTC"


async def test_what_buffer_gets_after_a_change_is_what_was_approved_last(
    temporal: Client, state_store: ObjectStore
) -> None:
    later = datetime.now(UTC).replace(microsecond=0) + timedelta(days=3)
    async with open_post_harness(temporal, state_store) as harness:
        post = await harness.approved()
        first = await harness.job()
        moved = await ask(post, kind="reschedule", due_at=later)
        second = (await harness.change()).job

        assert _is_as_approved(first)
        assert _is_as_approved(second)
        assert second.approval is not None
        assert second.approval.due_at == later
        assert (await refused_change(post, moved.past_proofs[-1].digest)).reason is (
            RefusalReason.STALE
        )


def _is_as_approved(job: PublishJob) -> bool:
    assert job.approval is not None
    return proof_sent(job.request, job.approval, job.provenance).digest == job.approval.digest


async def refused_change(post: Post, digest: str) -> Refusal:
    at = datetime.now(UTC) + timedelta(days=9)
    with pytest.raises(WorkflowUpdateFailedError) as caught:
        await ask(post, kind="reschedule", due_at=at, digest=digest)
    cause = caught.value.cause
    assert isinstance(cause, ApplicationError)
    return Refusal.model_validate(cause.details[0])


@pytest.mark.parametrize(
    ("name", "said", "reason", "notice"),
    [
        ("aprove", {"revision": 1, "by": "kim"}, RefusalReason.UNKNOWN, "approve, edit"),
        ("approve", {"revison": 1, "by": "kim"}, RefusalReason.MALFORMED, "revison"),
        ("retract", {"by": ""}, RefusalReason.MALFORMED, "by"),
        ("reject", 7, RefusalReason.MALFORMED, "does not fit"),
    ],
)
async def test_a_signal_that_nobody_understands_leaves_a_notice(
    temporal: Client,
    state_store: ObjectStore,
    name: str,
    said: object,
    reason: RefusalReason,
    notice: str,
) -> None:
    async with open_post_harness(temporal, state_store) as harness:
        post = await harness.reviewed()

        await post.signal(name, said)
        view = await ignored(post)

        one = view.ignored[0]
        assert (one.kind, one.refusal.reason) == (name, reason)
        assert notice in one.line
        assert view.state is PostState.IN_REVIEW
