"""The command group ``keys``: make, list and serve the keys that encrypt Temporal's payloads."""

import asyncio
import ipaddress
import socket
from contextlib import nullcontext
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import urlsplit

import typer

from app.records.payload_keys import KeyRole, add_to_file, list_keys, make_key
from cli.commands.options import Json
from cli.errors import CommandError, usage
from cli.process import InterruptedCommand, connections, run
from cli.terminal import say, show, show_json, table
from galley.clients.payloads import PayloadEncryption, keyring_of
from galley.settings import Settings

if TYPE_CHECKING:
    from starlette.applications import Starlette

keys = typer.Typer(name="keys", no_args_is_help=True)

UI_ORIGINS = ("http://localhost:8233", "http://127.0.0.1:8233")
"""Of the UI that `galley up` and `temporal server start-dev` start."""
_BACKLOG = 128
_CONNECTIONS = 50  # those beyond are told to come again (503)
_IDLE_SECONDS = 5
_GRACE_SECONDS = 2  # for answers under way, once the server is told to stop


@keys.callback()
def _keys() -> None:
    """Manage the keys that encrypt Temporal's payloads."""


@keys.command()
def new(
    *,
    file: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Put the key before the other keys of this file, instead of printing it; a "
            "missing file is made, readable by its owner alone.",
        ),
    ] = None,
    spare: Annotated[
        bool,
        typer.Option(
            "--spare", help="With --file: put it last. It decrypts, and encrypts nothing yet."
        ),
    ] = False,
    json: Json = False,
) -> None:
    """Make a key of 256 random bits, and print its ID.

    Example: galley keys new --file payload-keys
    """
    if spare and file is None:
        raise typer.BadParameter("--spare goes with --file.")
    made = make_key()
    if file is not None:
        add_to_file(made, file, spare=spare)
    if json:
        show_json({"key_id": made.key_id} | ({} if file else {"key": made.key}))
    elif file is None:
        show(made.key)
        say(f"Its ID is {made.key_id}. Set GALLEY_PAYLOAD_KEYS to it, with the old keys after it.")
    else:
        show(f"{made.key_id} is the {'last' if spare else 'first'} key of {file}.")
        say(f"Keep a copy elsewhere, then set GALLEY_PAYLOAD_KEYS_FILE={file}")


@keys.command("list")
def list_(
    *,
    used: Annotated[
        bool,
        typer.Option(
            "--used", help="Read every history and Schedule, and count those that need each key."
        ),
    ] = False,
    json: Json = False,
) -> None:
    """List the IDs of the keys, never the keys; the first one encrypts.

    A key that --used does not show may be removed.

    Example: galley keys list --used
    """
    found = run(list_keys(connections(), used=used))
    rows = [
        {"key_id": one.key_id, "what": one.role.value, **(asdict(one.use) if one.use else {})}
        for one in found
    ]
    if json:
        show_json(rows)
    elif rows:
        columns = [column.replace("_", " ").capitalize() for column in rows[0]]
        table(columns, [[str(value) for value in row.values()] for row in rows])
    else:
        show("There are no keys, so nothing is encrypted.")
    missing = [one.key_id for one in found if one.role is KeyRole.MISSING]
    if missing:
        raise CommandError(
            f"These keys are needed and missing: {', '.join(missing)}. Add them to the keys."
        )


@dataclass(frozen=True)
class Served:
    """The address, the callers and the powers of a codec server."""

    host: str
    port: int
    origins: tuple[str, ...]
    name: str | None
    encodes: bool


@keys.command()
def serve(
    *,
    port: Annotated[
        int,
        typer.Option(min=0, max=65535, metavar="PORT", help="Port to listen on; 0 for a free one."),
    ] = 8234,
    host: Annotated[
        str, typer.Option(metavar="ADDRESS", help="Address to listen on; with --name any may be.")
    ] = "127.0.0.1",
    ui_origin: Annotated[
        list[str] | None,
        typer.Option(
            metavar="ORIGIN",
            help="Address of Temporal's UI, without a path; repeatable. "
            "Missing: http://localhost:8233 and http://127.0.0.1:8233.",
        ),
    ] = None,
    name: Annotated[
        str | None,
        typer.Option(
            metavar="NAME", help="Host name under which a proxy with TLS passes requests on."
        ),
    ] = None,
    encode: Annotated[
        bool, typer.Option("--encode", help="Also encrypt inputs that Temporal's tools send.")
    ] = False,
) -> None:
    """Decrypt for Temporal's UI and command, until Ctrl-C: a codec server.

    Asks for GALLEY_CODEC_TOKEN.

    Example: galley keys serve
    """
    served = Served(host, port, tuple(ui_origin or UI_ORIGINS), name, encode)
    _refuse_open_networks(served)
    app = _app(served, Settings())
    with _listen(served) as door:
        try:
            run(_serve(app, door, served.name))
        except InterruptedCommand:
            say("The codec server has stopped.")


def _refuse_open_networks(served: Served) -> None:
    """Refuse an address at which tokens would cross a network in the clear."""
    if served.name is None and not _is_loopback(served.host):
        raise usage(
            f"{served.host} can be reached from elsewhere: put a proxy with TLS before "
            "the server, and give the proxy's host name with --name."
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
        from cli.codec import Access, CodecServer, WeakTokenError
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
            "GALLEY_CODEC_TOKEN must have 32 characters or more: set it to the output of "
            "`openssl rand -hex 32`."
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
            f"Cannot listen on {served.host}:{served.port} ({error.strerror}): "
            "choose another with --host or --port."
        ) from None
    return door


async def _serve(app: "Starlette", door: socket.socket, name: str | None) -> None:
    import uvicorn

    class Quiet(uvicorn.Server):
        """Leaves signals to this process, which stops the server itself."""

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
    server = Quiet(config)
    serving = asyncio.create_task(server.serve(sockets=[door]))
    port = door.getsockname()[1]
    # A proxy on this machine passes on to the port itself; any other name has TLS.
    is_here = name is None or _is_loopback(name)
    at = f"http://localhost:{port}" if is_here else f"https://{name}"
    show(f"Endpoint: {at}/codec")
    say(f"Open {at}/codec to sign a browser in. Stop: Ctrl-C")
    try:
        await asyncio.shield(serving)
    finally:
        server.should_exit = True
        await serving
