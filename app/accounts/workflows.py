"""The workflows that own the calls to Buffer: what they say, and how to reach them."""

import asyncio
from datetime import timedelta

from temporalio.client import Client
from temporalio.common import WorkflowIDConflictPolicy
from temporalio.service import RPCError, RPCStatusCode

from activities.publishing.organization import policy_of
from app.accounts.directory import organization
from app.posts.directory import list_runs
from app.posts.views import answer
from galley.models import Pause, PauseScope
from galley.publishing.job.state import AccountInput, AccountView
from galley.settings import Settings
from workflows import ids
from workflows.account.workflow import AccountWorkflow

_ANSWER_WITHIN = 2.0
"""Whoever is shown a list must not wait long for what is only its first line."""


async def running_accounts(client: Client) -> list[str]:
    """Return the IDs of the workflows that own the calls to Buffer."""
    running = 'WorkflowType="AccountWorkflow" AND ExecutionStatus="Running"'
    return [run.id for run in await list_runs(client, running, 10)]


async def read_accounts(client: Client) -> list[AccountView]:
    """Return what each running AccountWorkflow says; none without a worker."""
    found = await asyncio.gather(
        *(read_account(client, one) for one in await running_accounts(client))
    )
    return [view for view in found if view is not None]


async def read_account(client: Client, workflow_id: str) -> AccountView | None:
    """Return what this AccountWorkflow says, or ``None`` if no worker answers."""
    handle = client.get_workflow_handle_for(AccountWorkflow.run, workflow_id)
    within = timedelta(seconds=_ANSWER_WITHIN)
    try:
        # The SDK asks again and again while no worker is there to answer.
        async with asyncio.timeout(_ANSWER_WITHIN):
            return await answer(handle.query(AccountWorkflow.view, rpc_timeout=within))
    except TimeoutError:
        return None
    except RPCError as error:
        if error.status is RPCStatusCode.NOT_FOUND:
            return None
        raise


async def accounts_meant(client: Client, settings: Settings) -> list[str]:
    """Return the workflow IDs of the organizations a command is about.

    That is the one the settings name; else all that run, because whoever pauses means
    everything; else the one the key reaches.

    Raises:
        NotAuthorizedError: None runs, and there is no key to find the organization by.
        BufferApiError: None runs, and Buffer does not say which one it is.
    """
    if settings.buffer_organization:
        return [ids.account_id(settings.buffer_organization)]
    if running := await running_accounts(client):
        return running
    return [ids.account_id(await organization(settings))]


async def signal_account(
    client: Client, workflow_id: str, signal: str, said: object, settings: Settings
) -> None:
    """Signal an AccountWorkflow, starting it if it does not run."""
    organization_id = workflow_id.removeprefix(ids.account_id(""))
    await client.start_workflow(
        AccountWorkflow.run,
        _input(organization_id, settings),
        id=workflow_id,
        task_queue=ids.TASK_QUEUE,
        id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
        start_signal=signal,
        start_signal_args=[said],
    )


def _input(organization_id: str, settings: Settings) -> AccountInput:
    return AccountInput(organization_id=organization_id, policy=policy_of(settings))


def pauses_of(view: AccountView) -> tuple[Pause, ...]:
    """Return the pauses in force, the oldest first."""
    return tuple(one.pause for one in view.pauses)


def scope_words(scope: PauseScope) -> str:
    """Return in words what a pause covers."""
    words = (
        f"platform {scope.platform}" if scope.platform else "",
        f"channel {scope.channel_id}" if scope.channel_id else "",
        f"campaign {scope.campaign_key}" if scope.campaign_key else "",
    )
    return ", ".join(word for word in words if word) or "everything"


def scope_options(scope: PauseScope) -> str:
    """Return the options by which a command names this scope, each after a space."""
    options = (
        f" --platform {scope.platform}" if scope.platform else "",
        f" --channel {scope.channel_id}" if scope.channel_id else "",
        f" --campaign {scope.campaign_key}" if scope.campaign_key else "",
    )
    return "".join(options)


async def what_holds_buffer_up(client: Client) -> str:
    """Return why calls to Buffer wait (the quota, or a person's pause), or ``""``."""
    for view in await read_accounts(client):
        for pause in pauses_of(view):
            return f"{scope_words(pause.scope)} paused by {pause.by}"
        if view.quota_wait:
            return f"waiting for {view.quota_wait}"
    return ""
