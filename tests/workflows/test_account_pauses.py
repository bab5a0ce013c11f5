"""The kill switch of AccountWorkflow: what it stops, pulls back, and puts back."""

from datetime import timedelta

import pytest
from temporalio.api.enums.v1 import EventType
from temporalio.client import Client, WorkflowHandle, WorkflowUpdateFailedError
from temporalio.exceptions import ApplicationError

from app.accounts.workflows import read_directory
from galley.clients.storage import ObjectStore
from galley.models.account import Pause, PauseScope, ProgressKind, Resume
from galley.models.post import Change
from galley.models.publishing import ReplyKind
from galley.models.review import ChangeKind
from galley.publishing.job.state import AccountInput, AccountView
from galley.settings import Settings
from tests.workflows.harness import Harness, open_harness, until
from tests.workflows.listening_post import job_for, kinds, listening
from tests.workflows.test_limits import ask
from tests.workflows.world import Buffer, channel
from workflows.account.workflow import AccountWorkflow

pytestmark = pytest.mark.server

PULL = Pause(by="kim", pull_back=True)
SOON = timedelta(milliseconds=1200)


async def _start(harness: Harness, *pauses: Pause) -> WorkflowHandle[AccountWorkflow, None]:
    account = await harness.client.start_workflow(
        AccountWorkflow.run,
        AccountInput(organization_id=harness.organization_id, policy=harness.policy),
        id=harness.account.id,
        task_queue=harness.queue,
    )
    for pause in pauses:
        await account.signal(AccountWorkflow.pause, pause)
    return account


async def _made(harness: Harness) -> int:
    return harness.buffer.calls.count("createPost")


async def _view(harness: Harness) -> AccountView:
    return await harness.account.query(AccountWorkflow.view)


async def test_a_pause_of_one_channel_lets_the_others_go_on(
    temporal: Client, state_store: ObjectStore
) -> None:
    async with (
        open_harness(temporal, state_store, channel("a"), channel("b")) as harness,
        listening(temporal) as ear,
    ):
        scope = PauseScope(channel_id="a")
        account = await _start(harness, Pause(by="kim", scope=scope, note="wait"))
        await account.signal(AccountWorkflow.publish, job_for(ear, "key:a"))
        await account.signal(AccountWorkflow.publish, job_for(ear, "key:b"))
        await until(lambda: _made(harness), lambda count: count == 1)

        (pause,) = (await _view(harness)).pauses
        assert pause.stopped == ("key:a",)
        assert (pause.pause.by, pause.pause.note) == ("kim", "wait")
        assert pause.pause.at is not None
        assert [p.channel_id for p in harness.buffer.posts.values()] == ["b"]

        await account.signal(AccountWorkflow.resume, Resume(by="kim", scope=scope))
        await until(lambda: _made(harness), lambda count: count == 2)
        assert (await _view(harness)).pauses == ()


@pytest.mark.parametrize("is_retract", [False, True])
async def test_a_creation_that_has_not_left_yet_is_stopped_by_a_pause_and_by_a_retract(
    temporal: Client, state_store: ObjectStore, *, is_retract: bool
) -> None:
    harness = Harness(client=temporal, store=state_store, buffer=Buffer((channel("x-main"),)))
    harness.buffer.creating_waits = True
    often = timedelta(milliseconds=100)
    async with harness.worker(max_heartbeat_throttle_interval=often), listening(temporal) as ear:
        account, job = await _start(harness), job_for(ear)
        await account.signal(AccountWorkflow.publish, job)
        await until(lambda: _made(harness), bool)

        if is_retract:
            retract = Change(change_id=1, kind=ChangeKind.RETRACT, job=job)
            await account.signal(AccountWorkflow.change, retract)
            await until(lambda: kinds(ear), lambda said: said == [ProgressKind.RETRACTED])
        else:
            await account.signal(AccountWorkflow.pause, Pause(by="kim"))
            await until(lambda: _view(harness), lambda view: view.pauses[0].stopped != ())
            await until(lambda: is_withheld(account), bool)
        harness.buffer.creating_waits = False
        await account.signal(AccountWorkflow.resume, Resume(by="kim"))
        if not is_retract:
            await until(lambda: kinds(ear), lambda said: said == [ProgressKind.CREATED])

        assert len(harness.buffer.posts) == (0 if is_retract else 1)
        await harness.stop_account()


async def is_withheld(account: WorkflowHandle[AccountWorkflow, None]) -> bool:
    """Return whether the account stopped an activity."""
    history = await account.fetch_history()
    kind = EventType.EVENT_TYPE_ACTIVITY_TASK_CANCELED
    return any(event.event_type == kind for event in history.events)


