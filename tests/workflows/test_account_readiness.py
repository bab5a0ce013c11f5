"""An account says that it is ready only where nothing waits for it, and it for nothing."""

import asyncio
import time

import pytest
from temporalio.client import Client

from galley.clients.storage import ObjectStore
from galley.publishing.job.state import AccountInput, AccountState
from galley.publishing.quota import QuotaState, Window
from tests.memory_store import MemoryStore
from tests.workflows.harness import Harness, open_harness, until
from tests.workflows.world import channel
from workflows.account.workflow import AccountWorkflow

pytestmark = pytest.mark.server


async def _start(harness: Harness, state: AccountState) -> None:
    await harness.client.start_workflow(
        AccountWorkflow.run,
        AccountInput(organization_id=harness.organization_id, policy=harness.policy, state=state),
        id=harness.account.id,
        task_queue=harness.queue,
    )


async def test_an_account_is_not_ready_while_a_read_waits_for_the_quota(
    temporal: Client, state_store: ObjectStore
) -> None:
    used = QuotaState(windows=(Window(seconds=900, limit=1),), ends=(int(time.time() * 1000),))
    async with open_harness(temporal, state_store, channel("x-main")) as harness:
        await _start(harness, AccountState(quota=used))
        asked = asyncio.ensure_future(
            harness.account.execute_update(  # pyright: ignore[reportUnknownMemberType] - one overload of the SDK is partly untyped
                "refresh_channels"
            )
        )
        health = await until(
            lambda: harness.account.query(AccountWorkflow.health),
            lambda health: "quota" in health.waiting_for,
        )

        assert health.is_busy
        asked.cancel()


async def test_an_account_is_not_ready_until_the_bucket_has_told_of_earlier_pauses(
    temporal: Client,
) -> None:
    store = MemoryStore()
    store.is_away = True
    async with open_harness(temporal, store, channel("x-main")) as harness:
        await _start(harness, AccountState())
        health = await until(
            lambda: harness.account.query(AccountWorkflow.health),
            lambda health: "state bucket" in health.waiting_for,
        )

        assert health.is_busy
        store.is_away = False
        told = await until(
            lambda: harness.account.query(AccountWorkflow.health),
            lambda health: "state bucket" not in health.waiting_for,
        )
        assert not told.is_busy
