"""A creation in flight while its worker shuts down, on a real Temporal server."""

import asyncio
import json
import uuid
from datetime import timedelta
from threading import Event

import pytest
from pytest_httpserver import HTTPServer
from temporalio import activity
from temporalio.client import Client
from temporalio.common import RetryPolicy
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.testing import WorkflowEnvironment
from werkzeug import Request, Response

from activities.interfaces import BufferActivities
from emulators.launch import temporal_binary
from galley.clients.buffer.client import BufferClient
from galley.models.publishing import CreateReply, ReplyKind
from tests.bounded_worker import BoundedWorker
from tests.clients.buffer_answers import KEY, an_attempt, created_json, publishing_of

pytestmark = pytest.mark.server


class HeldBuffer:
    """A Buffer that answers once the test lets it."""

    def __init__(self, server: HTTPServer) -> None:
        self.arrived, self.released = Event(), Event()
        server.expect_request("/").respond_with_handler(self._answer)

    def _answer(self, _: Request) -> Response:
        self.arrived.set()
        assert self.released.wait(30)
        return Response(json.dumps(created_json()), content_type="application/json")


class Canary:
    """An activity that tells when the worker cancels what it runs."""

    def __init__(self) -> None:
        self.sings, self.died = asyncio.Event(), asyncio.Event()

    @activity.defn
    async def sing(self) -> None:
        self.sings.set()
        try:
            await asyncio.Event().wait()
        finally:
            self.died.set()


async def create_during_shutdown(
    server: Client, buffer: BufferClient, held: HeldBuffer
) -> CreateReply:
    """Return what was recorded of a creation that its worker did not wait for."""
    queue, canary = str(uuid.uuid4()), Canary()
    once = RetryPolicy(maximum_attempts=1)
    worker = BoundedWorker(
        server,
        task_queue=queue,
        activities=[publishing_of(buffer).create_post, canary.sing],
        graceful_shutdown_timeout=timedelta(0),
    )
    running = asyncio.create_task(worker.run())
    creation = await server.start_activity_method(
        BufferActivities.create_post,
        an_attempt(),
        id=f"create-{queue}",
        task_queue=queue,
        start_to_close_timeout=timedelta(seconds=60),
        heartbeat_timeout=timedelta(seconds=10),
        retry_policy=once,
    )
    await server.start_activity(
        "sing",
        id=f"canary-{queue}",
        task_queue=queue,
        start_to_close_timeout=timedelta(seconds=60),
        retry_policy=once,
    )
    assert await asyncio.to_thread(held.arrived.wait, 30)
    await asyncio.wait_for(canary.sings.wait(), 30)

    stopping = asyncio.create_task(worker.shutdown())
    await asyncio.wait_for(canary.died.wait(), 30)
    held.released.set()
    await stopping
    await running
    return await creation.result()


async def test_a_worker_that_shuts_down_still_records_what_buffer_answered(
    httpserver: HTTPServer,
) -> None:
    held = HeldBuffer(httpserver)
    buffer = BufferClient(httpserver.url_for("/"), KEY, timeout=30, user_agent="galley/test")

    async with await WorkflowEnvironment.start_local(  # pyright: ignore[reportUnknownMemberType] - one parameter of the SDK is untyped
        data_converter=pydantic_data_converter, dev_server_existing_path=str(temporal_binary())
    ) as server:
        reply = await create_during_shutdown(server.client, buffer, held)

    await buffer.aclose()
    assert reply.kind is ReplyKind.OK
    assert len(httpserver.log) == 1
