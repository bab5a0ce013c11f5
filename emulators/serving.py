"""The loop that emulators listen in, and the line that says so."""

import argparse
import asyncio
import contextlib
import socket
import sys
from typing import Any

import uvicorn

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
    """Says where it listens once it answers; the port may have been left open.

    Args:
        config: What is served, and how.
        name: Of the service, for the line that launchers wait for; missing: no line.
    """

    def __init__(self, config: uvicorn.Config, name: str | None) -> None:
        super().__init__(config)
        self._name = name

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start to serve, then say so in one line."""
        await super().startup(sockets)
        if self._name and self.started and sockets:
            host, port = sockets[0].getsockname()[:2]
            shown = f"[{host}]" if ":" in host else host
            line = f"{self._name} emulator listening on http://{shown}:{port}"
            print(line, flush=True)  # noqa: T201 - the line launchers wait for


def parser_for(name: str, port: int, description: str) -> argparse.ArgumentParser:
    """Return a parser of where to listen, for ``python -m emulators.NAME``."""
    parser = argparse.ArgumentParser(prog=f"python -m emulators.{name}", description=description)
    parser.add_argument("--port", type=int, default=port, help="0 for a free one")
    parser.add_argument("--host", default="127.0.0.1")
    return parser


def serve(name: str, app: Any, given: argparse.Namespace) -> None:  # noqa: ANN401 - any ASGI application
    """Serve ``app`` where it was ``given``; exits if that is not possible."""
    try:
        door = listen(given.host, given.port)
    except OSError as error:
        sys.exit(f"Cannot listen on {given.host}:{given.port}: {error.strerror}.")
    config = uvicorn.Config(
        app,
        log_level="warning",
        access_log=False,
        timeout_graceful_shutdown=2,  # a slow answer need not be waited for
    )
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(AnnouncedServer(config, name).serve(sockets=[door]))
