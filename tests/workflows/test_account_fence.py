"""The fence before createPost: an account that was reset or lost sends nothing blindly."""

from dataclasses import replace
from datetime import timedelta

import pytest
from temporalio.api.enums.v1 import ResetReapplyType
from temporalio.client import Client
from temporalio.testing import ActivityEnvironment
from typing_extensions import override

from activities.publishing.fence import ATTEMPTS, AttemptFence
from galley.clients.claims import append_receipt, read_receipts
from galley.clients.storage import ObjectStore
from galley.models.account import (
    Evidence,
    Pause,
    ProgressKind,
    PublishJob,
    Receipt,
    ReceiptKind,
    Resume,
)
from galley.models.post import Change
from galley.models.publishing import CreateKind, CreatePost, CreateReply, ReplyKind
from galley.models.review import ChangeKind
from galley.publishing.job.creation import WAITED_OUT, accept, after_create
from galley.publishing.job.record import JobPhase
from galley.publishing.job.state import AccountInput
from tests.clients.buffer_answers import an_attempt
from tests.memory_store import MemoryStore
from tests.publishing.making import NOW, job
from tests.workflows.harness import Harness, go_on, open_harness, reset, until
from tests.workflows.listening_post import Listener, job_for, kinds, listening
from tests.workflows.world import channel
from workflows.account.buffer_calls import attempt_of
from workflows.account.workflow import AccountWorkflow

TASK = an_attempt()


def _run(name: str, *, activity_id: str = "1", execution: int = 1) -> ActivityEnvironment:
    environment = ActivityEnvironment()
    environment.info = replace(
        environment.info, workflow_run_id=name, activity_id=activity_id, attempt=execution
    )
    return environment


async def test_an_attempt_is_let_through_to_one_execution_only() -> None:
    fence = AttemptFence(MemoryStore())

    assert await _run("first").run(fence.enter, TASK) is None
    # The store took the object, and its reply was lost.
    assert await _run("first").run(fence.enter, TASK) is None
    for other in (_run("first", execution=2), _run("second")):
        stopped = await other.run(fence.enter, TASK)
        assert stopped == CreateReply(kind=ReplyKind.ATTEMPTED, attempts=1)


async def test_a_number_that_a_slow_store_wrote_down_too_late_is_the_same_runs_again() -> None:
    # The account counted no attempt: its next activity asks for the same number.
    fence = AttemptFence(MemoryStore())

    assert await _run("first").run(fence.enter, TASK) is None
    assert await _run("first", activity_id="2").run(fence.enter, TASK) is None
    stopped = await _run("second", activity_id="2").run(fence.enter, TASK)
    assert stopped is not None
    assert stopped.kind is ReplyKind.ATTEMPTED


async def test_an_attempt_of_another_run_tells_which_number_is_free() -> None:
    fence = AttemptFence(MemoryStore())
    for number in (1, 2, 10):
        await _run("first").run(fence.enter, TASK.model_copy(update={"attempt": number}))

    stopped = await _run("second").run(fence.enter, TASK)

    assert stopped is not None
    assert stopped.attempts == 10


async def test_an_attempt_that_cannot_be_read_counts_as_made() -> None:
    store = MemoryStore()
    await store.put_if_absent(f"{ATTEMPTS}{TASK.job_id}.{TASK.attempt}.json", b'{"by": 1}', "")

    stopped = await _run("first").run(AttemptFence(store).enter, TASK)

    assert stopped == CreateReply(kind=ReplyKind.ATTEMPTED, attempts=1)


@pytest.mark.parametrize("redriven", [timedelta(0), timedelta(seconds=30)])
@pytest.mark.parametrize("is_earlier", [True, False])
async def test_only_an_end_of_the_same_life_of_a_post_stops_an_account_that_was_reset(
    redriven: timedelta, *, is_earlier: bool
) -> None:
    store, made_at = MemoryStore(), NOW - timedelta(minutes=is_earlier)
    receipt = Receipt(
        key=TASK.job_id,
        owner="o",
        kind=ReceiptKind.RETRACTED,
        post=None,
        evidence=Evidence.REPLY,
        made_at=made_at,
        recorded_at=NOW + timedelta(minutes=1),
    )
    await append_receipt(store, receipt)

    record = accept(job(TASK.job_id).replace(made_at=NOW))
    forgetful = record.replace(may_be_forgotten=True, redriven_at=NOW + redriven)
    stopped = await _run("first").run(AttemptFence(store).enter, attempt_of(forgetful))

    assert (stopped is None) is is_earlier


