"""The HTTP side: the GraphQL endpoint, and the server with all routes of the emulator.

``python -m emulators.buffer`` and the tests run :class:`EmulatorServer`.
"""

import asyncio
import contextlib
import json
import logging
from collections.abc import AsyncGenerator
from typing import cast

import uvicorn
from graphql import GraphQLError
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from emulators.buffer.control import Control
from emulators.buffer.core import Emulator, Options
from emulators.buffer.faults import ON_REQUESTS, RequestFault
from emulators.buffer.gate import RequestRefusedError, identify, too_many
from emulators.buffer.graphql_edge import (
    AnyTextResponse,
    Query,
    QueryReader,
    QueryRefusedError,
    error_body,
    reword,
)
from emulators.buffer.lifecycle import Lifecycle
from emulators.buffer.oauth import OAuth
from emulators.buffer.page import Page, PageOrApi
from emulators.buffer.records import Json
from emulators.buffer.schema import executable_schema
from emulators.front_door import FrontDoor
from emulators.serving import AnnouncedServer, Connections

MAX_BODY = 1_000_000
_log = logging.getLogger(__name__)


def create_app(emulator: Emulator, connections: Connections) -> Starlette:
    """Return the application; its lifecycle runs for the app's lifespan."""

    @contextlib.asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncGenerator[None]:
        lifecycle = asyncio.create_task(Lifecycle(emulator).run())
        try:
            yield
        finally:
            lifecycle.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await lifecycle
            await emulator.close()

    endpoint = GraphQLEndpoint(emulator, connections)
    page = Page(emulator)
    return Starlette(
        routes=[
            Route("/", PageOrApi(page, endpoint)),
            Route("/graphql", endpoint),
            *Control(emulator).routes(),
            *page.routes(),
            *OAuth(emulator, connections).routes(),
        ],
        lifespan=lifespan,
    )


class EmulatorServer(AnnouncedServer):
    """A uvicorn server for one emulator."""

    def __init__(self, options: Options, *, announce: bool = False) -> None:
        connections = Connections()
        config = uvicorn.Config(
            FrontDoor(create_app(Emulator(options), connections), options.names),
            http=connections.protocol(),
            ws="none",
            lifespan="on",
            log_level="warning",
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=2,
        )
        super().__init__(config, "Buffer" if announce else None)


class GraphQLEndpoint:
    """An ASGI application for ``POST /`` and ``POST /graphql``."""

    def __init__(self, emulator: Emulator, connections: Connections) -> None:
        self._emulator = emulator
        self._connections = connections
        # No extension has this version, so the first build always happens.
        self._version = -1
        self._build_schema()

    def _build_schema(self) -> None:
        """Build the schema if its extension has changed."""
        extension = self._emulator.extension
        if self._version != extension.version:
            schema = executable_schema(self._emulator, extension.sdl, extension.answers)
            self._reader = QueryReader(schema)
            self._version = extension.version

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        emulator = self._emulator
        entry: Json = {"client": None, "operations": [], "status": None}
        # Logged before the work, so that a test sees a request that is still held.
        number = emulator.store.log_request(emulator.clock.now(), entry)
        try:
            response = await self._answer(request, entry)
        # The client gave up first: nobody reads the answer.
        except ClientDisconnect:
            return
        entry["status"] = response.status_code if response else None
        emulator.store.finish_request(number, entry)
        if response is None:
            await self._connections.cut(scope, receive)
            return
        if emulator.options.repeat_headers:
            response.raw_headers = _repeated(response.raw_headers)
        if entry.get("fault") == "truncated":
            await _send_half(response, send)
            await self._connections.cut(scope, receive)
        else:
            await response(scope, receive, send)

    async def _answer(self, request: Request, entry: Json) -> Response | None:
        """Return the response to one request, or None to cut the connection."""
        emulator = self._emulator
        entry["fault"] = None
        try:
            client = identify(request, emulator.rejected)
        except RequestRefusedError as refused:
            return refused.response
        entry["client"] = client
        # Buffer does not document whether the keys of one account share its windows.
        pool = "account" if emulator.options.shared_pool else client
        admission = emulator.limiter.admit(pool, emulator.clock.now())
        if admission.refused:
            return too_many(admission, admission.refused, admission.retry_after)
        self._build_schema()
        try:
            query = self._reader.read(await _body(request))
        except QueryRefusedError as refused:
            return AnyTextResponse(refused.body, 400, admission.headers)
        # Tests count the calls of a field in this log.
        entry["operations"] = list(query.fields)
        fault = RequestFault(emulator.faults.take(query.fields, ON_REQUESTS, _channel_id(query)))
        entry["fault"] = fault.kind
        if fault.comes_first:
            if fault.kind == "revoke_token":
                emulator.rejected.revoke(client)
            return fault.instead(admission)
        outcome = await self._reader.run(query)
        answer: Json = {"data": outcome.data}
        if outcome.errors:
            answer["errors"] = [_shown(error) for error in outcome.errors]
        return await fault.after(AnyTextResponse(answer, headers=admission.headers))


async def _body(request: Request) -> object:
    """Return the decoded JSON; None for another content type.

    Raises:
        QueryRefusedError: Another method, too large, or not JSON.
    """
    if request.method != "POST":
        message = "This emulator answers POST requests only."
        raise QueryRefusedError(error_body(message, "BAD_REQUEST"))
    raw = b""
    async for chunk in request.stream():
        raw += chunk
        if len(raw) > MAX_BODY:
            raise QueryRefusedError(error_body("request entity too large", "BAD_REQUEST"))
    if "json" not in request.headers.get("content-type", ""):
        return None
    try:
        return json.loads(raw)
    # Deeply nested JSON exhausts the parser before it is invalid.
    except (ValueError, RecursionError):
        message = "Request body is not valid JSON."
        raise QueryRefusedError(error_body(message, "BAD_REQUEST")) from None


def _channel_id(query: Query) -> str:
    """Return the channel that a request's variables name, for faults of one channel."""
    for value in (*query.variables.values(), query.variables):
        found = cast("Json", value).get("channelId") if isinstance(value, dict) else None
        if isinstance(found, str):
            return found
    return ""


def _shown(error: GraphQLError) -> Json:
    """Return an execution error as Buffer shows it; an unforeseen one is only logged."""
    cause = error.original_error
    shown: Json = dict(error.formatted)
    shown["message"] = reword(error.message)
    if cause is not None and not isinstance(cause, GraphQLError):
        _log.error("a resolver failed", exc_info=cause)
        shown["message"] = "An unexpected error occurred."
    # The emulator's own errors carry a code; those of graphql-core do not.
    shown.setdefault("extensions", {"code": "UNEXPECTED"})
    return shown


def _repeated(headers: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """Return the headers with one line for each rate window."""
    lines: list[tuple[bytes, bytes]] = []
    for name, value in headers:
        members = value.split(b", ") if name.startswith(b"ratelimit") else [value]
        lines += [(name, member) for member in members]
    return lines


async def _send_half(response: Response, send: Send) -> None:
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
