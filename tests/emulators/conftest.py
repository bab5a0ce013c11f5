"""Fixtures for the emulators' tests."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from pytest_httpserver import HTTPServer

from emulators.buffer.core import Options
from tests.emulators.buffer_media import picture
from tests.emulators.buffer_world import TOKEN, World

Emulate = Callable[..., World]
QUICK = Options(plan="team", publish_after=0.05, ingest_after=0.05)


@pytest.fixture
def emulate() -> Iterator[Emulate]:
    """Give a function that starts a Buffer emulator with the options given."""
    worlds: list[World] = []

    def start(token: str = TOKEN, **options: object) -> World:
        world = World(replace(QUICK, **options), token)
        worlds.append(world)
        return world

    yield start
    for world in worlds:
        world.close()


@pytest.fixture(scope="module")
def reused_world() -> Iterator[World]:
    """Run one emulator on the Team plan for a whole file of tests."""
    world = World(QUICK)
    yield world
    world.close()


@pytest.fixture
def world(reused_world: World) -> World:
    """Give a Buffer emulator on the Team plan, with nothing in it."""
    reused_world.reset()
    return reused_world


@pytest.fixture(scope="module")
def lasting_world() -> Iterator[World]:
    """Run one emulator for a whole file of tests that leave nothing behind."""
    world = World(QUICK)
    yield world
    world.close()


@pytest.fixture
def photo(httpserver: HTTPServer) -> str:
    """Serve a square JPEG and give its address."""
    return serve(httpserver, "/photo.jpg", picture(), "image/jpeg")


def serve(server: HTTPServer, path: str, data: bytes, mime: str) -> str:
    server.expect_request(path).respond_with_data(data, content_type=mime)
    return str(server.url_for(path))
