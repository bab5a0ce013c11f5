"""Start one post beside an account that only listens, and speak for Buffer."""

import uuid
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from temporalio import activity
from temporalio.client import Client, WorkflowHandle
from temporalio.common import WorkflowIDReusePolicy
from temporalio.service import RPCError, RPCStatusCode
from temporalio.worker import Worker

from activities.drafting.voice import VoiceAddress, VoiceGateway
from activities.publishing.account import AccountAddress, AccountGateway, Hosting
from activities.publishing.team import TeamGate
from galley.clients.storage import ObjectStore
from galley.models.account import Progress, ProgressKind, PublishJob
from galley.models.post import Change, PostInput, PostState, PostView
from galley.models.publishing import BufferPost
from galley.models.review import ChangeRequest, DecisionKind
from galley.models.source import SourceKind, SourceRef
from galley.models.team import EndApprovals, ReadTeam, Team
from tests.asking import split
from tests.bounded_worker import BoundedWorker
from tests.workflows.harness import POLICY, Post, decide, decision, reaches, until
from tests.workflows.listening_account import Heard, ListeningAccount
from tests.workflows.world import Studio, channel
from workflows import ids
from workflows import ids as attributes
from workflows.post.workflow import PostWorkflow
from workflows.voice import VoiceWorkflow

SOON = timedelta(hours=2)


@dataclass
class PostHarness:
    """A worker for one post at a time; the test sends what Buffer would answer."""

    client: Client
    store: ObjectStore
    studio: Studio = field(default_factory=Studio)
    queue: str = field(default_factory=lambda: f"q-{uuid.uuid4().hex[:8]}")
    team: Team | None = None
    """That of the worker."""

    @activity.defn
    async def read_team(self, task: ReadTeam) -> Team:
        """Answer for a worker whose file is the team as it is now."""
        return await TeamGate(lambda: self.team, self.store).read_team(task)

    @activity.defn
    async def end_approvals(self, task: EndApprovals) -> None:
        """Answer for it too."""
        await TeamGate(lambda: self.team, self.store).end_approvals(task)

    @property
    def account(self) -> WorkflowHandle[ListeningAccount, None]:
        workflow_id = ids.account_id(self._organization_id)
        return self.client.get_workflow_handle_for(ListeningAccount.run, workflow_id)

    @property
    def _organization_id(self) -> str:
        return f"org-{self.queue}"

    def gate(self) -> AccountGateway:
        """Return the real activities that reach the listening account."""
        address = AccountAddress("AccountWorkflow", self.queue, ids.account_id, self._organization)
        hosting = Hosting(self.studio, patience=0.5)
        return AccountGateway(self.client, address, POLICY, self.store, hosting)

    def worker(self) -> Worker:
        """Return a worker for posts and the listening account."""
        gate = self.gate()
        home = VoiceAddress("VoiceWorkflow", self.queue, ids.voice_id)
        voice = VoiceGateway(self.client, home, self.store)
        return BoundedWorker(
            self.client,
            task_queue=self.queue,
            workflows=[PostWorkflow, ListeningAccount, VoiceWorkflow],
            activities=[
                gate.hand_over,
                gate.hand_change,
                voice.teach_voice,
                self.read_team,
                self.end_approvals,
                self.studio.write_draft,
                self.studio.check_draft,
                self.studio.render_media,
                self.studio.rehost_assets,
            ],
        )

    async def _organization(self) -> str:
        return self._organization_id

    async def begin(self, **changes: object) -> Post:
        """Start a post; it is not waited for."""
        key = ids.campaign_key(self.queue, 1)
        start = PostInput(
            campaign_id=ids.campaign_id(key),
            key=key,
            source=SourceRef(kind=SourceKind.TEXT, sha256="0" * 64, title="A title", words=3),
            channel=channel("x-main"),
            organization_id=self._organization_id,
            due_at=whole(datetime.now(UTC) + SOON),
        ).model_copy(update=split(changes, PostInput.model_fields))
        return await self.client.start_workflow(
            PostWorkflow.run,
            start,
            id=ids.post_id(key, start.channel.id),
            task_queue=self.queue,
            id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
            search_attributes=attributes.of_new_post(start),
        )

    async def reviewed(self, **changes: object) -> Post:
        """Return a post in review."""
        post = await self.begin(**changes)
        await reaches(post, PostState.IN_REVIEW)
        return post

    async def approved(self, **changes: object) -> Post:
        """Return a post whose job was handed over; Buffer has not answered."""
        post = await self.reviewed(**changes)
        await decide(post, decision(DecisionKind.APPROVE))
        await self.job()
        return post

    async def scheduled(self, **changes: object) -> Post:
        """Return a post that Buffer has."""
        post = await self.approved(**changes)
        await self.tell(post, ProgressKind.CREATED)
        await reaches(post, PostState.SCHEDULED)
        return post

    async def heard(self, jobs: int = 0, changes: int = 0) -> Heard:
        """Wait until that much was asked for."""
        return await until(
            lambda: self.account.query(ListeningAccount.heard),
            lambda heard: len(heard.jobs) >= jobs and len(heard.changes) >= changes,
        )

    async def job(self) -> PublishJob:
        """Return the job, once it was handed over."""
        return (await self._when_open(jobs=1)).jobs[-1]

    async def change(self, number: int = 1) -> Change:
        """Return a change, once it was asked for; the first is number 1."""
        return (await self.heard(changes=number)).changes[number - 1]

    async def _when_open(self, jobs: int) -> Heard:
        await until(self.is_open, bool, at_once=False)
        return await self.heard(jobs=jobs)

    async def is_open(self) -> bool:
        try:
            await self.account.describe()
        except RPCError as error:
            if error.status is not RPCStatusCode.NOT_FOUND:
                raise
            return False
        return True

    async def tell(
        self,
        post: Post,
        kind: ProgressKind,
        message: str = "",
        change: Change | None = None,
        **shown: object,
    ) -> None:
        """Say what became of the post, or of a change of it."""
        job = change.job if change else (await self.heard(jobs=1)).jobs[-1]
        there = BufferPost(
            id="buffer-1",
            channel_id=job.request.channel_id,
            status="scheduled",
            due_at=job.request.due_at,
        ).model_copy(update=shown)
        news = Progress(
            job_id=job.job_id,
            kind=kind,
            post=there,
            message=message,
            change_id=change.change_id if change else None,
        )
        await post.signal(PostWorkflow.progress, news)


async def ask(post: Post, **request: object) -> PostView:
    """Ask for a change by the update, and return the post as it then stands."""
    said = ChangeRequest.model_validate({"by": "kim", **request})
    view: PostView = await post.execute_update(  # pyright: ignore[reportUnknownMemberType] - one overload of the SDK is partly untyped
        "change", said, result_type=PostView
    )
    return view


def whole(at: datetime) -> datetime:
    """Return an instant on a whole second."""
    return at.replace(microsecond=0)


@asynccontextmanager
async def open_post_harness(
    client: Client, store: ObjectStore, team: Team | None = None
) -> AsyncGenerator[PostHarness]:
    """Run a worker; the account is ended afterwards."""
    harness = PostHarness(client=client, store=store, team=team)
    async with harness.worker():
        yield harness
        if await harness.is_open():
            await harness.account.terminate()
