"""AccountWorkflow under fire: it is terminated, paused, limited and repeated."""

from datetime import timedelta

import pytest
from temporalio.client import Client, WorkflowHandle

from galley.clients.storage import ObjectStore
from galley.models import (
    Approval,
    ChannelDirectory,
    CreateKind,
    DecisionKind,
    PostState,
    PublishJob,
    RateWindow,
)
from galley.outbox.state import AccountInput, AccountPolicy, AccountState
from galley.quota.rolling import QuotaState, Window
from tests.workflows.desk import decide, decision, open_desk, reaches, record, until
from tests.workflows.world import channel
from workflows.account import AccountWorkflow

pytestmark = pytest.mark.server

APPROVE = decision(DecisionKind.APPROVE)


async def test_a_job_handed_over_twice_is_created_once(
    temporal: Client, state_store: ObjectStore
) -> None:
    async with open_desk(temporal, state_store, channel("x-main")) as desk:
        post = await desk.start_post()
        await decide(post, APPROVE)
        await post.result()
        job = await _job_of(desk.account)

        await desk.account.signal(AccountWorkflow.publish, job)
        view = await desk.account.query(AccountWorkflow.view)

        assert view.phases[job.job_id] == "settled"
        assert desk.buffer.calls.count("createPost") == 1


async def test_paused_no_call_goes_out_and_resumed_it_does(
    temporal: Client, state_store: ObjectStore
) -> None:
    async with open_desk(temporal, state_store, channel("x-main")) as desk:
        post = await desk.start_post()
        await desk.account.signal(AccountWorkflow.pause, "kim")
        await decide(post, APPROVE)
        job_waits = await until(
            lambda: desk.account.query(AccountWorkflow.view), lambda v: bool(v.phases)
        )

        assert job_waits.paused_by == "kim"
        assert "createPost" not in desk.buffer.calls
        await desk.account.signal(AccountWorkflow.resume, "kim")
        await post.result()
        assert desk.buffer.calls.count("createPost") == 1


async def test_a_429_waits_and_makes_one_post(
    temporal: Client, state_store: ObjectStore
) -> None:
    async with open_desk(temporal, state_store, channel("x-main")) as desk:
        desk.buffer.faults = [CreateKind.RATE_LIMITED]
        post = await desk.start_post()

        await decide(post, APPROVE)
        await post.result()
        await record("rate-limited", desk.account)

        assert len(desk.buffer.posts) == 1


async def test_state_is_carried_over_continue_as_new(
    temporal: Client, state_store: ObjectStore
) -> None:
    async with open_desk(temporal, state_store, channel("x-main")) as desk:
        quota = QuotaState(windows=(Window(seconds=900, limit=7),), ends=(1, 2, 3))
        handle = await temporal.start_workflow(
            AccountWorkflow.run,
            AccountInput(
                organization_id=desk.organization_id,
                policy=desk.policy,
                state=AccountState(quota=quota, paused_by="kim"),
            ),
            id=desk.account.id,
            task_queue=desk.queue,
        )

        view = await handle.query(AccountWorkflow.view)

        assert view.paused_by == "kim"
        window = RateWindow(seconds=900, limit=7, remaining=7, resets_in=0)
        assert view.windows == (window,)


async def test_a_post_survives_the_termination_of_its_account(
    temporal: Client, state_store: ObjectStore
) -> None:
    async with open_desk(temporal, state_store, channel("x-main")) as desk:
        desk.buffer.faults = [CreateKind.UNAUTHORIZED]
        post = await desk.start_post()
        await decide(post, APPROVE)
        await reaches(post, PostState.HELD)
        await desk.account.terminate()

        await decide(post, APPROVE)
        await post.result()

        assert len(desk.buffer.posts) == 1


async def test_nothing_is_lost_or_doubled_over_many_continue_as_new(
    impatient: Client, state_store: ObjectStore
) -> None:
    channels = tuple(channel(f"c{n}") for n in range(12))
    async with open_desk(impatient, state_store, *channels) as desk:
        desk.buffer.faults = [CreateKind.CREATED, CreateKind.UNKNOWN] * 4
        view = await desk.start(approval=Approval.AUTO)

        for planned in view.posts:
            await desk.post(planned.workflow_id).result()
        runs = [
            run.run_id
            async for run in impatient.list_workflows(f'WorkflowId="{desk.account.id}"')
        ]

        assert len(runs) > 2
        created = sorted(p.channel_id for p in desk.buffer.posts.values())
        assert created == sorted(c.name for c in channels)


async def test_the_channel_map_is_given_even_when_the_run_is_about_to_end(
    impatient: Client, state_store: ObjectStore
) -> None:
    async with open_desk(impatient, state_store, channel("x-main")) as desk:
        desk.policy = AccountPolicy(channels_fresh_for=timedelta(0))
        post = await desk.start_post()

        for _ in range(12):
            directory: ChannelDirectory = await desk.account.execute_update(  # pyright: ignore[reportUnknownMemberType] - one overload of the SDK is partly untyped
                "channels", result_type=ChannelDirectory
            )
            assert directory.channels[0].name == "x-main"

        assert (await reaches(post, PostState.IN_REVIEW)).revision == 1


async def _job_of(account: WorkflowHandle[AccountWorkflow, None]) -> PublishJob:
    async for event in account.fetch_history_events():
        signal = event.workflow_execution_signaled_event_attributes
        if signal.signal_name == "publish":
            return PublishJob.model_validate_json(signal.input.payloads[0].data)
    raise AssertionError("no job was handed over")
