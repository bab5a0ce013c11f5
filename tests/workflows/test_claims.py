"""A key is used once: across runs, resets and retention."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from temporalio.client import Client
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from galley.clients.approved_words import read_words
from galley.clients.claims import append_receipt, read_receipts
from galley.clients.storage import ObjectStore
from galley.models.account import (
    Claim,
    Evidence,
    HandOver,
    HandOverKind,
    HandOverReply,
    PublishJob,
    Receipt,
    ReceiptKind,
)
from galley.models.media import MediaKind, StagedAsset
from galley.models.network import Platform
from galley.models.post import PostState
from galley.models.publishing import BufferPost, HoldReason, PostRequest, ReplyKind
from galley.models.review import ChangeKind, DecisionKind
from galley.publishing.post.news import after_claim
from tests.publishing.making import handed_over
from tests.workflows.harness import Harness, decide, decision, open_harness, reaches, reset, until
from tests.workflows.post_harness import PostHarness, ask, open_post_harness
from tests.workflows.world import Buffer, channel
from workflows.post.workflow import PostWorkflow

pytestmark = pytest.mark.server

NOW = datetime.now(UTC)
KEY = "key:c"
JOB = PublishJob(
    job_id=KEY,
    owner="post:key:c/second",
    reply_to="post:key:c",
    claimed_at=NOW,
    request=PostRequest(channel_id="c", platform=Platform.X, text="hello", due_at=NOW),
)
FIRST = Claim(key=KEY, owner="post:key:c/first", digest="d", claimed_at=NOW)


async def _put(store: ObjectStore, name: str, body: Claim | bytes) -> None:
    data = body if isinstance(body, bytes) else body.model_dump_json().encode()
    await store.put_if_absent(name, data, "application/json")


def _receipt(
    owner: str, recorded_at: datetime = NOW, kind: ReceiptKind = ReceiptKind.CREATED
) -> Receipt:
    post = BufferPost(id="buffer-1", channel_id="c", status="scheduled")
    return Receipt(
        key=KEY, owner=owner, kind=kind, post=post, evidence=Evidence.REPLY, recorded_at=recorded_at
    )


async def _hand_over(
    client: Client, store: ObjectStore, *, despite_claim: bool = False, job: PublishJob = JOB
) -> HandOverReply:
    harness = Harness(client=client, store=store, buffer=Buffer((channel("c"),)))
    task = HandOver(organization_id=harness.organization_id, job=job, despite_claim=despite_claim)
    hand_over = harness.gate(store).hand_over
    reply = await ActivityEnvironment().run(hand_over, task)
    await harness.stop_account()
    return reply


async def test_a_key_another_run_claimed_without_a_receipt_needs_a_person(
    temporal: Client, state_store: ObjectStore
) -> None:
    await _put(state_store, f"claims/{KEY}.json", FIRST)

    refused = await _hand_over(temporal, state_store)
    allowed = await _hand_over(temporal, state_store, despite_claim=True)

    assert refused.kind is HandOverKind.CLAIMED_ELSEWHERE
    assert allowed.kind is HandOverKind.HANDED_OVER


@pytest.mark.parametrize(
    ("receipt", "state"),
    [
        (ReceiptKind.SENT, PostState.PUBLISHED),
        (ReceiptKind.RETRACTED, PostState.RETRACTED),
        (ReceiptKind.HANDED_TO_PERSON, PostState.HANDED_TO_PERSON),
    ],
)
async def test_a_key_that_another_run_used_up_ends_with_what_really_happened(
    temporal: Client, state_store: ObjectStore, receipt: ReceiptKind, state: PostState
) -> None:
    await _put(state_store, f"claims/{KEY}.json", FIRST)
    later = NOW + timedelta(days=2)
    # Written late and out of order: the times count.
    await append_receipt(state_store, _receipt(FIRST.owner, later, receipt))
    await append_receipt(state_store, _receipt(FIRST.owner))

    replies = [
        await _hand_over(temporal, state_store, despite_claim=despite) for despite in (False, True)
    ]

    assert [one.kind for one in replies] == [HandOverKind.ALREADY_ENDED] * 2
    ended = after_claim(handed_over(PostState.PUBLISHING), replies[0], later).view
    assert (ended.state, ended.buffer_post_id) == (state, "buffer-1")
    assert ended.has_other_words is (state is not PostState.RETRACTED)


async def test_a_receipt_of_creation_is_no_proof_of_publication(
    temporal: Client, state_store: ObjectStore
) -> None:
    await _put(state_store, f"claims/{KEY}.json", FIRST)
    await append_receipt(state_store, _receipt(FIRST.owner))

    refused = await _hand_over(temporal, state_store)
    allowed = await _hand_over(temporal, state_store, despite_claim=True)

    held = after_claim(handed_over(PostState.PUBLISHING), refused, NOW).view
    assert (held.state, held.held_for) == (PostState.HELD, HoldReason.CLAIMED)
    assert held.buffer_post_id == "buffer-1"
    assert allowed.kind is HandOverKind.HANDED_OVER


async def test_a_run_that_was_let_use_a_key_knows_its_own_receipt(
    temporal: Client, state_store: ObjectStore
) -> None:
    await _put(state_store, f"claims/{KEY}.json", FIRST)
    later = NOW + timedelta(seconds=10)
    await append_receipt(state_store, _receipt(JOB.owner, later, ReceiptKind.SENT))

    reply = await _hand_over(temporal, state_store)

    assert reply.kind is HandOverKind.HANDED_OVER


@pytest.mark.parametrize(
    ("is_question", "kind"), [(True, HandOverKind.ALREADY_ENDED), (False, HandOverKind.HANDED_OVER)]
)
async def test_a_post_that_was_taken_back_asks_in_vain_and_goes_out_only_if_approved_again(
    temporal: Client, state_store: ObjectStore, kind: HandOverKind, *, is_question: bool
) -> None:
    # An operator reset it to a time after its hand-over, and before its retraction.
    await _hand_over(temporal, state_store)
    later = NOW + timedelta(seconds=10)
    await append_receipt(state_store, _receipt(JOB.owner, later, ReceiptKind.RETRACTED))

    asked = JOB.replace(look_first=True, is_question=is_question)
    reply = await _hand_over(temporal, state_store, job=asked)

    assert reply.kind is kind


@pytest.mark.parametrize("is_earlier", [True, False])
async def test_the_end_of_an_earlier_life_is_no_answer_to_the_next_one(
    temporal: Client, state_store: ObjectStore, *, is_earlier: bool
) -> None:
    # An operator reset it, it was approved anew, and only then its earlier job was taken back.
    job = JOB.replace(made_at=NOW)
    await _hand_over(temporal, state_store, job=job)
    made_at = NOW - timedelta(minutes=1) if is_earlier else NOW
    later = _receipt(JOB.owner, NOW + timedelta(seconds=10), ReceiptKind.RETRACTED)
    await append_receipt(state_store, later.model_copy(update={"made_at": made_at}))

    asked = job.replace(look_first=True, is_question=True)
    reply = await _hand_over(temporal, state_store, job=asked)

    ends = HandOverKind.HANDED_OVER if is_earlier else HandOverKind.ALREADY_ENDED
    assert reply.kind is ends


async def test_a_repeated_hand_over_recognises_its_own_claim(
    temporal: Client, state_store: ObjectStore
) -> None:
    first = await _hand_over(temporal, state_store)
    again = await _hand_over(temporal, state_store)
    # A run that was reset has the same owner; another run has not.
    later = JOB.replace(claimed_at=NOW + timedelta(seconds=1))
    after_reset = await _hand_over(temporal, state_store, job=later)
    other = later.model_copy(update={"owner": "post:key:c/third"})
    elsewhere = await _hand_over(temporal, state_store, job=other)

    kinds = [one.kind for one in (first, again, after_reset, elsewhere)]
    assert kinds == [*[HandOverKind.HANDED_OVER] * 3, HandOverKind.CLAIMED_ELSEWHERE]


async def test_a_post_is_searched_for_unless_the_bucket_knows_that_nobody_attempted_it(
    temporal: Client, state_store: ObjectStore
) -> None:
    job = JOB.replace(look_first=True)
    harness = PostHarness(client=temporal, store=state_store)
    async with harness.worker():
        for _ in range(2):
            await _handed(harness, job)
        attempt = f"attempts/{KEY}.1.json"
        await state_store.put_if_absent(attempt, b"{}", "application/json")
        await _handed(harness, job)
        heard = await harness.heard(jobs=3)
        await harness.account.terminate()

    # A bucket without a claim may be another one than before.
    assert [one.look_first for one in heard.jobs] == [True, False, True]


async def _handed(harness: PostHarness, job: PublishJob) -> None:
    task = HandOver(organization_id=f"org-{harness.queue}", job=job)
    await ActivityEnvironment().run(harness.gate().hand_over, task)


@pytest.mark.parametrize("name", [f"claims/{KEY}.json", f"receipts/{KEY}.0.sent.json"])
async def test_a_claim_that_cannot_be_read_is_told_and_not_tried_for_ever(
    temporal: Client, state_store: ObjectStore, name: str
) -> None:
    await _put(state_store, name, b'{"version": 2}')
    await _put(state_store, f"claims/{KEY}.json", FIRST)

    with pytest.raises(ApplicationError) as refused:
        await _hand_over(temporal, state_store)

    assert refused.value.non_retryable
    assert "look at the channel" in refused.value.message


async def test_a_post_that_is_reset_after_it_went_out_does_not_go_out_again(
    temporal: Client, state_store: ObjectStore
) -> None:
    async with open_harness(temporal, state_store, channel("x-main")) as harness:
        post = await harness.start_post()
        await decide(post, decision(DecisionKind.APPROVE))
        await post.result()
        key = post.id.removeprefix("post:")
        receipts = await until(
            lambda: read_receipts(state_store, f"{key}."),
            lambda found: bool(found) and found[-1].kind is ReceiptKind.SENT,
        )
        assert receipts[0].kind is ReceiptKind.CREATED
        await harness.account.terminate()

        await reset(temporal, post)
        again = await reaches(post, PostState.PUBLISHED, PostState.HELD)

        assert again.waiting_for.startswith("nothing: published before")
        assert len(harness.buffer.posts) == 1


@pytest.mark.parametrize("before", ["", "hand_over"])
async def test_the_words_of_a_post_that_was_reset_do_not_go_out_and_the_new_ones_do(
    temporal: Client, state_store: ObjectStore, before: str
) -> None:
    async with open_harness(temporal, state_store, channel("x-main")) as harness:
        post = await harness.start_post(publish_lead=timedelta(hours=2))
        await decide(post, decision(DecisionKind.APPROVE))
        await reaches(post, PostState.SCHEDULED)

        await reset(temporal, post, before)
        await reaches(post, PostState.IN_REVIEW)
        await until(lambda: _texts(harness.buffer), lambda texts: texts == [])
        anew = await post.query(PostWorkflow.view)
        await decide(post, decision(DecisionKind.EDIT, edit={"text": "other words"}))
        await decide(post, decision(DecisionKind.APPROVE, revision=2))
        await reaches(post, PostState.SCHEDULED)

        assert "reset in Temporal" in anew.notice
        assert await _texts(harness.buffer) == ["other words"]


async def test_a_reset_whose_withdrawal_buffer_refuses_is_told_and_the_next_words_replace_it(
    temporal: Client, state_store: ObjectStore
) -> None:
    async with open_harness(temporal, state_store, channel("x-main")) as harness:
        post = await harness.start_post(publish_lead=timedelta(hours=2))
        await decide(post, decision(DecisionKind.APPROVE))
        await reaches(post, PostState.SCHEDULED)
        harness.buffer.change_faults = [ReplyKind.UNAUTHORIZED]

        await reset(temporal, post)
        await until(
            lambda: post.query(PostWorkflow.view),
            lambda view: "not taken back" in (view.error or ""),
        )
        # No other activity follows the refusal: the review goes on.
        await reaches(post, PostState.IN_REVIEW)
        await decide(post, decision(DecisionKind.EDIT, edit={"text": "other words"}))
        await decide(post, decision(DecisionKind.APPROVE, revision=2))
        await reaches(post, PostState.SCHEDULED)

        assert await _texts(harness.buffer) == ["other words"]
        assert harness.buffer.calls.count("createPost") == 1


async def _texts(buffer: Buffer) -> list[str]:
    return [one.text for one in buffer.posts.values()]


@pytest.mark.parametrize(("attempt", "is_final"), [(7, False), (8, True)])
async def test_hosting_that_fails_ends_the_hand_over_for_good_at_the_eighth_attempt(
    temporal: Client, state_store: ObjectStore, attempt: int, *, is_final: bool
) -> None:
    harness = Harness(client=temporal, store=state_store, buffer=Buffer((channel("c"),)))
    harness.studio.hosting_error = "HostingError"
    picture = StagedAsset(
        kind=MediaKind.IMAGE,
        mime="image/png",
        sha256="0" * 64,
        size=1,
        width=1,
        height=1,
        staged_as="staging/0.png",
    )
    task = HandOver(organization_id=harness.organization_id, job=JOB, staged=(picture,))
    environment = ActivityEnvironment()
    environment.info = replace(environment.info, attempt=attempt)

    with pytest.raises(ApplicationError) as failed:
        await environment.run(harness.gate(state_store).hand_over, task)

    assert failed.value.non_retryable is is_final
    assert await state_store.names("claims/") == ()


async def test_what_is_handed_over_is_noted_whatever_is_asked_of_it_since(
    temporal: Client, state_store: ObjectStore
) -> None:
    async with open_post_harness(temporal, state_store) as harness:
        post = await harness.scheduled()
        # Buffer may publish it before it is taken out.
        await ask(post, kind=ChangeKind.RETRACT)
        change = await harness.change()
        noted = await read_words(state_store, "x-main")

        assert [one.key for one in noted.posts] == [change.job.job_id]
