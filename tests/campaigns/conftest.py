"""The whole system, once for all files of this room."""

from collections.abc import AsyncIterator

import pytest

from tests.end_to_end.stack import Stack


@pytest.fixture(scope="package")
async def stack(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    """Run every server and a worker; they are killed at the end."""
    stack = Stack(tmp_path_factory.mktemp("stack"))
    try:
        await stack.start()
        yield stack
    finally:
        stack.close()
