"""The process of the review pages: ``python -m web``; ``galley web`` and ``galley up`` start it.

Without ``GALLEY_WEB_ADDRESS`` it signs one person in, by the token that the command wrote, and
listens on this machine alone. With it, a team signs in by OpenID Connect.
"""

import argparse
import asyncio
import getpass
import ipaddress
import socket
import sys
from collections.abc import Sequence
from urllib.parse import urlsplit

import uvicorn
from starlette.applications import Starlette

from app.connections import Connections, open_client
from app.errors import InvalidRequestError, app_error
from galley.clients.team_file import TeamError, team_of
from galley.settings import WEB_TOKEN, Settings
from galley.settings.env_file import load_env_file
from web.access import Links, OneTimeToken
from web.app import create_app
from web.site import Site
from web.slow_clients import SlowClientProtocol

PORT = 9703
READY = "Review pages ready on port"
"""The line that launchers wait for."""
_BACKLOG = 256
_GRACE_SECONDS = 5
_MOST_CONNECTIONS = 256


def _given(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m web", description=__doc__)
    parser.add_argument("--port", type=int, default=PORT, help="0 for a free one")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--announce", action="store_true", help="print the address of the pages")
    return parser.parse_args(arguments)


def main(arguments: Sequence[str] | None = None) -> None:
    """Serve the pages until a signal."""
    given = _given(arguments)
    try:
        load_env_file()
        settings = Settings()
        address = settings.team_address
        app = _for_one(settings) if address is None else _for_team(settings, address)
    except Exception as error:
        known = app_error(error)
        sys.exit(str(known)) if known else None
        raise
    if not (address or ipaddress.ip_address(given.host).is_loopback):
        sys.exit(
            f"{given.host} can be reached from elsewhere, where anybody could decide: set "
            "GALLEY_WEB_ADDRESS and the settings beside it, so that people sign in."
        )
    with _listen(given.host, given.port) as door:
        if given.announce and (told := _announced(door, address)):
            print(f"Review: {told}", flush=True)  # noqa: T201 -- for the person
        asyncio.run(_serve(app, door))


def _for_one(settings: Settings) -> Starlette:
    """Return the pages for the person at this machine."""
    site = Site(
        connections=Connections(settings, open_client),
        token=OneTimeToken(WEB_TOKEN.resolve()),
        person=(settings.reviewer or getpass.getuser())[:120],
    )
    return create_app(site)


def _for_team(settings: Settings, address: str) -> Starlette:
    """Return the pages for a team.

    Raises:
        InvalidRequestError: A setting is missing, or the team file cannot be used.
    """
    needed = {
        "GALLEY_TEAM": settings.team,
        "GALLEY_WEB_OIDC_ISSUER": settings.web_oidc_issuer,
        "GALLEY_WEB_OIDC_CLIENT_ID": settings.web_oidc_client_id,
        "GALLEY_WEB_KEYS": settings.web_keys,
    }
    if missing := [name for name, value in needed.items() if not value]:
        raise InvalidRequestError(f"For a team the review pages need {', '.join(missing)}, too.")
    try:
        # Libraries of the extra `web`.
        from web.identity_provider import IdentityProvider

        provider = IdentityProvider(settings)
        team_of(settings)  # what is wrong with it is said now, not by the first page
    except TeamError as error:
        raise InvalidRequestError(str(error)) from None
    except ModuleNotFoundError as error:
        raise InvalidRequestError(
            f"{error.name} is not installed: run `uv sync --extra web`."
        ) from None
    secret = settings.web_links_secret
    site = Site(
        connections=Connections(settings, open_client),
        is_secure=address.startswith("https:"),
        address=address,
        keys=settings.web_keys,
        links=Links(secret.get_secret_value()) if secret else None,
    )
    return create_app(site, (urlsplit(address).hostname or "",), provider)


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


def _announced(door: socket.socket, address: str | None) -> str:
    """Return where the pages are: for one person with the token that signs a browser in."""
    host, port = door.getsockname()[:2]
    here = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    if address is not None:
        return f"{address}, which your proxy passes on to {here}"
    return f"http://{here}/sign-in?token={WEB_TOKEN.read_text()}" if WEB_TOKEN.exists() else ""


async def _serve(app: Starlette, door: socket.socket) -> None:
    config = uvicorn.Config(
        app,
        http=SlowClientProtocol,
        log_level="warning",
        access_log=False,  # addresses name posts, and those of links let in
        server_header=False,
        limit_concurrency=_MOST_CONNECTIONS,
        timeout_graceful_shutdown=_GRACE_SECONDS,
    )
    print(f"{READY} {door.getsockname()[1]}", flush=True)  # noqa: T201 -- for the launcher
    await uvicorn.Server(config).serve(sockets=[door])


if __name__ == "__main__":
    main()
