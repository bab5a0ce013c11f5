"""Reads the health of a running Galley from Temporal and the state bucket.

``status`` and the gauges call :func:`look`, which changes nothing.
"""

import asyncio
from collections.abc import Awaitable, Iterable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from pydantic import ValidationError
from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.taskqueue.v1 import TaskQueue as Named
from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest, DescribeTaskQueueResponse
from temporalio.client import Client, WorkflowFailureError, WorkflowHandle, WorkflowQueryFailedError
from temporalio.exceptions import ApplicationError, FailureError
from temporalio.service import RPCError, RPCStatusCode

from galley.budget.ceilings import taken_by_brand, taken_of
from galley.clients.storage import ObjectStore, StoreError
from galley.clients.stores.buckets import open_state
from galley.models.budget import DayBook
from galley.models.campaign import WAITING
from galley.models.post import MAY_BE_IN_BUFFER, PostState
from galley.settings import Settings
from observability.findings import Account, Feed, Health, Money, Poller, Posts, Runs, TaskQueue
from workflows import ids
from workflows.account.workflow import AccountWorkflow
from workflows.ids import Queue

_ANSWER_WITHIN = 5.0
"""Seconds; a busy worker takes two or three, and silence counts as a dead one."""
_RUNNING = 'WorkflowType="AccountWorkflow" AND ExecutionStatus="Running"'
_MOST = 20


async def look_at_accounts(client: Client) -> tuple[Account, ...]:
    """Return the running accounts; if no worker answers for one, its ID alone.

    Raises:
        RPCError: Temporal does not answer.
    """
    found = client.list_workflows(_RUNNING, limit=_MOST)
    running = sorted([run.id async for run in found])
    return tuple(await asyncio.gather(*(_account(client, one) for one in running)))


async def _account(client: Client, workflow_id: str) -> Account:
    handle = client.get_workflow_handle_for(AccountWorkflow.run, workflow_id)
    within = timedelta(seconds=_ANSWER_WITHIN)
    try:
        # The SDK retries a query while no worker answers, whatever rpc_timeout says.
        async with asyncio.timeout(_ANSWER_WITHIN):
            health = await handle.query(AccountWorkflow.health, rpc_timeout=within)
    except (TimeoutError, RPCError, WorkflowQueryFailedError):
        return Account(workflow_id=workflow_id)
    return Account(workflow_id=workflow_id, health=health)


POLLED_WITHIN = timedelta(seconds=70)
"""Workers renew their long poll every minute."""
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
    found = await asyncio.gather(*(_described(client, name, kind) for kind in _kinds(queue)))
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
    # Pollers are those of the first kind: a worker of posts polls for workflows, too.
    return (_WORKFLOW, _ACTIVITY) if queue is Queue.POSTS else (_ACTIVITY,)


def _alive(found: DescribeTaskQueueResponse, now: datetime) -> tuple[Poller, ...]:
    seen = {one.identity: one.last_access_time.ToDatetime(tzinfo=UTC) for one in found.pollers}
    return tuple(
        Poller(identity=identity, seen_at=at)
        for identity, at in sorted(seen.items())
        if at > now - POLLED_WITHIN
    )


OVERDUE_AFTER = timedelta(minutes=10)
"""Longer than Buffer and our polls need to confirm a post."""
EXPIRING_AFTER = timedelta(days=6)
"""Of the seven days that a review usually lasts."""
_DAY = timedelta(days=1)
# Longer than the timeouts of a feed's activities together.
_CHECK_LASTS = timedelta(minutes=15)
_FEEDS_LOOKED_AT = 50
_CAMPAIGNS_LOOKED_AT = 20
_TOLD_AT_ONCE = {"SourceError", "CampaignError"}
_POST = 'WorkflowType="PostWorkflow"'
_RUNNING_NOW = 'ExecutionStatus="Running"'
_ENDED_BADLY = (PostState.FAILED, PostState.EXPIRED)