async def test_what_was_pulled_back_is_created_again_once(
    temporal: Client, state_store: ObjectStore
) -> None:
    async with (
        open_harness(temporal, state_store, channel("x-main")) as harness,
        listening(temporal) as ear,
    ):
        account = await _start(harness)
        job = job_for(ear)
        await account.signal(AccountWorkflow.publish, job)
        await until(lambda: _made(harness), lambda count: count == 1)
        harness.buffer.change_faults = [ReplyKind.FAILED]

        await account.signal(AccountWorkflow.pause, PULL)
        view = await until(lambda: _view(harness), lambda v: bool(v.pauses[0].pulled_back))
        assert view.pauses[0].pulled_back == ("key:x-main",)
        assert harness.buffer.posts == {}
        await until(lambda: kinds(ear), lambda said: said[-1] is ProgressKind.PULLED_BACK)

        await account.signal(AccountWorkflow.resume, Resume(by="kim"))
        await account.signal(AccountWorkflow.resume, Resume(by="kim"))
        await until(lambda: _made(harness), lambda count: count == 2)
        heard = await until(lambda: kinds(ear), lambda said: said[-1] is ProgressKind.CREATED)

        (post,) = harness.buffer.posts.values()
        assert post.text == job.request.text
        assert post.due_at == job.request.due_at
        assert heard == [ProgressKind.CREATED, ProgressKind.PULLED_BACK, ProgressKind.CREATED]


async def test_a_pull_back_reports_what_was_due_as_too_late(
    temporal: Client, state_store: ObjectStore
) -> None:
    async with (
        open_harness(temporal, state_store, channel("x-main")) as harness,
        listening(temporal) as ear,
    ):
        account = await _start(harness)
        harness.buffer.publishes = False
        job = job_for(ear, due_in=timedelta(seconds=2))
        await account.signal(AccountWorkflow.publish, job)
        await until(lambda: _polled(harness), lambda count: count > 0)

        await account.signal(AccountWorkflow.pause, PULL)
        view = await until(lambda: _view(harness), lambda v: bool(v.pauses))
        polls = harness.buffer.calls.count("outcomes")

        assert view.pauses[0].too_late == ("key:x-main",)
        assert len(harness.buffer.posts) == 1
        assert "deletePost" not in harness.buffer.calls
        harness.buffer.publishes = True
        await account.signal(AccountWorkflow.resume, Resume(by="kim"))
        await until(lambda: kinds(ear), lambda said: ProgressKind.SENT in said)
        assert harness.buffer.calls.count("outcomes") > polls


async def test_pauses_and_what_was_pulled_back_survive_continue_as_new(
    temporal: Client, state_store: ObjectStore
) -> None:
    async with (
        open_harness(temporal, state_store, channel("x-main")) as harness,
        listening(temporal) as ear,
    ):
        harness.policy = harness.policy.model_copy(update={"events_per_run": 50})
        account = await _start(harness)
        job = job_for(ear)
        await account.signal(AccountWorkflow.publish, job)
        await until(lambda: _made(harness), lambda count: count == 1)
        await account.signal(AccountWorkflow.pause, PULL)
        await until(lambda: _view(harness), lambda v: bool(v.pauses[0].pulled_back))
        first = (await account.describe()).run_id

        for _ in range(40):
            await account.signal(AccountWorkflow.publish, job)
        await until(lambda: _run_id(harness), lambda run_id: run_id != first)

        (pause,) = (await _view(harness)).pauses
        assert pause.pulled_back == ("key:x-main",)
        await harness.account.signal(AccountWorkflow.resume, Resume(by="kim"))
        await until(lambda: _made(harness), lambda count: count == 2)
        (post,) = harness.buffer.posts.values()
        assert post.text == "hello"


async def test_answers_that_need_no_call_let_a_paused_account_go_on_as_a_new_run(
    temporal: Client, state_store: ObjectStore
) -> None:
    async with open_harness(temporal, state_store, channel("x-main")) as harness:
        harness.policy = harness.policy.model_copy(update={"events_per_run": 50})
        account = await _start(harness)
        await ask(harness, "channels")
        await account.signal(AccountWorkflow.pause, Pause(by="kim"))
        await until(lambda: _view(harness), lambda view: view.is_pause_kept and bool(view.pauses))
        first = await _run_id(harness)

        for _ in range(30):
            told = await read_directory(temporal, Settings(), harness.organization_id)
            assert told.channels

        await until(lambda: _run_id(harness), lambda run_id: run_id != first)
        assert (await _view(harness)).paused_by == "kim"


async def test_a_paused_account_without_a_channel_map_says_so_at_once(
    temporal: Client, state_store: ObjectStore
) -> None:
    async with open_harness(temporal, state_store, channel("x-main")) as harness:
        await _start(harness, Pause(by="kim"))
        await until(lambda: _view(harness), lambda view: bool(view.pauses))

        with pytest.raises(WorkflowUpdateFailedError) as refused:
            await ask(harness, "channels")

        assert isinstance(refused.value.cause, ApplicationError)
        assert refused.value.cause.type == "Buffer:paused"


async def _polled(harness: Harness) -> int:
    return harness.buffer.calls.count("outcomes")


async def _run_id(harness: Harness) -> str:
    return (await harness.account.describe()).run_id
