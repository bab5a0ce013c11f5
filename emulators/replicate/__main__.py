"""Run the emulator: ``python -m emulators.replicate --port 9810``."""

import argparse
import asyncio
import contextlib
import socket
import sys

import uvicorn

from emulators.replicate.app import create_app
from emulators.replicate.hearing import Hearing


def main() -> None:
    """Serve until interrupted."""
    parser = argparse.ArgumentParser(
        prog="python -m emulators.replicate",
        description="Replicate's predictions API. It transcribes by a local Whisper "
        "model, or by what it was told at /_emulator/transcripts; it makes nothing up. "
        "Any token works but none that starts with 'bad'.",
    )
    parser.add_argument("--port", type=int, default=9810, help="0 for a free one")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument(
        "--speed",
        type=float,
        default=1,
        help="how many times faster the emulator's time runs: outputs expire an hour "
        "after they are made",
    )
    parser.add_argument("--whisper", help="folder of a CTranslate2 Whisper model")
    wanted = parser.parse_args()
    try:
        door = socket.create_server((wanted.host, wanted.port))
    except OSError as error:
        sys.exit(f"Cannot listen on {wanted.host}:{wanted.port}: {error.strerror}.")
    config = uvicorn.Config(
        create_app(Hearing(wanted.whisper), wanted.speed),
        log_level="warning",
        access_log=False,
        timeout_graceful_shutdown=2,
    )
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_Announced(config).serve(sockets=[door]))


class _Announced(uvicorn.Server):
    """Says where it listens once it answers; the port may have been left open."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started and sockets:
            host, port = sockets[0].getsockname()[:2]
            sys.stdout.write(f"Replicate emulator listening on http://{host}:{port}\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
