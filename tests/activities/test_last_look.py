"""Right before a createPost leaves, its worker looks once more whether it still may."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from pytest_httpserver import HTTPServer
from temporalio.testing import ActivityEnvironment
from typing_extensions import override

from activities.publishing.fence import AttemptFence
from activities.publishing.requests import BufferPublishing
from galley.clients.buffer.client import BufferClient
from galley.clients.buffer.renewal import TokenSource
from galley.models.publishing import CreateReply, ReplyKind
from tests.attempts import attempt
from tests.clients.buffer_answers import KEY, an_attempt, created_json, publishing_of
from tests.memory_store import MemoryStore


async def _create(
    server: HTTPServer, environment: ActivityEnvironment, token: TokenSource
) -> CreateReply:
    """Create a post; the token is asked for after all checks but the last."""
    server.expect_request("/").respond_with_json(created_json())
    client = BufferClient(server.url_for("/"), token, timeout=10, user_agent="galley/test")
    try:
        return await environment.run(publishing_of(client).create_post, an_attempt())
    finally:
        await client.aclose()


async def test_a_creation_that_nothing_stops_is_sent(httpserver: HTTPServer) -> None:
    async def token(refused: str = "") -> str:
        return KEY + refused

    assert (await _create(httpserver, attempt(), token)).kind is ReplyKind.OK
    assert len(httpserver.log) == 1


async def test_a_worker_that_stood_still_before_its_connection_sends_nothing(
    httpserver: HTTPServer,
) -> None:
    environment = attempt()

    async def token(refused: str = "") -> str:
        # Frozen here, for longer than the attempt lasts.
        began = datetime.now(UTC) - timedelta(seconds=91)
        environment.info = replace(environment.info, started_time=began)
        return KEY + refused

    reply = await _create(httpserver, environment, token)

    assert (reply.kind, len(httpserver.log)) == (ReplyKind.NOT_SENT, 0)
    assert "too late" in reply.message


async def test_a_creation_that_is_stopped_before_it_leaves_is_withheld(
    httpserver: HTTPServer,
) -> None:
    environment = attempt()

    async def token(refused: str = "") -> str:
        environment.cancel()
        return KEY + refused

    reply = await _create(httpserver, environment, token)

    assert (reply.kind, len(httpserver.log)) == (ReplyKind.WITHHELD, 0)


async def test_a_creation_that_is_stopped_while_the_bucket_is_silent_is_withheld(
    httpserver: HTTPServer,
) -> None:
    environment = attempt()

    class Silent(MemoryStore):
        @override
        async def put_if_absent(
            self, name: str, data: bytes, mime: str, *, cache_control: str = "", same: bool = False
        ) -> bool:
            environment.cancel()
            return await asyncio.Event().wait()

    client = BufferClient(httpserver.url_for("/"), KEY, timeout=10, user_agent="galley/test")
    publishing = BufferPublishing(client, AttemptFence(Silent()))
    reply = await environment.run(publishing.create_post, an_attempt())
    await client.aclose()

    assert (reply.kind, len(httpserver.log)) == (ReplyKind.WITHHELD, 0)
