"""What a run costs in Temporal: its events, and its billable actions.

Actions are counted the way Temporal Cloud names them
(https://docs.temporal.io/cloud/actions). The figure that is compared is the one others
give for themselves: workflow starts, activities and timers.
"""

import asyncio
import sys
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from temporalio.api.enums.v1 import EventType
from temporalio.api.history.v1 import HistoryEvent
from temporalio.client import Client

from bench.machine import leave
from galley.clients.temporal import connect

CORE = {
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_STARTED: "starts",
    EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED: "activities",
    EventType.EVENT_TYPE_TIMER_STARTED: "timers",
}
OTHER = {
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED: "signals",
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_ACCEPTED: "updates",
    EventType.EVENT_TYPE_UPSERT_WORKFLOW_SEARCH_ATTRIBUTES: "upserts",
}
COLUMNS = ("events", *CORE.values(), *OTHER.values())
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

    def __add__(self, other: "Cost") -> "Cost":
        return Cost(self.counts + other.counts)


NOTHING = Cost(Counter())


def cost_of(events: Iterable[HistoryEvent]) -> Cost:
    """Return the cost of these events of one run."""
    counts: Counter[str] = Counter()
    for event in events:
        counts["events"] += 1
        name = CORE.get(event.event_type) or OTHER.get(event.event_type)
        if name:
            counts[name] += 1
    return Cost(counts)


def from_approval(events: Iterable[HistoryEvent]) -> list[HistoryEvent]:
    """Return a post's events from the last approval on: publishing alone."""
    told = list(events)
    starts = [n for n, event in enumerate(told) if _is_approval(event)]
    return told[starts[-1] :] if starts else []


def _is_approval(event: HistoryEvent) -> bool:
    signal = event.workflow_execution_signaled_event_attributes
    update = event.workflow_execution_update_accepted_event_attributes
    name = signal.signal_name or update.accepted_request.input.name
    return name in _DECISIONS


async def workflows_of(client: Client, campaign_id: str) -> list[str]:
    """Return the campaign, its posts, and the accounts."""
    posts = f'GalleyCampaign="{campaign_id}"'
    accounts = 'WorkflowType="AccountWorkflow" AND ExecutionStatus="Running"'
    found = [campaign_id]
    for query in (posts, accounts):
        found += [w.id async for w in client.list_workflows(query)]
    return found


async def report(campaign_id: str) -> None:
    """Print one line a workflow and the sum."""
    client = await connect()
    total = NOTHING
    print(f"{'':48}" + "".join(f"{c:>12}" for c in COLUMNS))
    for workflow_id in await workflows_of(client, campaign_id):
        history = await client.get_workflow_handle(workflow_id).fetch_history()
        cost = cost_of(history.events)
        total += cost
        print(_line(workflow_id, cost))
    print(_line("in all", total))
    print(f"\n{total.events} events, {total.actions} starts + activities + timers")


def _line(name: str, cost: Cost) -> str:
    return f"{name:48}" + "".join(f"{cost.counts[c]:>12}" for c in COLUMNS)


if __name__ == "__main__":
    asyncio.run(report(sys.argv[1]))
    leave()
