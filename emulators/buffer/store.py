"""What the emulator keeps beside posts: ideas, templates, drafts of items."""

import json
import sqlite3
from contextlib import AbstractContextManager
from dataclasses import asdict
from pathlib import Path

from emulators.buffer.oauth_store import OAuthStore
from emulators.buffer.records import Fault, Json, Post, transaction

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
            "SELECT doc FROM shelf WHERE kind = ? AND organization_id = ? ORDER BY number",
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


STORE_SCHEMA = """
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS channels (
    id TEXT PRIMARY KEY, organization_id TEXT NOT NULL, position INTEGER NOT NULL,
    doc TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS posts (
    id TEXT PRIMARY KEY, organization_id TEXT NOT NULL, channel_id TEXT NOT NULL,
    status TEXT NOT NULL, due_at INTEGER, created_at INTEGER NOT NULL,
    finish_at INTEGER, deleted_at INTEGER, unread INTEGER NOT NULL,
    doc TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS posts_by_status ON posts (status, due_at);
CREATE INDEX IF NOT EXISTS posts_by_channel ON posts (channel_id, created_at);
CREATE INDEX IF NOT EXISTS posts_unread ON posts (unread) WHERE unread;
CREATE TABLE IF NOT EXISTS hits (client TEXT NOT NULL, at INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS hits_by_client ON hits (client, at);
CREATE TABLE IF NOT EXISTS faults (
    id INTEGER PRIMARY KEY AUTOINCREMENT, operation TEXT NOT NULL,
    kind TEXT NOT NULL, times INTEGER NOT NULL, details TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS requests (
    id INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, doc TEXT NOT NULL);
"""


class StateInUseError(RuntimeError):
    """Another emulator holds the state file."""


