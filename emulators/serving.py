"""Serve a small emulator from the command line until it is interrupted."""

import argparse
import asyncio
import contextlib
import sys
from typing import Any

import uvicorn

from emulators.listening import AnnouncedServer, listen


def parser_for(name: str, port: int, description: str) -> argparse.ArgumentParser:
    """Return a parser of where to listen, for ``python -m emulators.NAME``."""
    parser = argparse.ArgumentParser(
        prog=f"python -m emulators.{name}", description=description
    )
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
