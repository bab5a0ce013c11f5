"""Which worker serves a task queue: its activities, its slots, how it stops."""

from collections.abc import Callable, Iterable
from datetime import timedelta

import pydantic
from temporalio.client import Client
from temporalio.worker import (
    PollerBehaviorAutoscaling,
    Worker,
    WorkerDeploymentConfig,
)

from activities.interfaces import (
    AttentionActivities,
    AuditActivities,
    ClippingActivities,
    FilmingActivities,
    FittingActivities,
    GenerationActivities,
    NotifyingActivities,
    PaidTranscriptionActivities,
    SourcePictureActivities,
    TranscriptionActivities,
)
from workflows.malformed import MalformedSignals
from workflows.queues import Queue
from workflows.registered import WORKFLOWS

Activities = list[Callable[..., object]]

_AT_ONCE = {
    Queue.POSTS: 20,
    Queue.MEDIA: 4,
    # Of those on this machine one is worked at, and the others wait.
    Queue.SPEECH: 8,
    # Orders that are waited for; the models run elsewhere.
    Queue.GENERATION: 40,
    # Each attempt ends within seconds.
    Queue.NOTIFICATIONS: 8,
}
_GRACE = timedelta(seconds=75)
"""Longer than a request to Buffer: a deploy lets a createPost finish."""
_SHORT_GRACE = timedelta(seconds=5)
_INTERFACES = {
    Queue.MEDIA: (
        FittingActivities,
        SourcePictureActivities,
        ClippingActivities,
        FilmingActivities,
    ),
    Queue.SPEECH: (TranscriptionActivities, PaidTranscriptionActivities),
    Queue.GENERATION: (GenerationActivities,),
    Queue.NOTIFICATIONS: (
        AttentionActivities,
        NotifyingActivities,
        AuditActivities,
    ),
}


def grace_of(queues: Iterable[Queue]) -> float:
    """Return the seconds that what is running on these queues may take to finish."""
    longest = max(_GRACE if one is Queue.POSTS else _SHORT_GRACE for one in queues)
    return longest.total_seconds()


def worker_of(
    client: Client,
    activities: Activities,
    queue: Queue,
    deployment: WorkerDeploymentConfig | None = None,
) -> Worker:
    """Return the worker of one task queue; ``activities`` are those of all queues."""
    if queue is Queue.POSTS:
        return _posts(client, activities, deployment)
    return Worker(
        client,
        task_queue=queue.task_queue,
        activities=_of(queue, activities),
        max_concurrent_activities=_AT_ONCE[queue],
        graceful_shutdown_timeout=_SHORT_GRACE,
        deployment_config=deployment,
    )


def _posts(
    client: Client, activities: Activities, deployment: WorkerDeploymentConfig | None
) -> Worker:
    return Worker(
        client,
        task_queue=Queue.POSTS.task_queue,
        workflows=list(WORKFLOWS),
        interceptors=[MalformedSignals()],
        deployment_config=deployment,
        # Runs that wait since before a queue was made have their steps in this one.
        activities=activities,
        workflow_task_poller_behavior=PollerBehaviorAutoscaling(),
        activity_task_poller_behavior=PollerBehaviorAutoscaling(),
        max_concurrent_activities=_AT_ONCE[Queue.POSTS],
        graceful_shutdown_timeout=_GRACE,
        # A worker that was killed holds its workflows back for this long.
        sticky_queue_schedule_to_start_timeout=timedelta(seconds=3),
        # Input that does not fit fails its run; any other bug retries until mended.
        workflow_failure_exception_types=[pydantic.ValidationError],
    )


def _of(queue: Queue, activities: Activities) -> Activities:
    kinds = _INTERFACES[queue]
    return [
        one for one in activities if isinstance(getattr(one, "__self__", None), kinds)
    ]
