"""AccountWorkflow remembers in the state bucket what a run cannot: terminated, reset or fresh."""

import pytest
from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.workflowservice.v1 import DeleteWorkflowExecutionRequest
from temporalio.client import Client, WorkflowFailureError
from temporalio.service import RPCError, RPCStatusCode
from temporalio.testing import ActivityEnvironment

from activities.publishing.memory import AccountRemembering
from galley.clients.storage import ObjectStore
from galley.models.account import Pause, PauseCause, PauseScope, ProgressKind, Resume
from galley.models.post import Change
from galley.models.review import ChangeKind
from galley.publishing.job.memory import AccountMemory, RememberAccount, Remembered
from galley.publishing.job.pauses import ActivePause
from galley.publishing.job.state import AccountInput, AccountView
from tests.memory_store import MemoryStore
from tests.workflows.harness import Harness, open_harness, reset, until
from tests.workflows.listening_post import job_for, kinds, listening
from tests.workflows.world import channel
from workflows.account.workflow import AccountWorkflow

pytestmark = pytest.mark.server

KIM = Pause(by="kim", note="wrong price")
LOST = {PauseCause.ACCOUNT_LOST, PauseCause.ACCOUNT_RESET}
PART = Pause(by="kim", scope=PauseScope(campaign_key="another"))


async def _start(harness: Harness) -> None:
    """Start a fresh run of the account, as whoever signals it next does."""
    await harness.client.start_workflow(
        AccountWorkflow.run,
        AccountInput(organization_id=harness.organization_id, policy=harness.policy),
        id=harness.account.id,
        task_queue=harness.queue,
    )


async def _view(harness: Harness) -> AccountView:
    return await harness.account.query(AccountWorkflow.view)


async def _kept(harness: Harness) -> AccountView:
    return await until(lambda: _view(harness), lambda view: view.is_pause_kept)


async def _lose(harness: Harness, how: str = "terminate") -> AccountView:
    """End the account as an operator does, and return how a fresh one stands."""
    match how:
        case "terminate":
            await harness.account.terminate()
        case "cancel":
            await harness.account.cancel()
            with pytest.raises(WorkflowFailureError):
                await harness.account.result()
        case _:
            named = WorkflowExecution(workflow_id=harness.account.id)
            service, namespace = harness.client.workflow_service, harness.client.namespace
            await service.delete_workflow_execution(
                DeleteWorkflowExecutionRequest(namespace=namespace, workflow_execution=named)
            )
            await until(lambda: _is_there(harness), lambda is_there: not is_there)
    await _start(harness)
    return await _kept(harness)


async def _is_there(harness: Harness) -> bool:
    try:
        await harness.account.describe()
    except RPCError as error:
        assert error.status is RPCStatusCode.NOT_FOUND  # noqa: PT017 - or it is there
        return False
    return True


async def test_a_pause_outlives_a_terminated_account(
    temporal: Client, state_store: ObjectStore
) -> None:
    async with (
        open_harness(temporal, state_store, channel("x-main")) as harness,
        listening(temporal) as ear,
    ):
        await _start(harness)
        scope = PauseScope(channel_id="x-main")
        await harness.account.signal(AccountWorkflow.pause, KIM)
        await harness.account.signal(AccountWorkflow.pause, Pause(by="jo", scope=scope))
        await until(lambda: _view(harness), lambda view: len(view.pauses) == 2)
        await _kept(harness)

        view = await _lose(harness)

        assert view.paused_by == "kim"
        whole, part = (one.pause for one in view.pauses)
        assert (whole.note, whole.cause) == ("wrong price", PauseCause.ACCOUNT_LOST)
        assert (part.by, part.scope, part.cause) == ("jo", scope, PauseCause.PERSON)
        await harness.account.signal(AccountWorkflow.publish, job_for(ear))
        await harness.account.signal(AccountWorkflow.resume, Resume(by="kim"))
        await _kept(harness)
        assert "createPost" not in harness.buffer.calls

        await harness.account.signal(AccountWorkflow.resume, Resume(by="kim", scope=scope))
        await until(lambda: kinds(ear), lambda said: ProgressKind.CREATED in said)


