"""The GraphQL endpoint: Buffer's checks in Buffer's order, faults, and the answer."""

import asyncio
import json
import logging
from collections.abc import Container

from graphql import GraphQLError
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from emulators.buffer.answers import error_body
from emulators.buffer.connections import Connections
from emulators.buffer.core import Emulator
from emulators.buffer.disturb import Disturbance
from emulators.buffer.gate import TurnedAwayError, identify, too_many
from emulators.buffer.graphql_edge import reword, run
from emulators.buffer.query import Query, QueryReader, QueryRefusedError
from emulators.buffer.records import Json
from emulators.buffer.schema import executable_schema
from emulators.buffer.wire import AnyTextResponse

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
        self._schema = executable_schema(
            self._emulator, growth.extension, growth.answers
        )
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
        return disturbance.answer_after(
            AnyTextResponse(result, headers=standing.headers)
        )

    async def _execute(self, query: Query) -> Json:
        outcome = await run(
            self._schema, query.document, query.variables, query.operation_name
        )
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
            raise QueryRefusedError(
                error_body("request entity too large", "BAD_REQUEST")
            )
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
