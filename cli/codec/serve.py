"""The codec server behind ``keys serve``: its checks, socket and uvicorn loop."""

import asyncio
import ipaddress
import socket
from contextlib import nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from cli.codec.sign_in import Access, WeakTokenError
from cli.errors import CommandError, usage
from cli.process import InterruptedCommand, run
from cli.terminal import say, show
from galley.clients.payloads import PayloadEncryption, keyring_of
from galley.settings import Settings

if TYPE_CHECKING:
    import uvicorn
    from starlette.applications import Starlette

UI_ORIGINS = ("http://localhost:8233", "http://127.0.0.1:8233")
"""Of the UI that `starter.py up` and `temporal server start-dev` start."""


_BACKLOG = 128
_CONNECTIONS = 50  # those beyond are told to come again (503)
_IDLE_SECONDS = 5
_GRACE_SECONDS = 2  # for answers under way, once the server is told to stop


@dataclass(frozen=True)
class Served:
    """Where it listens, for whom, and whether it encrypts, too."""

    host: str
    port: int
    origins: tuple[str, ...]
    name: str | None
    encodes: bool


def serve_until_stopped(served: Served) -> None:
    """Carry out ``keys serve``.

    Raises:
        CommandError: A setting, a library or the port is missing, or an option wrong.
    """
    _check(served)
    app = _app(served, Settings())
    with _listen(served) as door:
        try:
            run(_serve(app, door, served.name))
        except InterruptedCommand:
            say("The codec server has stopped.")


def _check(served: Served) -> None:
    """Nothing that is sent to the server goes over a network in the clear."""
    if served.name is None and not _is_loopback(served.host):
        raise usage(
            f"{served.host} can be reached from elsewhere: put a proxy with TLS before "
            "the server, and say by --name under which name it is asked."
        )
    for origin in served.origins:
        parts = urlsplit(origin)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise usage(f"{origin} is no origin: write http://localhost:8233")
        if origin != f"{parts.scheme}://{parts.netloc}":
            raise usage(f"{origin} is more than an origin: leave its path out.")


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _app(served: Served, settings: Settings) -> "Starlette":
    try:
        from cli.codec.server import CodecServer
    except ModuleNotFoundError as error:
        raise CommandError(f"{error.name} is not installed: run `uv sync --extra codec`.") from None
    keyring = keyring_of(settings)
    if not keyring:
        raise CommandError(
            "There are no keys: set GALLEY_PAYLOAD_KEYS or GALLEY_PAYLOAD_KEYS_FILE."
        )
    token = settings.codec_token
    try:
        access = Access(token.get_secret_value() if token else "")
    except WeakTokenError:
        raise CommandError(
            "GALLEY_CODEC_TOKEN must have 32 characters or more: set it to what "
            "`openssl rand -hex 32` prints."
        ) from None
    codec = PayloadEncryption(keyring)
    return CodecServer(codec, access, served.origins, served.name, served.encodes).app()


def _listen(served: Served) -> socket.socket:
    """Return a listening socket; port 0 takes a free one."""
    family = socket.AF_INET6 if ":" in served.host else socket.AF_INET
    # asyncio turns Nagle's algorithm off only where the protocol is named.
    door = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        door.bind((served.host, served.port))
        door.listen(_BACKLOG)
    except OSError as error:
        door.close()
        raise CommandError(
            f"Nothing can listen on {served.host}:{served.port} ({error.strerror}): "
            "choose another with --host or --port."
        ) from None
    return door


def _quiet_server(app: "Starlette") -> "uvicorn.Server":
    """Return a uvicorn server that leaves signals to this process, which stops it."""
    import uvicorn

    class Quiet(uvicorn.Server):
        def capture_signals(self) -> Any:  # noqa: ANN401 -- a context manager
            return nullcontext()

    config = uvicorn.Config(
        app,
        log_level="warning",
        access_log=False,
        server_header=False,
        limit_concurrency=_CONNECTIONS,
        timeout_keep_alive=_IDLE_SECONDS,
        timeout_graceful_shutdown=_GRACE_SECONDS,
    )
    return Quiet(config)


async def _serve(app: "Starlette", door: socket.socket, name: str | None) -> None:
    server = _quiet_server(app)
    serving = asyncio.create_task(server.serve(sockets=[door]))
    port = door.getsockname()[1]
    # Such a name says that it is reached through a port of this machine alone.
    is_here = name is None or _is_loopback(name)
    at = f"http://localhost:{port}" if is_here else f"https://{name}"
    show(f"Endpoint: {at}/codec")
    say(f"Open {at}/codec to sign a browser in. Stop: Ctrl-C")
    try:
        await asyncio.shield(serving)
    finally:
        server.should_exit = True
        await serving
