"""What agents send to a post: proposals that a person sees and confirms, and nothing else."""

from datetime import UTC, datetime, timedelta

import pytest
from temporalio.client import Client, WorkflowUpdateFailedError

from galley.clients.storage import ObjectStore
from galley.clients.team_file import public_half
from galley.models.account import ProgressKind
from galley.models.agents import AgentMark
from galley.models.post import PostState, PostView
from galley.models.review import ChangeKind, Decision, DecisionKind
from galley.models.team import AGENT, Person
from galley.review.proof import proof_of
from galley.review.signatures import signature_of
from tests.asking import AUTOMATIC, automatic
from tests.review.test_signatures import KEYS
from tests.workflows.harness import Post, decide, decision, reaches, until
from tests.workflows.post_harness import ask, open_post_harness
from workflows.post.workflow import PostWorkflow

pytestmark = pytest.mark.server

BOT = AgentMark(name="bot", model="m-1")


def proposed(revision: int = 1, text: str = "better") -> Decision:
    said = decision(DecisionKind.EDIT, revision=revision, edit={"text": text})
    return said.model_copy(update={"by": BOT.by, "agent": BOT})


async def seen(post: Post) -> PostView:
    return await post.query(PostWorkflow.view)


async def test_an_agents_edit_is_a_new_revision_that_names_it_and_waits_for_a_person(
    temporal: Client, state_store: ObjectStore
) -> None:
    async with open_post_harness(temporal, state_store) as harness:
        post = await harness.reviewed()
        view = await decide(post, proposed())
        approve = decision(DecisionKind.APPROVE, revision=2, digest=view.digest)
        with pytest.raises(WorkflowUpdateFailedError):
            await decide(post, approve.model_copy(update={"by": BOT.by}))
        await post.signal("approve", {"revision": 2, "digest": view.digest, "by": BOT.by})
        await post.signal("reject", {"revision": 2, "by": "kim", "agent": BOT.model_dump()})
        ignored = await until(lambda: seen(post), lambda found: len(found.ignored) == 2)
        await decide(post, decision(DecisionKind.APPROVE, revision=2))
        job = await harness.job()

        assert (view.state, view.revision) == (PostState.IN_REVIEW, 2)
        assert view.provenance is not None
        assert view.provenance.drafter == "agent:bot (m-1)"
        assert ignored.state is PostState.IN_REVIEW
        assert job.request.text == "better"
        assert [one.by for one in (job.approval.decisions if job.approval else ())] == ["kim"]
        await post.terminate()


async def test_after_approval_an_agents_words_and_time_go_out_only_with_a_persons_approval(
    temporal: Client, state_store: ObjectStore
) -> None:
    async with open_post_harness(temporal, state_store) as harness:
        post = await harness.scheduled()
        before, later = await seen(post), datetime.now(UTC).replace(microsecond=0)
        later += timedelta(days=3)
        await decide(post, proposed())
        view = await ask(
            post, kind=ChangeKind.RESCHEDULE, by=BOT.by, agent=BOT.model_dump(), due_at=later
        )
        untold = (await harness.heard()).changes
        await decide(post, decision(DecisionKind.APPROVE, revision=view.revision))
        change = await harness.change()
        await harness.tell(post, ProgressKind.CHANGED, change=change)
        after = await until(lambda: seen(post), lambda found: found.change is None)

        assert untold == ()
        assert (view.state, view.due_at) == (PostState.SCHEDULED, before.due_at)
        assert view.proposal is not None
        assert view.proposal.draft.text == "better"
        assert (change.job.request.text, change.job.request.due_at) == ("better", later)
        assert after.due_at == later
        assert after.changes[-1].agent == BOT
        await post.terminate()


async def test_a_post_that_an_agent_touched_is_not_approved_by_itself(
    temporal: Client, state_store: ObjectStore
) -> None:
    bot = Person(name=BOT.by, roles=(AGENT,), key=public_half(KEYS["eve"]))
    team = AUTOMATIC.model_copy(update={"people": (*AUTOMATIC.people, bot)})
    async with open_post_harness(temporal, state_store, team) as harness:
        harness.studio.too_long_on.add("x-main")
        post = await harness.reviewed(**automatic())
        harness.studio.too_long_on.clear()
        said = proposed().model_copy(update={"at": datetime.now(UTC)})
        signature = signature_of(KEYS["eve"], post.id, said)
        view = await decide(post, said.model_copy(update={"signature": signature}))
        still = await reaches(post, PostState.IN_REVIEW)

        assert not view.problems
        assert still.revision == 2
        proof = proof_of(still)
        assert proof is not None
        assert proof.provenance is not None
        assert proof.provenance.drafter.startswith("agent:bot")
        await post.terminate()
