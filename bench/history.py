"""What one campaign costs in Temporal: events and billable actions, by workflow.

Run it while the local stack is up (``starter.py up``), after a campaign::

    python -m bench.history campaign:30aae4481bc1

Events of the AccountWorkflow are those of its whole run: start from an empty
``.galley`` to measure one campaign.
"""

import asyncio
import sys

from temporalio.client import Client

from bench.counting import COLUMNS, NOTHING, Cost, cost_of
from bench.machine import leave
from galley.clients.temporal import connect


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
