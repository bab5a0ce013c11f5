"""A real Temporal server for the workflow tests, and one whose clock can be turned."""

from collections.abc import AsyncIterator, Iterator

import pytest
from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.testing import WorkflowEnvironment
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
async def temporal(clock: WorkflowEnvironment) -> Client:
    """Connect to the real dev server, in memory; no time is skipped for what this client starts."""
    address = clock.client.service_client.config.target_host
    return await Client.connect(address, data_converter=pydantic_data_converter)


@pytest.fixture(scope="session")
async def impatient() -> AsyncIterator[Client]:
    """Run a dev server that suggests continue-as-new every few dozen events.

    It holds no request for long either: who waits for a run asks again and again.
    """
    async with await WorkflowEnvironment.start_local(  # pyright: ignore[reportUnknownMemberType] - one parameter of the SDK is untyped
        data_converter=pydantic_data_converter,
        dev_server_existing_path=str(temporal_binary()),
        search_attributes=ids.ALL,
        dev_server_extra_args=[
            *ONE_PARTITION,
            *_FEW_FIGURES,
            "--dynamic-config-value",
            "limit.historyCount.suggestContinueAsNew=40",
            "--dynamic-config-value",
            'history.longPollExpirationInterval="300ms"',
        ],
    ) as environment:
        yield environment.client


@pytest.fixture(scope="session")
async def clock() -> AsyncIterator[WorkflowEnvironment]:
    """Run the real dev server, and skip the time of what its client starts."""
    async with await WorkflowEnvironment.start_time_skipping_v2(
        data_converter=pydantic_data_converter,
        dev_server_existing_path=str(temporal_binary()),
        dev_server_extra_args=[
            *ONE_PARTITION,
            *_FEW_FIGURES,
            "--dynamic-config-value",
            "frontend.WorkflowTimeSkippingEnabled=true",
            *(
                f"--search-attribute={key.name}={kind}"
                for key, kind in zip(ids.ALL, [*["Keyword"] * 4, "Datetime", "Int"], strict=True)
            ),
        ],
    ) as environment:
        yield environment


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
