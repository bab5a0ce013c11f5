"""Buffer's authorization server: consent, tokens, introspection (RFC 6749, 7636, 7662).

Paths are those of https://auth.buffer.com; :mod:`emulators.buffer.app` serves them. The
control API lists and revokes grants.
"""

import base64
import hashlib
import hmac
import re
from collections.abc import Mapping
from html import escape
from urllib.parse import parse_qsl, urlencode, urlsplit

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from emulators.buffer.core import Emulator
from emulators.buffer.faults import RequestFault
from emulators.buffer.gate import LIFETIMES, Credential
from emulators.buffer.records import SECOND, Json
from emulators.serving import Connections

SCOPES = (
    *("posts:read", "posts:write", "ideas:read", "ideas:write"),
    *("account:read", "account:write", "offline_access"),
    *("insights:read", "notes:read", "notes:write"),
)
OPERATION = "token"
"""The operation of faults that hit the token endpoint."""
_FAULTS = (
    *("lost_request", "lost_reply", "slow", "rate_limit"),
    *("http_500", "http_502", "http_503", "http_504"),
)
_REQUEST_FIELDS = (
    *("client_id", "redirect_uri", "response_type", "scope", "state"),
    *("code_challenge", "code_challenge_method", "prompt"),
)
_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
_VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}")
_LOOPBACK = {"127.0.0.1", "::1", "localhost"}
_MAX_FORM = 64 * 1024
_NO_STORE = {"Cache-Control": "no-store", "Pragma": "no-cache"}
_STYLE = (
    "body{font:16px/1.5 system-ui;max-width:32rem;margin:4rem auto;padding:0 1rem}"
    "button{font:inherit;padding:.5rem 1rem;margin-right:.5rem}"
)


class GrantRefusedError(Exception):
    """The request is refused; ``code`` is the error code of RFC 6749."""

    def __init__(self, code: str, description: str, status: int = 400) -> None:
        super().__init__(description)
        self.code, self.status = code, status