async def test_nothing_is_sent_while_the_bucket_takes_no_attempt() -> None:
    store = MemoryStore()
    store.is_away = True

    stopped = await _run("first").run(AttemptFence(store).enter, TASK)

    assert stopped is not None
    assert stopped.kind is ReplyKind.STORE_AWAY


def test_a_post_waits_for_the_bucket_until_an_hour_after_its_time() -> None:
    away = CreateReply(kind=ReplyKind.STORE_AWAY, message="The store went away.")
    record = accept(job())
    due_at = record.job.request.due_at
    for _ in range(100):
        record = after_create(record, away, due_at, (5,))
    assert record.phase is JobPhase.WAITING

    assert after_create(record, away, due_at + WAITED_OUT, (5,)).phase is JobPhase.HELD


@pytest.mark.server
@pytest.mark.parametrize("is_lost", [False, True])
async def test_an_account_that_forgot_a_creation_finds_the_post(
    temporal: Client, state_store: ObjectStore, *, is_lost: bool
) -> None:
    async with (
        open_harness(temporal, state_store, channel("x-main")) as harness,
        listening(temporal) as ear,
    ):
        handed = await _create(harness, ear)

        await _forget(temporal, harness, handed, is_lost=is_lost)
        await until(lambda: kinds(ear), lambda said: said.count(ProgressKind.CREATED) == 2)
        receipts = await until(
            lambda: read_receipts(state_store, f"{handed.job_id}."), lambda found: len(found) > 1
        )

        assert harness.buffer.calls.count("createPost") == 1
        assert len(harness.buffer.posts) == 1
        # Created once, and found: the receipts of the creation name the post, and it is read.
        told = [(one.kind, one.evidence, one.post and one.post.status) for one in receipts]
        assert told == [
            (ReceiptKind.CREATED, Evidence.REPLY, "scheduled"),
            (ReceiptKind.CREATED, Evidence.FOUND, "scheduled"),
        ]


class AwayAtFirst(AttemptFence):
    """A fence whose bucket does not answer the first question."""

    was_asked = False

    @override
    async def enter(self, task: CreatePost) -> CreateReply | None:
        if self.was_asked:
            return await super().enter(task)
        self.was_asked, away = True, MemoryStore()
        away.is_away = True
        return await AttemptFence(away).enter(task)


@pytest.mark.server
async def test_a_reset_account_whose_first_attempt_gets_no_number_finds_the_post(
    temporal: Client, state_store: ObjectStore
) -> None:
    async with (
        open_harness(temporal, state_store, channel("x-main")) as harness,
        listening(temporal) as ear,
    ):
        handed = await _create(harness, ear)
        harness.buffer.fence = AwayAtFirst(state_store)

        await _forget(temporal, harness, handed, is_lost=False)
        await until(lambda: kinds(ear), lambda said: said.count(ProgressKind.CREATED) == 2)

        assert harness.buffer.calls.count("createPost") == 1
        assert len(harness.buffer.posts) == 1


@pytest.mark.parametrize("kind", [ReplyKind.STORE_AWAY, ReplyKind.WITHHELD, ReplyKind.NOT_SENT])
@pytest.mark.parametrize("is_numbered", [True, False])
def test_an_attempt_that_got_no_number_leaves_it_to_the_next(
    kind: CreateKind, *, is_numbered: bool
) -> None:
    record = accept(job()).replace(attempts=3)
    reply = CreateReply(kind=kind, is_numbered=is_numbered)

    after = after_create(record, reply, job().claimed_at, (5,))

    assert after.attempts == (3 if is_numbered else 2)


@pytest.mark.server
async def test_what_was_proven_absent_is_created_by_an_attempt_of_its_own(
    temporal: Client, state_store: ObjectStore
) -> None:
    async with (
        open_harness(temporal, state_store, channel("x-main")) as harness,
        listening(temporal) as ear,
    ):
        handed = await _create(harness, ear)
        harness.buffer.posts.clear()
        # No receipt names the post: else a person is asked why it is gone.
        for name in await state_store.names("receipts/"):
            await state_store.delete(name)

        await _forget(temporal, harness, handed, is_lost=False)
        await until(lambda: kinds(ear), lambda said: said.count(ProgressKind.CREATED) == 2)

        assert len(harness.buffer.posts) == 1
        assert await state_store.names("attempts/") == (
            "attempts/key:x-main.1.json",
            "attempts/key:x-main.2.json",
        )


