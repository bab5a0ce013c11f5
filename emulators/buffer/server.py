"""Serve the emulator over HTTP with uvicorn."""

import socket

import uvicorn

from emulators.buffer.app import create_app
from emulators.buffer.connections import Connections
from emulators.buffer.core import Emulator, Options
from emulators.buffer.oauth_clients import OAuthOptions

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


class EmulatorServer(uvicorn.Server):
    """A uvicorn server that tells when it is ready."""

    def __init__(
        self,
        options: Options,
        oauth: OAuthOptions | None = None,
        *,
        announce: bool = False,
    ) -> None:
        connections = Connections()
        emulator = Emulator(options)
        super().__init__(
            uvicorn.Config(
                create_app(emulator, connections, oauth or OAuthOptions()),
                http=connections.protocol(),
                ws="none",
                lifespan="on",
                log_level="warning",
                access_log=False,
                server_header=False,
                timeout_graceful_shutdown=2,
            )
        )
        self._announce = announce

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start to serve, then say so in one line."""
        await super().startup(sockets)
        if self._announce and self.started and sockets:
            host, port = sockets[0].getsockname()[:2]
            shown = f"[{host}]" if ":" in host else host
            line = f"Buffer emulator listening on http://{shown}:{port}"
            print(line, flush=True)  # noqa: T201 - the line launchers wait for
