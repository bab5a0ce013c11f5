"""``setup`` makes a namespace ready for Galley, and says what it cannot do itself."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from temporalio.api.operatorservice.v1 import RemoveSearchAttributesRequest
from temporalio.client import Client
from temporalio.testing import WorkflowEnvironment

from app.errors import NotAuthorizedError
from app.health.cluster import (
    WANTED,
    attributes_command,
    examine_cluster,
    missing_attributes,
    register,
    retention_command,
)
from app.health.findings import Level
from cli.errors import ExitCode
from emulators.launch import SEARCH_ATTRIBUTES, temporal_binary
from galley.clients.temporal import connect
from galley.settings import Settings
from tests.bounded_worker import BoundedWorker
from tests.cli.running import starter
from tests.cli.test_containers import Idle
from tests.temporal_gate import AUTHORITY, Gate, gate_before
from workflows.ids import Queue

pytestmark = pytest.mark.server
KEY = "a-key-that-nobody-may-see"


@pytest.fixture
async def temporal(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Client]:
    """Run a Temporal server that knows nothing of Galley yet."""
    server = await WorkflowEnvironment.start_local(  # pyright: ignore[reportUnknownMemberType] - one parameter of the SDK is untyped
        dev_server_existing_path=str(temporal_binary())
    )
    address = server.client.service_client.config.target_host
    monkeypatch.setenv("TEMPORAL_ADDRESS", address)
    yield server.client
    await server.shutdown()


async def test_search_attributes_are_registered_once(temporal: Client) -> None:
    assert await register(temporal) == sorted(WANTED)
    assert await register(temporal) == []
    assert await missing_attributes(temporal) == {}


async def test_one_that_is_missing_is_added_to_those_that_are_there(temporal: Client) -> None:
    await register(temporal)
    await temporal.operator_service.remove_search_attributes(
        RemoveSearchAttributesRequest(
            namespace=temporal.namespace, search_attributes=["GalleyChoices"]
        )
    )

    assert await register(temporal) == ["GalleyChoices"]


async def test_a_look_says_what_is_missing_with_the_command_and_changes_nothing(
    temporal: Client,
) -> None:
    found = {one.part: one for one in await examine_cluster(temporal)}

    assert "--retention 2160h" in found["temporal"].message
    assert found["temporal"].level is Level.WARNING
    assert "temporal operator search-attribute create" in found["search attributes"].message
    for queue in Queue:
        part = "worker" if queue is Queue.POSTS else f"worker {queue}"
        assert queue.task_queue in found[part].message
        assert "galley-worker" in found[part].message
    assert set(await missing_attributes(temporal)) == set(WANTED)


async def test_a_worker_is_seen_on_the_queue_it_polls(temporal: Client) -> None:
    async with BoundedWorker(temporal, task_queue=Queue.POSTS.task_queue, workflows=[Idle]):
        await temporal.execute_workflow(Idle.run, id="idle", task_queue=Queue.POSTS.task_queue)
        found = {one.part: one.level for one in await examine_cluster(temporal)}

    assert found["worker"] is Level.OK
    assert found["worker media"] is Level.WARNING


async def test_where_nobody_may_register_the_command_is_told(
    tmp_path: Path, temporal: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Temporal Cloud's endpoint of a namespace has no operation for it."""
    address = temporal.service_client.config.target_host
    authority = tmp_path / "authority.pem"
    AUTHORITY.cert_pem.write_to_path(authority)
    async with gate_before(address, Gate(key=KEY, is_cloud=True)) as gate:
        monkeypatch.setenv("TEMPORAL_ADDRESS", gate.address)
        monkeypatch.setenv("TEMPORAL_API_KEY", KEY)
        monkeypatch.setenv("TEMPORAL_TLS_SERVER_CA_CERT_PATH", str(authority))
        client = await connect(tmp_path / "none.env")

        assert set(await missing_attributes(client)) == set(WANTED)
        with pytest.raises(NotAuthorizedError, match=r"search-attribute create"):
            await register(client)

        await register(temporal)  # somebody who may has done it
        assert await register(client) == []


async def test_in_temporal_cloud_the_commands_are_those_of_tcld() -> None:
    there = "galley.a1b2c.tmprl.cloud:7233"
    client = await Client.connect(there, namespace="galley.a1b2c", lazy=True)

    assert attributes_command(client, {"GalleyDueAt": WANTED["GalleyDueAt"]}) == (
        "tcld namespace search-attributes add --namespace galley.a1b2c "
        '--search-attribute "GalleyDueAt=Datetime"'
    )
    assert retention_command(client) == (
        "tcld namespace retention set --namespace galley.a1b2c --retention-days 90"
    )


def test_the_local_stack_registers_the_same() -> None:
    assert set(SEARCH_ATTRIBUTES) == set(WANTED)


async def test_the_command_registers_and_then_has_nothing_left_to_do(
    tmp_path: Path, temporal: Client
) -> None:
    def setup(*options: str) -> tuple[int, dict[str, Any]]:
        done = starter(tmp_path, "setup", "--json", *options, TEMPORAL_ADDRESS=address)
        return done.returncode, json.loads(done.stdout)

    address = temporal.service_client.config.target_host

    code, looked = await asyncio.to_thread(setup, "--check")
    assert (code, looked["registered"]) == (ExitCode.FAILED, [])

    code, told = await asyncio.to_thread(setup)
    assert (code, told["registered"]) == (ExitCode.DONE, sorted(WANTED))
    assert {one["part"] for one in told["findings"]} >= {"temporal", "worker media"}

    code, again = await asyncio.to_thread(setup)
    assert (code, again["registered"]) == (ExitCode.DONE, [])


async def test_a_deployment_without_a_current_build_is_told_with_the_command(
    temporal: Client,
) -> None:
    settings = Settings.model_construct(deployment="galley", build_id="b2")

    found = {one.part: one for one in await examine_cluster(temporal, settings)}

    assert found["deployment"].level is Level.FAILED
    assert "set-current-version -n default" in found["deployment"].message
    assert "--deployment-name galley --build-id b2" in found["deployment"].message
    assert "deployment" not in {one.part for one in await examine_cluster(temporal)}
