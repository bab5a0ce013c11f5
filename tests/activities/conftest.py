"""Fixtures of the activities: a store that costs nothing, and what generates media."""

import pytest

from galley.clients.storage import ObjectStore
from tests.generation import generating, new_generator
from tests.memory_store import MemoryStore
from tests.stores import NewStore

__all__ = ["generating", "new_generator"]


@pytest.fixture
def state_store() -> ObjectStore:
    """Give a private store in memory, which keeps the contract of a bucket's."""
    return MemoryStore()


@pytest.fixture
async def bucket_store(new_store: NewStore) -> ObjectStore:
    """Give a fresh private bucket, where many write at once or files are streamed."""
    return await new_store("state")
