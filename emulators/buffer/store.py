"""Every table of the emulator's SQLite state file: posts, channels, faults, requests, tokens.

:class:`emulators.buffer.core.Emulator` opens one :class:`Store`; everything else asks it.
"""

import json
import sqlite3
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

from emulators.buffer.records import Fault, Json, Post

SCHEMA = """
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
CREATE TABLE IF NOT EXISTS documents (
    number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL, organization_id TEXT NOT NULL, doc TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS documents_by_kind ON documents (kind, organization_id);
CREATE TABLE IF NOT EXISTS hits (client TEXT NOT NULL, at INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS hits_by_client ON hits (client, at);
CREATE TABLE IF NOT EXISTS faults (
    id INTEGER PRIMARY KEY AUTOINCREMENT, operation TEXT NOT NULL,
    kind TEXT NOT NULL, times INTEGER NOT NULL, details TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS requests (
    id INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, doc TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS grants (
    id TEXT PRIMARY KEY, client_id TEXT NOT NULL, scope TEXT NOT NULL,
    created_at INTEGER NOT NULL, revoked_at INTEGER, revoked_because TEXT,
    refreshes INTEGER NOT NULL DEFAULT 0);
CREATE TABLE IF NOT EXISTS credentials (
    digest TEXT PRIMARY KEY, grant_id TEXT NOT NULL, kind TEXT NOT NULL,
    issued_at INTEGER NOT NULL, expires_at INTEGER, used_at INTEGER,
    redirect_uri TEXT NOT NULL, challenge TEXT NOT NULL);
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
            # Autocommit: only `transaction` opens one.
            isolation_level=None,
            timeout=1,
            # Tests create the store in one thread and run the server in another.
            check_same_thread=False,
        )
        try:
            self._db.execute("PRAGMA locking_mode = EXCLUSIVE")
            self._db.execute("PRAGMA journal_mode = WAL")
            # Survives a killed process; only a power cut could lose the last writes.
            self._db.execute("PRAGMA synchronous = NORMAL")
            self._db.executescript(SCHEMA)
            # The exclusive lock is taken at the first write, not when the file is opened.
            self.set_meta("opened", "1")
        except sqlite3.DatabaseError as error:
            self._db.close()
            if "locked" in str(error):
                raise StateInUseError(str(path)) from error
            raise

    def close(self) -> None:
        self._db.close()

    def clear(self) -> None:
        """Delete every row; inside a transaction."""
        tables = self._db.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'"
        )
        for (name,) in tables.fetchall():
            # The names are those of this program's own tables.
            self._db.execute(f"DELETE FROM {name}")  # noqa: S608

    @contextmanager
    def transaction(self) -> Generator[None]:
        """Keep all writes of the block, or none."""
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    def execute(self, statement: str, *values: object) -> sqlite3.Cursor:
        """Run one statement with bound values."""
        return self._db.execute(statement, values)

    def _documents(self, statement: str, *values: object) -> list[Json]:
        return [json.loads(doc) for (doc,) in self._db.execute(statement, values)]

    def meta(self, key: str) -> str | None:
        row = self.execute("SELECT value FROM meta WHERE key = ?", key).fetchone()
        return None if row is None else str(row[0])

    def set_meta(self, key: str, value: str) -> None:
        self.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", key, value)

    # Channels

    def channels(self, organization_id: str) -> list[Json]:
        return self._documents(
            "SELECT doc FROM channels WHERE organization_id = ? ORDER BY position", organization_id
        )

    def channel(self, channel_id: str) -> Json | None:
        found = self._documents("SELECT doc FROM channels WHERE id = ?", channel_id)
        return found[0] if found else None

    def save_channel(self, channel: Json, position: int = 0) -> None:
        """Add a channel at a position, or replace the one of the same ID where it is."""
        self.execute(
            "INSERT INTO channels VALUES (?, ?, ?, ?)"
            " ON CONFLICT (id) DO UPDATE SET doc = excluded.doc",
            channel["id"],
            channel["organizationId"],
            position,
            json.dumps(channel),
        )

    # Posts

    def save_post(self, post: Post) -> None:
        self.execute(
            "INSERT OR REPLACE INTO posts VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
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
        )

    def post(self, post_id: str) -> Post | None:
        """Return a post that was not deleted."""
        found = self._posts("id = ? AND deleted_at IS NULL", post_id)
        return found[0] if found else None

    def ledger(self) -> list[Post]:
        """Return every post ever made, deleted ones too, oldest first."""
        return self._posts("1")

    def posts_of(self, organization_id: str) -> list[Post]:
        return self._posts("organization_id = ? AND deleted_at IS NULL", organization_id)

    def posts_on(self, channel_id: str, *statuses: str) -> list[Post]:
        """Return the posts of these statuses on a channel."""
        marks = ", ".join("?" * len(statuses))
        return self._posts(
            f"channel_id = ? AND deleted_at IS NULL AND status IN ({marks})", channel_id, *statuses
        )

    def count_scheduled(self, channel_id: str, *, besides: str) -> int:
        """Count the scheduled posts of a channel, leaving one out."""
        row = self.execute(
            "SELECT COUNT(*) FROM posts WHERE channel_id = ? AND status = 'scheduled'"
            " AND deleted_at IS NULL AND id != ?",
            channel_id,
            besides,
        ).fetchone()
        return int(row[0])

    def due(self, now: int) -> list[Post]:
        """Return the scheduled posts whose time has come."""
        return self._posts("status = 'scheduled' AND due_at <= ? AND deleted_at IS NULL", now)

    def sending(self) -> list[Post]:
        return self._posts("status = 'sending' AND deleted_at IS NULL")

    def unread_videos(self) -> list[Post]:
        """Return the posts with a video that was not measured yet."""
        return self._posts("unread AND deleted_at IS NULL")

    def next_due(self, now: int) -> int | None:
        """Return the next instant after ``now`` at which a post changes its status."""
        row = self.execute(
            "SELECT MIN(at) FROM (SELECT CASE status WHEN 'sending' THEN finish_at"
            " ELSE due_at END AS at FROM posts"
            " WHERE status IN ('scheduled', 'sending') AND deleted_at IS NULL)"
            " WHERE at > ?",
            now,
        ).fetchone()
        return None if row[0] is None else int(row[0])

    def _posts(self, where: str, *values: object) -> list[Post]:
        # The clauses are this file's own constants; values are bound.
        query = f"SELECT doc FROM posts WHERE {where} ORDER BY created_at, rowid"  # noqa: S608
        return [Post(**doc) for doc in self._documents(query, *values)]

    # Ideas, templates and content items: JSON documents with `id` and `organizationId`

    def documents(self, kind: str, organization_id: str) -> list[Json]:
        """Return all documents of a kind, oldest first."""
        return self._documents(
            "SELECT doc FROM documents WHERE kind = ? AND organization_id = ? ORDER BY number",
            kind,
            organization_id,
        )

    def document(self, kind: str, item_id: str) -> Json | None:
        found = self._documents(
            "SELECT doc FROM documents WHERE kind = ? AND id = ?", kind, item_id
        )
        return found[0] if found else None

    def save_document(self, kind: str, item: Json) -> None:
        """Add a document, or replace the one of the same ID."""
        self.execute(
            "INSERT INTO documents (id, kind, organization_id, doc) VALUES (?, ?, ?, ?)"
            " ON CONFLICT (id) DO UPDATE SET doc = excluded.doc",
            item["id"],
            kind,
            item["organizationId"],
            json.dumps(item),
        )

    def delete_document(self, kind: str, item_id: str) -> None:
        self.execute("DELETE FROM documents WHERE kind = ? AND id = ?", kind, item_id)

    # Requests that count in the rate windows

    def add_hit(self, client: str, at: int) -> None:
        self.execute("INSERT INTO hits VALUES (?, ?)", client, at)

    def count_hits(self, client: str, after: int) -> int:
        row = self.execute(
            "SELECT COUNT(*) FROM hits WHERE client = ? AND at > ?", client, after
        ).fetchone()
        return int(row[0])

    def hit(self, client: str, after: int, index: int) -> int:
        """Return the arrival of the request number ``index`` after an instant."""
        row = self.execute(
            "SELECT at FROM hits WHERE client = ? AND at > ? ORDER BY at LIMIT 1 OFFSET ?",
            client,
            after,
            index,
        ).fetchone()
        return int(row[0])

    def forget_hits(self, until: int) -> None:
        self.execute("DELETE FROM hits WHERE at <= ?", until)

    # Faults

    def faults(self) -> list[Fault]:
        rows = self.execute("SELECT * FROM faults WHERE times > 0 ORDER BY id")
        return [
            Fault(number, operation, kind, times, json.loads(details))
            for number, operation, kind, times, details in rows
        ]

    def add_fault(self, operation: str, kind: str, times: int, details: Json) -> None:
        self.execute(
            "INSERT INTO faults (operation, kind, times, details) VALUES (?, ?, ?, ?)",
            operation,
            kind,
            times,
            json.dumps(details),
        )

    def use_fault(self, fault_id: int) -> None:
        self.execute("UPDATE faults SET times = times - 1 WHERE id = ?", fault_id)

    def clear_faults(self) -> None:
        self.execute("DELETE FROM faults")

    # The log of requests

    def log_request(self, at: int, doc: Json) -> int:
        """Log a request when it arrives; return its number."""
        cursor = self.execute("INSERT INTO requests (at, doc) VALUES (?, ?)", at, json.dumps(doc))
        return int(cursor.lastrowid or 0)

    def finish_request(self, number: int, doc: Json) -> None:
        self.execute("UPDATE requests SET doc = ? WHERE id = ?", json.dumps(doc), number)

    def requests(self, since: int) -> list[Json]:
        rows = self.execute("SELECT id, at, doc FROM requests WHERE at >= ? ORDER BY id", since)
        return [{"id": row[0], "at": row[1], **json.loads(row[2])} for row in rows]