class OAuth:
    """The handlers of the authorization server."""

    def __init__(self, emulator: Emulator, connections: Connections) -> None:
        self._emulator = emulator
        self._clients = emulator.options.oauth_clients
        self._credentials = emulator.credentials
        self._tokens = TokenEndpoint(emulator, connections)

    def routes(self) -> list[Route]:
        return [
            Route("/auth", self.ask, methods=["GET"]),
            Route("/auth", self.decide, methods=["POST"]),
            Route("/token", self._tokens),
            Route("/token/introspection", self.introspect, methods=["POST"]),
            Route("/_emulator/grants", self.grants, methods=["GET"]),
            Route("/_emulator/grants/{id}", self.revoke, methods=["DELETE"]),
        ]

    async def ask(self, request: Request) -> Response:
        """Show the consent page, or authorize the app at once with ``--auto-approve``."""
        asked = _pairs(request.url.query)
        problem = self._problem(request, asked)
        if problem:
            return problem
        if self._emulator.options.auto_approve:
            return self._authorize(request, asked)
        # The answer posts the whole request back, so that no session is needed.
        hidden = "".join(
            f'<input type="hidden" name="{name}" value="{escape(asked[name])}">'
            for name in _REQUEST_FIELDS
            if name in asked
        )
        scopes = "".join(f"<li>{escape(one)}</li>" for one in asked["scope"].split())
        return _page(
            f"<h1>Allow {escape(asked['client_id'])}?</h1>"
            f"<p>It asks to act for {escape(self._emulator.options.organization)}"
            f" in this Buffer emulator:</p><ul>{scopes}</ul>"
            f'<form method="post">{hidden}'
            '<button name="decision" value="allow">Allow</button>'
            '<button name="decision" value="deny">Deny</button></form>'
        )

    async def decide(self, request: Request) -> Response:
        """Redirect back to the app with the person's decision."""
        asked = await _form(request)
        problem = self._problem(request, asked)
        if problem:
            return problem
        if asked.get("decision") != "allow":
            return _redirect(
                request, asked, error="access_denied", error_description="The person denied access"
            )
        return self._authorize(request, asked)

    def _problem(self, request: Request, asked: Mapping[str, str]) -> Response | None:
        """Return the refusal of a wrong request.

        One whose app or address cannot be trusted is not redirected (RFC 6749, 4.1.2.1).
        """
        client = asked.get("client_id", "")
        if not client or (self._clients and client not in self._clients):
            return _page("<h1>Not possible</h1><p>There is no app with this client_id.</p>", 400)
        if not _may_redirect(asked.get("redirect_uri", "")):
            why = "redirect_uri must be https, or http on loopback."
            return _page(f"<h1>Not possible</h1><p>{why}</p>", 400)
        scopes = asked.get("scope", "").split()
        if asked.get("response_type") != "code":
            problem = ("unsupported_response_type", "only code is supported")
        elif asked.get("code_challenge_method") != "S256" or not _CHALLENGE.fullmatch(
            asked.get("code_challenge", "")
        ):
            problem = ("invalid_request", "PKCE with S256 is required")
        elif not scopes or set(scopes) - set(SCOPES):
            problem = ("invalid_scope", "a requested scope does not exist")
        else:
            return None
        code, description = problem
        return _redirect(request, asked, error=code, error_description=description)

    def _authorize(self, request: Request, asked: Mapping[str, str]) -> Response:
        # Only a person's consent gives offline access, so the app must ask for the page.
        consents = "consent" in asked.get("prompt", "").split()
        scopes = [s for s in asked["scope"].split() if consents or s != "offline_access"]
        now, store = self._emulator.clock.now(), self._emulator.store
        with store.transaction():
            grant_id = self._credentials.add_grant(asked["client_id"], " ".join(scopes), now)
            code = self._credentials.issue(
                grant_id,
                "code",
                now,
                redirect_uri=asked["redirect_uri"],
                challenge=asked["code_challenge"],
            )
        return _redirect(request, asked, code=code)

    async def introspect(self, request: Request) -> Response:
        """Say whether a token of the asking app is active (RFC 7662)."""
        form = await _form(request)
        if "token" not in form:
            return _error("invalid_request", "send a form with token")
        try:
            client = _client(form, self._clients)
        except GrantRefusedError as error:
            return _error(error.code, str(error), error.status)
        found = self._credentials.find(form["token"])
        active = found is not None and found.is_active(self._emulator.clock.now())
        if found is None or found.client_id != client or not active:
            return JSONResponse({"active": False}, headers=_NO_STORE)
        reply: Json = {
            "active": True,
            "client_id": client,
            "sub": self._emulator.account()["id"],
            "scope": found.scope,
            "iat": found.issued_at // SECOND,
        }
        if found.expires_at is not None:
            reply |= {"exp": found.expires_at // SECOND, "token_type": "Bearer"}
        return JSONResponse(reply, headers=_NO_STORE)

    async def grants(self, _request: Request) -> Response:
        """List every grant with its refreshes and the reason of its revocation."""
        return JSONResponse(self._credentials.grants())

    async def revoke(self, request: Request) -> Response:
        """Revoke a grant, as a person does who removes an app in Buffer."""
        grant_id: str = request.path_params["id"]
        if grant_id not in {one["id"] for one in self._credentials.grants()}:
            return JSONResponse({"error": "no such grant"}, 404)
        self._credentials.revoke(grant_id, "by the person", self._emulator.clock.now())
        return JSONResponse({"revoked": grant_id})


class TokenEndpoint:
    """An ASGI application for ``POST /token``.

    A code or refresh token works once. One that comes again was stolen by somebody, so the
    whole grant ends, as Buffer's guide says.
    """

    def __init__(self, emulator: Emulator, connections: Connections) -> None:
        self._emulator, self._connections = emulator, connections
        self._credentials = emulator.credentials

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        form = await _form(request) if request.method == "POST" else {}
        fault = RequestFault(self._emulator.faults.take((OPERATION,), _FAULTS))
        response: Response | None
        if fault.kind == "rate_limit":
            response = _error("slow_down", "too many requests", 429)
        elif fault.comes_first:
            response = fault.instead()
        else:
            response = await fault.after(self._exchange(form))
        if response is None:
            await self._connections.cut(scope, receive)
        else:
            await response(scope, receive, send)

    def _exchange(self, form: Mapping[str, str]) -> Response:
        if not form:
            return _error("invalid_request", "POST a form, each field once")
        try:
            client = _client(form, self._emulator.options.oauth_clients)
            grant_type = form.get("grant_type")
            if grant_type == "authorization_code":
                grant = self._redeem(client, form)
            elif grant_type == "refresh_token":
                grant = self._refresh(client, form)
            else:
                return _error("unsupported_grant_type", "unsupported grant_type requested")
        except GrantRefusedError as error:
            return _error(error.code, str(error), error.status)
        now = self._emulator.clock.now()
        reply: Json = {
            "access_token": self._credentials.issue(grant.grant_id, "access", now),
            "token_type": "Bearer",
            "expires_in": (LIFETIMES["access"] or 0) // SECOND,
            "scope": grant.scope,
        }
        if "offline_access" in grant.scope.split():
            reply["refresh_token"] = self._credentials.issue(grant.grant_id, "refresh", now)
        return JSONResponse(reply, headers=_NO_STORE)

    def _redeem(self, client: str, form: Mapping[str, str]) -> Credential:
        now, code = self._emulator.clock.now(), form.get("code", "")
        found = self._credentials.find(code)
        if found is None or found.kind != "code" or found.client_id != client:
            raise GrantRefusedError("invalid_grant", "authorization code not found")
        if found.is_used:
            self._credentials.revoke(found.grant_id, "a code came again", now)
            raise GrantRefusedError("invalid_grant", "authorization code already consumed")
        if not found.is_active(now):
            raise GrantRefusedError("invalid_grant", "authorization code is expired")
        if form.get("redirect_uri") != found.redirect_uri:
            raise GrantRefusedError("invalid_grant", "authorization code redirect_uri mismatch")
        verifier = form.get("code_verifier", "")
        digest = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest())
        # base64url without padding (RFC 7636, appendix A).
        proves = hmac.compare_digest(digest.rstrip(b"=").decode(), found.challenge)
        if not proves or not _VERIFIER.fullmatch(verifier):
            raise GrantRefusedError("invalid_grant", "PKCE verification failed")
        self._credentials.use(code, now)
        return found

    def _refresh(self, client: str, form: Mapping[str, str]) -> Credential:
        now, token = self._emulator.clock.now(), form.get("refresh_token", "")
        found = self._credentials.find(token)
        if found is None or found.kind != "refresh" or found.client_id != client:
            raise GrantRefusedError("invalid_grant", "refresh token not found")
        if found.is_used:
            self._credentials.revoke(found.grant_id, "a refresh token came again", now)
            raise GrantRefusedError("invalid_grant", "refresh token already used")
        if not found.is_active(now):
            raise GrantRefusedError("invalid_grant", "grant was revoked")
        # A client may ask for less than it was granted, never for more.
        if set(form.get("scope", "").split()) - set(found.scope.split()):
            raise GrantRefusedError("invalid_scope", "scope is wider than the grant")
        # Used even if the reply is lost: the client must ask introspection.
        self._credentials.use(token, now)
        return found


