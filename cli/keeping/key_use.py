"""Which keys are needed to read what Temporal keeps."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import Any

from google.protobuf.message import Message
from temporalio.api.common.v1 import Payload
from temporalio.client import (
    Client,
    WorkflowExecution,
    WorkflowExecutionStatus,
    WorkflowHandle,
)
from temporalio.service import RPCError, RPCStatusCode

from cli.runs.temporal import open_client
from cli.terminal.telling import telling
from galley.clients.payloads.encryption import key_id_of

_AT_ONCE = 8
"""Histories that are read beside each other."""


@dataclass
class KeyUse:
    """What one key is needed for."""

    open_runs: int = 0
    ended_runs: int = 0
    schedules: int = 0


async def keys_used() -> dict[str, KeyUse]:
    """Return the use of each key, by its ID, in the namespace that is connected to.

    Every history is read, of runs that have ended too, as long as Temporal keeps them.
    """
    client = await open_client()
    found: dict[str, KeyUse] = {}
    async with telling("reading every history"):
        await _read_runs(client, found)
        async for ids in _schedules(client):
            for key_id in ids:
                found.setdefault(key_id, KeyUse()).schedules += 1
    return found


async def _read_runs(client: Client, found: dict[str, KeyUse]) -> None:
    turns = asyncio.Semaphore(_AT_ONCE)

    async def read(run: WorkflowExecution) -> None:
        try:
            ids = await _ids_of_run(client, run)
        finally:
            turns.release()
        for key_id in ids:
            use = found.setdefault(key_id, KeyUse())
            if run.status is WorkflowExecutionStatus.RUNNING:
                use.open_runs += 1
            else:
                use.ended_runs += 1

    async with asyncio.TaskGroup() as reading:
        async for run in client.list_workflows():
            await turns.acquire()
            reading.create_task(read(run))


async def _ids_of_run(client: Client, run: WorkflowExecution) -> set[str]:
    handle: WorkflowHandle[Any, Any] = client.get_workflow_handle(
        run.id, run_id=run.run_id
    )
    ids: set[str] = {*key_ids_in(run.raw_info)}
    try:
        async for event in handle.fetch_history_events():
            ids.update(key_ids_in(event))
    except RPCError as error:
        if error.status is not RPCStatusCode.NOT_FOUND:  # it was deleted meanwhile
            raise
    return ids


async def _schedules(client: Client) -> AsyncIterator[set[str]]:
    async for listed in await client.list_schedules():
        handle = client.get_schedule_handle(listed.id)
        yield {*key_ids_in((await handle.describe()).raw_description)}


def key_ids_in(message: Message) -> Iterator[str]:
    """Give the ID of the key of each encrypted payload in a message, at any depth."""
    for payload in payloads_in(message):
        if (key_id := key_id_of(payload)) is not None:
            yield key_id


def payloads_in(message: Message) -> Iterator[Payload]:
    """Give each payload in a message, at any depth."""
    if isinstance(message, Payload):
        yield message
        return
    for field, value in message.ListFields():
        if field.message_type is None:
            continue
        if isinstance(value, Message):
            yield from payloads_in(value)
            continue
        # A map's values are under its keys; what is repeated is its own.
        for item in value.values() if hasattr(value, "values") else value:
            if isinstance(item, Message):
                yield from payloads_in(item)
