"""Posts through the real AccountWorkflow, against a ledger, on a clock that skips.

The clock is that of the workflow on Temporal's own server: a wait of days is skipped,
everything else takes its time. The ledger dates a request by the instant its activity
started on that clock.
"""

import asyncio
import itertools
import uuid
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Protocol

from temporalio import activity, workflow
from temporalio.client import Client, WorkflowHandle
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.testing import WorkflowEnvironment

from emulators.launch import temporal_binary
from galley.models.account import Progress, ProgressKind, PublishJob
from galley.models.channel import ChannelDirectory
from galley.models.network import Platform
from galley.models.publishing import (
    BufferPost,
    ChannelsReply,
    CreatePost,
    CreateReply,
    FindPost,
    FindReply,
    ListChannels,
    OutcomesReply,
    PostRequest,
    RateWindow,
    ReadOutcomes,
    ReplyKind,
)
from galley.publishing.job.state import AccountInput, AccountPolicy
from tests.bounded_worker import BoundedWorker
from tests.publishing.ledger import Ledger
from workflows.account.workflow import AccountWorkflow

with workflow.unsafe.imports_passed_through():
    from activities.publishing.memory import AccountRemembering
    from activities.publishing.post_news import PostTelling
    from tests.memory_store import MemoryStore

_FAR = timedelta(days=90)
_ONE_RUN = 50_000
"""Events; Temporal ends a run at 51,200."""


async def skipping() -> WorkflowEnvironment:
    """Start the real dev server with time skipping, which it calls experimental.

    It may skip the same time once more when a run continues as new, so a simulation is
    one run, however long. That nothing is lost between runs is held elsewhere.
    """
    return await WorkflowEnvironment.start_time_skipping_v2(
        data_converter=pydantic_data_converter,
        dev_server_existing_path=str(temporal_binary()),
        dev_server_extra_args=[
            "--dynamic-config-value",
            "frontend.WorkflowTimeSkippingEnabled=true",
            "--dynamic-config-value",
            f"limit.historyCount.suggestContinueAsNew={_ONE_RUN}",
        ],
    )


@workflow.defn
class Listener:
    """Hears what becomes of every job."""

    @workflow.init
    def __init__(self, wanted: int) -> None:
        self._wanted = wanted
        self._created: list[str] = []
        self._others: list[str] = []

    @workflow.run
    async def run(self, wanted: int) -> list[str]:
        """Return the jobs that were created, in order, as often as that was told."""
        await workflow.wait_condition(lambda: len(self._created) >= wanted)
        return self._created

    @workflow.signal
    def progress(self, news: Progress) -> None:
        told = news.kind is ProgressKind.CREATED
        (self._created if told else self._others).append(news.job_id)

    @workflow.query
    def heard(self) -> tuple[int, list[str]]:
        return len(self._created), self._others


class Neighbour(Protocol):
    """Another program on the same key: what it asked for since it was last looked."""

    def __call__(self, since: float, now: float) -> list[float]: ...


def nobody(since: float, now: float) -> list[float]:
    """Be no neighbour at all."""
    del since, now
    return []


