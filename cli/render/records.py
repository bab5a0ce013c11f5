"""Keys, audit packs, erasures and old media, as their commands print them."""

from collections import Counter
from dataclasses import asdict
from typing import Any

from app.records.media_collection import Collection, JudgedMedium
from app.records.payload_keys import ListedKey
from cli.terminal.output import say, show, show_json, table
from galley.outbox.collecting import Verdict


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


def print_collection(found: Collection, *, deleted: bool, json: bool) -> None:
    """Print the media that are free or deleted, and why the others are kept."""
    freed = found.deleted if deleted else found.free
    size = sum(one.stored.size for one in freed)
    kept = Counter(
        one.verdict.value for one in found.judged if one.verdict is not Verdict.FREE
    )
    if json:
        objects = [_medium_json(one) for one in freed]
        show_json(
            {"deleted": deleted, "bytes": size, "objects": objects, "kept": dict(kept)}
        )
        return
    if freed:
        rows = [_medium_row(one) for one in freed]
        table(("Bucket", "Object", "Bytes", "Since"), rows)
    verb = "Deleted" if deleted else "Free to be deleted"
    show(f"{verb}: {len(freed)} objects, {size:,} bytes.")
    reasons = ", ".join(f"{count} {why}" for why, count in sorted(kept.items()))
    show(f"Kept: {reasons or 'nothing'}.")
    put_again = len(found.free) - len(freed)
    if put_again:
        say(f"{put_again} were put again meanwhile, and stay.")
    if found.free and not deleted:
        say("Nothing was deleted: `uv run starter.py media gc --yes` deletes them.")


def _medium_row(one: JudgedMedium) -> tuple[str, str, str, str]:
    since = f"{one.stored.updated_at:%Y-%m-%d}"
    return one.store.name, one.stored.name, f"{one.stored.size:,}", since


def _medium_json(one: JudgedMedium) -> dict[str, Any]:
    return {
        "bucket": one.store.name,
        "name": one.stored.name,
        "bytes": one.stored.size,
        "updated_at": one.stored.updated_at.isoformat(),
    }
