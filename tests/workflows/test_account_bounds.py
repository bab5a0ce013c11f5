"""What AccountWorkflow never exceeds: its histories, and the share of the quota."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest
from temporalio import activity, workflow
from temporalio.client import Client
from temporalio.exceptions import ApplicationError
from temporalio.testing import TimeSkipper

from activities.interfaces import TellingActivities
from activities.publishing.post_news import PostTelling
from galley.clients.storage import ObjectStore
from galley.models.account import OpenedAccount, PostsTold, Progress, ProgressKind, TellPosts
from galley.models.post import Change
from galley.models.review import ChangeKind
from galley.publishing.job import creation, snapshot
from galley.publishing.job.snapshot import Snapshot
from galley.publishing.job.state import AccountInput, AccountOpening, AccountState
from galley.publishing.quota import QuotaState, Window
from tests.bounded_worker import BoundedWorker
from tests.workflows.harness import Harness, open_harness, until
from tests.workflows.listening_post import ListeningPost, job_for, kinds, listening
from tests.workflows.world import Buffer, channel
from workflows.account.post_notifier import PostNotifier
from workflows.account.workflow import AccountWorkflow

pytestmark = pytest.mark.server

POSTS = 20
PER_RUN = 60
"""Events after which a run hands over; what one call and its news add comes on top."""
ON_TOP = 150


async def _start(harness: Harness, state: AccountState) -> None:
    await harness.client.start_workflow(
        AccountWorkflow.run,
        AccountInput(organization_id=harness.organization_id, policy=harness.policy, state=state),
        id=harness.account.id,
        task_queue=harness.queue,
    )


async def test_no_history_grows_beyond_its_bound_and_nothing_is_lost(
    temporal: Client, state_store: ObjectStore
) -> None:
    async with (
        open_harness(temporal, state_store, channel("x-main")) as harness,
        listening(temporal) as ear,
    ):
        harness.policy = harness.policy.model_copy(update={"events_per_run": PER_RUN})
        await _start(harness, AccountState(is_seeded=True))
        names = [f"{n}:x-main" for n in range(POSTS)]
        for name in names:
            job = job_for(ear, name, text=name, due_in=timedelta(seconds=4))
            await harness.account.signal(AccountWorkflow.publish, job)
        await until(
            lambda: kinds(ear), lambda said: said.count(ProgressKind.SENT) == POSTS, seconds=60
        )

        runs = [run async for run in temporal.list_workflows(f'WorkflowId="{harness.account.id}"')]
        assert len(runs) > 2
        assert max(run.history_length for run in runs) < PER_RUN + ON_TOP
        assert (await kinds(ear)).count(ProgressKind.CREATED) == POSTS
        assert sorted(p.text for p in harness.buffer.posts.values()) == sorted(names)


async def test_a_flood_of_repeated_hand_overs_makes_no_history_too_long(
    temporal: Client, state_store: ObjectStore
) -> None:
    async with (
        open_harness(temporal, state_store, channel("x-main")) as harness,
        listening(temporal) as ear,
    ):
        harness.policy = harness.policy.model_copy(update={"events_per_run": PER_RUN})
        await _start(harness, AccountState(is_seeded=True))
        flood, names = 100, [f"{n}:x-main" for n in range(8)]
        for name in names:
            await harness.account.signal(AccountWorkflow.publish, job_for(ear, name))
        await until(lambda: kinds(ear), lambda said: said.count(ProgressKind.CREATED) == 8)
        harness.buffer.creating_waits = True
        last = job_for(ear, "last:x-main")
        await harness.account.signal(AccountWorkflow.publish, last)
        for n in range(flood):
            again = job_for(ear, names[n % 8])
            await harness.account.signal(AccountWorkflow.publish, again)
        harness.buffer.creating_waits = False
        await until(lambda: kinds(ear), lambda said: said.count(ProgressKind.CREATED) > 8)

        runs = [
            run.history_length
            async for run in temporal.list_workflows(f'WorkflowId="{harness.account.id}"')
        ]
        # A signal, and the workflow task it wakes: Temporal's cost, four events.
        assert max(runs) < PER_RUN + 4 * flood + ON_TOP
        assert len(harness.buffer.posts) == 9


async def test_a_share_of_the_quota_is_left_to_changes(
    temporal: Client, state_store: ObjectStore
) -> None:
    async with (
        open_harness(temporal, state_store, channel("x-main")) as harness,
        listening(temporal) as ear,
    ):
        now = int(datetime.now(UTC).timestamp() * 1000)
        harness.policy = harness.policy.model_copy(update={"kept_for_changes": 0.5})
        quota = QuotaState(windows=(Window(seconds=900, limit=4),), ends=(now,))
        await _start(harness, AccountState(quota=quota, is_seeded=True))
        job = job_for(ear)
        await harness.account.signal(AccountWorkflow.publish, job)
        await until(lambda: kinds(ear), lambda said: ProgressKind.CREATED in said)
        await harness.account.signal(AccountWorkflow.publish, job_for(ear, "b:x-main"))
        await until(
            lambda: harness.account.query(AccountWorkflow.view),
            lambda view: "quota" in view.waiting_for,
        )

        change = Change(change_id=1, kind=ChangeKind.EDIT, job=job)
        await harness.account.signal(AccountWorkflow.change, change)
        await until(lambda: kinds(ear), lambda said: ProgressKind.CHANGED in said)

        assert harness.buffer.calls == ["createPost", "editPost"]


async def test_a_packed_state_is_taken_up_whole(temporal: Client, state_store: ObjectStore) -> None:
    async with (
        open_harness(temporal, state_store, channel("x-main")) as harness,
        listening(temporal) as ear,
    ):
        later = datetime.now(UTC) + timedelta(hours=1)
        jobs = tuple(
            creation.accept(job_for(ear, f"{n}:x-main", text="word " * 40)).model_copy(
                update={"not_before": later}
            )
            for n in range(600)
        )
        state = snapshot.pack(AccountState(is_seeded=True), Snapshot(jobs=jobs))
        assert state.packed

        await _start(harness, state)
        view = await harness.account.query(AccountWorkflow.view)

        assert len(view.phases) == len(jobs)


async def test_changed_settings_reach_a_running_account_with_the_next_campaign(
    temporal: Client, state_store: ObjectStore
) -> None:
    async with open_harness(temporal, state_store, channel("x-main")) as harness:
        await _start(harness, AccountState())
        changed = harness.policy.model_copy(update={"poll_seconds": 77})
        await harness.account.execute_update(  # pyright: ignore[reportUnknownMemberType] - one overload of the SDK is partly untyped
            "open", AccountOpening(policy=changed), result_type=OpenedAccount
        )

        view = await harness.account.query(AccountWorkflow.view)

        assert view.policy.poll_seconds == 77


class Deaf(TellingActivities):
    """Tells posts nothing until it is healed."""

    def __init__(self, real: PostTelling) -> None:
        self._real = real
        self.is_deaf = True

    @activity.defn
    async def tell_posts(self, task: TellPosts) -> PostsTold:
        if self.is_deaf:
            raise ApplicationError("No worker here can read this.")
        return await self._real.tell_posts(task)


@workflow.defn(sandboxed=False)
class ClosingNotifier:
    """Ends as a run of an account does, and lives on for a moment."""

    @workflow.run
    async def run(self) -> int:
        notifier = PostNotifier((), (), lambda: None)
        notifier.add("post:k:c", Progress(job_id="k:c", kind=ProgressKind.SENT))
        notifier.send()
        await notifier.close()
        await workflow.sleep(1)
        return len(notifier.untold)


async def test_news_whose_telling_is_cancelled_are_left_to_the_next_run(
    clock: TimeSkipper, state_store: ObjectStore
) -> None:
    queue = f"q-{uuid.uuid4().hex[:8]}"
    deaf = Deaf(PostTelling(clock.client, state_store))
    async with BoundedWorker(
        clock.client, task_queue=queue, workflows=[ClosingNotifier], activities=[deaf.tell_posts]
    ):
        left = await clock.client.execute_workflow(ClosingNotifier.run, id=queue, task_queue=queue)

    assert left == 1


async def test_news_that_cannot_end_do_not_keep_a_run_from_its_next_one(
    clock: TimeSkipper, state_store: ObjectStore
) -> None:
    buffer = Buffer((channel("x-main"),))
    harness = Harness(client=clock.client, store=state_store, buffer=buffer)
    harness.telling = deaf = Deaf(PostTelling(clock.client, state_store))
    with clock.with_time_skipping_disabled():
        async with harness.worker(), listening(clock.client) as ear:
            harness.policy = harness.policy.model_copy(update={"events_per_run": 60})
            await _start(harness, AccountState(is_seeded=True))
            first = (await harness.account.describe()).run_id
            for n in range(4):
                await harness.account.signal(AccountWorkflow.publish, job_for(ear, f"{n}:x-main"))
            await until(lambda: _posts(buffer), lambda there: there == 4)

            async def goes_on() -> bool:
                await harness.account.signal(AccountWorkflow.publish, job_for(ear, "0:x-main"))
                found = await harness.account.describe()
                if found.run_id == first and found.history_length > 60:
                    await clock.fast_forward(harness.account, timedelta(minutes=2))
                return found.run_id != first

            await until(goes_on, bool)
            deaf.is_deaf = False
            # Each of them: the first run cancelled the batch that was to tell it.
            await until(
                lambda: ear.query(ListeningPost.heard),
                lambda said: len({n.job_id for n in said}) == 4,
            )

            assert buffer.calls.count("createPost") == 4
            await harness.stop_account()


async def _posts(buffer: Buffer) -> int:
    return len(buffer.posts)
