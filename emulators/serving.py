"""HTTP serving for every emulator: the socket, the line that launchers wait for, cut connections.

Each ``emulators.NAME.__main__`` calls it.
"""

import argparse
import asyncio
import contextlib
import socket
import sys
from typing import Any

import uvicorn
from starlette.types import Receive, Scope
from uvicorn.protocols.http.h11_impl import H11Protocol

from emulators.front_door import FrontDoor

BACKLOG = 128


def listen(host: str, port: int) -> socket.socket:
    """Bind a listening socket; port 0 takes a free one.

    Raises:
        OSError: The address is taken or not ours.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # asyncio turns Nagle's algorithm off only where the protocol is named.
    sock = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((host, port))
        sock.listen(BACKLOG)
    except BaseException:
        sock.close()
        raise
    return sock


class AnnouncedServer(uvicorn.Server):
    """Prints its address once it answers; launchers read the port from that line.

    Args:
        config: The application and uvicorn's settings.
        name: The service's name in that line; None prints nothing.
    """

    def __init__(self, config: uvicorn.Config, name: str | None) -> None:
        super().__init__(config)
        self._name = name

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start to serve, then print the address."""
        # Only now does it answer, and only now is the port known.
        await super().startup(sockets)
        if self._name and self.started and sockets:
            host, port = sockets[0].getsockname()[:2]
            shown = f"[{host}]" if ":" in host else host
            line = f"{self._name} emulator listening on http://{shown}:{port}"
            print(line, flush=True)  # noqa: T201 - the line launchers wait for


def parser_for(name: str, port: int, description: str) -> argparse.ArgumentParser:
    """Return a parser with ``--port`` and ``--host``, for ``python -m emulators.NAME``."""
    parser = argparse.ArgumentParser(prog=f"python -m emulators.{name}", description=description)
    parser.add_argument("--port", type=int, default=port, help="0 for a free one")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument(
        "--name", action="append", default=[], help="a host name that it answers to, as localhost"
    )
    return parser


def serve(name: str, app: Any, given: argparse.Namespace) -> None:  # noqa: ANN401 - any ASGI application
    """Serve ``app`` on the given host and port until interrupted."""
    try:
        sock = listen(given.host, given.port)
    except OSError as error:
        sys.exit(f"Cannot listen on {given.host}:{given.port}: {error.strerror}.")
    config = uvicorn.Config(
        FrontDoor(app, given.name),
        log_level="warning",
        access_log=False,
        # The fault `slow` may hold an answer for minutes; a shutdown does not wait for it.
        timeout_graceful_shutdown=2,
    )
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(AnnouncedServer(config, name).serve(sockets=[sock]))


class Connections:
    """Transports of the open connections by client address, so that a fault can cut one.

    ASGI has no message that resets a connection without an answer.
    """

    def __init__(self) -> None:
        self._open: dict[tuple[str, int], asyncio.Transport] = {}

    async def cut(self, scope: Scope, receive: Receive) -> None:
        """Reset the connection of a request; unsent data is lost."""
        transport = self._open.get(tuple(scope["client"]))
        if transport is not None:
            # `close` would send the rest of the buffer first.
            transport.abort()
        # uvicorn complains about a request that ends without a response, unless it is gone.
        while (await receive())["type"] != "http.disconnect":
            pass

    def protocol(self) -> type[H11Protocol]:
        """Return uvicorn's HTTP/1.1 protocol, which registers its connections here."""
        known = self._open

        class RegisteredProtocol(H11Protocol):
            """HTTP/1.1 whose connections are registered while they are open."""

            def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] - uvicorn declares it so
                super().connection_made(transport)
                if self.client is not None:
                    known[self.client] = transport

            def connection_lost(self, exc: Exception | None) -> None:
                if self.client is not None:
                    known.pop(self.client, None)
                super().connection_lost(exc)

        return RegisteredProtocol
