"""Who polls the task queues, and what waits there."""

import asyncio
from datetime import UTC, datetime, timedelta

from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.taskqueue.v1 import TaskQueue as Named
from temporalio.api.workflowservice.v1 import (
    DescribeTaskQueueRequest,
    DescribeTaskQueueResponse,
)
from temporalio.client import Client

from observability.seen import Poller, TaskQueue
from workflows.queues import Queue

POLLED_WITHIN = timedelta(seconds=70)
"""A worker's long poll is renewed every minute."""
_WORKFLOW = TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW
_ACTIVITY = TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY


async def look_at_queues(client: Client, now: datetime) -> tuple[TaskQueue, ...]:
    """Return each task queue with the workers that are alive there, posts first.

    Raises:
        RPCError: Temporal does not answer.
    """
    return tuple(await asyncio.gather(*(_queue(client, one, now) for one in Queue)))


async def pollers_of(client: Client, queue: Queue, now: datetime) -> tuple[Poller, ...]:
    """Return the workers of a task queue that are alive.

    Raises:
        RPCError: Temporal does not answer.
    """
    name, kind = queue.task_queue, _kinds(queue)[0]
    return _alive(await _described(client, name, kind, stats=False), now)


async def _queue(client: Client, queue: Queue, now: datetime) -> TaskQueue:
    name = queue.task_queue
    found = await asyncio.gather(
        *(_described(client, name, kind) for kind in _kinds(queue))
    )
    stats = [one.stats for one in found]
    return TaskQueue(
        name=name,
        serves=queue.value,
        pollers=_alive(found[0], now),
        backlog=sum(one.approximate_backlog_count for one in stats),
        backlog_seconds=max(
            one.approximate_backlog_age.ToTimedelta().total_seconds() for one in stats
        ),
    )


async def _described(
    client: Client, name: str, kind: TaskQueueType.ValueType, *, stats: bool = True
) -> DescribeTaskQueueResponse:
    return await client.workflow_service.describe_task_queue(
        DescribeTaskQueueRequest(
            namespace=client.namespace,
            task_queue=Named(name=name),
            task_queue_type=kind,
            report_stats=stats,
        )
    )


def _kinds(queue: Queue) -> tuple[TaskQueueType.ValueType, ...]:
    # Alive is who takes all that is done there: workflows first.
    return (_WORKFLOW, _ACTIVITY) if queue is Queue.POSTS else (_ACTIVITY,)


def _alive(found: DescribeTaskQueueResponse, now: datetime) -> tuple[Poller, ...]:
    seen = {
        one.identity: one.last_access_time.ToDatetime(tzinfo=UTC)
        for one in found.pollers
    }
    return tuple(
        Poller(identity=identity, seen_at=at)
        for identity, at in sorted(seen.items())
        if at > now - POLLED_WITHIN
    )
