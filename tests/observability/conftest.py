"""A real Temporal server, in memory, with Galley's search attributes."""

from collections.abc import AsyncIterator

import pytest
from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.testing import WorkflowEnvironment

from emulators.launch import temporal_binary
from workflows import ids


@pytest.fixture
async def temporal() -> AsyncIterator[Client]:
    """Run a server of its own for each test: what is counted is what the test made."""
    async with await WorkflowEnvironment.start_local(  # pyright: ignore[reportUnknownMemberType] - one parameter of the SDK is untyped
        data_converter=pydantic_data_converter,
        dev_server_existing_path=str(temporal_binary()),
        search_attributes=ids.ALL,
    ) as environment:
        yield environment.client
