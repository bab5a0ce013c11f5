"""The loop that emulators listen in, and the line that says so."""

import socket

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
