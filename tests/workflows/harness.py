"""A worker of one organization on a real Temporal server, its campaigns and its decisions."""

import asyncio
import os
import uuid
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.enums.v1 import EventType, ResetReapplyType
from temporalio.api.workflowservice.v1 import ResetWorkflowExecutionRequest
from temporalio.client import Client, WorkflowHandle
from temporalio.common import WorkflowIDReusePolicy
from temporalio.service import RPCError, RPCStatusCode
from temporalio.worker import Worker, WorkerDeploymentConfig

from activities.drafting.voice import VoiceAddress, VoiceGateway
from activities.interfaces import TellingActivities
from activities.publishing.account import AccountAddress, AccountGateway, Hosting
from activities.publishing.fence import AttemptFence
from activities.publishing.memory import AccountRemembering
from activities.publishing.post_news import PostTelling
from activities.publishing.team import TeamGate
from galley.clients.event_queue import EventQueue
from galley.clients.storage import ObjectStore
from galley.models.account import PauseCause, Resume
from galley.models.campaign import CampaignInput, CampaignView
from galley.models.channel import Channel
from galley.models.post import PostInput, PostResult, PostState, PostView
from galley.models.review import Approve, Decision, DecisionKind
from galley.models.team import Team
from galley.publishing.job.state import AccountPolicy
from galley.review.proof import proof_of
from tests.asking import AUTOMATIC, split
from tests.bounded_worker import BoundedWorker
from tests.end_to_end.waiting import lengthening
from tests.workflows.world import Buffer, Studio, spec
from workers.queues import WORKFLOWS
from workflows import ids
from workflows.account.workflow import AccountWorkflow
from workflows.campaign.workflow import CampaignWorkflow
from workflows.post.workflow import PostWorkflow
from workflows.runtime import MalformedSignals

HISTORIES = Path(__file__).parents[1] / "histories"
POLICY = AccountPolicy(
    poll_seconds=0.2, publish_seconds=0.1, lead_seconds=1, gap_seconds=0, look_delays=(0.1, 0.2)
)
Post = WorkflowHandle[PostWorkflow, PostResult]
_T = TypeVar("_T")


