"""Run the emulator: ``python -m emulators.anthropic --port 9800``."""

import argparse
import asyncio
import contextlib
import socket
import sys

import uvicorn

from emulators.anthropic.app import create_app


def main() -> None:
    """Serve until interrupted."""
    parser = argparse.ArgumentParser(
        prog="python -m emulators.anthropic",
        description="Anthropic's Messages API, answered by an extractive drafter. "
        "Any key works but none that starts with 'bad'.",
    )
    parser.add_argument("--port", type=int, default=9800, help="0 for a free one")
    parser.add_argument("--host", default="127.0.0.1")
    wanted = parser.parse_args()
    try:
        door = socket.create_server((wanted.host, wanted.port))
    except OSError as error:
        sys.exit(f"Cannot listen on {wanted.host}:{wanted.port}: {error.strerror}.")
    config = uvicorn.Config(
        create_app(),
        log_level="warning",
        access_log=False,
        timeout_graceful_shutdown=2,  # a slow answer need not be waited for
    )
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_Announced(config).serve(sockets=[door]))


class _Announced(uvicorn.Server):
    """Says where it listens once it answers; the port may have been left open."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started and sockets:
            host, port = sockets[0].getsockname()[:2]
            sys.stdout.write(f"Anthropic emulator listening on http://{host}:{port}\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
