"""Changes that meet a createPost in flight, a lost reply, or a lost memory."""

import pytest
from temporalio.client import Client, WorkflowHandle

from galley.clients.storage import ObjectStore
from galley.models.account import ProgressKind, PublishJob
from galley.models.post import Change, HandChange
from galley.models.publishing import ReplyKind
from galley.models.review import ChangeKind
from galley.publishing.job.state import AccountInput
from tests.workflows.harness import Harness, go_on, open_harness, until
from tests.workflows.listening_post import Listener, job_for, kinds, listening
from tests.workflows.world import channel
from workflows.account.workflow import AccountWorkflow

pytestmark = pytest.mark.server

Account = WorkflowHandle[AccountWorkflow, None]


async def _hand_over(harness: Harness, job: PublishJob) -> Account:
    """Signal the job, starting the account as the activity does."""
    return await harness.client.start_workflow(
        AccountWorkflow.run,
        AccountInput(organization_id=harness.organization_id, policy=harness.policy),
        id=harness.account.id,
        task_queue=harness.queue,
        start_signal="publish",
        start_signal_args=[job],
    )


def _change(job: PublishJob, kind: ChangeKind, **more: object) -> Change:
    return Change.model_validate({"change_id": 1, "kind": kind, "job": job, **more})


def _with_text(job: PublishJob, text: str) -> PublishJob:
    request = job.request.model_copy(update={"text": text})
    return job.model_copy(update={"request": request})


async def _called(harness: Harness) -> list[str]:
    return harness.buffer.calls


async def _in_flight(harness: Harness, job: PublishJob) -> Account:
    """Return the account once its createPost has reached Buffer."""
    harness.buffer.creating_waits = True
    account = await _hand_over(harness, job)
    await until(lambda: _called(harness), lambda calls: "createPost" in calls)
    return account


async def _hears(ear: Listener, kind: ProgressKind) -> list[ProgressKind]:
    return await until(lambda: kinds(ear), lambda heard: kind in heard)


async def test_an_edit_while_the_post_is_being_created_makes_one_post_with_new_words(
    temporal: Client, state_store: ObjectStore
) -> None:
    async with (
        open_harness(temporal, state_store, channel("x-main")) as harness,
        listening(temporal) as ear,
    ):
        job = job_for(ear)
        account = await _in_flight(harness, job)
        edit = _change(_with_text(job, "better"), ChangeKind.EDIT)
        await account.signal(AccountWorkflow.change, edit)
        await account.signal(AccountWorkflow.change, edit)
        harness.buffer.creating_waits = False

        heard = await _hears(ear, ProgressKind.CHANGED)

        (post,) = harness.buffer.posts.values()
        assert post.text == "better"
        assert heard[0] is ProgressKind.CREATED
        assert harness.buffer.calls.count("createPost") == 1
        assert harness.buffer.calls.count("editPost") == 1


async def test_a_retraction_while_the_post_is_being_created_leaves_none(
    temporal: Client, state_store: ObjectStore
) -> None:
    async with (
        open_harness(temporal, state_store, channel("x-main")) as harness,
        listening(temporal) as ear,
    ):
        job = job_for(ear)
        account = await _in_flight(harness, job)
        await account.signal(AccountWorkflow.change, _change(job, ChangeKind.RETRACT))
        harness.buffer.creating_waits = False

        await _hears(ear, ProgressKind.RETRACTED)

        assert harness.buffer.posts == {}
        assert harness.buffer.calls.count("createPost") == 1


async def test_an_edit_after_a_lost_reply_waits_for_the_look(
    temporal: Client, state_store: ObjectStore
) -> None:
    async with (
        open_harness(temporal, state_store, channel("x-main")) as harness,
        listening(temporal) as ear,
    ):
        harness.buffer.faults = [ReplyKind.UNKNOWN]
        harness.buffer.change_faults = [ReplyKind.FAILED]
        job = job_for(ear)
        account = await _in_flight(harness, job)
        edit = _change(_with_text(job, "better"), ChangeKind.EDIT)
        await account.signal(AccountWorkflow.change, edit)
        harness.buffer.creating_waits = False

        await _hears(ear, ProgressKind.CHANGED)

        (post,) = harness.buffer.posts.values()
        assert post.text == "better"
        assert harness.buffer.calls.count("createPost") == 1
        assert harness.buffer.calls.count("editPost") == 2


async def test_an_account_that_lost_its_memory_carries_a_change_out(
    temporal: Client, state_store: ObjectStore
) -> None:
    async with (
        open_harness(temporal, state_store, channel("x-main")) as harness,
        listening(temporal) as ear,
    ):
        job = job_for(ear)
        account = await _hand_over(harness, job)
        await _hears(ear, ProgressKind.CREATED)
        await account.terminate()
        (post_id,) = harness.buffer.posts
        edit = _change(_with_text(job, "better"), ChangeKind.EDIT, post_id=post_id)

        gate = harness.gate(state_store)
        await gate.hand_change(HandChange(organization_id=harness.organization_id, change=edit))
        await go_on(harness)
        await _hears(ear, ProgressKind.CHANGED)

        assert harness.buffer.posts[post_id].text == "better"
        assert harness.buffer.calls.count("createPost") == 1


async def test_a_change_of_what_is_published_comes_too_late_and_says_so(
    temporal: Client, state_store: ObjectStore
) -> None:
    async with (
        open_harness(temporal, state_store, channel("x-main")) as harness,
        listening(temporal) as ear,
    ):
        job = job_for(ear)
        account = await _hand_over(harness, job)
        await _hears(ear, ProgressKind.CREATED)
        (post_id,) = harness.buffer.posts
        sent = {"status": "sent", "external_link": "https://x.com/1"}
        harness.buffer.posts[post_id] = harness.buffer.posts[post_id].model_copy(update=sent)

        await account.signal(AccountWorkflow.change, _change(job, ChangeKind.RETRACT))
        heard = await _hears(ear, ProgressKind.SENT)

        assert heard[-2:] == [ProgressKind.CHANGE_REFUSED, ProgressKind.SENT]
        assert post_id in harness.buffer.posts
