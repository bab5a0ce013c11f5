"""Posts that wait for a person: when they came there, and what a decision takes."""

import time
from collections.abc import Iterable
from dataclasses import dataclass
from statistics import median, quantiles

from temporalio.api.enums.v1 import EventType
from temporalio.api.history.v1 import HistoryEvent
from temporalio.client import Client

from app.posts.directory import list_posts
from bench.counting import COLUMNS, NOTHING, Cost, cost_of
from galley.models import CampaignView, Decision, DecisionKind, PostState, PostView
from workflows.attributes import STATE
from workflows.post import PostWorkflow

_DECISIONS = 100
"""Taken one after the other, by the update that answers."""
_NOT_BILLED = {"events"}


@dataclass(frozen=True)
class Found:
    """Seconds from each campaign's start to its last draft, and what all cost."""

    latencies: list[float]
    cost: Cost

    @property
    def billed(self) -> int:
        """Actions as Temporal Cloud bills them: signals, updates and upserts too."""
        return sum(self.cost.counts[name] for name in set(COLUMNS) - _NOT_BILLED)


async def reviews_of(client: Client, views: list[CampaignView]) -> Found:
    """Read when every post of these campaigns came into review."""
    cost, latencies = NOTHING, list[float]()
    for view in views:
        history = await client.get_workflow_handle(view.campaign_id).fetch_history()
        cost += cost_of(history.events)
        began = history.events[0].event_time.ToDatetime()
        last = began
        for post in view.posts:
            events = (
                await client.get_workflow_handle(post.workflow_id).fetch_history()
            ).events
            cost += cost_of(events)
            last = max(last, _came(events).event_time.ToDatetime())
        latencies.append((last - began).total_seconds())
    return Found(latencies, cost)


def _came(events: Iterable[HistoryEvent]) -> HistoryEvent:
    """Return the event by which the post showed that it waits for a person."""
    for event in events:
        if event.event_type == EventType.EVENT_TYPE_UPSERT_WORKFLOW_SEARCH_ATTRIBUTES:
            told = event.upsert_workflow_search_attributes_event_attributes
            state = told.search_attributes.indexed_fields.get(STATE.name)
            if state and PostState.IN_REVIEW.value.encode() in state.data:
                return event
    raise AssertionError("a post has not come into review")


@dataclass(frozen=True)
class Waiting:
    """So many open reviews: seconds to list all, and to decide on one."""

    posts: int
    list_seconds: float
    decide_p50: float
    decide_p99: float

    def told(self) -> str:
        """Return the figures for people."""
        return (
            f"{self.posts} open reviews: list {self.list_seconds:.2f} s, a decision "
            f"{self.decide_p50 * 1000:.0f} ms (p50), {self.decide_p99 * 1000:.0f} ms"
        )


async def look(client: Client, queue: str) -> Waiting:
    """List all open reviews, then decide on some of those that ``queue`` serves."""
    in_review = f'GalleyState="{PostState.IN_REVIEW}"'
    count = (await client.count_workflows(in_review)).count
    began = time.monotonic()
    if len(await list_posts(client, in_review, count)) != count:
        raise AssertionError("not all open reviews are listed")
    listed = time.monotonic() - began
    here = await list_posts(client, f'{in_review} AND TaskQueue="{queue}"', _DECISIONS)
    took = [await _reject(client, post.workflow_id) for post in here]
    p99 = quantiles(took, n=100)[98]
    return Waiting(count, listed, median(took), p99)


async def _reject(client: Client, workflow_id: str) -> float:
    handle = client.get_workflow_handle_for(PostWorkflow.run, workflow_id)
    said = Decision(kind=DecisionKind.REJECT, revision=1, by="kim")
    began = time.monotonic()
    await handle.execute_update(  # pyright: ignore[reportUnknownMemberType] - one overload of the SDK is partly untyped
        "decide", said, result_type=PostView
    )
    return time.monotonic() - began
