"""Keys, audit packs, erasures and old media, as their commands print them."""

from dataclasses import asdict
from typing import Any

from app.records.payload_keys import ListedKey
from cli.terminal.output import show, show_json, table


def print_keys(keys: list[ListedKey], *, json: bool) -> None:
    """Print the keys by their IDs, never the keys."""
    rows = [_key_row(one) for one in keys]
    if json:
        show_json(rows)
    elif rows:
        columns = [*rows[0]]
        cells = [[str(row[column]) for column in columns] for row in rows]
        table([column.replace("_", " ").capitalize() for column in columns], cells)
    else:
        show("Nothing is encrypted: there are no keys.")


def _key_row(key: ListedKey) -> dict[str, Any]:
    row = {"key_id": key.key_id, "what": key.role.value}
    return row | (asdict(key.use) if key.use else {})
