"""Checks before the HTTP servers of agents: known hosts, no browsers, bearer tokens, sizes.

Each request that passes has its :class:`~agents.verbs.Caller` in its scope.
"""

import ipaddress
import json
from collections.abc import Iterable
from typing import Any, cast
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from agents.troubles import Trouble, trouble_of
from agents.verbs import UPLOADS, Caller, is_upload
from app.agents.access import holder_of
from app.agents.limits import AgentLimits
from app.agents.oauth import OAuthTokens
from app.agents.uploads import MOST_BYTES as MOST_UPLOADED
from app.agents.uploads import holder_of_ticket
from app.connections import Connections
from galley.models.agents import AgentMark
from galley.models.agents import Scope as AgentScope

PUBLIC = frozenset({"/v1/openapi.json", "/health"})
"""Paths that need no token: they tell nothing of anybody's posts."""
MOST_BYTES = 1024 * 1024
"""Of a request: the longest source that may be sent as text, with room."""
MCP = "/mcp"
_CALLER = "galley.caller"
_TITLES = {
    401: "A token is needed",
    403: "Not allowed",
    404: "Not found",
    405: "Wrong method",
    409: "Conflict",
    413: "Too large",
    415: "JSON is needed",
    422: "Invalid request",
    429: "Too much",
    500: "Internal error",
    503: "A service does not answer",
}
STATUSES = (*_TITLES,)
"""Every status that an answer without a result may have."""


def caller_of(request: Request) -> Caller:
    """Return who sent a request that the middleware let in."""
    return cast("Caller", request.scope[_CALLER])


def problem(trouble: Trouble, headers: dict[str, str] | None = None) -> Response:
    """Return an answer by RFC 9457."""
    body: dict[str, Any] = {
        "type": f"urn:galley:problem:{trouble.kind}",
        "title": _TITLES.get(trouble.status, "It was not carried out"),
        "status": trouble.status,
        "detail": trouble.message,
        "next": trouble.next,
    }
    headers = headers or {}
    if trouble.retry_after is not None:
        headers["Retry-After"] = str(trouble.retry_after)
    return JSONResponse(
        body, trouble.status, headers=headers, media_type="application/problem+json"
    )


def refused(status: int, kind: str, message: str, next_: str, known: str = "") -> Response:
    """Return the problem of a request that came to no verb."""
    headers: dict[str, str] = {}
    if status == 401:  # noqa: PLR2004 -- of HTTP
        headers["WWW-Authenticate"] = f'Bearer realm="galley"{known}'
    return problem(Trouble(kind=kind, status=status, message=message, next=next_), headers)


class AccessMiddleware:
    """Middleware: lets requests with a token pass, from programs that name this server.

    Args:
        app: The servers.
        connections: Where tokens are, and what verbs work with.
        names: Host names beside this machine's own.
    """

    def __init__(self, app: ASGIApp, connections: Connections, names: Iterable[str] = ()) -> None:
        self._app = app
        self._connections = connections
        self._limits = AgentLimits(connections)
        settings = connections.settings
        issuer, resource = settings.agent_oauth_issuer, settings.agent_oauth_resource
        self._oauth = OAuthTokens(issuer, resource) if issuer else None
        self._names = frozenset(name.lower() for name in names)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or have the application answer it."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            raise ValueError("WebSockets are not supported.")
        headers = Headers(scope=scope)
        most = MOST_UPLOADED if is_upload(scope) else MOST_BYTES
        answer = self._foreign(headers, most) or await self._anonymous(scope, headers)
        if answer is None and scope["path"] == MCP and scope["method"] not in {"POST", "DELETE"}:
            # No session is kept, so a stream of its own says nothing, and would stay open for ever.
            answer = refused(405, "method", "This path has another method.", "Use POST.")
            answer.headers["Allow"] = "POST"
        if answer is not None:
            await answer(scope, receive, send)
            return
        bounded = _Bounded(receive, most)
        await self._app(scope, bounded, send)

    def _foreign(self, headers: Headers, most: int) -> Response | None:
        """Return the refusal of a name that was turned to this machine, or of a web page."""
        hosts = headers.getlist("host")
        if len(hosts) != 1 or not self._is_known(hosts[0]):
            return refused(403, "host", "This server answers to its own names alone.", _A_PERSON)
        if headers.get("origin") or headers.get("sec-fetch-site", "none") != "none":
            return refused(403, "origin", "Web pages may not ask this server.", _A_PERSON)
        length = headers.get("content-length", "0")
        if not length.isdecimal() or int(length) > most:
            return refused(413, "size", "The request is too large.", "Send less at once.")
        return None

    async def _anonymous(self, scope: Scope, headers: Headers) -> Response | None:
        if scope["path"] in PUBLIC:
            return None
        oauth = self._oauth
        if oauth is not None and scope["path"] == oauth.metadata_path:
            return JSONResponse(oauth.metadata)
        scheme, _, token = headers.get("authorization", "").partition(" ")
        try:
            kept = await holder_of(self._connections.state, token.strip())
            if kept is None and oauth is not None:
                kept = await oauth.holder_of(token.strip())
        except Exception as error:
            trouble = trouble_of(error)
            if trouble is None:
                raise
            return problem(trouble)
        mark, scopes = None, frozenset[AgentScope]()
        if kept is not None:
            mark = AgentMark(name=kept.name, model=kept.model, user_agent=_user_agent(headers))
            scopes = frozenset(kept.scopes)
        elif is_upload(scope):
            upload = scope["path"].removeprefix(UPLOADS)
            mark = await holder_of_ticket(self._connections.state, upload, token.strip())
            scopes = frozenset({AgentScope.PROPOSE})
        if mark is None or scheme.lower() != "bearer":
            why = "The token is missing, unknown, revoked or too old."
            known = f', resource_metadata="{oauth.metadata_url}"' if oauth else ""
            next_ = "A person makes one with `galley agents token`."
            return refused(401, "token", why, next_, known)
        scope[_CALLER] = Caller(self._connections, mark, scopes, self._limits, is_remote=True)
        return None

    def _is_known(self, host: str) -> bool:
        try:
            name = urlsplit(f"//{host}").hostname or ""
            known = name in {"localhost", *self._names}
            return known or ipaddress.ip_address(name).is_loopback
        except ValueError:
            return False


_A_PERSON = "Tell a person: you cannot change that."


def _user_agent(headers: Headers) -> str:
    return "".join(c for c in headers.get("user-agent", "") if c.isprintable())[:80]


class TooLargeError(Exception):
    """A request without a length went on for too long."""


class _Bounded:
    """Receives a body, up to the limit."""

    def __init__(self, receive: Receive, most: int) -> None:
        self._receive = receive
        self._left = most

    async def __call__(self) -> Message:
        message = await self._receive()
        self._left -= len(message.get("body", b""))
        if self._left < 0:
            raise TooLargeError
        return message


def parsed(body: bytes) -> dict[str, Any] | None:
    """Return the fields of a JSON object; ``None`` if it is none."""
    try:
        found: object = json.loads(body) if body else {}
    except (ValueError, RecursionError):
        return None
    return cast("dict[str, Any]", found) if isinstance(found, dict) else None
