"""AccountWorkflow under fire: it is terminated, paused, limited and repeated."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from google.cloud import storage
from temporalio.api.enums.v1 import EventType
from temporalio.client import Client, WorkflowHandle
from temporalio.exceptions import ActivityError, TimeoutType
from temporalio.exceptions import TimeoutError as TemporalTimeoutError

from galley.clients.storage import ObjectStore
from galley.clients.stores.google import GoogleStore
from galley.models.account import Pause, ProgressKind, PublishJob, Resume
from galley.models.channel import ChannelDirectory
from galley.models.network import Platform
from galley.models.post import PostOutcome, PostState
from galley.models.publishing import (
    BufferPost,
    CreateReply,
    HoldReason,
    PostRequest,
    RateWindow,
    ReplyKind,
)
from galley.models.review import DecisionKind
from galley.publishing.job import creation
from galley.publishing.job.outcomes import after_outcome
from galley.publishing.job.pauses import ActivePause
from galley.publishing.job.record import JobPhase, JobRecord
from galley.publishing.job.state import AccountInput, AccountState
from galley.publishing.job.transitions import held
from galley.publishing.quota import QuotaState, Window
from tests.asking import automatic
from tests.workflows.harness import (
    POLICY,
    Harness,
    decide,
    decision,
    go_on,
    open_harness,
    reaches,
    record,
    until,
)
from tests.workflows.listening_post import kinds, listening
from tests.workflows.world import channel
from workflows import options
from workflows.account.buffer_calls import never_began
from workflows.account.workflow import AccountWorkflow

pytestmark = pytest.mark.server

APPROVE = decision(DecisionKind.APPROVE)
PAUSE, RESUME = Pause(by="kim"), Resume(by="kim")


async def test_a_job_handed_over_twice_is_created_once(
    temporal: Client, state_store: ObjectStore
) -> None:
    async with open_harness(temporal, state_store, channel("x-main")) as harness:
        post = await harness.start_post()
        await decide(post, APPROVE)
        await post.result()
        job = await _job_of(harness.account)

        await harness.account.signal(AccountWorkflow.publish, job)
        view = await harness.account.query(AccountWorkflow.view)

        assert view.phases[job.job_id] == "settled"
        assert harness.buffer.calls.count("createPost") == 1


async def test_paused_no_call_goes_out_and_resumed_it_does(
    temporal: Client, state_store: ObjectStore
) -> None:
    async with open_harness(temporal, state_store, channel("x-main")) as harness:
        post = await harness.start_with_campaign()
        await harness.account.signal(AccountWorkflow.pause, PAUSE)
        await decide(post, APPROVE)
        job_waits = await until(
            lambda: harness.account.query(AccountWorkflow.view), lambda v: bool(v.phases)
        )

        assert job_waits.paused_by == "kim"
        assert "createPost" not in harness.buffer.calls
        await harness.account.signal(AccountWorkflow.resume, RESUME)
        await post.result()
        assert harness.buffer.calls.count("createPost") == 1


async def test_a_429_waits_and_makes_one_post(temporal: Client, state_store: ObjectStore) -> None:
    async with open_harness(temporal, state_store, channel("x-main")) as harness:
        harness.buffer.faults = [ReplyKind.RATE_LIMITED]
        post = await harness.start_post()

        await decide(post, APPROVE)
        await post.result()
        await record("rate-limited", harness.account)

        assert len(harness.buffer.posts) == 1


async def test_buffer_that_gives_no_answer_is_left_alone_for_a_while(
    temporal: Client, state_store: ObjectStore
) -> None:
    both = channel("x-main"), channel("li", Platform.LINKEDIN)
    async with open_harness(temporal, state_store, *both) as harness:
        harness.buffer.faults = [ReplyKind.UNREACHABLE] * 9
        posts = [harness.post(one.workflow_id) for one in (await harness.start()).posts]
        for post in posts:
            await reaches(post, PostState.IN_REVIEW)

        await asyncio.gather(*(decide(post, APPROVE) for post in posts))
        seen = await until(
            lambda: harness.account.query(AccountWorkflow.health),
            lambda health: "gives no answer" in health.waiting_for,
        )

        await record("unanswered", harness.account)
        assert seen.unanswered_since is not None
        assert harness.buffer.calls.count("createPost") == 2
        assert seen.phases[JobPhase.WAITING] == 2


async def test_state_is_carried_over_continue_as_new(
    temporal: Client, state_store: ObjectStore
) -> None:
    async with open_harness(temporal, state_store, channel("x-main")) as harness:
        quota = QuotaState(windows=(Window(seconds=900, limit=7),), ends=(1, 2, 3))
        handle = await temporal.start_workflow(
            AccountWorkflow.run,
            AccountInput(
                organization_id=harness.organization_id,
                policy=harness.policy,
                state=AccountState(quota=quota, pauses=(ActivePause(pause=PAUSE),)),
            ),
            id=harness.account.id,
            task_queue=harness.queue,
        )

        view = await handle.query(AccountWorkflow.view)

        assert view.paused_by == "kim"
        window = RateWindow(seconds=900, limit=7, remaining=7, resets_in=0)
        assert view.windows == (window,)


async def test_a_post_survives_the_termination_of_its_account(
    temporal: Client, state_store: ObjectStore
) -> None:
    async with open_harness(temporal, state_store, channel("x-main")) as harness:
        harness.buffer.faults = [ReplyKind.UNAUTHORIZED]
        post = await harness.start_post()
        await decide(post, APPROVE)
        await reaches(post, PostState.HELD)
        await harness.account.terminate()

        await decide(post, APPROVE)
        await go_on(harness)
        await post.result()

        assert len(harness.buffer.posts) == 1


async def test_nothing_is_lost_or_doubled_over_many_continue_as_new(
    impatient: Client, state_store: ObjectStore
) -> None:
    channels = tuple(channel(f"c{n}") for n in range(7))
    async with open_harness(impatient, state_store, *channels) as harness:
        harness.buffer.faults = [ReplyKind.OK, ReplyKind.UNKNOWN] * 4
        view = await harness.start(**automatic())

        for planned in view.posts:
            await harness.post(planned.workflow_id).result()
        runs = [
            run.run_id
            async for run in impatient.list_workflows(f'WorkflowId="{harness.account.id}"')
        ]

        assert len(runs) > 2
        created = sorted(p.channel_id for p in harness.buffer.posts.values())
        assert created == sorted(c.name for c in channels)


async def test_the_channel_map_is_given_even_when_the_run_is_about_to_end(
    impatient: Client, state_store: ObjectStore
) -> None:
    async with open_harness(impatient, state_store, channel("x-main")) as harness:
        post = await harness.start_with_campaign()

        for _ in range(12):
            directory: ChannelDirectory = await harness.account.execute_update(  # pyright: ignore[reportUnknownMemberType] - one overload of the SDK is partly untyped
                "channels", result_type=ChannelDirectory
            )
            assert directory.channels[0].name == "x-main"

        assert (await reaches(post, PostState.IN_REVIEW)).revision == 1


async def test_a_store_that_takes_no_receipts_holds_no_post_up(
    temporal: Client, state_store: ObjectStore, gcs_client: storage.Client
) -> None:
    nowhere = GoogleStore(gcs_client, "no-such-bucket")
    async with open_harness(temporal, state_store, channel("x-main"), receipts=nowhere) as harness:
        post = await harness.start_post()

        await decide(post, APPROVE)
        result = await post.result()
        view = await harness.account.query(AccountWorkflow.view)

        assert result.outcome is PostOutcome.PUBLISHED
        assert list(view.phases.values()) == ["settled"]


async def test_news_do_not_wait_with_the_calls_for_the_quota(
    temporal: Client, state_store: ObjectStore
) -> None:
    async with open_harness(temporal, state_store, channel("x-main")) as harness:
        job, now = _some_job(), int(datetime.now(UTC).timestamp() * 1000)
        full = QuotaState(windows=(Window(seconds=900, limit=1),), ends=(now,))
        known = AccountState(quota=full, is_seeded=True, jobs=(_settled(job),))
        account = await _start(harness, known)
        another = job.model_copy(update={"job_id": "another"})
        await account.signal(AccountWorkflow.publish, another)
        await until(
            lambda: account.query(AccountWorkflow.view), lambda view: "quota" in view.waiting_for
        )

        await account.signal(AccountWorkflow.publish, job)

        await until(lambda: _told(account), lambda count: count == 1)


async def test_paused_no_further_page_of_outcomes_is_read(
    temporal: Client, state_store: ObjectStore
) -> None:
    async with open_harness(temporal, state_store, channel("x-main")) as harness:
        harness.buffer.pages_before = 1
        post = await harness.start_post()
        await decide(post, APPROVE)
        await until(lambda: _polls(harness), lambda count: count == 1)

        await harness.account.signal(AccountWorkflow.pause, PAUSE)
        harness.buffer.may_turn_page.set()
        await until(
            lambda: harness.account.query(AccountWorkflow.view),
            lambda v: "outcomes" not in v.waiting_for,
        )
        read = harness.buffer.calls.count("outcomes")
        await harness.account.signal(AccountWorkflow.resume, RESUME)
        await post.result()

        assert read == 1


async def test_hand_overs_repeated_at_continue_as_new_do_not_stop_it(
    impatient: Client, state_store: ObjectStore
) -> None:
    async with open_harness(impatient, state_store, channel("x-main")) as harness:
        job = _some_job()
        known = AccountState(jobs=(_settled(job),), is_seeded=True)
        account = await _start(harness, known)

        for _ in range(100):
            await account.signal(AccountWorkflow.publish, job)
        new = job.model_copy(update={"job_id": "new"})
        await account.signal(AccountWorkflow.publish, new)

        await until(lambda: _created(harness), lambda count: count == 1)


async def test_a_post_that_did_not_hear_that_it_is_held_is_told_again(
    temporal: Client, state_store: ObjectStore
) -> None:
    async with (
        open_harness(temporal, state_store, channel("x-main")) as harness,
        listening(temporal) as ear,
    ):
        job = _some_job().model_copy(update={"reply_to": ear.id})
        known = held(creation.accept(job), "Look at the channel.", HoldReason.IN_DOUBT)
        state = AccountState(jobs=(known.model_copy(update={"news": ()}),), is_seeded=True)
        account = await _start(harness, state)

        asked = {"look_first": True, "is_question": True}
        question = job.model_copy(update=asked)
        await account.signal(AccountWorkflow.publish, question)
        await until(lambda: kinds(ear), lambda told: told == [ProgressKind.HELD])

        assert (await account.query(AccountWorkflow.view)).phases == {job.job_id: JobPhase.HELD}
        assert harness.buffer.calls == []


async def test_resumed_it_keeps_the_times_of_what_it_waits_for(
    temporal: Client, state_store: ObjectStore
) -> None:
    async with open_harness(temporal, state_store, channel("x-main")) as harness:
        soon = datetime.now(UTC) + timedelta(seconds=2)
        later = creation.accept(_some_job()).model_copy(update={"not_before": soon})
        waiting = AccountState(jobs=(later,), is_seeded=True, pauses=(ActivePause(pause=PAUSE),))
        account = await _start(harness, waiting)
        assert (await account.query(AccountWorkflow.view)).paused_by == "kim"

        await account.signal(AccountWorkflow.resume, RESUME)

        await until(lambda: _created(harness), lambda count: count == 1)


def test_a_call_that_no_worker_took_was_never_sent() -> None:
    def failed(kind: TimeoutType) -> ActivityError:
        cause = TemporalTimeoutError("", type=kind, last_heartbeat_details=[])
        error = ActivityError(
            "",
            scheduled_event_id=1,
            started_event_id=2,
            identity="",
            activity_type="create_post",
            activity_id="1",
            retry_state=None,
        )
        error.__cause__ = cause
        return error

    assert never_began(failed(TimeoutType.SCHEDULE_TO_START))
    assert not never_began(failed(TimeoutType.START_TO_CLOSE))
    assert not never_began(failed(TimeoutType.HEARTBEAT))
    assert options.BUFFER_CALL.get("schedule_to_start_timeout") is not None


async def _job_of(account: WorkflowHandle[AccountWorkflow, None]) -> PublishJob:
    async for event in account.fetch_history_events():
        signal = event.workflow_execution_signaled_event_attributes
        if signal.signal_name == "publish":
            return PublishJob.model_validate_json(signal.input.payloads[0].data)
    raise AssertionError("no job was handed over")


async def _polls(harness: Harness) -> int:
    return harness.buffer.calls.count("outcomes")


async def _told(account: WorkflowHandle[AccountWorkflow, None]) -> int:
    history = await account.fetch_history()
    scheduled = EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED
    return sum(
        event.event_type == scheduled
        and event.activity_task_scheduled_event_attributes.activity_type.name == "tell_posts"
        for event in history.events
    )


def _settled(job: PublishJob) -> JobRecord:
    post = BufferPost(
        id="buffer-1", channel_id="x-main", status="sent", external_link="https://x.com/1"
    )
    now, delays = datetime.now(UTC), POLICY.look_delays
    created = CreateReply(kind=ReplyKind.OK, post=post)
    record = creation.after_create(creation.accept(job), created, now, delays)
    return after_outcome(record, post, now).model_copy(update={"news": ()})


async def _start(harness: Harness, state: AccountState) -> WorkflowHandle[AccountWorkflow, None]:
    return await harness.client.start_workflow(
        AccountWorkflow.run,
        AccountInput(organization_id=harness.organization_id, policy=harness.policy, state=state),
        id=harness.account.id,
        task_queue=harness.queue,
    )


def _some_job() -> PublishJob:
    now = datetime.now(UTC)
    request = PostRequest(channel_id="x-main", platform=Platform.X, text="hello", due_at=now)
    return PublishJob(
        job_id="key:x-main",
        owner="post:key:x-main/run",
        reply_to="post:nobody",
        claimed_at=now,
        request=request,
    )


async def _created(harness: Harness) -> int:
    return harness.buffer.calls.count("createPost")
