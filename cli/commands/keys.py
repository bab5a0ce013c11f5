"""``keys``: make keys that encrypt what Temporal keeps, and say which are in use."""

from pathlib import Path
from typing import Annotated

import typer

from cli.commands.options import Json
from cli.errors import CommandError
from cli.process import run
from cli.terminal import say, show, show_json

keys = typer.Typer(name="keys", no_args_is_help=True)


@keys.callback()
def _keys() -> None:
    """Make and look after the keys that encrypt what Temporal keeps."""


@keys.command()
def new(
    *,
    file: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Put it before the other keys of this file, in place of printing it; "
            "the file is made, for its owner alone, if it is not there.",
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
    """Make a key of 256 random bits, and say its ID.

    Example: uv run starter.py keys new --file payload-keys
    """
    from app.records.payload_keys import add_to_file, make_key

    if spare and file is None:
        raise typer.BadParameter("--spare goes with --file.")
    made = make_key()
    if file is not None:
        add_to_file(made, file, spare=spare)
    if json:
        show_json({"key_id": made.key_id} | ({} if file else {"key": made.key}))
    elif file is None:
        show(made.key)
        say(f"Its ID is {made.key_id}. Set GALLEY_PAYLOAD_KEYS to it, old keys after it.")
    else:
        show(f"{made.key_id} is the {'last' if spare else 'first'} key of {file}.")
        say(f"Keep a copy elsewhere, then set GALLEY_PAYLOAD_KEYS_FILE={file}")


@keys.command("list")
def list_(
    *,
    used: Annotated[
        bool,
        typer.Option(
            "--used", help="Read every history and Schedule, and say which keys they need."
        ),
    ] = False,
    json: Json = False,
) -> None:
    """List the IDs of the keys, and never the keys; the first one encrypts.

    A key that --used does not show may be taken out.

    Example: uv run starter.py keys list --used
    """
    from app.records.payload_keys import KeyRole, list_keys
    from cli.connections import connections
    from cli.render.records import print_keys

    keys = run(list_keys(connections(), used=used))
    print_keys(keys, json=json)
    missing = [one.key_id for one in keys if one.role is KeyRole.MISSING]
    if missing:
        raise CommandError(f"Not here, and needed: {', '.join(missing)}. Add them to the keys.")


@keys.command()
def serve(
    *,
    port: Annotated[
        int,
        typer.Option(min=0, max=65535, metavar="PORT", help="Where to listen; 0 for a free one."),
    ] = 8234,
    host: Annotated[
        str, typer.Option(metavar="ADDRESS", help="Address to listen on; with --name any may be.")
    ] = "127.0.0.1",
    ui_origin: Annotated[
        list[str] | None,
        typer.Option(
            metavar="ORIGIN",
            help="Where Temporal's UI is opened, without a path; several are allowed. "
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
        bool, typer.Option("--encode", help="Encrypt, too, what is sent from Temporal's tools.")
    ] = False,
) -> None:
    """Decrypt for Temporal's UI and command, until Ctrl-C: a codec server.

    Asks for GALLEY_CODEC_TOKEN.

    Example: uv run starter.py keys serve
    """
    from cli.codec.serve import UI_ORIGINS, Served, serve_until_stopped

    origins = tuple(ui_origin or UI_ORIGINS)
    serve_until_stopped(Served(host, port, origins, name, encode))
