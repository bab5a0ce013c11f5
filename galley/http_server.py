"""A small HTTP server in a process that has other work: its socket, and its loop."""

import socket
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from starlette.applications import Starlette

_BACKLOG = 128
_AT_ONCE = 50
"""Connections; those beyond are told to come again (503)."""
_IDLE_SECONDS = 5
_LAST_WORDS_SECONDS = 2
"""For answers under way, once the server is told to stop."""


def listen(host: str, port: int) -> socket.socket:
    """Return a listening socket; port 0 takes a free one.

    Raises:
        OSError: The address is taken, or not this machine's.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # asyncio turns Nagle's algorithm off only where the protocol is named.
    door = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        door.bind((host, port))
        door.listen(_BACKLOG)
    except OSError:
        door.close()
        raise
    return door


def quiet_server(app: "Starlette") -> Any:  # noqa: ANN401 -- of a library that may be missing
    """Return a uvicorn server that leaves signals to its process, which stops it.

    Raises:
        ImportError: uvicorn is not installed: the extra ``codec``.
    """
    import uvicorn

    class Quiet(uvicorn.Server):
        def capture_signals(self) -> Any:  # noqa: ANN401 -- a context manager
            return nullcontext()

    config = uvicorn.Config(
        app,
        log_level="warning",
        access_log=False,
        server_header=False,
        limit_concurrency=_AT_ONCE,
        timeout_keep_alive=_IDLE_SECONDS,
        timeout_graceful_shutdown=_LAST_WORDS_SECONDS,
    )
    return Quiet(config)
