"""Carry out ``keys``."""

import base64
import os
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from cli.keeping.key_use import KeyUse, keys_used
from cli.terminal.failures import CommandError
from cli.terminal.output import say, show, show_json, table
from cli.terminal.process import run
from galley.clients.payloads.converting import keyring_of, read_keys
from galley.clients.payloads.keyring import id_of, new_key, parse_keyring
from galley.settings import Settings

_OWNER_ALONE = 0o600


def make_and_print(file: Path | None, *, spare: bool, json: bool) -> None:
    """Carry out ``keys new``.

    Raises:
        CommandError: The file is none of keys, or cannot be written.
    """
    key = new_key()
    key_id = id_of(base64.b64decode(key))
    if file is not None:
        _put(file, key, key_id, spare=spare)
    if json:
        show_json({"key_id": key_id} | ({} if file else {"key": key}))
    elif file is None:
        show(key)
        say(f"Its ID is {key_id}. Set GALLEY_PAYLOAD_KEYS to it, old keys after it.")
    else:
        show(f"{key_id} is the {'last' if spare else 'first'} key of {file}.")
        say(f"Keep a copy elsewhere, then set GALLEY_PAYLOAD_KEYS_FILE={file}")


def _put(file: Path, key: str, key_id: str, *, spare: bool) -> None:
    line = f"# {key_id}, made {datetime.now(UTC):%Y-%m-%d}\n{key}\n"
    try:
        old = read_keys(file) if file.exists() else ""
        parse_keyring(old, str(file))
        if old and not old.endswith("\n"):
            old += "\n"
        # Written beside it and moved over it: a worker that starts reads all or none.
        fresh = file.with_name(f".{file.name}.{key_id}")
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
        with os.fdopen(os.open(fresh, flags, _OWNER_ALONE), "w") as opened:
            opened.write(old + line if spare else line + old)
        fresh.replace(file)
    except OSError as error:
        raise CommandError(
            f"{file} cannot be written: {error.strerror}. Choose another place."
        ) from error


def list_and_print(*, used: bool, json: bool) -> None:
    """Carry out ``keys list``.

    Raises:
        CommandError: With ``used``: something needs a key that is not here.
    """
    held = keyring_of(Settings()).key_ids
    uses = run(keys_used()) if used else {}
    missing = sorted(set(uses) - set(held))
    rows = [_row(key_id, held, uses if used else None) for key_id in [*held, *missing]]
    if json:
        show_json(rows)
    elif rows:
        columns = [*rows[0]]
        cells = [[str(row[column]) for column in columns] for row in rows]
        table([column.replace("_", " ").capitalize() for column in columns], cells)
    else:
        show("Nothing is encrypted: there are no keys.")
    if missing:
        raise CommandError(
            f"Not here, and needed: {', '.join(missing)}. Add them to the keys."
        )


def _row(
    key_id: str, held: tuple[str, ...], uses: dict[str, KeyUse] | None
) -> dict[str, object]:
    what = "decrypts" if key_id in held else "is missing"
    row: dict[str, object] = {
        "key_id": key_id,
        "what": "encrypts and decrypts" if key_id in held[:1] else what,
    }
    return row if uses is None else row | asdict(uses.get(key_id, KeyUse()))
