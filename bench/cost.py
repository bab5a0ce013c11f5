"""The cost of runs in Temporal: events and billable actions, of one campaign or of a test.

``python -m bench.cost campaign:<key>`` prints what a campaign of yours cost. Throughput,
scale and ``tests/workflows/test_budget.py`` count with :func:`cost_of` and :func:`measure`.
Actions are named as Temporal Cloud names them (https://docs.temporal.io/cloud/actions). The
figure that is compared is the one others give for themselves: workflow starts, activities
and timers.
"""

import asyncio
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any

from temporalio.api.enums.v1 import EventType
from temporalio.api.history.v1 import HistoryEvent
from temporalio.client import WorkflowHandle

from bench.report import leave
from galley.clients.temporal import connect
from galley.models.network import Platform
from galley.models.post import PostState, PostView
from galley.models.review import Decision, DecisionKind
from galley.review.signatures import signature_of
from tests.review.test_signatures import KEYS
from tests.workflows.harness import Harness, Post, approval, reaches, until
from tests.workflows.world import channel
from workflows.post.workflow import PostWorkflow

CORE = {
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_STARTED: "starts",
    EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED: "activities",
    EventType.EVENT_TYPE_TIMER_STARTED: "timers",
}
OTHER = {
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED: "signals",
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_ACCEPTED: "updates",
    EventType.EVENT_TYPE_UPSERT_WORKFLOW_SEARCH_ATTRIBUTES: "upserts",
    # Billed to the parent, beside the child's own start.
    EventType.EVENT_TYPE_START_CHILD_WORKFLOW_EXECUTION_INITIATED: "children",
}
COLUMNS = ("events", *CORE.values(), *OTHER.values())
CHANNELS = tuple(channel(platform.value, platform) for platform in Platform)
WITH_MEDIA = {
    Platform.INSTAGRAM.value,
    Platform.PINTEREST.value,
    Platform.TIKTOK.value,
    Platform.YOUTUBE.value,
}
_DECISIONS = ("approve", "decide")


@dataclass(frozen=True)
class Cost:
    """Counts by :data:`COLUMNS`; they add up and can be shared among posts."""

    counts: Counter[str]

    @property
    def events(self) -> int:
        """Events of all histories together."""
        return self.counts["events"]

    @property
    def actions(self) -> int:
        """Workflow starts, activities and timers."""
        return sum(self.counts[name] for name in CORE.values())

    @property
    def billed(self) -> int:
        """Actions as Temporal Cloud bills them: signals, updates, upserts and child starts too.

        A signal that a workflow sends is billed once; it is counted where it is received.
        """
        return self.counts.total() - self.counts["events"]

    def __add__(self, other: "Cost") -> "Cost":
        return Cost(self.counts + other.counts)


NOTHING = Cost(Counter())


def cost_of(events: Iterable[HistoryEvent]) -> Cost:
    """Return the cost of the events of a run."""
    counts: Counter[str] = Counter()
    for event in events:
        counts["events"] += 1
        name = CORE.get(event.event_type) or OTHER.get(event.event_type)
        if name:
            counts[name] += 1
    return Cost(counts)


def _since_approval(events: Iterable[HistoryEvent]) -> list[HistoryEvent]:
    """Return a post's events from the last approval on: publishing alone."""
    every = list(events)
    starts: list[int] = []
    for number, event in enumerate(every):
        signal = event.workflow_execution_signaled_event_attributes
        update = event.workflow_execution_update_accepted_event_attributes
        if (signal.signal_name or update.accepted_request.input.name) in _DECISIONS:
            starts.append(number)
    return every[starts[-1] :] if starts else []