@dataclass
class Harness:
    """One organization with its own task queue."""

    client: Client
    store: ObjectStore
    buffer: Buffer
    studio: Studio = field(default_factory=Studio)
    queue: str = field(default_factory=lambda: f"q-{uuid.uuid4().hex[:8]}")
    policy: AccountPolicy = POLICY
    receipts: ObjectStore | None = None
    voices: Client | None = None
    """Where the voices live, if not beside the posts."""
    telling: TellingActivities | None = None
    """What tells posts their news, if not the real one."""
    more: tuple[Callable[..., Any], ...] = ()
    """Further activities of its worker."""
    events: EventQueue | None = None
    team: Team = AUTOMATIC
    """That of the worker."""

    @property
    def organization_id(self) -> str:
        return f"org-{self.queue}"

    @property
    def account(self) -> WorkflowHandle[AccountWorkflow, None]:
        workflow_id = ids.account_id(self.organization_id)
        return self.client.get_workflow_handle_for(AccountWorkflow.run, workflow_id)

    def worker(
        self,
        workflows: Sequence[type] = WORKFLOWS,
        deployment: WorkerDeploymentConfig | None = None,
        **tuning: Any,  # noqa: ANN401 - options of the SDK's Worker
    ) -> Worker:
        """Return a worker with the real account activities and this world's others."""
        gate, team = self.gate(self.store), TeamGate(lambda: self.team, self.store)
        voice = self.voice_gate()
        telling = self.telling or PostTelling(self.client, self.receipts or self.store, self.events)
        return BoundedWorker(
            self.client,
            task_queue=self.queue,
            workflows=list(workflows),
            deployment_config=deployment,
            activities=[
                gate.open_account,
                gate.ask_limits,
                gate.hand_over,
                gate.hand_change,
                team.read_team,
                team.end_approvals,
                voice.teach_voice,
                voice.recall_lessons,
                telling.tell_posts,
                AccountRemembering(self.store).remember_account,
                self.studio.read_source,
                self.studio.condense_source,
                self.studio.reserve_budget,
                self.studio.write_set,
                self.studio.write_draft,
                self.studio.check_draft,
                self.studio.write_piece,
                self.studio.render_media,
                self.studio.rehost_assets,
                self.buffer.list_channels,
                self.buffer.create_post,
                self.buffer.find_post,
                self.buffer.read_outcomes,
                self.buffer.edit_post,
                self.buffer.delete_post,
                self.buffer.move_post,
                self.buffer.read_post,
                self.buffer.read_limits,
                self.buffer.list_unsent,
                *self.more,
            ],
            interceptors=[MalformedSignals()],
            max_cached_workflows=100,
            **tuning,
        )

    def gate(self, store: ObjectStore) -> AccountGateway:
        address = AccountAddress("AccountWorkflow", self.queue, ids.account_id, self._organization)
        hosting = Hosting(self.studio)
        return AccountGateway(self.client, address, self.policy, store, hosting, events=self.events)

    def voice_gate(self) -> VoiceGateway:
        address = VoiceAddress("VoiceWorkflow", self.queue, ids.voice_id)
        return VoiceGateway(self.voices or self.client, address, self.store)

    async def _organization(self) -> str:
        return self.organization_id

    def campaign(self, **changes: object) -> CampaignInput:
        """Return the input of a campaign that publishes right after approval."""
        key = ids.campaign_key(self.queue, 1)
        base = CampaignInput(
            key=key, source=spec(), publish_lead=timedelta(seconds=1.2), started_by="test"
        )
        return base.model_copy(update=split(changes, CampaignInput.model_fields))

    async def start(self, **changes: object) -> CampaignView:
        """Run a campaign to the point where every post has started."""
        start = self.campaign(**changes)
        return await self.client.execute_workflow(
            CampaignWorkflow.run,
            start,
            id=ids.campaign_id(start.key),
            task_queue=self.queue,
            id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
        )

    async def start_again(self) -> CampaignView:
        """Run a campaign that failed once more."""
        start = self.campaign()
        return await self.client.execute_workflow(
            CampaignWorkflow.run,
            start,
            id=ids.campaign_id(start.key),
            task_queue=self.queue,
            id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE_FAILED_ONLY,
        )

    async def begin_post(self, on: Channel | None = None, /, **changes: object) -> Post:
        """Start the post that a campaign would on this channel, the first if none is named.

        No campaign is run for it; the account begins when the post is handed over.
        """
        campaign = self.campaign(**changes)
        start = PostInput(
            campaign_id=ids.campaign_id(campaign.key),
            key=campaign.key,
            source=await self.studio.read_source(campaign.source),
            channel=on or self.buffer.channels[0],
            organization_id=self.organization_id,
            options=campaign.options,
            due_at=campaign.options.timing.start_at,
            publish_lead=campaign.publish_lead,
            started_by=campaign.started_by,
        )
        return await self.client.start_workflow(
            PostWorkflow.run,
            start,
            id=ids.post_id(start.key, start.channel.id),
            task_queue=self.queue,
            id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
            search_attributes=ids.of_new_post(start),
            memo={"title": start.source.title},
        )

    async def start_post(self, **changes: object) -> Post:
        """Begin a post and await its review."""
        post = await self.begin_post(**changes)
        await reaches(post, PostState.IN_REVIEW)
        return post

    async def start_with_campaign(self, **changes: object) -> Post:
        """Start a campaign and return its first post, once it is in review."""
        view = await self.start(**changes)
        post = self.post(view.posts[0].workflow_id)
        await reaches(post, PostState.IN_REVIEW)
        return post

    def post(self, workflow_id: str) -> Post:
        return self.client.get_workflow_handle_for(PostWorkflow.run, workflow_id)

    async def stop_account(self) -> None:
        """End the entities, account and voice, so that no test leaves one running."""
        voice = ids.voice_id(f"@{self.organization_id}")
        for handle in (self.account, self.client.get_workflow_handle(voice)):
            try:
                await handle.terminate()
            except Exception as error:  # noqa: BLE001 - not every test starts one
                assert "not found" in str(error) or "already" in str(error)  # noqa: PT017 - or has ended


@asynccontextmanager
async def open_harness(
    client: Client,
    store: ObjectStore,
    *channels: Channel,
    receipts: ObjectStore | None = None,
    policy: AccountPolicy = POLICY,
    voices: Client | None = None,
    events: EventQueue | None = None,
) -> AsyncGenerator[Harness]:
    """Run a worker for one organization with these channels.

    Receipts go to a store of their own where one is given.
    """
    buffer = Buffer(channels)
    buffer.fence = AttemptFence(store)
    harness = Harness(
        client=client,
        store=store,
        buffer=buffer,
        receipts=receipts,
        policy=policy,
        voices=voices,
        events=events,
    )
    async with harness.worker():
        yield harness
        await harness.stop_account()


def decision(kind: DecisionKind, revision: int = 1, **more: object) -> Decision:
    return Decision.model_validate({"kind": kind, "revision": revision, "by": "kim", **more})


