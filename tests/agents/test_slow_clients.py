"""Sockets that ask for nothing, or byte by byte, keep nobody from the server of agents."""

import asyncio
import socket
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager, closing

import httpx
import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from agents.slow_clients import SlowClientProtocol
from tests.serving import running

HEAD = b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n"


FILE = b"PUT /v1/uploads/a HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\nab"


class Hasty(SlowClientProtocol):
    SECONDS = 0.2
    SLOWEST = 10


async def said(request: Request) -> Response:
    return PlainTextResponse(await request.body())


async def refused(request: Request) -> Response:
    del request
    return PlainTextResponse("no", 401)


@asynccontextmanager
async def served(kind: type[SlowClientProtocol]) -> AsyncGenerator[int]:
    methods = ["GET", "POST"]
    routes = [Route("/", said, methods=methods), Route("/no", refused, methods=methods)]
    routes.append(Route("/v1/uploads/a", said, methods=["PUT"]))
    config = uvicorn.Config(
        Starlette(routes=routes), http=kind, limit_concurrency=5, log_level="critical"
    )
    door = socket.create_server(("127.0.0.1", 0))
    async with running(config, door):
        yield door.getsockname()[1]


async def test_idle_sockets_make_room_for_who_asks() -> None:
    async with served(SlowClientProtocol) as port, AsyncExitStack() as held:
        for _ in range(12):
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            held.enter_context(closing(writer))
        async with httpx.AsyncClient(trust_env=False) as http:
            found = [await http.post(f"http://127.0.0.1:{port}/", content=b"a") for _ in range(3)]

    assert [(one.status_code, one.text) for one in found] == [(200, "a")] * 3


@pytest.mark.parametrize(
    "begun",
    [
        *(b"", b"POST / HT", HEAD, HEAD + b"\r\nabc", HEAD.replace(b"/ ", b"/no ") + b"\r\nabc"),
        *(FILE % 3, FILE.replace(b"uploads/a", b"uploads/b") % 1_000_000),
    ],
    ids=["nothing", "line", "head", "body", "refused body", "file", "refused file"],
)
async def test_a_request_that_does_not_end_is_given_up(begun: bytes) -> None:
    async with served(Hasty) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        with closing(writer):
            writer.write(begun)
            try:
                async with asyncio.timeout(4):  # below uvicorn's own five seconds
                    await reader.read()
            except ConnectionResetError:
                pass


async def test_a_file_has_the_time_that_its_length_needs() -> None:
    async with served(Hasty) as port:
        files = [await asyncio.open_connection("127.0.0.1", port) for _ in range(2)]
        for (_, writer), length in zip(files, (3, 1000), strict=True):
            writer.write(FILE % length)
        # The short one is given up, while the long one is waited for.
        await files[0][0].read()
        (reader, writer), (_, other) = files[1], files[0]
        with closing(writer), closing(other):
            writer.write(b"c" * 998)
            answer = await reader.readuntil(b"\r\n")

    assert answer == b"HTTP/1.1 200 OK\r\n"
