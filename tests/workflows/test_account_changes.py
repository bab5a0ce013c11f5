"""Changes that meet a createPost in flight, a lost reply, or a lost memory."""

import pytest
from temporalio.client import Client, WorkflowHandle

from galley.clients.storage import ObjectStore
from galley.models import Change, ChangeKind, HandChange, ProgressKind, PublishJob, ReplyKind
from galley.publishing.job.state import AccountInput
from tests.workflows.desk import Desk, open_desk, until
from tests.workflows.ear import Listener, job_for, kinds, listening
from tests.workflows.world import channel
from workflows.account.workflow import AccountWorkflow

pytestmark = pytest.mark.server

Account = WorkflowHandle[AccountWorkflow, None]


async def _hand_over(desk: Desk, job: PublishJob) -> Account:
    """Signal the job, starting the account as the activity does."""
    return await desk.client.start_workflow(
        AccountWorkflow.run,
        AccountInput(organization_id=desk.organization_id, policy=desk.policy),
        id=desk.account.id,
        task_queue=desk.queue,
        start_signal="publish",
        start_signal_args=[job],
    )


def _change(job: PublishJob, kind: ChangeKind, **more: object) -> Change:
    return Change.model_validate({"change_id": 1, "kind": kind, "job": job, **more})


def _with_text(job: PublishJob, text: str) -> PublishJob:
    request = job.request.model_copy(update={"text": text})
    return job.model_copy(update={"request": request})


async def _called(desk: Desk) -> list[str]:
    return desk.buffer.calls


async def _in_flight(desk: Desk, job: PublishJob) -> Account:
    """Return the account once its createPost has reached Buffer."""
    desk.buffer.creating_waits = True
    account = await _hand_over(desk, job)
    await until(lambda: _called(desk), lambda calls: "createPost" in calls)
    return account


async def _hears(ear: Listener, kind: ProgressKind) -> list[ProgressKind]:
    return await until(lambda: kinds(ear), lambda heard: kind in heard)


async def test_an_edit_while_the_post_is_being_created_makes_one_post_with_new_words(
    temporal: Client, state_store: ObjectStore
) -> None:
    async with (
        open_desk(temporal, state_store, channel("x-main")) as desk,
        listening(temporal) as ear,
    ):
        job = job_for(ear)
        account = await _in_flight(desk, job)
        edit = _change(_with_text(job, "better"), ChangeKind.EDIT)
        await account.signal(AccountWorkflow.change, edit)
        await account.signal(AccountWorkflow.change, edit)
        desk.buffer.creating_waits = False

        heard = await _hears(ear, ProgressKind.CHANGED)

        (post,) = desk.buffer.posts.values()
        assert post.text == "better"
        assert heard[0] is ProgressKind.CREATED
        assert desk.buffer.calls.count("createPost") == 1
        assert desk.buffer.calls.count("editPost") == 1


async def test_a_retraction_while_the_post_is_being_created_leaves_none(
    temporal: Client, state_store: ObjectStore
) -> None:
    async with (
        open_desk(temporal, state_store, channel("x-main")) as desk,
        listening(temporal) as ear,
    ):
        job = job_for(ear)
        account = await _in_flight(desk, job)
        await account.signal(AccountWorkflow.change, _change(job, ChangeKind.RETRACT))
        desk.buffer.creating_waits = False

        await _hears(ear, ProgressKind.RETRACTED)

        assert desk.buffer.posts == {}
        assert desk.buffer.calls.count("createPost") == 1


async def test_an_edit_after_a_lost_reply_waits_for_the_look(
    temporal: Client, state_store: ObjectStore
) -> None:
    async with (
        open_desk(temporal, state_store, channel("x-main")) as desk,
        listening(temporal) as ear,
    ):
        desk.buffer.faults = [ReplyKind.UNKNOWN]
        desk.buffer.change_faults = [ReplyKind.FAILED]
        job = job_for(ear)
        account = await _in_flight(desk, job)
        edit = _change(_with_text(job, "better"), ChangeKind.EDIT)
        await account.signal(AccountWorkflow.change, edit)
        desk.buffer.creating_waits = False

        await _hears(ear, ProgressKind.CHANGED)

        (post,) = desk.buffer.posts.values()
        assert post.text == "better"
        assert desk.buffer.calls.count("createPost") == 1
        assert desk.buffer.calls.count("editPost") == 2


async def test_an_account_that_lost_its_memory_carries_a_change_out(
    temporal: Client, state_store: ObjectStore
) -> None:
    async with (
        open_desk(temporal, state_store, channel("x-main")) as desk,
        listening(temporal) as ear,
    ):
        job = job_for(ear)
        account = await _hand_over(desk, job)
        await _hears(ear, ProgressKind.CREATED)
        await account.terminate()
        (post_id,) = desk.buffer.posts
        edit = _change(_with_text(job, "better"), ChangeKind.EDIT, post_id=post_id)

        gate = desk.gate(state_store)
        await gate.hand_change(HandChange(organization_id=desk.organization_id, change=edit))
        await _hears(ear, ProgressKind.CHANGED)

        assert desk.buffer.posts[post_id].text == "better"
        assert desk.buffer.calls.count("createPost") == 1


async def test_a_change_of_what_is_published_comes_too_late_and_says_so(
    temporal: Client, state_store: ObjectStore
) -> None:
    async with (
        open_desk(temporal, state_store, channel("x-main")) as desk,
        listening(temporal) as ear,
    ):
        job = job_for(ear)
        account = await _hand_over(desk, job)
        await _hears(ear, ProgressKind.CREATED)
        (post_id,) = desk.buffer.posts
        sent = {"status": "sent", "external_link": "https://x.com/1"}
        desk.buffer.posts[post_id] = desk.buffer.posts[post_id].model_copy(update=sent)

        await account.signal(AccountWorkflow.change, _change(job, ChangeKind.RETRACT))
        heard = await _hears(ear, ProgressKind.SENT)

        assert heard[-2:] == [ProgressKind.CHANGE_REFUSED, ProgressKind.SENT]
        assert post_id in desk.buffer.posts
