"""Right before a createPost or editPost leaves, its worker looks once more whether it still may."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from pytest_httpserver import HTTPServer
from temporalio.testing import ActivityEnvironment
from typing_extensions import override

from activities.publishing.fence import AttemptFence
from activities.publishing.requests import BufferPublishing
from galley.clients.buffer.client import BufferClient
from galley.models.publishing import ChangeReply, CreateReply, EditPost, ReplyKind
from tests.attempts import attempt
from tests.clients.buffer_answers import (
    KEY,
    a_request,
    an_attempt,
    created_json,
    post_json,
    publishing_of,
)
from tests.memory_store import MemoryStore


async def _send(
    server: HTTPServer,
    environment: ActivityEnvironment,
    meanwhile: Callable[[], None],
    call: str = "createPost",
) -> CreateReply | ChangeReply:
    """Create or edit a post; the token is asked for after all checks but the last."""
    edited = {"data": {call: {"__typename": "PostActionSuccess", "post": post_json()}}}
    is_new = call == "createPost"
    server.expect_request("/").respond_with_json(created_json() if is_new else edited)

    async def token(refused: str = "") -> str:
        meanwhile()
        return KEY + refused

    client = BufferClient(server.url_for("/"), token, timeout=10, user_agent="galley/test")
    publishing = publishing_of(client)
    edit = EditPost(post_id="b1", request=a_request())
    try:
        if is_new:
            return await environment.run(publishing.create_post, an_attempt())
        return await environment.run(publishing.edit_post, edit)
    finally:
        await client.aclose()


CALLS = pytest.mark.parametrize("call", ["createPost", "editPost"])


@CALLS
async def test_a_request_that_nothing_stops_is_sent(httpserver: HTTPServer, call: str) -> None:
    reply = await _send(httpserver, attempt(), lambda: None, call)

    assert (reply.kind, len(httpserver.log)) == (ReplyKind.OK, 1)


@CALLS
# Frozen for longer than the attempt lasts; or by a clock that is a minute behind, which would
# not show that the worker was frozen.
@pytest.mark.parametrize("seconds", [91, -60])
async def test_a_worker_that_stood_still_or_has_another_time_sends_nothing(
    httpserver: HTTPServer, call: str, seconds: int
) -> None:
    environment = attempt()

    def stand_still() -> None:
        began = datetime.now(UTC) - timedelta(seconds=seconds)
        environment.info = replace(environment.info, started_time=began)

    reply = await _send(httpserver, environment, stand_still, call)

    assert reply.kind in {ReplyKind.NOT_SENT, ReplyKind.FAILED}
    assert "too late" in reply.message
    assert httpserver.log == []


@CALLS
async def test_a_request_that_is_stopped_before_it_leaves_is_withheld(
    httpserver: HTTPServer, call: str
) -> None:
    environment = attempt()

    reply = await _send(httpserver, environment, environment.cancel, call)

    assert reply.kind in {ReplyKind.WITHHELD, ReplyKind.FAILED}
    assert httpserver.log == []


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
