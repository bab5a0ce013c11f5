"""Posts of a team: only signed decisions of its people count, and as many as the policy wants."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from temporalio.client import Client, WorkflowUpdateFailedError
from temporalio.exceptions import ApplicationError

from activities.publishing.team import TeamGate
from galley.clients.storage import ObjectStore
from galley.clients.team_file import public_half
from galley.models.account import Progress, ProgressKind, PublishJob
from galley.models.post import PostState, PostView
from galley.models.publishing import CreatePost, HoldReason
from galley.models.review import Approve, ChangeKind, ChangeRequest, Decision, DecisionKind, Refusal
from galley.models.review import RefusalReason as Why
from galley.models.team import Policy, Team
from galley.publishing.request import proof_sent
from galley.review.proof import proof_of
from galley.review.signatures import signature_of, why_not_released
from tests.asking import AUTOMATIC, automatic
from tests.review.test_signatures import KEYS, PEOPLE
from tests.workflows.conftest import TimeSkipper
from tests.workflows.harness import Post, decide, decision, reaches, until
from tests.workflows.post_harness import open_post_harness
from workflows.post.workflow import PostWorkflow

pytestmark = [pytest.mark.server, pytest.mark.usefixtures("sandboxed")]

ONE = Team(people=PEOPLE)
STAGED = Team(
    people=PEOPLE,
    policies={"default": Policy(approvals=2, stages=("editor", "legal"), no_self_approval=True)},
)


async def seen(post: Post) -> PostView:
    return await post.query(PostWorkflow.view)


async def signed(
    post: Post, by: str, kind: DecisionKind = DecisionKind.APPROVE, **more: object
) -> Decision:
    view = await seen(post)
    proof = proof_of(view)
    fields = {"digest": proof.digest if proof else "", "revision": view.revision, **more}
    said = Decision.model_validate({"kind": kind, "by": by, "at": datetime.now(UTC), **fields})
    return said.model_copy(update={"signature": signature_of(KEYS[by], post.id, said)})


async def refusal(post: Post, said: Decision) -> Refusal:
    with pytest.raises(WorkflowUpdateFailedError) as caught:
        await decide(post, said)
    assert isinstance(caught.value.cause, ApplicationError)
    return Refusal.model_validate(caught.value.cause.details[0])


async def test_what_is_not_signed_by_the_team_is_ignored_with_a_notice(
    temporal: Client, state_store: ObjectStore
) -> None:
    async with open_post_harness(temporal, state_store, ONE) as harness:
        post = await harness.reviewed(is_signed=True)
        view = await seen(post)
        anybody = {"revision": 1, "digest": view.digest, "by": "ann"}
        forged = (await signed(post, "ann")).model_copy(update={"by": "lee"})
        moved = {"by": "ann", "due_at": "2030-12-01T09:00:00Z"}

        # A web page in the reviewer's browser can send the first.
        await post.signal("approve", anybody)
        await post.signal("approve", forged.model_dump(mode="json", exclude={"kind", "edit"}))
        await post.signal("reject", {"revision": 1, "by": "ann"})
        await post.signal("reschedule", moved)
        stays = await until(lambda: seen(post), lambda found: len(found.ignored) >= 4)
        await decide(post, await signed(post, "ann"))
        job = await harness.job()

        # The forged one was judged by a roster that was read anew, and so comes last.
        assert [one.refusal.reason for one in stays.ignored] == [
            *(Why.UNSIGNED, Why.UNSIGNED, Why.UNSIGNED, Why.FORGED)
        ]
        assert (stays.state, stays.digest) == (PostState.IN_REVIEW, view.digest)
        assert job.approval is not None
        assert [one.by for one in job.approval.decisions] == ["ann"]


async def test_two_stages_approve_one_after_the_other_and_anew_after_an_edit(
    temporal: Client, state_store: ObjectStore
) -> None:
    async with open_post_harness(temporal, state_store, STAGED) as harness:
        post = await harness.reviewed(is_signed=True)

        early = await refusal(post, await signed(post, "lee"))
        half = await decide(post, await signed(post, "kim"))
        edit = await signed(post, "lee", DecisionKind.EDIT, edit={"text": "Better."})
        anew = await decide(post, edit)
        await decide(post, await signed(post, "kim"))
        own = await refusal(post, await signed(post, "lee"))

        assert early.reason is Why.NO_RIGHT
        assert half.state is PostState.IN_REVIEW
        assert half.waiting_for == "1 of 2 approvals; waiting for stage legal"
        assert anew.approvals == ()
        assert "kim had approved revision 1" in anew.notice
        assert own.reason is Why.SELF_APPROVAL


async def test_what_is_handed_over_passes_the_gate_with_the_team_of_any_worker(
    temporal: Client, state_store: ObjectStore
) -> None:
    later = datetime.now(UTC).replace(microsecond=0) + timedelta(days=3)
    async with open_post_harness(temporal, state_store, STAGED) as harness:
        post = await harness.reviewed(is_signed=True)
        await decide(post, await signed(post, "kim"))
        await decide(post, await signed(post, "lee"))
        first = await harness.job()
        asked = ChangeRequest(
            kind=ChangeKind.RESCHEDULE, by="lee", due_at=later, at=datetime.now(UTC)
        )
        signature = signature_of(KEYS["lee"], post.id, asked)
        await post.execute_update(  # pyright: ignore[reportUnknownMemberType] - one overload of the SDK is partly untyped
            "change", asked.model_copy(update={"signature": signature})
        )
        second = (await harness.change()).job

        for job in (first, second):
            proof = proof_sent(job.request, job.approval, job.provenance)
            assert why_not_released(STAGED, post.id, proof, job.approval) is None
            other = proof.model_copy(update={"text": "Buy now!"})
            assert why_not_released(STAGED, post.id, other, job.approval) is not None


async def test_what_nobody_decides_on_is_put_before_another(
    temporal: Client, state_store: ObjectStore
) -> None:
    soon = Policy(escalate_after=timedelta(seconds=1), escalate_to="kim")
    team = Team(people=PEOPLE, policies={"default": soon})
    async with open_post_harness(temporal, state_store, team) as harness:
        post = await harness.reviewed(is_signed=True)

        view = await until(lambda: seen(post), lambda found: bool(found.notice))

        assert "kim" in view.notice
        assert (view.state, view.escalates_at) == (PostState.IN_REVIEW, None)


async def test_a_post_in_review_follows_a_change_of_the_roster(
    temporal: Client, state_store: ObjectStore
) -> None:
    lost = PEOPLE[2].model_copy(update={"key": public_half(KEYS["eve"])})
    async with open_post_harness(
        temporal, state_store, Team(people=(*PEOPLE[:2], lost))
    ) as harness:
        by_update = await harness.reviewed(is_signed=True)
        approval = await signed(by_update, "ann")
        unknown = await refusal(by_update, approval)
        again = await refusal(by_update, approval)
        harness.team = ONE
        # A round of review begins, by whoever is known already.
        edit = await signed(by_update, "kim", DecisionKind.EDIT, edit={"text": "Better."})
        await decide(by_update, edit)
        taken = await decide(by_update, await signed(by_update, "ann"))

        assert (unknown.reason, again.reason) == (Why.FORGED, Why.FORGED)
        assert taken.state is not PostState.IN_REVIEW


async def test_a_key_that_was_replaced_during_a_review_counts_at_once(
    temporal: Client, state_store: ObjectStore
) -> None:
    lost = PEOPLE[2].model_copy(update={"key": public_half(KEYS["eve"])})
    async with open_post_harness(
        temporal, state_store, Team(people=(*PEOPLE[:2], lost))
    ) as harness:
        post = await harness.reviewed(is_signed=True)
        harness.team = ONE

        taken = await decide(post, await signed(post, "ann"))

        assert [one.by for one in taken.approvals] == ["ann"]


async def test_what_was_approved_ends_with_the_post(
    temporal: Client, state_store: ObjectStore
) -> None:
    async with open_post_harness(temporal, state_store, ONE) as harness:
        post = await harness.reviewed(is_signed=True)
        await decide(post, await signed(post, "ann"))
        job = await harness.job()
        await harness.tell(post, ProgressKind.RETRACTED)
        await post.result()

        gate = TeamGate(lambda: ONE, state_store)
        create = CreatePost(
            job_id=job.job_id,
            attempt=9,
            request=job.request,
            approval=job.approval,
            provenance=job.provenance,
        )
        stopped = await gate.why_not(create)

        assert stopped is not None
        assert stopped.message.startswith("It was not let out: the post ended at ")


async def test_a_message_during_a_reading_of_the_roster_is_judged_by_the_new_one(
    temporal: Client, state_store: ObjectStore
) -> None:
    lost = PEOPLE[2].model_copy(update={"key": public_half(KEYS["eve"])})
    async with open_post_harness(
        temporal, state_store, Team(people=(*PEOPLE[:2], lost))
    ) as harness:
        post = await harness.reviewed(is_signed=True)
        forged = (await signed(post, "kim")).model_copy(update={"by": "lee"})
        harness.team = None  # The reading takes as long as that lasts.
        await post.signal("approve", forged.model_dump(mode="json", exclude={"kind", "edit"}))
        taken = asyncio.create_task(decide(post, await signed(post, "ann")))
        await until(lambda: _readings(post), lambda count: count > 1)
        harness.team = ONE

        assert [one.by for one in (await taken).approvals] == ["ann"]


def _not_let_out(job: PublishJob) -> Progress:
    return Progress(
        job_id=job.job_id,
        kind=ProgressKind.REFUSED,
        message="It was not let out.",
        reason=HoldReason.NOT_LET_OUT,
    )


async def _readings(post: Post) -> int:
    history = await post.fetch_history()
    asked = (event.activity_task_scheduled_event_attributes for event in history.events)
    return sum(one.activity_type.name == "read_team" for one in asked)


async def test_a_post_that_is_older_than_its_team_counts_approvals_by_it_and_never_goes_out_early(
    temporal: Client, state_store: ObjectStore
) -> None:
    async with open_post_harness(temporal, state_store, STAGED) as harness:
        post = await harness.reviewed()
        before = await seen(post)

        half = await decide(post, await signed(post, "kim"))
        unsigned = await refusal(post, decision(DecisionKind.APPROVE, digest=before.digest))
        whole = await decide(post, await signed(post, "lee"))
        job = await harness.job()

        assert (half.state, half.digest) == (PostState.IN_REVIEW, before.digest)
        assert half.waiting_for == "1 of 2 approvals; waiting for stage legal"
        assert unsigned.reason is Why.UNSIGNED
        assert [one.by for one in whole.approvals] == ["kim", "lee"]
        assert job.approval is not None
        proof = proof_sent(job.request, job.approval, job.provenance)
        assert why_not_released(STAGED, post.id, proof, job.approval) is None


async def test_a_post_that_was_not_let_out_without_signatures_counts_them_from_then_on(
    temporal: Client, state_store: ObjectStore
) -> None:
    async with open_post_harness(temporal, state_store, STAGED) as harness:
        post = await harness.approved()
        await post.signal(PostWorkflow.progress, _not_let_out(await harness.job()))
        back = await reaches(post, PostState.IN_REVIEW)
        await until(lambda: _readings(post), lambda count: count == 1)
        half = await decide(post, await signed(post, "kim"))
        whole = await decide(post, await signed(post, "lee"))

        assert back.waiting_for == "the approvals of its team"
        assert (half.state, half.digest) == (PostState.IN_REVIEW, back.digest)
        assert half.waiting_for == "1 of 2 approvals; waiting for stage legal"
        assert [one.by for one in whole.approvals] == ["kim", "lee"]


async def test_an_unsigned_decision_does_not_count_that_came_before_the_roster_was_read(
    temporal: Client, state_store: ObjectStore
) -> None:
    async with open_post_harness(temporal, state_store, STAGED) as harness:
        post = await harness.approved()
        harness.team = None
        await post.signal(PostWorkflow.progress, _not_let_out(await harness.job()))
        back = await reaches(post, PostState.IN_REVIEW)
        await until(lambda: _readings(post), lambda count: count == 1)
        unsigned = Approve(revision=back.revision, by="kim", digest=back.digest)
        await post.signal(PostWorkflow.approve, unsigned)
        await seen(post)  # by then it has been heard
        harness.team = STAGED
        told = await until(lambda: seen(post), lambda view: bool(view.ignored))
        half = await decide(post, await signed(post, "kim"))

        assert told.approvals == ()
        assert [bool(one.signature) for one in half.approvals] == [True]


async def test_a_post_goes_on_that_a_forged_message_told_of_a_team(
    clock: TimeSkipper, state_store: ObjectStore
) -> None:
    async with open_post_harness(clock.client, state_store) as harness:
        post = await harness.approved()
        await post.signal(PostWorkflow.progress, _not_let_out(await harness.job()))
        back = await reaches(post, PostState.IN_REVIEW)

        again = await decide(post, decision(DecisionKind.APPROVE, revision=back.revision))

        assert again.state is PostState.PUBLISHING


async def test_a_post_older_than_its_team_still_says_what_it_waits_for_after_a_forged_message(
    temporal: Client, state_store: ObjectStore
) -> None:
    async with open_post_harness(temporal, state_store, ONE) as harness:
        post = await harness.reviewed()
        before = await seen(post)

        forged = await refusal(post, (await signed(post, "ann")).model_copy(update={"by": "lee"}))

        assert forged.reason is Why.FORGED
        assert (await seen(post)).waiting_for == before.waiting_for


@pytest.mark.parametrize("lacks", ["is_signed", "persona"])
async def test_a_campaign_without_persona_and_policy_waits_for_a_person_whoever_started_it(
    temporal: Client, state_store: ObjectStore, lacks: str
) -> None:
    async with open_post_harness(temporal, state_store, AUTOMATIC) as harness:
        post = await harness.begin(**automatic(**{lacks: None if lacks == "persona" else False}))

        view = await reaches(post, PostState.IN_REVIEW, PostState.PUBLISHING, PostState.SCHEDULED)

        assert (view.state, view.decisions) == (PostState.IN_REVIEW, ())