@dataclass
class Clerk:
    """Answers for Buffer out of the ledger; what it created is in ``posts``."""

    ledger: Ledger
    neighbour: Neighbour = nobody
    scolds: dict[int, float] = field(default_factory=dict[int, float])
    """A request by its number, and the ``Retry-After`` it gets for no reason."""
    resets_in: int | None = None
    """Seconds that every header names; else the length of its window."""
    posts: list[BufferPost] = field(default_factory=list[BufferPost])
    _numbers: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))
    _seen: float = 0.0

    def _admit(self) -> tuple[float | None, tuple[RateWindow, ...]]:
        now = activity.info().started_time.timestamp()
        for at in self.neighbour(self._seen or now, now):
            self.ledger.admit_other(at)
        self._seen = now
        wait = self.scolds.get(next(self._numbers))
        if wait is None:
            wait = self.ledger.admit(now)
        else:
            self.ledger.refused.append(now)
            self.ledger.retry_after.append(wait)
        return wait, self._headers(now)

    def _headers(self, now: float) -> tuple[RateWindow, ...]:
        return tuple(
            RateWindow(
                seconds=one.seconds,
                limit=one.calls,
                remaining=max(0, one.calls - self.ledger.used(one, now)),
                resets_in=self.resets_in or one.seconds,
            )
            for one in self.ledger.limits
        )

    @activity.defn
    async def list_channels(self, task: ListChannels) -> ChannelsReply:
        wait, windows = self._admit()
        if wait is not None:
            kind = ReplyKind.RATE_LIMITED
            return ChannelsReply(kind=kind, retry_after=wait, windows=windows)
        directory = ChannelDirectory(
            organization_id=task.organization_id,
            organization_name="Simulation",
            channels=(),
            fetched_at=activity.info().started_time,
        )
        return ChannelsReply(kind=ReplyKind.OK, directory=directory, windows=windows)

    @activity.defn
    async def create_post(self, task: CreatePost) -> CreateReply:
        request = task.request
        wait, windows = self._admit()
        if wait is not None:
            kind = ReplyKind.RATE_LIMITED
            return CreateReply(kind=kind, retry_after=wait, windows=windows)
        post = BufferPost(
            id=f"post-{len(self.posts)}",
            channel_id=request.channel_id,
            status="scheduled",
            text=request.text,
            due_at=request.due_at,
        )
        self.posts.append(post)
        return CreateReply(kind=ReplyKind.OK, post=post, windows=windows)

    @activity.defn
    async def find_post(self, task: FindPost) -> FindReply:
        raise AssertionError(f"nothing was lost: {task.request.text}")

    @activity.defn
    async def read_outcomes(self, task: ReadOutcomes) -> OutcomesReply:
        raise AssertionError(f"nothing is due yet: {len(task.post_ids)} posts")


@dataclass(frozen=True)
class Office:
    """One AccountWorkflow at work, and who hears of it."""

    account: WorkflowHandle[AccountWorkflow, None]
    listener: WorkflowHandle[Listener, list[str]]
    posts: int

    async def hand_over(self) -> None:
        """Hand all jobs over, the one that is due last first."""
        due_at = datetime.now(UTC) + _FAR
        for number in reversed(range(self.posts)):
            due = due_at + timedelta(minutes=number)
            await self.account.signal(AccountWorkflow.publish, self._job(number, due))

    def _job(self, number: int, due_at: datetime) -> PublishJob:
        return PublishJob(
            job_id=f"job-{number}:channel",
            owner="simulation",
            reply_to=self.listener.id,
            claimed_at=datetime.now(UTC),
            request=PostRequest(
                channel_id="channel", platform=Platform.X, text=f"post {number}", due_at=due_at
            ),
        )

    async def finish(self, seconds: float) -> list[str]:
        """Wait until every job is created; return them in the order of creation."""
        async with asyncio.timeout(seconds):
            return await self.listener.result()


@asynccontextmanager
async def at_work(
    client: Client, clerk: Clerk, posts: int, kept: float = 0.0
) -> AsyncGenerator[Office]:
    """Run an AccountWorkflow whose Buffer is ``clerk``.

    It keeps back the share ``kept`` of each window for changes, of which there are
    none.
    """
    name = uuid.uuid4().hex[:8]
    worker = BoundedWorker(
        client,
        task_queue=f"quota-{name}",
        workflows=[AccountWorkflow, Listener],
        activities=[
            clerk.list_channels,
            clerk.create_post,
            clerk.find_post,
            clerk.read_outcomes,
            PostTelling(client, MemoryStore()).tell_posts,
            AccountRemembering(MemoryStore()).remember_account,
        ],
    )
    async with worker:
        listener = await client.start_workflow(
            Listener.run, posts, id=f"listener-{name}", task_queue=worker.task_queue
        )
        account = await client.start_workflow(
            AccountWorkflow.run,
            AccountInput(
                organization_id=f"org-{name}",
                policy=AccountPolicy(kept_for_changes=kept, events_per_run=_ONE_RUN),
            ),
            id=f"buffer:{name}",
            task_queue=worker.task_queue,
        )
        try:
            yield Office(account, listener, posts)
        finally:
            await account.terminate()