@pytest.mark.parametrize("how", ["terminate", "cancel", "delete"])
async def test_a_fresh_account_begins_paused_where_an_earlier_one_was(
    temporal: Client, state_store: ObjectStore, how: str
) -> None:
    async with (
        open_harness(temporal, state_store, channel("x-main")) as harness,
        listening(temporal) as ear,
    ):
        await _start(harness)
        assert (await _kept(harness)).pauses == ()

        view = await _lose(harness, how)

        (pause,) = (one.pause for one in view.pauses)
        assert (pause.by, pause.cause) == ("Galley", PauseCause.ACCOUNT_LOST)
        await harness.account.signal(AccountWorkflow.publish, job_for(ear))
        await harness.account.signal(AccountWorkflow.resume, Resume(by="kim"))
        await until(lambda: kinds(ear), lambda said: ProgressKind.CREATED in said)
        assert (await _kept(harness)).pauses == ()


@pytest.mark.parametrize("before", ["", "create_post"])
async def test_a_reset_account_begins_paused(
    temporal: Client, state_store: ObjectStore, before: str
) -> None:
    async with (
        open_harness(temporal, state_store, channel("x-main")) as harness,
        listening(temporal) as ear,
    ):
        await _start(harness)
        await harness.account.signal(AccountWorkflow.publish, job_for(ear))
        await until(lambda: kinds(ear), lambda said: ProgressKind.CREATED in said)
        await harness.account.signal(AccountWorkflow.pause, PART)
        await until(lambda: _view(harness), lambda view: bool(view.pauses))
        await _kept(harness)

        await reset(temporal, harness.account, before)
        view = await until(lambda: _view(harness), lambda view: view.paused_by == "Galley")

        causes = {one.pause.by: one.pause.cause for one in view.pauses}
        assert causes.pop("kim") is PauseCause.PERSON
        # A reset to the very start looks like a fresh run.
        assert causes["Galley"] in ({PauseCause.ACCOUNT_RESET} if before else LOST)


async def test_a_continued_account_is_no_lost_one(
    temporal: Client, state_store: ObjectStore
) -> None:
    async with (
        open_harness(temporal, state_store, channel("x-main")) as harness,
        listening(temporal) as ear,
    ):
        harness.policy = harness.policy.model_copy(update={"events_per_run": 50})
        await _start(harness)
        first = (await harness.account.describe()).run_id
        await harness.account.signal(AccountWorkflow.pause, KIM)
        job = job_for(ear)

        async def run_id() -> str:
            await harness.account.signal(AccountWorkflow.publish, job)
            return (await harness.account.describe()).run_id

        await until(run_id, lambda known: known != first)
        (pause,) = (one.pause for one in (await _kept(harness)).pauses)

        assert (pause.by, pause.cause) == ("kim", PauseCause.PERSON)


async def test_until_the_bucket_answers_nothing_is_created_and_all_can_be_taken_back(
    temporal: Client,
) -> None:
    store = MemoryStore()
    async with (
        open_harness(temporal, store, channel("x-main"), channel("y")) as harness,
        listening(temporal) as ear,
    ):
        await _start(harness)
        await _kept(harness)
        job = job_for(ear)
        await harness.account.signal(AccountWorkflow.publish, job)
        await until(lambda: kinds(ear), lambda said: ProgressKind.CREATED in said)
        (post_id,) = harness.buffer.posts
        store.is_away = True
        await harness.account.terminate()

        await _start(harness)
        await harness.account.signal(AccountWorkflow.publish, job_for(ear, "key:y"))
        retract = Change(change_id=2, kind=ChangeKind.RETRACT, job=job, post_id=post_id)
        await harness.account.signal(AccountWorkflow.change, retract)
        await until(lambda: kinds(ear), lambda said: ProgressKind.RETRACTED in said)

        view = await _view(harness)
        assert harness.buffer.posts == {}
        assert (view.phases["key:y"], view.is_pause_kept) == ("waiting", False)
        assert "state bucket" in view.waiting_for


async def test_a_memory_that_cannot_be_read_pauses_the_account(
    temporal: Client, state_store: ObjectStore
) -> None:
    async with open_harness(temporal, state_store, channel("x-main")) as harness:
        name = f"accounts/{harness.organization_id}.json"
        await state_store.put_if_absent(name, b'{"version": 9}', "application/json")

        await _start(harness)

        assert (await _kept(harness)).paused_by == "Galley"


async def test_a_late_write_of_older_pauses_leaves_the_newer_ones() -> None:
    store = MemoryStore()
    remember = AccountRemembering(store).remember_account
    newer = RememberAccount(organization_id="org", number=2, pauses=(ActivePause(pause=KIM),))
    older = RememberAccount(organization_id="org", number=1)

    for task in (older, newer, older):
        assert await ActivityEnvironment().run(remember, task) == Remembered()

    held = await store.get("accounts/org.json")
    assert held is not None
    known = AccountMemory.model_validate_json(held)
    assert [one.pause.note for one in known.pauses] == [KIM.note]
