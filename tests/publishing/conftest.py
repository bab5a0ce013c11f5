"""A Temporal server whose waits are skipped."""

from collections.abc import AsyncIterator

import pytest
from temporalio.testing import WorkflowEnvironment

from tests.publishing.simulation import skipping


@pytest.fixture(scope="module")
async def clock() -> AsyncIterator[WorkflowEnvironment]:
    async with await skipping() as environment:
        yield environment