async def count_posts(client: Client, now: datetime) -> Posts:
    """Count the posts.

    Raises:
        RPCError: Temporal does not answer, or lacks the search attributes.
    """
    states = list(PostState)
    by_state, others, ended = await asyncio.gather(
        _counts(client, (f"{_POST} AND {_in_state(state)}" for state in states)),
        _counts(client, (f"{_POST} AND {query}" for query in _others(now))),
        _counts(
            client,
            (
                f"{_POST} AND {_in_state(state)} AND CloseTime > {_at(now - _DAY)}"
                for state in _ENDED_BADLY
            ),
        ),
    )
    proposals, overdue, abandoned, expiring = others
    return Posts(
        by_state=dict(zip(states, by_state, strict=True)),
        proposals=proposals,
        overdue=overdue,
        abandoned=abandoned,
        expiring=expiring,
        ended_today=dict(zip(_ENDED_BADLY, ended, strict=True)),
    )


def _in_state(state: PostState) -> str:
    # A terminated run keeps its last state, so the status has to be asked for, too.
    status = "Completed" if state.is_final else "Running"
    return f'GalleyState="{state}" AND ExecutionStatus="{status}"'


def _others(now: datetime) -> tuple[str, ...]:
    in_review = PostState.IN_REVIEW
    on_the_way = _any_of((PostState.PUBLISHING, PostState.SCHEDULED, PostState.PULLED_BACK))
    return (
        f'{_RUNNING_NOW} AND GalleyChoices > 0 AND GalleyState != "{in_review}"',
        f"{_RUNNING_NOW} AND {on_the_way} AND GalleyDueAt < {_at(now - OVERDUE_AFTER)}",
        (
            'ExecutionStatus IN ("Terminated", "TimedOut", "Failed", "Canceled") AND '
            f"{_any_of(MAY_BE_IN_BUFFER)}"
        ),
        (
            f'{_RUNNING_NOW} AND GalleyState="{in_review}" AND '
            f"StartTime < {_at(now - EXPIRING_AFTER)}"
        ),
    )


def _any_of(states: Iterable[PostState]) -> str:
    listed = ", ".join(f'"{state}"' for state in sorted(states))
    return f"GalleyState IN ({listed})"


async def look_at_runs(client: Client, now: datetime) -> Runs:
    """Find feeds in trouble, campaigns that failed or wait, and runs that are stuck.

    Raises:
        RPCError: Temporal does not answer.
    """
    since = _at(now - _DAY)
    campaign = (
        f'WorkflowType="CampaignWorkflow" AND ExecutionStatus="Failed" AND CloseTime > {since}'
    )
    waits = f'WorkflowType="CampaignWorkflow" AND {_RUNNING_NOW} AND GalleyState="{WAITING}"'
    feeds, failed, (waiting,) = await asyncio.gather(
        _feeds_in_trouble(client, now),
        _failed_campaigns(client, campaign),
        _counts(client, (waits,)),
    )
    stuck = 0
    with suppress(RPCError):  # a server before 1.29 does not know the attribute
        (stuck,) = await _counts(client, ("TemporalReportedProblems IS NOT NULL",))
    return Runs(feeds=feeds, failed_campaigns=failed, waiting_campaigns=waiting, stuck=stuck)


async def _failed_campaigns(client: Client, query: str) -> int:
    """Count the campaigns that failed, without those whose source or choice cannot be used.

    Whoever started those was told at once, as of a mistyped address.
    """
    (failed,) = await _counts(client, (query,))
    runs = client.list_workflows(query, limit=_CAMPAIGNS_LOOKED_AT)
    handles = [client.get_workflow_handle(run.id, run_id=run.run_id) async for run in runs]
    return failed - sum(await asyncio.gather(*map(_was_told, handles)))


async def _was_told(handle: WorkflowHandle[Any, Any]) -> bool:
    try:
        await handle.result(follow_runs=False)
    except WorkflowFailureError as error:
        cause: BaseException = error
        while isinstance(cause.__cause__, FailureError):
            cause = cause.__cause__
        return isinstance(cause, ApplicationError) and cause.type in _TOLD_AT_ONCE
    return False


