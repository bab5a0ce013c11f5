"""HTTP servers on loopback: small ones that answer what a test says, and our own faces."""

import asyncio
import socket
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager, nullcontext
from typing import Any

import uvicorn

Handler = Callable[[str, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def serving(handler: Handler) -> AsyncGenerator[str]:
    """Answer each request line with ``handler``; give ``host:port``."""

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            await handler(head.split()[1].decode(), writer)
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    try:
        yield f"127.0.0.1:{port}"
    finally:
        server.close()
        await server.wait_closed()


def answering(
    body: bytes = b"<p>Hello</p>",
    *headers: str,
    status: str = "200 OK",
    content_type: str = "text/html; charset=utf-8",
) -> Handler:
    lines = [f"HTTP/1.1 {status}", f"Content-Type: {content_type}", *headers]
    head = "\r\n".join([*lines, f"Content-Length: {len(body)}", "", ""])

    async def handler(_: str, writer: asyncio.StreamWriter) -> None:
        writer.write(head.encode() + body)
        await writer.drain()

    return handler


class _QuietServer(uvicorn.Server):
    """Leaves signals to the tests."""

    def capture_signals(self) -> Any:  # noqa: ANN401 -- a context manager
        return nullcontext()


@asynccontextmanager
async def running(config: uvicorn.Config, door: socket.socket) -> AsyncGenerator[uvicorn.Server]:
    """Serve an application at a socket; connections that stay open are closed at the end."""
    config.timeout_graceful_shutdown = 1
    server = _QuietServer(config)
    serving = asyncio.create_task(server.serve(sockets=[door]))
    try:
        yield server
    finally:
        server.should_exit = True
        await serving
