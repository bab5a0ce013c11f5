"""OAuth grants and their credentials: authorization codes, access tokens, refresh tokens.

:mod:`emulators.buffer.oauth` issues and uses them; :mod:`emulators.buffer.gate` refuses the
access tokens that have ended.
"""

import hashlib
import secrets
from dataclasses import dataclass
from typing import Literal

from emulators.buffer.records import HOUR, MINUTE, Json
from emulators.buffer.store import Store

CredentialKind = Literal["code", "access", "refresh"]
PREFIXES: dict[CredentialKind, str] = {
    "code": "",
    "access": "emulated_access_",
    "refresh": "emulated_refresh_",
}
LIFETIMES: dict[CredentialKind, int | None] = {"code": MINUTE, "access": HOUR, "refresh": None}
"""Milliseconds; None never expires."""


@dataclass(frozen=True, slots=True)
class Credential:
    """An authorization code, access token or refresh token, with the grant it belongs to."""

    grant_id: str
    client_id: str
    scope: str
    kind: CredentialKind
    issued_at: int
    expires_at: int | None
    redirect_uri: str
    challenge: str
    is_used: bool
    is_revoked: bool

    def is_active(self, now: int) -> bool:
        """Return whether it is unexpired, unused and not revoked."""
        lives = self.expires_at is None or now < self.expires_at
        return lives and not self.is_used and not self.is_revoked


class Credentials:
    """OAuth grants and their credentials; the state file holds only digests of the secrets."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def add_grant(self, client_id: str, scope: str, now: int) -> str:
        """Add a grant that a person gave an app; return its ID."""
        grant_id = secrets.token_hex(8)
        self._store.execute(
            "INSERT INTO grants (id, client_id, scope, created_at) VALUES (?, ?, ?, ?)",
            grant_id,
            client_id,
            scope,
            now,
        )
        return grant_id

    def issue(
        self,
        grant_id: str,
        kind: CredentialKind,
        now: int,
        *,
        redirect_uri: str = "",
        challenge: str = "",
    ) -> str:
        """Issue a credential and return its secret; only a code has the last two."""
        secret = PREFIXES[kind] + secrets.token_urlsafe(32)
        lifetime = LIFETIMES[kind]
        self._store.execute(
            "INSERT INTO credentials VALUES (?, ?, ?, ?, ?, NULL, ?, ?)",
            _digest(secret),
            grant_id,
            kind,
            now,
            None if lifetime is None else now + lifetime,
            redirect_uri,
            challenge,
        )
        return secret

    def find(self, secret: str) -> Credential | None:
        row = self._store.execute(
            "SELECT g.id, client_id, scope, kind, issued_at, expires_at, redirect_uri, challenge,"
            " used_at IS NOT NULL, revoked_at IS NOT NULL"
            " FROM credentials JOIN grants AS g ON g.id = grant_id WHERE digest = ?",
            _digest(secret),
        ).fetchone()
        if row is None:
            return None
        return Credential(*row[:8], is_used=bool(row[8]), is_revoked=bool(row[9]))

    def use(self, secret: str, now: int) -> None:
        """Mark a code or refresh token as used, and count refreshes of its grant."""
        self._store.execute(
            "UPDATE credentials SET used_at = ? WHERE digest = ?", now, _digest(secret)
        )
        self._store.execute(
            "UPDATE grants SET refreshes = refreshes + 1 WHERE id ="
            " (SELECT grant_id FROM credentials WHERE digest = ? AND kind = 'refresh')",
            _digest(secret),
        )

    def revoke(self, grant_id: str, because: str, now: int) -> None:
        self._store.execute(
            "UPDATE grants SET revoked_at = ?, revoked_because = ?"
            " WHERE id = ? AND revoked_at IS NULL",
            now,
            because,
            grant_id,
        )

    def grants(self) -> list[Json]:
        """Return every grant, oldest first, as the control API lists them."""
        rows = self._store.execute(
            "SELECT id, client_id, scope, refreshes, revoked_because"
            " FROM grants ORDER BY created_at, rowid"
        )
        names = ("id", "clientId", "scope", "refreshes", "revokedBecause")
        return [dict(zip(names, row, strict=True)) for row in rows]


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
