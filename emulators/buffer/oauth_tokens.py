"""``/token``: a code, or a refresh token, for new tokens; each works once.

One that comes again has been stolen from somebody, so the whole grant ends, as Buffer's
guide says. Access tokens live an hour of the emulator's clock.
"""

import asyncio
import base64
import hashlib
import hmac
import re
from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.types import Receive, Scope, Send

from emulators.buffer.core import Connections, Emulator
from emulators.buffer.oauth_consent import form_of
from emulators.buffer.oauth_store import (
    ACCESS_LIFE,
    ClientRefusedError,
    Grant,
    OAuthOptions,
    client_of,
)
from emulators.buffer.records import SECOND, Fault, Json

OPERATION = "token"
"""The name under which faults are ordered for this endpoint."""
NO_STORE = {"Cache-Control": "no-store", "Pragma": "no-cache"}
_HTTP = ("http_500", "http_502", "http_503", "http_504")
_KINDS = ("lost_request", "lost_reply", "slow", "rate_limit", *_HTTP)
_VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}")


class GrantRefusedError(Exception):
    """No tokens; ``code`` is RFC 6749's word for why."""

    def __init__(self, code: str, description: str) -> None:
        super().__init__(description)
        self.code = code


class TokenEndpoint:
    """An ASGI application for ``POST /token``."""

    def __init__(self, emulator: Emulator, options: OAuthOptions, connections: Connections) -> None:
        self._emulator, self._options = emulator, options
        self._store = emulator.store.oauth
        self._connections = connections

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        form = await form_of(request) if request.method == "POST" else None
        fault = self._emulator.faults.take((OPERATION,), _KINDS)
        response = await self._answer(request, form, fault)
        if response is not None:
            await response(scope, receive, send)
            return
        self._connections.cut(tuple(scope["client"]))
        while (await receive())["type"] != "http.disconnect":
            pass

    async def _answer(
        self, request: Request, form: dict[str, str] | None, fault: Fault | None
    ) -> Response | None:
        """The answer, or None to cut the connection."""
        kind = fault.kind if fault else ""
        details: Json = fault.details if fault else {}
        if kind == "lost_request":
            return None
        if kind == "rate_limit":
            return problem("slow_down", "too many requests", 429)
        if kind in _HTTP and not details.get("carried_out"):
            return _gateway(kind)
        response = self._exchange(request, form)
        if kind == "slow":
            await asyncio.sleep(float(details.get("seconds", 5)))
        if kind in _HTTP:
            return _gateway(kind)
        return None if kind == "lost_reply" else response

    def _exchange(self, request: Request, form: dict[str, str] | None) -> Response:
        if form is None:
            return problem("invalid_request", "POST a form, each field once")
        try:
            client = client_of(request, form, self._options.clients)
            grant = self._grant(client, form)
        except ClientRefusedError as error:
            return problem("invalid_client", str(error), 401)
        except GrantRefusedError as error:
            return problem(error.code, str(error))
        return JSONResponse(self._issue(grant), headers=NO_STORE)

    def _grant(self, client: str, form: Mapping[str, str]) -> Grant:
        match form.get("grant_type"):
            case "authorization_code":
                return self._redeem(client, form)
            case "refresh_token":
                return self._refresh(client, form)
            case _:
                raise GrantRefusedError(
                    "unsupported_grant_type", "unsupported grant_type requested"
                )

    def _redeem(self, client: str, form: Mapping[str, str]) -> Grant:
        now, code = self._emulator.clock.now(), form.get("code", "")
        found = self._store.code(code)
        if found is None or found.grant.client_id != client:
            raise _invalid("authorization code not found")
        if found.is_used:
            self._store.revoke(found.grant.id, "a code came again", now)
            raise _invalid("authorization code already consumed")
        if found.grant.is_revoked or now >= found.expires_at:
            raise _invalid("authorization code is expired")
        if form.get("redirect_uri") != found.redirect_uri:
            raise _invalid("authorization code redirect_uri mismatch")
        if not _proves(form.get("code_verifier", ""), found.challenge):
            raise _invalid("PKCE verification failed")
        self._store.use_code(code, now)
        return found.grant

    def _refresh(self, client: str, form: Mapping[str, str]) -> Grant:
        now, token = self._emulator.clock.now(), form.get("refresh_token", "")
        found = self._store.token(token)
        if found is None or found.kind != "refresh" or found.grant.client_id != client:
            raise _invalid("refresh token not found")
        if found.is_used:
            self._store.revoke(found.grant.id, "a refresh token came again", now)
            raise _invalid("refresh token already used")
        if not found.is_active(now):
            raise _invalid("grant was revoked")
        if set(form.get("scope", "").split()) - set(found.grant.scope.split()):
            raise GrantRefusedError("invalid_scope", "scope is wider than the grant")
        self._store.use_token(token, now)
        return found.grant

    def _issue(self, grant: Grant) -> Json:
        now = self._emulator.clock.now()
        answer: Json = {
            "access_token": self._store.new_token(grant, "access", now),
            "token_type": "Bearer",
            "expires_in": ACCESS_LIFE // SECOND,
            "scope": grant.scope,
        }
        if "offline_access" in grant.scope.split():
            answer["refresh_token"] = self._store.new_token(grant, "refresh", now)
        return answer


def problem(
    code: str, description: str, status: int = 400, headers: Mapping[str, str] | None = None
) -> Response:
    """An error as RFC 6749 writes it."""
    body = {"error": code, "error_description": description}
    return JSONResponse(body, status, {**NO_STORE, **(headers or {})})


def _invalid(description: str) -> GrantRefusedError:
    return GrantRefusedError("invalid_grant", description)


def _proves(verifier: str, challenge: str) -> bool:
    if not _VERIFIER.fullmatch(verifier):
        return False
    digest = hashlib.sha256(verifier.encode()).digest()
    made = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    return hmac.compare_digest(made, challenge)


def _gateway(kind: str) -> Response:
    status = int(kind.removeprefix("http_"))
    return HTMLResponse(f"<html><body>{status}</body></html>", status)
