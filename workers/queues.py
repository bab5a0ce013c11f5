"""The SDK's Worker of each task queue, and the workflows that a worker starts; for worker.py."""

from collections.abc import Callable, Iterable
from datetime import timedelta

from temporalio.client import Client
from temporalio.common import VersioningBehavior, WorkerDeploymentVersion, WorkflowIDConflictPolicy
from temporalio.worker import PollerBehaviorAutoscaling, Worker, WorkerDeploymentConfig

from activities.interfaces import (
    AccountActivities,
    AttentionActivities,
    AuditActivities,
    BufferActivities,
    ClippingActivities,
    FilmingActivities,
    FittingActivities,
    GenerationActivities,
    MemoryActivities,
    NotifyingActivities,
    PaidTranscriptionActivities,
    SourcePictureActivities,
    TellingActivities,
    TranscriptionActivities,
)
from activities.publishing.team import SIGNED_ELSEWHERE, is_signed
from galley.clients.payloads import keyring_of, refuse_unreadable
from galley.clients.senders import is_configured
from galley.clients.storage import StoreError
from galley.clients.stores.buckets import open_state
from galley.models.records import AuditInput
from galley.settings import Settings
from galley.version import __version__
from workflows import ids
from workflows.account.workflow import AccountWorkflow
from workflows.campaign.workflow import CampaignWorkflow
from workflows.clips import ClipsWorkflow
from workflows.feed import FeedWorkflow
from workflows.ids import Queue
from workflows.notifications import AttentionWorkflow, NotificationWorkflow, start_attention
from workflows.piece import PieceWorkflow
from workflows.post.workflow import PostWorkflow
from workflows.records import AuditWorkflow
from workflows.runtime import MalformedSignals
from workflows.voice import VoiceWorkflow


async def refuse_unreadable_runs(client: Client, settings: Settings) -> None:
    """Refuse to serve open posts and accounts whose key this worker lacks.

    Raises:
        PayloadKeyError: An open run is encrypted with another key.
    """
    # Accounts are started by workers, without the memo that names the key.
    await refuse_unreadable(
        client,
        keyring_of(settings).key_ids,
        by_memo=PostWorkflow.__name__,
        by_input=AccountWorkflow.__name__,
    )


async def refuse_without_team(settings: Settings, queues: Iterable[Queue]) -> None:
    """Refuse to let posts out, or to read the team for them, without the team's file.

    Raises:
        RuntimeError: The state bucket says that a team signs, and this worker has no file.
    """
    if settings.team is not None or {Queue.POSTS, Queue.PUBLISHING}.isdisjoint(queues):
        return
    try:
        signed = await is_signed(open_state(settings))
    except (StoreError, TimeoutError):
        return  # Each call asks again.
    if signed:
        raise RuntimeError(SIGNED_ELSEWHERE)


def deployment_of(settings: Settings) -> WorkerDeploymentConfig | None:
    """Return the deployment and build of this worker, or ``None`` without versioning.

    Raises:
        RuntimeError: There is a deployment and no build.
    """
    if not settings.deployment:
        return None
    if not settings.build_id:
        raise RuntimeError(
            "GALLEY_DEPLOYMENT is set and GALLEY_BUILD_ID is not: give each build an "
            "ID of its own, such as its commit or the digest of its image."
        )
    return WorkerDeploymentConfig(
        version=WorkerDeploymentVersion(settings.deployment, settings.build_id),
        use_worker_versioning=True,
        # Runs move to a new build at once: a review may wait for a week and AccountWorkflow
        # for years, and no build should live as long (docs/decisions/0031).
        default_versioning_behavior=VersioningBehavior.AUTO_UPGRADE,
    )


async def start_background_workflows(client: Client, settings: Settings) -> None:
    """Start AttentionWorkflow and AuditWorkflow, unless they run or are switched off.

    Where browsers alone want notifications, the first of them starts AttentionWorkflow.
    """
    if is_configured(settings):
        await start_attention(client)
    if settings.audit_every_seconds:
        await client.start_workflow(
            AuditWorkflow.run,
            AuditInput(every_seconds=settings.audit_every_seconds),
            id=ids.audit_id(ids.TASK_QUEUE),
            task_queue=ids.TASK_QUEUE,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            static_summary="records of what ended",
        )