@dataclass(frozen=True)
class Bill:
    """The cost of a campaign, and the part of it that came after the approval."""

    posts: int
    whole: Cost
    publishing: Cost
    account: Cost
    longest: int
    """Events of the longest run."""

    @property
    def events_per_post(self) -> float:
        """The whole path, from source to confirmed post."""
        return self.whole.events / self.posts

    @property
    def actions_per_post(self) -> float:
        """The whole path: starts, activities and timers."""
        return self.whole.actions / self.posts

    @property
    def billed_per_post(self) -> float:
        """The whole path: every action that Temporal Cloud bills."""
        return self.whole.billed / self.posts

    @property
    def publishing_billed(self) -> float:
        """From approval to confirmed: every action that Temporal Cloud bills."""
        return self.publishing.billed / self.posts

    @property
    def publishing_events(self) -> float:
        """From approval to confirmed, with its share of AccountWorkflow."""
        return self.publishing.events / self.posts

    @property
    def publishing_actions(self) -> float:
        """From approval to confirmed, with its share of AccountWorkflow."""
        return self.publishing.actions / self.posts


async def measure(harness: Harness, signers: Sequence[str] = ()) -> Bill:
    """Run one campaign on all networks, approve everything, and read the histories.

    Sources, drafts, media and Buffer answer at once and from memory; every workflow,
    signal and timer is real. With ``signers`` only what they sign lets a post out.
    """
    harness.studio.media_on = WITH_MEDIA
    view = await (harness.start(is_signed=True) if signers else harness.start())
    posts = [harness.post(one.workflow_id) for one in view.posts]
    await asyncio.gather(*(_approve(post, signers) for post in posts))
    await asyncio.gather(*(post.result() for post in posts))
    campaign = cost_of(await _events(harness.client.get_workflow_handle(view.campaign_id)))
    account = cost_of(await _events(harness.account))
    whole, publishing, longest = campaign + account, account, account.events
    for post in posts:
        events = await _events(post)
        cost = cost_of(events)
        whole, longest = whole + cost, max(longest, cost.events)
        # `publishing` began with the whole account run: a single campaign pays for all of it.
        publishing += cost_of(_since_approval(events))
    return Bill(len(posts), whole, publishing, account, longest)


async def _approve(post: Post, signers: Sequence[str]) -> None:
    await reaches(post, PostState.IN_REVIEW)
    if not signers:
        await post.signal(PostWorkflow.approve, await approval(post))
    for count, name in enumerate(signers, 1):
        given = await approval(post, by=name, at=datetime.now(UTC))
        said = Decision(kind=DecisionKind.APPROVE, **given.model_dump())
        signed = {"signature": signature_of(KEYS[name], post.id, said)}
        await post.signal(PostWorkflow.approve, given.model_copy(update=signed))
        await until(partial(post.query, PostWorkflow.view), partial(_has_heard, count))


def _has_heard(count: int, view: PostView) -> bool:
    return len(view.decisions) >= count


async def _events(handle: WorkflowHandle[Any, Any]) -> list[HistoryEvent]:
    return list((await handle.fetch_history()).events)


async def report(campaign_id: str) -> None:
    """Print a line for each workflow of a campaign and of the accounts, and the sum."""
    client = await connect()
    names = [campaign_id]
    # An account's run serves all campaigns, so its line is not of this one alone.
    for query in (
        f'GalleyCampaign="{campaign_id}"',
        'WorkflowType="AccountWorkflow" AND ExecutionStatus="Running"',
    ):
        names += [run.id async for run in client.list_workflows(query)]
    total = NOTHING
    print(f"{'':48}" + "".join(f"{c:>12}" for c in COLUMNS))
    for name in names:
        cost = cost_of(await _events(client.get_workflow_handle(name)))
        total += cost
        print(_line(name, cost))
    print(_line("in all", total))
    print(f"\n{total.events} events, {total.actions} starts + activities + timers")


def _line(name: str, cost: Cost) -> str:
    return f"{name:48}" + "".join(f"{cost.counts[c]:>12}" for c in COLUMNS)


if __name__ == "__main__":
    asyncio.run(report(sys.argv[1]))
    leave()