@pytest.mark.server
@pytest.mark.parametrize("is_handed_over_again", [False, True])
async def test_a_reset_account_takes_out_of_buffer_what_it_forgot_to_have_created(
    temporal: Client, state_store: ObjectStore, *, is_handed_over_again: bool
) -> None:
    async with (
        open_harness(temporal, state_store, channel("x-main")) as harness,
        listening(temporal) as ear,
    ):
        handed = await _create(harness, ear)

        if is_handed_over_again:
            again = ResetReapplyType.RESET_REAPPLY_TYPE_SIGNAL
            await reset(temporal, harness.account, reapply=again)
        else:
            await reset(temporal, harness.account, before="create_post")
        taken_back = Change(change_id=1, kind=ChangeKind.RETRACT, job=handed)
        await harness.account.signal(AccountWorkflow.change, taken_back)
        await until(lambda: kinds(ear), lambda said: ProgressKind.RETRACTED in said)

        assert harness.buffer.calls.count("deletePost") == 1
        assert not harness.buffer.posts


@pytest.mark.server
async def test_a_pull_back_takes_out_of_buffer_what_a_reset_account_forgot_to_have_created(
    temporal: Client, state_store: ObjectStore
) -> None:
    async with (
        open_harness(temporal, state_store, channel("x-main")) as harness,
        listening(temporal) as ear,
    ):
        await _create(harness, ear)

        await reset(temporal, harness.account, before="create_post")
        pull = Pause(by="kim", pull_back=True)
        await harness.account.signal(AccountWorkflow.pause, pull)
        await until(lambda: kinds(ear), lambda said: ProgressKind.PULLED_BACK in said)
        left = dict(harness.buffer.posts)
        await until(
            lambda: harness.account.query(AccountWorkflow.view), lambda view: view.is_pause_kept
        )
        await harness.account.signal(AccountWorkflow.resume, Resume(by="kim"))
        await until(lambda: kinds(ear), lambda said: said[-1] is ProgressKind.CREATED)

        assert not left
        assert harness.buffer.calls.count("createPost") == 2
        assert len(harness.buffer.posts) == 1


@pytest.mark.server
async def test_a_reset_account_creates_nothing_that_a_receipt_says_was_taken_back(
    temporal: Client, state_store: ObjectStore
) -> None:
    async with (
        open_harness(temporal, state_store, channel("x-main")) as harness,
        listening(temporal) as ear,
    ):
        handed = await _create(harness, ear)
        taken_back = Change(change_id=1, kind=ChangeKind.RETRACT, job=handed)
        await harness.account.signal(AccountWorkflow.change, taken_back)
        await until(lambda: state_store.names("receipts/"), lambda found: len(found) == 2)

        await _forget(temporal, harness, handed, is_lost=False)
        await until(lambda: kinds(ear), lambda said: ProgressKind.HELD in said)

        assert harness.buffer.calls.count("createPost") == 1
        assert not harness.buffer.posts


async def _create(harness: Harness, ear: Listener) -> PublishJob:
    await _start(harness)
    handed = job_for(ear)
    await harness.account.signal(AccountWorkflow.publish, handed)
    await until(lambda: kinds(ear), lambda said: ProgressKind.CREATED in said)
    return handed


async def _start(harness: Harness) -> None:
    await harness.client.start_workflow(
        AccountWorkflow.run,
        AccountInput(organization_id=harness.organization_id, policy=harness.policy),
        id=harness.account.id,
        task_queue=harness.queue,
    )


async def _forget(client: Client, harness: Harness, handed: PublishJob, *, is_lost: bool) -> None:
    """Let the account forget its createPost; a person lets it go on."""
    if is_lost:
        await harness.account.terminate()
        await _start(harness)
        await harness.account.signal(AccountWorkflow.publish, handed)
    else:
        await reset(client, harness.account, before="create_post")
    await go_on(harness)