WORKFLOWS: tuple[type, ...] = (
    CampaignWorkflow,
    PostWorkflow,
    AccountWorkflow,
    FeedWorkflow,
    PieceWorkflow,
    ClipsWorkflow,
    VoiceWorkflow,
    AttentionWorkflow,
    NotificationWorkflow,
    AuditWorkflow,
)


Activities = list[Callable[..., object]]

_AT_ONCE = {
    Queue.POSTS: 20,
    # Short requests. Hand-overs that wait for the state bucket must leave room for others.
    Queue.PUBLISHING: 100,
    Queue.MEDIA: 4,
    # On this machine one part is transcribed at a time, and the others wait.
    Queue.SPEECH: 8,
    # Waits alone: the models run at a provider.
    Queue.GENERATION: 40,
    # Each attempt ends within seconds.
    Queue.NOTIFICATIONS: 8,
}
_BUILD = f"galley-{__version__}"
# Longer than a request to Buffer, so that a deploy lets a createPost finish.
_GRACE = timedelta(seconds=75)
_SHORT_GRACE = timedelta(seconds=5)
_INTERFACES = {
    Queue.PUBLISHING: (AccountActivities, BufferActivities, MemoryActivities, TellingActivities),
    Queue.MEDIA: (
        FittingActivities,
        SourcePictureActivities,
        ClippingActivities,
        FilmingActivities,
    ),
    Queue.SPEECH: (TranscriptionActivities, PaidTranscriptionActivities),
    Queue.GENERATION: (GenerationActivities,),
    Queue.NOTIFICATIONS: (AttentionActivities, NotifyingActivities, AuditActivities),
}


def grace_of(queues: Iterable[Queue]) -> float:
    """Return the seconds that running work of these queues gets to finish."""
    return max(_grace(one) for one in queues).total_seconds()


def _grace(queue: Queue) -> timedelta:
    # Other work is repeated elsewhere, and an encode takes minutes.
    return _GRACE if queue in {Queue.POSTS, Queue.PUBLISHING} else _SHORT_GRACE


def served_by(queue: Queue, activities: Activities) -> Activities:
    """Return the activities of a task queue; the posts' are those of no other."""
    apart = tuple(kind for kinds in _INTERFACES.values() for kind in kinds)
    kinds = _INTERFACES.get(queue, apart)
    return [
        one
        for one in activities
        if isinstance(getattr(one, "__self__", None), kinds) is (queue in _INTERFACES)
    ]


def worker_of(
    client: Client,
    activities: Activities,
    queue: Queue,
    deployment: WorkerDeploymentConfig | None = None,
    build: str | None = None,
) -> Worker:
    """Return the worker of one task queue; ``activities`` are those of all queues.

    ``build`` is told Temporal where there is no deployment.
    """
    # Without a name the SDK reads the code of all modules again, to make one of their hash.
    build_id = None if deployment else build or _BUILD
    if queue is not Queue.POSTS:
        return Worker(
            client,
            task_queue=queue.task_queue,
            activities=served_by(queue, activities),
            max_concurrent_activities=_AT_ONCE[queue],
            graceful_shutdown_timeout=_grace(queue),
            # A createPost that a pause or a retract stops hears of it with its next heartbeat.
            max_heartbeat_throttle_interval=timedelta(seconds=2),
            deployment_config=deployment,
            build_id=build_id,
        )
    return Worker(
        client,
        task_queue=Queue.POSTS.task_queue,
        workflows=list(WORKFLOWS),
        interceptors=[MalformedSignals()],
        deployment_config=deployment,
        build_id=build_id,
        activities=served_by(queue, activities),
        workflow_task_poller_behavior=PollerBehaviorAutoscaling(),
        activity_task_poller_behavior=PollerBehaviorAutoscaling(),
        max_concurrent_activities=_AT_ONCE[Queue.POSTS],
        graceful_shutdown_timeout=_grace(Queue.POSTS),
        # A killed worker holds its cached workflows back for this long: short, because
        # people wait for queries and updates.
        sticky_queue_schedule_to_start_timeout=timedelta(seconds=3),
    )
