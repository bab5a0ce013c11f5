"""Read and steer runs through Temporal."""

import asyncio
from collections.abc import Awaitable
from datetime import datetime, timedelta
from typing import TypeVar

from temporalio.client import (
    Client,
    WorkflowExecution,
    WorkflowExecutionStatus,
    WorkflowFailureError,
    WorkflowQueryFailedError,
)
from temporalio.exceptions import ApplicationError, FailureError
from temporalio.service import RPCError, RPCStatusCode

from cli.runs.addressing import Target, key_prefix, resolve
from cli.runs.failure_texts import failure_text
from cli.runs.rows import MAY_BE_IN_BUFFER, CampaignRow, PostRow, abandoned
from cli.terminal.failures import CommandError, ExitCode
from cli.terminal.translation import explain
from galley.clients.payloads.errors import MissingKeyError
from galley.clients.temporal import connect, connect_config
from galley.clients.temporal_errors import TemporalUnreachableError
from galley.models import CampaignView, PostView
from workflows.attributes import CAMPAIGN, CHANNEL, CHOICES, DUE_AT, PLATFORM, STATE
from workflows.campaign import CampaignWorkflow
from workflows.post import PostWorkflow

T = TypeVar("T")

_NO_SERVICE = {"NotSentError", "UnknownOutcomeError", "BlockedError", "StoreError"}
"""What a failed step is called that could not reach Buffer or the store."""
_GIVES_UP_HOPE = 5
"""Attempts at a step, some seconds apart, after which a person is told."""

_ANSWER_WITHIN = timedelta(seconds=5)
"""Longer than a killed worker still holds its workflows back (see worker.py)."""
_NO_ANSWER = {
    RPCStatusCode.DEADLINE_EXCEEDED,
    RPCStatusCode.CANCELLED,
    RPCStatusCode.FAILED_PRECONDITION,
}


async def open_client() -> Client:
    """Connect to Temporal.

    Raises:
        CommandError: Nothing answers at the address, or it does not let us in; the
            text says what to do.
    """
    try:
        async with asyncio.timeout(10):
            return await connect(quiet=True)
    except TimeoutError as error:
        address = connect_config().get("target_host")
        raise CommandError(
            f"No Temporal server answers at {address} within ten seconds: see that "
            "TEMPORAL_ADDRESS is right, and that no firewall stands between.",
            ExitCode.REFUSED,
        ) from error
    except TemporalUnreachableError as error:
        raise explain(error) or error from error


async def list_posts(
    client: Client, query: str = "", limit: int = 1000
) -> list[PostRow]:
    """Return posts, latest first; ``query`` narrows them further."""
    wanted = " AND ".join(filter(None, ('WorkflowType="PostWorkflow"', query)))
    return [await _post_row(run) for run in await _latest(client, wanted, limit)]


async def list_campaigns(client: Client, query: str = "") -> list[CampaignRow]:
    """Return campaigns, latest first."""
    wanted = " AND ".join(filter(None, ('WorkflowType="CampaignWorkflow"', query)))
    return [
        CampaignRow(workflow_id=run.id, status=_status(run), started_at=run.start_time)
        for run in await _latest(client, wanted, 1000)
    ]


async def _latest(client: Client, query: str, limit: int) -> list[WorkflowExecution]:
    """Return the latest run of each ID: a failed campaign may have been run again."""
    found: dict[str, WorkflowExecution] = {}
    async for run in client.list_workflows(
        query, limit=limit, page_size=min(limit, 1000)
    ):
        known = found.setdefault(run.id, run)
        if run.start_time > known.start_time:
            found[run.id] = run
    return sorted(found.values(), key=lambda run: run.start_time, reverse=True)


async def _post_row(run: WorkflowExecution) -> PostRow:
    found = run.typed_search_attributes
    due: datetime | None = found.get(DUE_AT)
    had = found.get(STATE) or ""
    state = _post_state(run, had)
    title, missing_key = await _title(run)
    return PostRow(
        workflow_id=run.id,
        campaign_id=found.get(CAMPAIGN) or "",
        platform=found.get(PLATFORM) or "",
        channel_id=found.get(CHANNEL) or "",
        state=state,
        title=title,
        due_at=due,
        choices=found.get(CHOICES) or 0 if state == had else 0,
        started_at=run.start_time,
        missing_key=missing_key,
        alarm=abandoned(run.id) if state != had and had in MAY_BE_IN_BUFFER else "",
    )