class Store:
    """All rows, on one connection that belongs to the server's event loop.

    The file is held exclusively for as long as it is open. A ``kill -9`` loses nothing
    that was answered: every write is committed at once, in write-ahead mode.
    """

    def __init__(self, path: Path | None) -> None:
        """Open or create the file; without a path everything is lost at the end.

        Raises:
            StateInUseError: Another process holds the file.
            sqlite3.DatabaseError: The file is not ours, or cannot be written.
        """
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
        self._db = sqlite3.connect(
            ":memory:" if path is None else path,
            isolation_level=None,
            timeout=1,
            check_same_thread=False,
        )
        try:
            self._db.execute("PRAGMA locking_mode = EXCLUSIVE")
            self._db.execute("PRAGMA journal_mode = WAL")
            self._db.execute("PRAGMA synchronous = NORMAL")
            self._db.executescript(STORE_SCHEMA)
            self.oauth = OAuthStore(self._db)
            self.shelf = Shelf(self._db)
            self.set_meta("opened", "1")
        except sqlite3.DatabaseError as error:
            self._db.close()
            if "locked" in str(error):
                raise StateInUseError(str(path)) from error
            raise

    def close(self) -> None:
        self._db.close()

    def clear(self) -> None:
        """Forget everything; inside a transaction."""
        tables = self._db.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'"
        )
        for (name,) in tables.fetchall():
            # The names are those of this program's own tables.
            self._db.execute(f"DELETE FROM {name}")  # noqa: S608

    def transaction(self) -> AbstractContextManager[None]:
        """Make several writes one: all of them, or none."""
        return transaction(self._db)

    def meta(self, key: str) -> str | None:
        row = self._db.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
        return None if row is None else str(row[0])

    def set_meta(self, key: str, value: str) -> None:
        self._db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, value))

    def channels(self, organization_id: str) -> list[Json]:
        rows = self._db.execute(
            "SELECT doc FROM channels WHERE organization_id = ? ORDER BY position",
            (organization_id,),
        )
        return [json.loads(row[0]) for row in rows]

    def channel(self, channel_id: str) -> Json | None:
        row = self._db.execute("SELECT doc FROM channels WHERE id = ?", (channel_id,)).fetchone()
        return None if row is None else json.loads(row[0])

    def save_channel(self, channel: Json, position: int) -> None:
        self._db.execute(
            "INSERT INTO channels VALUES (?, ?, ?, ?)"
            " ON CONFLICT (id) DO UPDATE SET doc = excluded.doc",
            (channel["id"], channel["organizationId"], position, json.dumps(channel)),
        )

    def save_post(self, post: Post) -> None:
        self._db.execute(
            "INSERT OR REPLACE INTO posts VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                post.id,
                post.organization_id,
                post.channel_id,
                post.status,
                post.due_at,
                post.created_at,
                post.finish_at,
                post.deleted_at,
                post.has_unread_video(),
                json.dumps(asdict(post)),
            ),
        )

    def post(self, post_id: str) -> Post | None:
        """One post that was not deleted."""
        found = self._posts("id = ? AND deleted_at IS NULL", post_id)
        return found[0] if found else None

    def ledger(self) -> list[Post]:
        """Every post ever made, the deleted ones too, oldest first."""
        return self._posts("1")

    def posts_of(self, organization_id: str) -> list[Post]:
        return self._posts("organization_id = ? AND deleted_at IS NULL", organization_id)

    def posts_on(self, channel_id: str, *statuses: str) -> list[Post]:
        """Posts on a channel that were not deleted; of any status if none is named."""
        marks = ", ".join("?" * len(statuses))
        only = f" AND status IN ({marks})" if statuses else ""
        return self._posts("channel_id = ? AND deleted_at IS NULL" + only, channel_id, *statuses)

    def count_scheduled(self, channel_id: str, *, besides: str) -> int:
        """How many scheduled posts a channel has, one of them left out."""
        row = self._db.execute(
            "SELECT COUNT(*) FROM posts WHERE channel_id = ? AND status = 'scheduled'"
            " AND deleted_at IS NULL AND id != ?",
            (channel_id, besides),
        ).fetchone()
        return int(row[0])

    def due(self, now: int) -> list[Post]:
        """Scheduled posts whose time has come."""
        return self._posts("status = 'scheduled' AND due_at <= ? AND deleted_at IS NULL", now)

    def sending(self) -> list[Post]:
        return self._posts("status = 'sending' AND deleted_at IS NULL")

    def unread_videos(self) -> list[Post]:
        """Posts with a video that has not been read yet."""
        return self._posts("unread AND deleted_at IS NULL")

    def next_due(self, now: int) -> int | None:
        """The next instant after ``now`` at which a post wants to move on."""
        row = self._db.execute(
            "SELECT MIN(at) FROM (SELECT CASE status WHEN 'sending' THEN finish_at"
            " ELSE due_at END AS at FROM posts"
            " WHERE status IN ('scheduled', 'sending') AND deleted_at IS NULL)"
            " WHERE at > ?",
            (now,),
        ).fetchone()
        return None if row[0] is None else int(row[0])

    def _posts(self, where: str, *values: object) -> list[Post]:
        # The clauses are this file's own constants; values are bound.
        rows = self._db.execute(
            f"SELECT doc FROM posts WHERE {where} ORDER BY created_at, rowid",  # noqa: S608
            values,
        )
        return [Post(**json.loads(row[0])) for row in rows]

    def add_hit(self, client: str, at: int) -> None:
        self._db.execute("INSERT INTO hits VALUES (?, ?)", (client, at))

    def count_hits(self, client: str, after: int) -> int:
        row = self._db.execute(
            "SELECT COUNT(*) FROM hits WHERE client = ? AND at > ?", (client, after)
        ).fetchone()
        return int(row[0])

    def hit(self, client: str, after: int, index: int) -> int:
        """When the hit number ``index`` after an instant arrived, oldest first."""
        row = self._db.execute(
            "SELECT at FROM hits WHERE client = ? AND at > ? ORDER BY at LIMIT 1 OFFSET ?",
            (client, after, index),
        ).fetchone()
        return int(row[0])

    def forget_hits(self, until: int) -> None:
        self._db.execute("DELETE FROM hits WHERE at <= ?", (until,))

    def faults(self) -> list[Fault]:
        rows = self._db.execute("SELECT * FROM faults WHERE times > 0 ORDER BY id")
        return [
            Fault(number, operation, kind, times, json.loads(details))
            for number, operation, kind, times, details in rows
        ]

    def add_fault(self, operation: str, kind: str, times: int, details: Json) -> None:
        self._db.execute(
            "INSERT INTO faults (operation, kind, times, details) VALUES (?, ?, ?, ?)",
            (operation, kind, times, json.dumps(details)),
        )

    def use_fault(self, fault_id: int) -> None:
        self._db.execute("UPDATE faults SET times = times - 1 WHERE id = ?", (fault_id,))

    def clear_faults(self) -> None:
        self._db.execute("DELETE FROM faults")

    def log_request(self, at: int, doc: Json) -> int:
        """Write a request down as it arrives; returns its number."""
        cursor = self._db.execute(
            "INSERT INTO requests (at, doc) VALUES (?, ?)", (at, json.dumps(doc))
        )
        return int(cursor.lastrowid or 0)

    def finish_request(self, number: int, doc: Json) -> None:
        self._db.execute("UPDATE requests SET doc = ? WHERE id = ?", (json.dumps(doc), number))

    def requests(self, since: int) -> list[Json]:
        rows = self._db.execute(
            "SELECT id, at, doc FROM requests WHERE at >= ? ORDER BY id", (since,)
        )
        return [{"id": row[0], "at": row[1], **json.loads(row[2])} for row in rows]
