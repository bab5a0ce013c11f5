"""Which apps the authorization server knows, and how an app proves to be one."""

import base64
import binascii
import hashlib
import hmac
import secrets
import sqlite3
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import unquote_plus

from starlette.requests import Request

from emulators.buffer.records import HOUR, MINUTE, Json, transaction


@dataclass(frozen=True, slots=True)
class OAuthOptions:
    """What the authorization server is told at its start."""

    clients: Mapping[str, str] = field(default_factory=dict[str, str])
    """Secret by client_id, empty for a public app. Without any, every app is known."""
    auto_approve: bool = False
    """Whether every app is allowed at once, without asking."""


class ClientRefusedError(Exception):
    """The app is not known, or does not prove to be the one it says."""


def client_of(request: Request, form: Mapping[str, str], known: Mapping[str, str]) -> str:
    """Name the app of a request, by its header (RFC 6749, 2.3.1) or its form.

    Raises:
        ClientRefusedError: There is none, or its secret is wrong.
    """
    client, secret = form.get("client_id", ""), form.get("client_secret", "")
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "basic":
        client, secret = _basic(given)
    if not client:
        raise ClientRefusedError("client_id is missing")
    if not known:
        return client
    if client not in known:
        raise ClientRefusedError("client is unknown")
    if known[client] and not hmac.compare_digest(known[client].encode(), secret.encode()):
        raise ClientRefusedError("client authentication failed")
    return client


def _basic(given: str) -> tuple[str, str]:
    try:
        client, _, secret = base64.b64decode(given).decode().partition(":")
    except (binascii.Error, ValueError):
        raise ClientRefusedError("the Authorization header cannot be read") from None
    return unquote_plus(client), unquote_plus(secret)


SCHEMA = """
CREATE TABLE IF NOT EXISTS oauth_grants (
    id TEXT PRIMARY KEY, client_id TEXT NOT NULL, scope TEXT NOT NULL,
    created_at INTEGER NOT NULL, revoked_at INTEGER, revoked_because TEXT,
    refreshes INTEGER NOT NULL DEFAULT 0);
CREATE TABLE IF NOT EXISTS oauth_codes (
    digest TEXT PRIMARY KEY, grant_id TEXT NOT NULL, redirect_uri TEXT NOT NULL,
    challenge TEXT NOT NULL, expires_at INTEGER NOT NULL, used_at INTEGER);
CREATE TABLE IF NOT EXISTS oauth_tokens (
    digest TEXT PRIMARY KEY, grant_id TEXT NOT NULL, kind TEXT NOT NULL,
    issued_at INTEGER NOT NULL, expires_at INTEGER, used_at INTEGER);
"""
ACCESS_LIFE = HOUR
CODE_LIFE = MINUTE
ACCESS_PREFIX = "emulated_access_"
REFRESH_PREFIX = "emulated_refresh_"
Kind = Literal["access", "refresh"]


@dataclass(frozen=True, slots=True)
class Grant:
    """What a person allowed an app."""

    id: str
    client_id: str
    scope: str
    is_revoked: bool


@dataclass(frozen=True, slots=True)
class Code:
    """A code that stands for a grant until it is redeemed."""

    grant: Grant
    redirect_uri: str
    challenge: str
    expires_at: int
    is_used: bool


@dataclass(frozen=True, slots=True)
class Token:
    """One access or refresh token."""

    grant: Grant
    kind: Kind
    issued_at: int
    expires_at: int | None
    is_used: bool

    def is_active(self, now: int) -> bool:
        """Whether it still proves anything."""
        lives = self.expires_at is None or now < self.expires_at
        return lives and not self.is_used and not self.grant.is_revoked


class OAuthStore:
    """All rows of the authorization server."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._db = database
        self._db.executescript(SCHEMA)

    def transaction(self) -> AbstractContextManager[None]:
        """Make several writes one: all of them, or none."""
        return transaction(self._db)

    def new_code(
        self, client_id: str, scope: str, redirect_uri: str, challenge: str, now: int
    ) -> str:
        """Write a grant down; returns the code for it."""
        code, grant_id = secrets.token_urlsafe(32), secrets.token_hex(8)
        with self.transaction():
            self._db.execute(
                "INSERT INTO oauth_grants (id, client_id, scope, created_at) VALUES (?, ?, ?, ?)",
                (grant_id, client_id, scope, now),
            )
            self._db.execute(
                "INSERT INTO oauth_codes VALUES (?, ?, ?, ?, ?, NULL)",
                (_digest(code), grant_id, redirect_uri, challenge, now + CODE_LIFE),
            )
        return code

    def code(self, code: str) -> Code | None:
        row = self._db.execute(
            "SELECT grant_id, redirect_uri, challenge, expires_at, used_at"
            " FROM oauth_codes WHERE digest = ?",
            (_digest(code),),
        ).fetchone()
        if row is None:
            return None
        return Code(self._grant(row[0]), *row[1:4], is_used=row[4] is not None)

    def use_code(self, code: str, now: int) -> None:
        self._db.execute(
            "UPDATE oauth_codes SET used_at = ? WHERE digest = ?", (now, _digest(code))
        )

    def new_token(self, grant: Grant, kind: Kind, now: int) -> str:
        """Write a token down; returns it."""
        prefix = ACCESS_PREFIX if kind == "access" else REFRESH_PREFIX
        token = prefix + secrets.token_urlsafe(32)
        ends = now + ACCESS_LIFE if kind == "access" else None
        self._db.execute(
            "INSERT INTO oauth_tokens VALUES (?, ?, ?, ?, ?, NULL)",
            (_digest(token), grant.id, kind, now, ends),
        )
        return token

    def token(self, token: str) -> Token | None:
        row = self._db.execute(
            "SELECT grant_id, kind, issued_at, expires_at, used_at"
            " FROM oauth_tokens WHERE digest = ?",
            (_digest(token),),
        ).fetchone()
        if row is None:
            return None
        return Token(self._grant(row[0]), *row[1:4], is_used=row[4] is not None)

    def use_token(self, token: str, now: int) -> None:
        """Use a refresh token up."""
        self._db.execute(
            "UPDATE oauth_tokens SET used_at = ? WHERE digest = ?", (now, _digest(token))
        )
        self._db.execute(
            "UPDATE oauth_grants SET refreshes = refreshes + 1 WHERE id ="
            " (SELECT grant_id FROM oauth_tokens WHERE digest = ?)",
            (_digest(token),),
        )

    def revoke(self, grant_id: str, because: str, now: int) -> None:
        self._db.execute(
            "UPDATE oauth_grants SET revoked_at = ?, revoked_because = ?"
            " WHERE id = ? AND revoked_at IS NULL",
            (now, because, grant_id),
        )

    def grants(self) -> list[Json]:
        """Every grant, oldest first, for the control API."""
        rows = self._db.execute(
            "SELECT id, client_id, scope, refreshes, revoked_because"
            " FROM oauth_grants ORDER BY created_at, rowid"
        )
        names = ("id", "clientId", "scope", "refreshes", "revokedBecause")
        return [dict(zip(names, row, strict=True)) for row in rows]

    def _grant(self, grant_id: str) -> Grant:
        row = self._db.execute(
            "SELECT id, client_id, scope, revoked_at FROM oauth_grants WHERE id = ?", (grant_id,)
        ).fetchone()
        return Grant(*row[:3], is_revoked=row[3] is not None)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
