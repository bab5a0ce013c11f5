"""The process of the review pages: ``python -m web``; ``galley web`` and ``galley up`` start it.

It signs one person in, by the token that the command wrote, and listens on this machine alone.
"""

import argparse
import asyncio
import getpass
import ipaddress
import socket
import sys
from collections.abc import Sequence

import uvicorn

from app.connections import Connections, open_client
from app.errors import app_error
from galley.settings import WEB_TOKEN, Settings
from galley.settings.env_file import load_env_file
from web.access import OneTimeToken
from web.app import create_app
from web.site import Site

PORT = 9703
READY = "Review pages ready on port"
"""The line that launchers wait for."""
_BACKLOG = 256
_GRACE_SECONDS = 5


def _given(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m web", description=__doc__)
    parser.add_argument("--port", type=int, default=PORT, help="0 for a free one")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument(
        "--announce", action="store_true", help="print the address that signs a browser in"
    )
    return parser.parse_args(arguments)


def main(arguments: Sequence[str] | None = None) -> None:
    """Serve the pages until a signal."""
    given = _given(arguments)
    if not ipaddress.ip_address(given.host).is_loopback:
        sys.exit(f"{given.host} can be reached from elsewhere, where anybody could decide.")
    try:
        load_env_file()
        settings = Settings()
    except Exception as error:
        known = app_error(error)
        sys.exit(str(known)) if known else None
        raise
    site = Site(
        connections=Connections(settings, open_client),
        token=OneTimeToken(WEB_TOKEN.resolve()),
        person=(settings.reviewer or getpass.getuser())[:120],
    )
    with _listen(given.host, given.port) as door:
        asyncio.run(_serve(site, door, is_announced=given.announce))


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # asyncio turns Nagle's algorithm off only where the protocol is named.
    door = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        door.bind((host, port))
        door.listen(_BACKLOG)
    except OSError as error:
        door.close()
        sys.exit(f"Cannot listen on {host}:{port} ({error.strerror}): choose another --port.")
    return door


async def _serve(site: Site, door: socket.socket, *, is_announced: bool) -> None:
    config = uvicorn.Config(
        create_app(site),
        log_level="warning",
        access_log=False,  # addresses name posts
        server_header=False,
        timeout_graceful_shutdown=_GRACE_SECONDS,
    )
    host, port = door.getsockname()[:2]
    if is_announced and WEB_TOKEN.exists():
        shown = f"[{host}]" if ":" in host else host
        print(f"Review: http://{shown}:{port}/sign-in?token={WEB_TOKEN.read_text()}")  # noqa: T201 -- for the person
    print(f"{READY} {port}", flush=True)  # noqa: T201 -- for the launcher
    await uvicorn.Server(config).serve(sockets=[door])


if __name__ == "__main__":
    main()