def _client(form: Mapping[str, str], known: Mapping[str, str]) -> str:
    """Return the app of a form; it must prove its secret where it has one."""
    client = form.get("client_id", "")
    if not client:
        raise GrantRefusedError("invalid_client", "client_id is missing", 401)
    if known and client not in known:
        raise GrantRefusedError("invalid_client", "client is unknown", 401)
    secret = known.get(client, "").encode()
    if secret and not hmac.compare_digest(secret, form.get("client_secret", "").encode()):
        raise GrantRefusedError("invalid_client", "client authentication failed", 401)
    return client


async def _form(request: Request) -> dict[str, str]:
    """Return the fields of a posted form; empty if it is none."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    raw = b""
    async for chunk in request.stream():
        raw += chunk
        if len(raw) > _MAX_FORM:
            return {}
    if kind != "application/x-www-form-urlencoded":
        return {}
    try:
        return _pairs(raw.decode())
    except ValueError:
        return {}


def _pairs(query: str) -> dict[str, str]:
    """Return the parameters of a form or query; empty if one comes twice (RFC 6749, 3.1)."""
    pairs = parse_qsl(query, keep_blank_values=True, max_num_fields=100)
    found = dict(pairs)
    return found if len(found) == len(pairs) else {}


def _may_redirect(uri: str) -> bool:
    try:
        parts = urlsplit(uri)
        host = parts.hostname
    except ValueError:
        return False
    # A fragment would swallow the query that brings the code.
    if parts.fragment or not host or not uri.isascii() or not uri.isprintable():
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and host in _LOOPBACK)


def _redirect(request: Request, asked: Mapping[str, str], **brought: str) -> Response:
    if "state" in asked:
        brought["state"] = asked["state"]
    # The issuer, against mix-up attacks (RFC 9207).
    brought["iss"] = str(request.base_url).rstrip("/")
    uri = asked["redirect_uri"]
    # An app's address may have a query of its own.
    sign = "&" if urlsplit(uri).query else "?"
    return RedirectResponse(f"{uri}{sign}{urlencode(brought)}", 303, {"Cache-Control": "no-store"})


def _page(body: str, status: int = 200) -> Response:
    head = f"<!doctype html><title>Buffer emulator</title><style>{_STYLE}</style>"
    # In a frame, another page could lead a click to Allow.
    headers = {"Cache-Control": "no-store", "X-Frame-Options": "DENY"}
    return HTMLResponse(head + body, status, headers)


def _error(code: str, description: str, status: int = 400) -> Response:
    """Return an error as RFC 6749 writes it."""
    body = {"error": code, "error_description": description}
    return JSONResponse(body, status, _NO_STORE)
