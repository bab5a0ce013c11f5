"""Ask each AccountWorkflow how it is."""

import asyncio
from datetime import timedelta

from temporalio.client import Client, WorkflowQueryFailedError
from temporalio.service import RPCError

from observability.seen import Account
from workflows.account import AccountWorkflow

_ANSWER_WITHIN = 2.0
_RUNNING = 'WorkflowType="AccountWorkflow" AND ExecutionStatus="Running"'
_MOST = 20


async def look_at_accounts(client: Client) -> tuple[Account, ...]:
    """Return the accounts that run; of those that no worker answers for, the ID alone.

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
        # The SDK asks again and again while no worker is there to answer.
        async with asyncio.timeout(_ANSWER_WITHIN):
            health = await handle.query(AccountWorkflow.health, rpc_timeout=within)
    except (TimeoutError, RPCError, WorkflowQueryFailedError):
        return Account(workflow_id=workflow_id)
    return Account(workflow_id=workflow_id, health=health)
