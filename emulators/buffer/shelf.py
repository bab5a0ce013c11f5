"""What the emulator keeps beside posts: ideas, templates, drafts of items."""

import json
import sqlite3

from emulators.buffer.records import Json

SCHEMA = """
CREATE TABLE IF NOT EXISTS shelf (
    number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL, organization_id TEXT NOT NULL, doc TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS shelf_by_kind ON shelf (kind, organization_id);
"""


class Shelf:
    """JSON documents by kind, on the store's connection.

    Each document has ``id`` and ``organizationId``.
    """

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        db.executescript(SCHEMA)

    def every(self, kind: str, organization_id: str) -> list[Json]:
        """All documents of a kind, oldest first."""
        rows = self._db.execute(
            "SELECT doc FROM shelf WHERE kind = ? AND organization_id = ?"
            " ORDER BY number",
            (kind, organization_id),
        )
        return [json.loads(row[0]) for row in rows]

    def get(self, kind: str, item_id: str) -> Json | None:
        row = self._db.execute(
            "SELECT doc FROM shelf WHERE kind = ? AND id = ?", (kind, item_id)
        ).fetchone()
        return None if row is None else json.loads(row[0])

    def put(self, kind: str, item: Json) -> None:
        """Add a document, or replace the one of the same id."""
        self._db.execute(
            "INSERT INTO shelf (id, kind, organization_id, doc) VALUES (?, ?, ?, ?)"
            " ON CONFLICT (id) DO UPDATE SET doc = excluded.doc",
            (item["id"], kind, item["organizationId"], json.dumps(item)),
        )

    def drop(self, kind: str, item_id: str) -> None:
        self._db.execute("DELETE FROM shelf WHERE kind = ? AND id = ?", (kind, item_id))
