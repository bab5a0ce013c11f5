"""Count posts and runs by Temporal's visibility, never by listing all of them.

SQL visibility groups by execution status alone, so that there is one count a state;
each takes milliseconds, however many posts there are.
"""

import asyncio
from collections.abc import Iterable
from datetime import datetime, timedelta

from temporalio.client import Client, WorkflowExecution
from temporalio.service import RPCError

from galley.models import PostState
from observability.seen import Feed, Posts, Runs
from workflows import ids

OVERDUE_AFTER = timedelta(minutes=10)
"""Longer than Buffer and the polls need to confirm a post."""
EXPIRING_AFTER = timedelta(days=6)
"""Of the seven days that a review usually lasts."""
_DAY = timedelta(days=1)
_CHECK_LASTS = timedelta(minutes=15)
"""No check of a feed takes so long: its activities are given a few minutes."""
_FEEDS_LOOKED_AT = 50
_POST = 'WorkflowType="PostWorkflow"'
_RUNNING = 'ExecutionStatus="Running"'
_ENDED_BADLY = (PostState.REFUSED, PostState.FAILED, PostState.EXPIRED)
MAY_BE_IN_BUFFER = frozenset(
    {
        PostState.PUBLISHING,
        PostState.HELD,
        PostState.SCHEDULED,
        PostState.LATE,
        PostState.PULLED_BACK,
        PostState.ERROR,
    }
)
"""States of a post that, once its run is ended from outside, nobody follows."""


async def count_posts(client: Client, now: datetime) -> Posts:
    """Count the posts.

    Raises:
        RPCError: Temporal does not answer, or lacks the search attributes.
    """
    states = list(PostState)
    by_state, others, ended = await asyncio.gather(
        _counts(client, (f"{_POST} AND {_in_state(state)}" for state in states)),
        _counts(client, (f"{_POST} AND {query}" for query in _others(now))),
        _counts(client, (_ended_since(state, now - _DAY) for state in _ENDED_BADLY)),
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
    # A run that was ended from outside still has the state it had.
    status = "Completed" if state.is_final else "Running"
    return f'GalleyState="{state}" AND ExecutionStatus="{status}"'


def _others(now: datetime) -> tuple[str, ...]:
    in_review = PostState.IN_REVIEW
    on_the_way = _any_of(
        (PostState.PUBLISHING, PostState.SCHEDULED, PostState.PULLED_BACK)
    )
    return (
        f'{_RUNNING} AND GalleyChoices > 0 AND GalleyState != "{in_review}"',
        f"{_RUNNING} AND {on_the_way} AND GalleyDueAt < {_at(now - OVERDUE_AFTER)}",
        (
            'ExecutionStatus IN ("Terminated", "TimedOut", "Failed", "Canceled") AND '
            f"{_any_of(MAY_BE_IN_BUFFER)}"
        ),
        (
            f'{_RUNNING} AND GalleyState="{in_review}" AND '
            f"StartTime < {_at(now - EXPIRING_AFTER)}"
        ),
    )


def _any_of(states: Iterable[PostState]) -> str:
    listed = ", ".join(f'"{state}"' for state in sorted(states))
    return f"GalleyState IN ({listed})"


def _ended_since(state: PostState, since: datetime) -> str:
    return f"{_POST} AND {_in_state(state)} AND CloseTime > {_at(since)}"


async def look_at_runs(client: Client, now: datetime) -> Runs:
    """Find feeds in trouble, campaigns that failed, and runs that are stuck.

    Raises:
        RPCError: Temporal does not answer.
    """
    since = _at(now - _DAY)
    campaign = (
        f'WorkflowType="CampaignWorkflow" AND ExecutionStatus="Failed" AND '
        f"CloseTime > {since}"
    )
    feeds, (campaigns,), stuck = await asyncio.gather(
        _feeds_in_trouble(client, now), _counts(client, (campaign,)), _stuck(client)
    )
    return Runs(feeds=feeds, failed_campaigns=campaigns, stuck=stuck)


async def _stuck(client: Client) -> int:
    try:
        (count,) = await _counts(client, ("TemporalReportedProblems IS NOT NULL",))
    except RPCError:  # A server before 1.29 does not know the attribute.
        return 0
    return count


async def _feeds_in_trouble(client: Client, now: datetime) -> tuple[Feed, ...]:
    failed = (
        'WorkflowType="FeedWorkflow" AND ExecutionStatus IN ("Failed", "TimedOut") '
        f"AND CloseTime > {_at(now - _DAY)}"
    )
    slow = (
        f'WorkflowType="FeedWorkflow" AND {_RUNNING} AND '
        f"StartTime < {_at(now - _CHECK_LASTS)}"
    )
    found: dict[str, Feed] = {}
    for said, query in (("its last check failed", failed), ("its check hangs", slow)):
        async for run in client.list_workflows(query, limit=_FEEDS_LOOKED_AT):
            one = _feed_of(run, said)
            known = found.setdefault(one.feed_id, one)
            if one.since > known.since:
                found[one.feed_id] = one
    well = await _counts(client, map(_checked_since, found.values()))
    in_trouble = (f for f, n in zip(found.values(), well, strict=True) if not n)
    return tuple(sorted(in_trouble, key=lambda feed: feed.feed_id))


def _feed_of(run: WorkflowExecution, said: str) -> Feed:
    prefix = ids.feed_schedule_id("")
    # The Schedule puts the time behind the ID of the feed, which holds no hyphen.
    feed_id = run.id.removeprefix(prefix).partition("-")[0]
    return Feed(feed_id=feed_id, said=said, since=run.start_time)


def _checked_since(feed: Feed) -> str:
    return (
        f'WorkflowType="FeedWorkflow" AND ExecutionStatus="Completed" AND WorkflowId '
        f'STARTS_WITH "{ids.feed_schedule_id(feed.feed_id)}" AND '
        f"StartTime > {_at(feed.since)}"
    )


async def _counts(client: Client, queries: Iterable[str]) -> list[int]:
    # One after the other: a small server's database serves them no faster at once.
    return [(await client.count_workflows(one)).count for one in queries]


def _at(instant: datetime) -> str:
    return f'"{instant:%Y-%m-%dT%H:%M:%S.%fZ}"'