async def _feeds_in_trouble(client: Client, now: datetime) -> tuple[Feed, ...]:
    failed = (
        'WorkflowType="FeedWorkflow" AND ExecutionStatus IN ("Failed", "TimedOut") '
        f"AND CloseTime > {_at(now - _DAY)}"
    )
    slow = (
        f'WorkflowType="FeedWorkflow" AND {_RUNNING_NOW} AND StartTime < {_at(now - _CHECK_LASTS)}'
    )
    found: dict[str, Feed] = {}
    for said, query in (("its last check failed", failed), ("its check hangs", slow)):
        async for run in client.list_workflows(query, limit=_FEEDS_LOOKED_AT):
            # The Schedule appends the time to the ID of the feed, which holds no hyphen.
            feed_id = run.id.removeprefix(ids.feed_schedule_id("")).partition("-")[0]
            one = Feed(feed_id=feed_id, said=said, since=run.start_time)
            known = found.setdefault(one.feed_id, one)
            if one.since > known.since:
                found[one.feed_id] = one
    # A feed that was checked well since then is in no trouble any more.
    well = await _counts(client, map(_checked_since, found.values()))
    in_trouble = (f for f, n in zip(found.values(), well, strict=True) if not n)
    return tuple(sorted(in_trouble, key=lambda feed: feed.feed_id))


def _checked_since(feed: Feed) -> str:
    return (
        f'WorkflowType="FeedWorkflow" AND ExecutionStatus="Completed" AND WorkflowId '
        f'STARTS_WITH "{ids.feed_schedule_id(feed.feed_id)}" AND '
        f"StartTime > {_at(feed.since)}"
    )


async def _counts(client: Client, queries: Iterable[str]) -> list[int]:
    # One after the other: the database of a small server is no faster with several.
    return [(await client.count_workflows(one)).count for one in queries]


def _at(instant: datetime) -> str:
    return f'"{instant:%Y-%m-%dT%H:%M:%S.%fZ}"'


T = TypeVar("T")

# Seconds for a part, which asks for counts rather than for lists of posts.
_WITHIN = 10.0


async def look(client: Client, settings: Settings) -> Health:
    """Return the health of everything, without a call to Buffer."""
    now, missing = datetime.now(UTC), dict[str, str]()

    async def part(name: str, found: Awaitable[T]) -> T | None:
        # One part that does not answer must not hide the others.
        try:
            async with asyncio.timeout(_WITHIN):
                return await found
        except (RPCError, StoreError, TimeoutError, ValidationError) as error:
            missing[name] = _said(error)
            return None

    queues, accounts, posts, runs, money = await asyncio.gather(
        part("queues", look_at_queues(client, now)),
        part("accounts", look_at_accounts(client)),
        part("posts", count_posts(client, now)),
        part("runs", look_at_runs(client, now)),
        part("money", _money(settings, now)),
    )
    return Health(
        at=now,
        namespace=client.namespace,
        queues=queues,
        accounts=accounts,
        posts=posts,
        runs=runs,
        money=money,
        missing=missing,
    )


async def _money(settings: Settings, now: datetime) -> Money:
    state: ObjectStore = open_state(settings)
    held = await state.get(f"budgets/{now:%Y-%m-%d}.json")
    book = DayBook.model_validate_json(held) if held else DayBook(day="")
    ceilings = settings.ceilings
    return Money(
        taken_micros=taken_of(book),
        ceiling_micros=ceilings.day,
        brands=taken_by_brand(book),
        brand_ceiling_micros=ceilings.brand,
    )


def _said(error: Exception) -> str:
    if isinstance(error, StoreError):
        return str(error)
    if isinstance(error, ValidationError):
        return "today's budget in the state bucket cannot be read: move it away."
    if isinstance(error, RPCError) and error.status is RPCStatusCode.INVALID_ARGUMENT:
        return "Temporal does not take the question: search attributes are missing."
    return f"it did not answer within {_WITHIN:.0f} seconds."
