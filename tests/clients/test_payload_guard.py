"""Where workers do not share a key, the one that lacks it steps aside."""

import asyncio
import base64
import hashlib
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from temporalio import activity, workflow
from temporalio.client import Client
from temporalio.common import RetryPolicy
from temporalio.testing import WorkflowEnvironment

from emulators.launch import temporal_binary
from galley.clients.payloads import (
    KeyGuard,
    MissingKeyError,
    PayloadKeyError,
    converter_of,
    parse_keyring,
    refuse_unreadable,
)
from tests.bounded_worker import BoundedWorker
from tests.end_to_end.waiting import until

pytestmark = pytest.mark.server

OLD, NEW = (base64.b64encode(hashlib.sha256(name).digest()).decode() for name in (b"1", b"2"))
QUEUE = "guarded"


@activity.defn
async def echo(text: str) -> str:
    return text


@workflow.defn(sandboxed=False)
class Echoing:
    @workflow.run
    async def run(self, text: str) -> str:
        return await workflow.execute_activity(
            echo,
            text,
            start_to_close_timeout=timedelta(seconds=20),
            retry_policy=RetryPolicy(maximum_attempts=3),
        )


@pytest.fixture
async def address() -> AsyncIterator[str]:
    async with await WorkflowEnvironment.start_local(  # pyright: ignore[reportUnknownMemberType] - one parameter of the SDK is untyped
        dev_server_existing_path=str(temporal_binary())
    ) as server:
        yield server.client.service_client.config.target_host


async def connected(address: str, *keys: str, guard: KeyGuard | None = None) -> Client:
    ring = parse_keyring(",".join(keys), "the test")
    return await Client.connect(address, data_converter=converter_of(ring, guard))


async def test_a_step_that_cannot_be_decrypted_stops_the_worker_and_costs_one_attempt(
    address: str,
) -> None:
    stop = asyncio.Event()
    guard = KeyGuard(stop.set)
    ahead = await connected(address, NEW)
    behind = await connected(address, OLD, guard=guard)

    async with BoundedWorker(ahead, task_queue=QUEUE, workflows=[Echoing]):
        async with BoundedWorker(behind, task_queue=QUEUE, activities=[echo]):
            running = await ahead.start_workflow(Echoing.run, "tide", id="one", task_queue=QUEUE)
            async with asyncio.timeout(30):
                await stop.wait()
        with pytest.raises(MissingKeyError, match="is not here"):
            guard.check()
        async with BoundedWorker(ahead, task_queue=QUEUE, activities=[echo]):
            assert await running.result() == "tide"


async def test_open_runs_that_workers_encrypted_must_be_readable(address: str) -> None:
    ahead = await connected(address, NEW)
    held = parse_keyring(NEW, "the test").key_ids

    async def look(*key_ids: str) -> None:
        await refuse_unreadable(ahead, key_ids, "ByMemo", "ByInput")

    for kind, memo in (("ByMemo", {"title": "tide"}), ("ByInput", None)):
        await look()  # an empty namespace needs no key
        run = await ahead.start_workflow(kind, "tide", id=kind, task_queue="nobody's", memo=memo)
        await listed(ahead, kind)
        await look(*held)
        with pytest.raises(PayloadKeyError, match=f"{kind} is open and encrypted"):
            await look()
        await run.terminate()
        await listed(ahead, kind, status="Terminated")


async def listed(client: Client, kind: str, status: str = "Running") -> None:
    query = f'WorkflowType="{kind}" AND ExecutionStatus="{status}"'

    async def found() -> bool:
        return (await client.count_workflows(query)).count > 0

    await until(found)
