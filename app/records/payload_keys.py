"""The keys that encrypt Temporal's payloads: made, listed, and counted by their use."""

import asyncio
import base64
import os
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, NamedTuple

from google.protobuf.message import Message
from temporalio.api.common.v1 import Payload
from temporalio.client import Client, WorkflowExecution, WorkflowExecutionStatus, WorkflowHandle
from temporalio.service import RPCError, RPCStatusCode

from app.connections import Connections
from app.errors import AppError
from galley.clients.payloads import id_of, key_id_of, keyring_of, new_key, parse_keyring, read_keys

_AT_ONCE = 8
"""Histories that are read beside each other."""
_OWNER_ALONE = 0o600


class NewKey(NamedTuple):
    """A key of 256 random bits in base64, and the ID that anybody may know."""

    key: str
    key_id: str


class KeyRole(StrEnum):
    """What a key does in this installation."""

    ENCRYPTS = "encrypts and decrypts"
    DECRYPTS = "decrypts"
    MISSING = "is missing"


@dataclass
class KeyUse:
    """How many runs and schedules need one key."""

    open_runs: int = 0
    ended_runs: int = 0
    schedules: int = 0


@dataclass(frozen=True)
class ListedKey:
    """One key by its ID; ``use`` is missing where nobody asked for it."""

    key_id: str
    role: KeyRole
    use: KeyUse | None = None


def make_key() -> NewKey:
    """Return a new key."""
    key = new_key()
    return NewKey(key, id_of(base64.b64decode(key)))


def add_to_file(made: NewKey, file: Path, *, spare: bool) -> None:
    """Put a key into a file of keys: first, or last if it is ``spare``.

    Raises:
        PayloadKeyError: The file holds something else than keys.
        AppError: The file cannot be written.
    """
    line = f"# {made.key_id}, made {datetime.now(UTC):%Y-%m-%d}\n{made.key}\n"
    try:
        old = read_keys(file) if file.exists() else ""
        parse_keyring(old, str(file))
        if old and not old.endswith("\n"):
            old += "\n"
        # Written beside it and moved over it: a worker that starts reads all or none.
        fresh = file.with_name(f".{file.name}.{made.key_id}")
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
        with os.fdopen(os.open(fresh, flags, _OWNER_ALONE), "w") as opened:
            opened.write(old + line if spare else line + old)
        fresh.replace(file)
    except OSError as error:
        raise AppError(
            f"{file} cannot be written: {error.strerror}. Choose another place."
        ) from error


async def list_keys(connections: Connections, *, used: bool) -> list[ListedKey]:
    """Return the keys of the settings, and those that are missing.

    Args:
        connections: Their settings name the keys.
        used: Whether to read every history and Schedule for what needs each key. Only
            so is it known that a key is missing.
    """
    held = keyring_of(connections.settings).key_ids
    uses = await keys_used(connections) if used else {}

    def listed(key_id: str, role: KeyRole) -> ListedKey:
        return ListedKey(key_id, role, uses.get(key_id, KeyUse()) if used else None)

    return [
        *(listed(one, KeyRole.ENCRYPTS) for one in held[:1]),
        *(listed(one, KeyRole.DECRYPTS) for one in held[1:]),
        *(listed(one, KeyRole.MISSING) for one in sorted(set(uses) - set(held))),
    ]


async def keys_used(connections: Connections) -> dict[str, KeyUse]:
    """Return the use of each key, by its ID, in the namespace that is connected to.

    Every history is read, of runs that have ended too, as long as Temporal keeps them.
    """
    client = await connections.temporal()
    found: dict[str, KeyUse] = {}
    async with connections.progress.waiting("reading every history"):
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
    handle: WorkflowHandle[Any, Any] = client.get_workflow_handle(run.id, run_id=run.run_id)
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
