"""Who may talk to the API: the User-Agent, then the token.

Buffer stands behind Cloudflare, which turns clients away that name no User-Agent or
Python urllib's; a missing or bad token is refused before the query is looked at, and
without rate-limit headers.
"""

import asyncio
import json
import logging
from collections.abc import Container
from typing import cast

from graphql import GraphQLError
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.types import Receive, Scope, Send

from emulators.buffer.answers import AnyTextResponse, error_body
from emulators.buffer.core import Connections, Emulator
from emulators.buffer.faults import AFTER, BEFORE, Faults, digest
from emulators.buffer.graphql_edge import reword, run
from emulators.buffer.query import Query, QueryReader, QueryRefusedError
from emulators.buffer.rate import Standing
from emulators.buffer.records import Fault, Json
from emulators.buffer.schema import executable_schema

TOKEN_MISSING = "An authentication JWT or Access Token is required"  # noqa: S105 - a message
TOKEN_INVALID = "Access token is not valid"  # noqa: S105 - a message
TOO_MANY = "Too many requests from this client. Please try again later."
REJECTED_PREFIXES = ("bad", "revoked")


class TurnedAwayError(Exception):
    """The request ends here, with this answer."""

    def __init__(self, response: Response) -> None:
        super().__init__(response.status_code)
        self.response = response


def identify(request: Request, rejected: Container[str]) -> str:
    """Name the client of a request by a digest of its token.

    Raises:
        TurnedAwayError: No User-Agent (403), no token, or a rejected one (401).
    """
    agent = request.headers.get("user-agent", "")
    if not agent.strip() or agent.lower().startswith("python-urllib"):
        raise TurnedAwayError(PlainTextResponse("error code: 1010", 403))
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    token = token.strip()
    if scheme.lower() != "bearer" or not token:
        raise TurnedAwayError(unauthenticated(TOKEN_MISSING))
    if token in rejected or token.startswith(REJECTED_PREFIXES):
        raise TurnedAwayError(unauthenticated(TOKEN_INVALID))
    return digest(token)


def unauthenticated(message: str) -> Response:
    """A 401 as Buffer words it."""
    return JSONResponse(error_body(message, "UNAUTHENTICATED"), 401)


def too_many(standing: Standing, window: str, retry_after: int) -> Response:
    """A 429 with the headers that say when to come back, in seconds."""
    headers = {**standing.headers, "Retry-After": str(retry_after)}
    body = error_body(TOO_MANY, "RATE_LIMIT_EXCEEDED", window=window)
    return JSONResponse(body, 429, headers)


HTTP = ("http_500", "http_502", "http_503", "http_504")


class Disturbance:
    """What, if anything, is to go wrong with one request."""

    def __init__(self, faults: Faults) -> None:
        self._faults = faults
        self._fault: Fault | None = None

    @property
    def kind(self) -> str | None:
        return self._fault.kind if self._fault else None

    def before(self, query: Query) -> bool:
        """Take the fault meant for a query; true if it comes before the work."""
        channel = _channel(query)
        self._fault = self._faults.take(query.fields, BEFORE + HTTP + AFTER, channel)
        if self._fault is None or self._fault.kind in AFTER:
            return False
        return not (self._fault.kind in HTTP and self._fault.details.get("carried_out"))

    async def after(self) -> None:
        """Wait, if the fault is to be slow."""
        fault = self._fault
        if fault and fault.kind == "slow":
            await asyncio.sleep(float(fault.details.get("seconds", 5)))

    def answer(self, standing: Standing) -> Response | None:
        """The answer in place of the work; None cuts the connection."""
        if self._fault is None:
            raise LookupError("no fault was taken")
        details = self._fault.details
        match self._fault.kind:
            case "lost_request":
                return None
            case "unauthorized" if details.get("documented"):
                body = error_body("Not authorized", "UNAUTHORIZED")
                return JSONResponse({"data": None, **body}, headers=standing.headers)
            case "unauthorized" | "revoke_token":
                return unauthenticated(TOKEN_INVALID)
            case "rate_limit":
                window = str(details.get("window", "15m"))
                return too_many(standing, window, int(details.get("seconds", 1)))
            case "unexpected":
                message = str(details.get("message", "Something went wrong"))
                body = error_body(message, str(details.get("code", "UNEXPECTED")))
                return JSONResponse({"data": None, **body}, headers=standing.headers)
            case _:
                return _gateway(self._fault.kind)

    def answer_after(self, response: Response) -> Response | None:
        """The answer once the work is done; None cuts the connection."""
        if self.kind == "lost_reply":
            return None
        if self.kind in HTTP:
            return _gateway(str(self.kind))
        return response


def _gateway(kind: str) -> Response:
    status = int(kind.removeprefix("http_"))
    page = f"<html><head><title>{status}</title></head><body>{status}</body></html>"
    return HTMLResponse(page, status)