async def approval(post: Post, **said: Any) -> Approve:  # noqa: ANN401 - fields of the signal
    """Return the approval of the post as it stands, with the digest of its proof."""
    proof = proof_of(await post.query(PostWorkflow.view), said.get("pick"))
    fields = {"revision": 1, "by": "kim", "digest": proof.digest if proof else "", **said}
    return Approve.model_validate(fields)


async def decide(post: Post, said: Decision) -> PostView:
    """Decide on what the post shows now, by the update, and return the post as it then stands."""
    if said.kind is DecisionKind.APPROVE and not said.digest:
        seen = await approval(post, pick=said.pick)
        said = said.model_copy(update={"digest": seen.digest})
    view: PostView = await post.execute_update(  # pyright: ignore[reportUnknownMemberType] - one overload of the SDK is partly untyped
        "decide", said, result_type=PostView
    )
    return view


async def reaches(post: Post, *states: PostState) -> PostView:
    """Wait until the post is in one of these states."""
    return await until(
        lambda: post.query(PostWorkflow.view), lambda view: view.state in states, at_once=False
    )


async def is_begun(handle: WorkflowHandle[Any, Any], step: str) -> bool:
    """Return whether the run has asked for this activity."""
    history = await handle.fetch_history()
    names = [
        event.activity_task_scheduled_event_attributes.activity_type.name
        for event in history.events
    ]
    return step in names


async def until(
    read: Callable[[], Awaitable[_T]],
    is_it: Callable[[_T], bool],
    seconds: float = 30,
    *,
    at_once: bool = True,
) -> _T:
    """Poll until the value is as wanted; the last one is in the error.

    What takes a few steps is not asked for at once: each question costs as much as a step.
    """
    pauses = lengthening(first=0.2)
    if not at_once:
        await asyncio.sleep(next(pauses) / 2)
    value = await read()
    async with asyncio.timeout(seconds):
        while not is_it(value):
            await asyncio.sleep(next(pauses))
            value = await read()
    return value


async def go_on(harness: Harness) -> None:
    """Lift the pause that a fresh or reset account begins with where an earlier one was."""
    account = harness.account

    async def is_doubted() -> bool:
        try:
            view = await account.query(AccountWorkflow.view)
        except RPCError as error:
            # In a new server nobody may have asked for the account yet.
            if error.status is not RPCStatusCode.NOT_FOUND:
                raise
            return False
        return any(one.pause.cause is not PauseCause.PERSON for one in view.pauses)

    await until(is_doubted, bool)
    await account.signal(AccountWorkflow.resume, Resume(by="kim"))


async def reset(
    client: Client,
    handle: WorkflowHandle[Any, Any],
    before: str = "",
    reapply: ResetReapplyType.ValueType = ResetReapplyType.RESET_REAPPLY_TYPE_NONE,
    *,
    is_last: bool = False,
) -> None:
    """Reset a run as an operator does: to its start, its end, or before it asked for an activity.

    Signals and updates that came since are dropped, unless they are to be applied again.
    """
    history = await handle.fetch_history()
    asked = (
        event.activity_task_scheduled_event_attributes
        for event in history.events
        if event.HasField("activity_task_scheduled_event_attributes")
    )
    done = EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED
    done_at = [event.event_id for event in history.events if event.event_type == done]
    event_id = (
        next(a.workflow_task_completed_event_id for a in asked if a.activity_type.name == before)
        if before
        else done_at[-1 if is_last else 0]
    )
    await client.workflow_service.reset_workflow_execution(
        ResetWorkflowExecutionRequest(
            namespace=client.namespace,
            workflow_execution=WorkflowExecution(workflow_id=handle.id),
            reason="an operator's mistake",
            workflow_task_finish_event_id=event_id,
            reset_reapply_type=reapply,
            request_id=uuid.uuid4().hex,
        )
    )


async def told(handle: WorkflowHandle[Any, Any]) -> bytes:
    """Return all that a history holds, its payloads as they are."""
    history = await handle.fetch_history()
    return b"".join(event.SerializeToString() for event in history.events)


async def record(name: str, *handles: WorkflowHandle[Any, Any]) -> None:
    """Write histories for the replay test, when asked for by GALLEY_RECORD=1."""
    if os.environ.get("GALLEY_RECORD") != "1":
        return
    for handle in handles:
        history = await handle.fetch_history()
        kind = history.workflow_id.split(":", maxsplit=1)[0]
        told = history.to_json().replace(str(HISTORIES.parents[1]) + "/", "")
        (HISTORIES / f"{kind}-{name}.json").write_text(told + "\n")
