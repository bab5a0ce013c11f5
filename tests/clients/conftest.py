"""The emulator and our client, for the tests that hold one to the other."""

from collections.abc import AsyncGenerator, Iterator

import pytest

from emulators.buffer.core import Options
from galley.clients.buffer.client import BufferClient
from tests.clients.buffer_answers import KEY
from tests.clients.contract_posts import NUMBERS
from tests.emulators.buffer_world import World


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    world = World(Options(plan="team", publish_after=0.05, ingest_after=0.05), KEY)
    yield world
    world.close()


@pytest.fixture
def key(world: World) -> str:
    """Give each test a key of its own, and with it its own hundred requests."""
    key = f"{KEY}-{next(NUMBERS)}"
    world.client.headers["Authorization"] = f"Bearer {key}"
    return key


@pytest.fixture
async def buffer(world: World, key: str) -> AsyncGenerator[BufferClient]:
    client = BufferClient(world.url, key, timeout=20, user_agent="galley/test")
    yield client
    await client.aclose()