def _channel(query: Query) -> str:
    """The channel a request is for, as far as its variables tell."""
    for value in query.variables.values():
        found = cast("Json", value).get("channelId") if isinstance(value, dict) else None
        if isinstance(found, str):
            return found
    named = query.variables.get("channelId")
    return named if isinstance(named, str) else ""


MAX_BODY = 1_000_000
Headers = list[tuple[bytes, bytes]]
_log = logging.getLogger(__name__)


class GraphQLEndpoint:
    """An ASGI application for ``POST /`` and ``POST /graphql``."""

    def __init__(
        self, emulator: Emulator, connections: Connections, refused: Container[str]
    ) -> None:
        self._emulator = emulator
        self._refused = refused
        self._connections = connections
        self._version = -1
        self._grow()

    def _grow(self) -> None:
        """Take the schema as it is now ordered to be."""
        growth = self._emulator.growth
        if self._version == growth.version:
            return
        self._schema = executable_schema(self._emulator, growth.extension, growth.answers)
        self._reader = QueryReader(self._schema)
        self._version = growth.version

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        disturbance = Disturbance(self._emulator.faults)
        emulator = self._emulator
        entry: Json = {"client": None, "operations": [], "status": None}
        number = emulator.store.log_request(emulator.clock.now(), entry)
        try:
            response = await self._answer(request, disturbance, entry)
        except ClientDisconnect:
            return
        entry["status"] = response.status_code if response else None
        entry["fault"] = disturbance.kind
        emulator.store.finish_request(number, entry)
        if response is not None and emulator.options.repeat_headers:
            response.raw_headers = _repeated(response.raw_headers)
        if response is None:
            await self._cut(scope, receive)
        elif disturbance.kind == "truncated":
            await self._send_half(response, send)
            await self._cut(scope, receive)
        else:
            await response(scope, receive, send)

    async def _answer(
        self, request: Request, disturbance: Disturbance, entry: Json
    ) -> Response | None:
        """The answer to one request, or None to cut the connection."""
        emulator = self._emulator
        try:
            client = identify(request, self._refused)
        except TurnedAwayError as turned_away:
            return turned_away.response
        entry["client"] = client
        pool = "account" if emulator.options.shared_pool else client
        standing = emulator.limiter.admit(pool, emulator.clock.now())
        if standing.refused:
            return too_many(standing, standing.refused, standing.retry_after)
        self._grow()
        try:
            query = self._reader.read(await _body(request))
        except QueryRefusedError as refused:
            return AnyTextResponse(refused.body, 400, standing.headers)
        entry["operations"] = list(query.fields)
        if disturbance.before(query):
            if disturbance.kind == "revoke_token":
                emulator.keys.revoke(client)
            return disturbance.answer(standing)
        result = await self._execute(query)
        await disturbance.after()
        return disturbance.answer_after(AnyTextResponse(result, headers=standing.headers))

    async def _execute(self, query: Query) -> Json:
        outcome = await run(self._schema, query.document, query.variables, query.operation_name)
        answer: Json = {"data": outcome.data}
        if outcome.errors:
            answer["errors"] = [_shown(error) for error in outcome.errors]
        return answer

    async def _send_half(self, response: Response, send: Send) -> None:
        await send(
            {
                "type": "http.response.start",
                "status": response.status_code,
                "headers": response.raw_headers,
            }
        )
        half = bytes(response.body)[: len(response.body) // 2]
        await send({"type": "http.response.body", "body": half, "more_body": True})
        # Let the half leave before the connection is reset.
        await asyncio.sleep(0.05)

    async def _cut(self, scope: Scope, receive: Receive) -> None:
        self._connections.cut(tuple(scope["client"]))
        while (await receive())["type"] != "http.disconnect":
            pass


def _repeated(headers: Headers) -> Headers:
    """Headers with a line for each member of those that tell the rate windows."""
    lines: Headers = []
    for name, value in headers:
        members = value.split(b", ") if name.startswith(b"ratelimit") else [value]
        lines += [(name, member) for member in members]
    return lines


async def _body(request: Request) -> object:
    if request.method != "POST":
        raise QueryRefusedError(
            error_body("This emulator answers POST requests only.", "BAD_REQUEST")
        )
    raw = b""
    async for chunk in request.stream():
        raw += chunk
        if len(raw) > MAX_BODY:
            raise QueryRefusedError(error_body("request entity too large", "BAD_REQUEST"))
    if "json" not in request.headers.get("content-type", ""):
        return None
    try:
        return json.loads(raw)
    except (ValueError, RecursionError):
        raise QueryRefusedError(
            error_body("Request body is not valid JSON.", "BAD_REQUEST")
        ) from None


def _shown(error: GraphQLError) -> Json:
    """An execution error as Buffer shows it; surprises are logged, not told."""
    cause = error.original_error
    shown: Json = dict(error.formatted)
    shown["message"] = reword(error.message)
    if cause is not None and not isinstance(cause, GraphQLError):
        _log.error("a resolver failed", exc_info=cause)
        shown["message"] = "An unexpected error occurred."
    shown.setdefault("extensions", {"code": "UNEXPECTED"})
    return shown
