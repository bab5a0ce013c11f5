"""The channels of the Buffer organization, through the workflow that owns its calls."""

import asyncio
from datetime import timedelta

from temporalio.client import (
    Client,
    WithStartWorkflowOperation,
    WorkflowUpdateFailedError,
    WorkflowUpdateRPCTimeoutOrCancelledError,
)
from temporalio.common import WorkflowIDConflictPolicy
from temporalio.exceptions import ApplicationError

from cli.failures import CommandError, ExitCode
from cli.output import say, show_json, table
from cli.process import run
from cli.proofs import clean, local
from cli.temporal import open_client
from galley.clients.buffer.access import buffer_token
from galley.clients.buffer.client import BufferClient
from galley.clients.buffer.organizations import resolve_organization
from galley.models import ChannelDirectory, Delivery
from galley.outbox.jobs import Pauses
from galley.outbox.state import AccountInput, AccountPolicy
from galley.settings import Settings
from workflows import ids
from workflows.account import AccountWorkflow

_ANSWER_WITHIN = 30.0
"""Seconds; the answer may have to wait for Buffer's quota."""
_USER_AGENT = "galley/0.1 (command line)"


def list_channels(*, json: bool) -> None:
    """Carry out ``channels``."""
    found = run(_read())
    if json:
        show_json(found.model_dump(mode="json"))
        return
    rows = [
        (
            channel.platform.value,
            clean(channel.name),
            channel.id,
            channel.timezone,
            channel.unusable_because(Delivery()) or "ready",
        )
        for channel in found.channels
    ]
    table(("Network", "Channel", "ID", "Time zone", "State"), rows)
    for name in found.unsupported:
        say(clean(f"Not written for: {name}"))
    say(clean(f"{found.organization_name}, as of {local(found.fetched_at)}"))


async def _read() -> ChannelDirectory:
    return await read_directory(await open_client(), Settings())


async def read_directory(client: Client, settings: Settings) -> ChannelDirectory:
    """Return the channels, from the workflow that owns the calls to Buffer.

    Raises:
        CommandError: No worker answers, or Buffer does not.
    """
    organization_id = await organization(settings)
    try:
        # The SDK asks again and again while no worker is there to accept.
        async with asyncio.timeout(_ANSWER_WITHIN):
            return await _ask(client, organization_id, settings)
    except WorkflowUpdateFailedError as error:
        cause = error.cause
        said = cause if isinstance(cause, ApplicationError) else None
        is_key = said is not None and "nauthorized" in (said.type or "")
        raise CommandError(
            said.message if said else "Buffer's channels could not be read.",
            ExitCode.UNAUTHORISED if is_key else ExitCode.REFUSED,
        ) from error
    except (TimeoutError, WorkflowUpdateRPCTimeoutOrCancelledError) as error:
        raise CommandError(
            "No worker answers: start one with `uv run worker.py`, then try again."
        ) from error


async def organization(settings: Settings) -> str:
    """Return the id of the organization the key acts for.

    Raises:
        CommandError: There is no key.
        BufferApiError: Buffer does not answer, or several organizations are reached.
    """
    if settings.buffer_organization:
        return settings.buffer_organization
    buffer = buffer_client(settings)
    try:
        return (await resolve_organization(buffer, None)).id
    finally:
        await buffer.aclose()


def buffer_client(settings: Settings) -> BufferClient:
    """Return a client for the key or the app in the settings.

    Raises:
        CommandError: There is neither, or none that can be one.
    """
    try:
        token = buffer_token(settings)
        if token is None:
            raise CommandError(
                "There is no Buffer key: set BUFFER_API_KEY, or run `uv run starter.py "
                "up` in another terminal.",
                ExitCode.UNAUTHORISED,
            )
        return BufferClient(
            settings.buffer_api_url, token, timeout=15, user_agent=_USER_AGENT
        )
    except ValueError as error:
        raise CommandError(f"{error}.", ExitCode.USAGE) from error


async def _ask(
    client: Client, organization_id: str, settings: Settings
) -> ChannelDirectory:
    policy = AccountPolicy(
        poll_seconds=settings.poll_seconds,
        pauses=Pauses(seconds=settings.reconcile_pauses),
    )
    start = WithStartWorkflowOperation(
        AccountWorkflow.run,
        AccountInput(organization_id=organization_id, policy=policy),
        id=ids.account_id(organization_id),
        task_queue=ids.TASK_QUEUE,
        id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
    )
    # By name: the SDK's type of an async update hides what it returns.
    return await client.execute_update_with_start_workflow(  # pyright: ignore[reportUnknownMemberType] -- a ParamSpec inside
        "channels",
        start_workflow_operation=start,
        result_type=ChannelDirectory,
        rpc_timeout=timedelta(seconds=_ANSWER_WITHIN),
    )
