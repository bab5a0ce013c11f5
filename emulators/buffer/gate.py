"""The gate before the API: User-Agent, tokens and their grants, rate windows.

:mod:`emulators.buffer.app` asks it for each request, before the query is read;
:mod:`emulators.buffer.oauth` issues the tokens. Buffer stands behind Cloudflare, which
refuses clients that send no User-Agent or that of Python's urllib. Quotas:
https://developers.buffer.com/guides/api-limits.html
"""

import base64
import hashlib
import json
import secrets
from collections.abc import Container
from dataclasses import dataclass
from typing import Literal, cast

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from emulators.buffer.graphql_edge import error_body
from emulators.buffer.records import DAY, HOUR, MINUTE, SECOND, Clock, Json
from emulators.buffer.store import Store

TOKEN_MISSING = "An authentication JWT or Access Token is required"  # noqa: S105 - a message
TOKEN_INVALID = "Access token is not valid"  # noqa: S105 - a message
TOO_MANY = "Too many requests from this client. Please try again later."
REJECTED_PREFIXES = ("bad", "revoked")

Plan = Literal["free", "essentials", "team"]


class RequestRefusedError(Exception):
    """The request ends here, with this response."""

    def __init__(self, response: Response) -> None:
        super().__init__(response.status_code)
        self.response = response


def identify(request: Request, rejected: Container[str]) -> str:
    """Return the client of a request, as a digest of its token.

    Raises:
        RequestRefusedError: No User-Agent (403), no token, or a rejected one (401).
    """
    agent = request.headers.get("user-agent", "")
    if not agent.strip() or agent.lower().startswith("python-urllib"):
        raise RequestRefusedError(PlainTextResponse("error code: 1010", 403))
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    token = token.strip()
    if scheme.lower() != "bearer" or not token:
        raise RequestRefusedError(unauthenticated(TOKEN_MISSING))
    if token in rejected or token.startswith(REJECTED_PREFIXES):
        raise RequestRefusedError(unauthenticated(TOKEN_INVALID))
    return client_digest(token)


def client_digest(token: str) -> str:
    """Return the name of a client in logs and windows, from which no token can be read."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def unauthenticated(message: str) -> Response:
    """Return Buffer's 401."""
    return JSONResponse(error_body(message, "UNAUTHENTICATED"), 401)


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
        # A refresh token has no end of its own.
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
        # The prefix tells an emulated token from a personal key of Buffer's.
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


class RejectedTokens:
    """All tokens that the API answers with 401; a container for :func:`identify`.

    They are those named at the start, personal keys revoked by a fault, and OAuth tokens
    that have ended. Any other token is accepted.
    """

    _KEY = "revoked"

    def __init__(
        self, named: tuple[str, ...], store: Store, credentials: Credentials, clock: Clock
    ) -> None:
        self._named, self._store = named, store
        self._credentials, self._clock = credentials, clock
        self._revoked = set(cast("list[str]", json.loads(store.meta(self._KEY) or "[]")))

    def __contains__(self, token: object) -> bool:
        if not isinstance(token, str):
            return False
        if token in self._named or client_digest(token) in self._revoked:
            return True
        found = self._credentials.find(token)
        if found is None:
            # An access token of another state file: this emulator did not issue it.
            return token.startswith(PREFIXES["access"])
        return found.kind != "access" or not found.is_active(self._clock.now())

    def revoke(self, client: str) -> None:
        """Reject the token of this digest from now on, after a restart too."""
        self._revoked.add(client)
        self._store.set_meta(self._KEY, json.dumps(sorted(self._revoked)))

    def forget_revoked(self) -> None:
        """Accept the revoked tokens again; the store has been cleared."""
        self._revoked.clear()


@dataclass(frozen=True, slots=True)
class Window:
    """A quota over the last ``length`` milliseconds."""

    label: str
    name: str
    length: int
    quota: int


def windows(plan: Plan, scale: int = 1) -> tuple[Window, ...]:
    """Return the windows of a plan, shortest first, each ``scale`` times larger.

    Load and chaos tests need the room: no plan of Buffer's has it.
    """
    day, month = {"free": (250, 3_000), "essentials": (250, 7_500), "team": (500, 15_000)}[plan]
    return (
        Window("15m", f"{100 * scale}-in-15min", 15 * MINUTE, 100 * scale),
        Window("24h", f"{day * scale}-in-1day", DAY, day * scale),
        Window("30d", f"{month * scale}-in-30days", 30 * DAY, month * scale),
    )


@dataclass(frozen=True, slots=True)
class Admission:
    """The limiter's verdict on one request, with the rate-limit headers of its response.

    ``refused`` is the label of the full window; ``retry_after`` is in seconds.
    """

    headers: dict[str, str]
    refused: str | None = None
    retry_after: int = 0


def too_many(admission: Admission, window: str, retry_after: int) -> Response:
    """Return a 429 with the headers that name the wait in seconds."""
    headers = {**admission.headers, "Retry-After": str(retry_after)}
    body = error_body(TOO_MANY, "RATE_LIMIT_EXCEEDED", window=window)
    return JSONResponse(body, 429, headers)


class RateLimiter:
    """Buffer's three rolling windows for each client, exact and kept across restarts.

    A request counts in every window from the millisecond it arrives until the window
    has passed. Whether Buffer also counts the requests it refuses is not documented;
    they count here, the harder case, unless ``count_refused`` is false.
    """

    def __init__(self, store: Store, limits: tuple[Window, ...], *, count_refused: bool) -> None:
        self._store = store
        self._windows = limits
        self._count_refused = count_refused

    def admit(self, client: str, now: int) -> Admission:
        """Count a request of ``client`` at ``now`` and say whether it may pass."""
        # The longest window comes last; older requests count in none.
        self._store.forget_hits(now - self._windows[-1].length)
        full = self._full(client, now)
        if not full or self._count_refused:
            self._store.add_hit(client, now)
        headers = self._headers(client, now)
        if not full:
            return Admission(headers)
        # The label is that of the window with the longest wait.
        refused = max(full, key=lambda window: self._wait(client, window, now))
        # Where refusals count, this one may have filled another window.
        longest = max(self._wait(client, window, now) for window in self._full(client, now))
        return Admission(headers, refused.label, max(1, longest))

    def _full(self, client: str, now: int) -> list[Window]:
        return [w for w in self._windows if self._used(client, w, now) >= w.quota]

    def _used(self, client: str, window: Window, now: int) -> int:
        return self._store.count_hits(client, now - window.length)

    def _wait(self, client: str, window: Window, now: int) -> int:
        """Return the seconds, rounded up, until the window has room or loses a request."""
        used = self._used(client, window, now)
        if used == 0:
            return 0
        # Refused requests may exceed the quota: that many must leave, and one more.
        leaving = max(0, used - window.quota)
        oldest = self._store.hit(client, now - window.length, leaving)
        return -(-(oldest + window.length - now) // SECOND)

    def _headers(self, client: str, now: int) -> dict[str, str]:
        partition = base64.b64encode(client.encode()).decode()
        state: list[str] = []
        policy: list[str] = []
        for window in self._windows:
            left = max(0, window.quota - self._used(client, window, now))
            wait = self._wait(client, window, now)
            state.append(f'"{window.name}";r={left};t={wait}')
            seconds = window.length // SECOND
            policy.append(f'"{window.name}";q={window.quota};w={seconds};pk=:{partition}:')
        return {"RateLimit": ", ".join(state), "RateLimit-Policy": ", ".join(policy)}
