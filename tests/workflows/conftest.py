"""A real Temporal server for the workflow tests, and one whose clock can be turned."""

from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import asynccontextmanager

import pytest
from temporalio.client import Client, GrpcCompression
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.runtime import Runtime, TelemetryConfig
from temporalio.testing import TimeSkipper, WorkflowEnvironment
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner

from emulators.launch import ONE_PARTITION, temporal_binary
from galley.clients.storage import ObjectStore
from tests.bounded_worker import BoundedWorker
from tests.generation import generating, new_generator
from tests.memory_store import MemoryStore
from tests.workflows.media_harness import makers
from workflows import ids

__all__ = ["generating", "makers", "new_generator"]

# A thousand task queues, of which each would have a hundred series of its own; and the search
# attributes, which are there from the start, would be read anew for each task.
_FEW_FIGURES = (
    *("--dynamic-config-value", "metrics.breakdownByTaskQueue=false"),
    *("--dynamic-config-value", "metrics.breakdownByPartition=false"),
    *("--dynamic-config-value", "system.forceSearchAttributesCacheRefreshOnRead=false"),
)


@pytest.fixture(scope="session")
def runtime() -> Runtime:
    """Give the SDK's core to all clients; its workers do not tell the server that they live."""
    return Runtime(telemetry=TelemetryConfig(), worker_heartbeat_interval=None)


@asynccontextmanager
async def _server(runtime: Runtime, *values: str) -> AsyncGenerator[Client]:
    """Run a dev server in memory with more values of its dynamic config."""
    async with await WorkflowEnvironment.start_local(  # pyright: ignore[reportUnknownMemberType] - one parameter of the SDK is untyped
        dev_server_existing_path=str(temporal_binary()),
        search_attributes=ids.ALL,
        runtime=runtime,
        dev_server_extra_args=[
            *ONE_PARTITION,
            *_FEW_FIGURES,
            *(word for value in values for word in ("--dynamic-config-value", value)),
        ],
    ) as environment:
        yield await Client.connect(
            environment.client.service_client.config.target_host,
            data_converter=pydantic_data_converter,
            runtime=runtime,
            grpc_compression=GrpcCompression.NONE,
        )


@pytest.fixture(scope="session")
async def temporal(runtime: Runtime) -> AsyncIterator[Client]:
    """Run the real dev server, in memory; no time is skipped for what this client starts."""
    async with _server(runtime, "frontend.WorkflowTimeSkippingEnabled=true") as client:
        yield client


@pytest.fixture(scope="session")
async def impatient(runtime: Runtime) -> AsyncIterator[Client]:
    """Run a dev server that suggests continue-as-new every few dozen events.

    It holds no request for long either: who waits for a run asks again and again.
    """
    async with _server(
        runtime,
        "limit.historyCount.suggestContinueAsNew=40",
        'history.longPollExpirationInterval="300ms"',
    ) as client:
        yield client


@pytest.fixture(scope="session")
def clock(temporal: Client) -> TimeSkipper:
    """Skip the time of what its client starts on the same server."""
    return TimeSkipper(temporal)


@pytest.fixture
def state_store() -> ObjectStore:
    """Give a private store that costs nothing: a workflow's rule is none of a bucket's."""
    return MemoryStore()


@pytest.fixture
def sandboxed() -> Iterator[None]:
    """Have the workers of a test carry out workflows in the SDK's sandbox, as Galley's do."""
    usual, BoundedWorker.runner = BoundedWorker.runner, SandboxedWorkflowRunner()
    yield
    BoundedWorker.runner = usual