async def _title(run: WorkflowExecution) -> tuple[str, str]:
    """One post whose key is gone must not hide the others."""
    try:
        return str(await run.memo_value("title", "")), ""
    except MissingKeyError as error:
        title = f"(encrypted with the key {error.key_id}, which is not here)"
        return title, error.key_id


def _post_state(run: WorkflowExecution, state: str) -> str:
    """A run that was ended from outside cannot say so in its search attributes."""
    lives = {WorkflowExecutionStatus.RUNNING, WorkflowExecutionStatus.COMPLETED, None}
    return state if run.status in lives else _status(run)


def _status(run: WorkflowExecution) -> str:
    return run.status.name.lower() if run.status is not None else "unknown"


async def reach(text: str) -> tuple[Client, Target]:
    """Connect, and return the post or campaign a person named.

    Raises:
        CommandError: Nothing, or more than one thing, has that name.
        MissingKeyError: It cannot be read here. What this client would send with a
            key of its own could not be read by workers either.
    """
    key_prefix(text)  # what cannot be a name is said before anything is asked
    client = await open_client()
    target = resolve(text, *await find_named(client, text))
    for post in target.posts:
        if post.missing_key:
            raise MissingKeyError(post.missing_key)
    return client, target


async def find_named(
    client: Client, text: str
) -> tuple[list[CampaignRow], list[PostRow]]:
    """Return the campaigns and posts that ``text`` could name.

    Raises:
        CommandError: It cannot be the name of any.
    """
    key = key_prefix(text)
    campaigns, posts = await asyncio.gather(
        list_campaigns(client, f'WorkflowId STARTS_WITH "campaign:{key}"'),
        list_posts(client, f'WorkflowId STARTS_WITH "post:{key}"'),
    )
    return campaigns, posts


async def read_view(client: Client, workflow_id: str) -> PostView | None:
    """Return all there is to see of a post, or ``None`` if no worker answers."""
    handle = client.get_workflow_handle_for(PostWorkflow.run, workflow_id)
    if (await handle.describe()).status is WorkflowExecutionStatus.COMPLETED:
        return (await handle.result()).view
    return await answer(handle.query(PostWorkflow.view, rpc_timeout=_ANSWER_WITHIN))


async def read_campaign(client: Client, workflow_id: str) -> CampaignView | None:
    """Return what a campaign planned, or ``None`` if no worker answers.

    Raises:
        CommandError: The campaign failed; the text is its reason.
    """
    handle = client.get_workflow_handle_for(CampaignWorkflow.run, workflow_id)
    if (await handle.describe()).status is WorkflowExecutionStatus.RUNNING:
        query = handle.query(CampaignWorkflow.view, rpc_timeout=_ANSWER_WITHIN)
        return await answer(query)
    try:
        return await handle.result()
    except WorkflowFailureError as error:
        raise _campaign_failed(error) from error


def _campaign_failed(error: BaseException) -> CommandError:
    """Return the sentence and exit code of the failure that began the chain."""
    while isinstance(error.__cause__, FailureError):
        error = error.__cause__
    if not isinstance(error, ApplicationError):
        return CommandError(f"The campaign did not get far: {error}.")
    kind = error.type or ""
    if "nauthorized" in kind:
        return CommandError(error.message, ExitCode.UNAUTHORISED)
    if kind.startswith("Buffer") or kind in _NO_SERVICE:
        return CommandError(error.message, ExitCode.REFUSED)
    code = ExitCode.USAGE if kind == "CampaignError" else ExitCode.FAILED
    return CommandError(error.message, code)


async def hindrance(client: Client, workflow_id: str) -> str:
    """Return why a step of this run fails again and again, or ``""``."""
    told = (await client.get_workflow_handle(workflow_id).describe()).raw_description
    for step in told.pending_activities:
        if step.attempt >= _GIVES_UP_HOPE:
            return (await failure_text(client, step.last_failure)).rstrip(".")
    return ""


async def running_accounts(client: Client) -> list[str]:
    """Return the IDs of the workflows that own the calls to Buffer."""
    running = 'WorkflowType="AccountWorkflow" AND ExecutionStatus="Running"'
    return [run.id for run in await _latest(client, running, 10)]


async def answer(query: Awaitable[T]) -> T | None:
    """Return what a query answers, or ``None`` if no worker answers it."""
    try:
        return await query
    except WorkflowQueryFailedError:
        return None
    except RPCError as error:
        if error.status in _NO_ANSWER:
            return None
        raise
