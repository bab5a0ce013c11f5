"""What one campaign costs in Temporal: events and billable actions, by workflow.

Run it while the local stack is up (``starter.py up``), after a campaign::

    python bench/history.py campaign:30aae4481bc1

Billable actions are counted the way Temporal Cloud names them
(https://docs.temporal.io/cloud/actions): workflow starts, activity attempts as
scheduled, timers, signals, updates, continue-as-new and search-attribute upserts. The
figure the design aims at is starts + activities + timers.

Events of the AccountWorkflow are those of its whole run: start from an empty
``.galley`` to measure one campaign.
"""

import asyncio
import os
import sys
from collections import Counter

from temporalio.api.enums.v1 import EventType
from temporalio.client import Client

from galley.clients.temporal import connect

_CORE = {
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_STARTED: "starts",
    EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED: "activities",
    EventType.EVENT_TYPE_TIMER_STARTED: "timers",
}
_OTHER = {
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED: "signals",
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_ACCEPTED: "updates",
    EventType.EVENT_TYPE_UPSERT_WORKFLOW_SEARCH_ATTRIBUTES: "upserts",
}


async def cost_of(client: Client, workflow_id: str) -> Counter[str]:
    """Return the counts of one run."""
    counts: Counter[str] = Counter()
    handle = client.get_workflow_handle(workflow_id)
    async for event in handle.fetch_history_events():
        counts["events"] += 1
        name = _CORE.get(event.event_type) or _OTHER.get(event.event_type)
        if name:
            counts[name] += 1
    return counts


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
    columns = ["events", *_CORE.values(), *_OTHER.values()]
    total: Counter[str] = Counter()
    print(f"{'':48}" + "".join(f"{c:>12}" for c in columns))
    for workflow_id in await workflows_of(client, campaign_id):
        counts = await cost_of(client, workflow_id)
        total += counts
        print(f"{workflow_id:48}" + "".join(f"{counts[c]:>12}" for c in columns))
    print(f"{'in all':48}" + "".join(f"{total[c]:>12}" for c in columns))
    core = sum(total[name] for name in _CORE.values())
    print(f"\n{total['events']} events, {core} starts + activities + timers")


if __name__ == "__main__":
    asyncio.run(report(sys.argv[1]))
    sys.stdout.flush()
    os._exit(0)
