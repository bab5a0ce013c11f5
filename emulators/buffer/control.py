"""The control API under ``/_emulator``: separate from Buffer's wire, no token needed.

Requests that change something must be ``application/json``, which a web page of
another origin cannot send without asking.
"""

import json
from typing import Any, cast

from graphql import GraphQLError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from emulators.buffer.channels import SWITCHES
from emulators.buffer.core import Emulator
from emulators.buffer.faults import KINDS
from emulators.buffer.ideas import create_group
from emulators.buffer.present import ledger_entry
from emulators.buffer.records import Json
from emulators.buffer.schema import executable_schema
from emulators.buffer.times import SECOND, iso, parse_instant
from emulators.buffer.wire import AnyTextResponse

SETTABLE = (
    *SWITCHES,
    "needsApproval",
    "postingSchedule",
    "timezone",
    "metadata",
    "linkShortening",
)


class Control:
    """The handlers of the control API."""

    def __init__(self, emulator: Emulator) -> None:
        self._emulator = emulator

    def routes(self) -> list[Route]:
        return [
            Route("/_emulator/health", self.health),
            Route("/_emulator/posts", self.posts),
            Route("/_emulator/requests", self.requests),
            Route("/_emulator/channels", self.channels),
            Route("/_emulator/channels/{id}", self.patch_channel, methods=["PATCH"]),
            Route("/_emulator/idea-groups", self.make_group, methods=["POST"]),
            Route("/_emulator/faults", self.list_faults, methods=["GET"]),
            Route("/_emulator/faults", self.order_fault, methods=["POST"]),
            Route("/_emulator/faults", self.clear_faults, methods=["DELETE"]),
            Route("/_emulator/schema", self.schema, methods=["GET"]),
            Route("/_emulator/schema", self.grow_schema, methods=["POST"]),
            Route("/_emulator/schema", self.shrink_schema, methods=["DELETE"]),
            Route("/_emulator/clock", self.move_clock, methods=["POST"]),
        ]

    async def health(self, _request: Request) -> Response:
        """That it is up, for which organization and plan, and its time."""
        emulator = self._emulator
        return JSONResponse(
            {
                "status": "ok",
                "organization": emulator.options.organization,
                "organizationId": emulator.organization_id,
                "plan": emulator.options.plan,
                "now": iso(emulator.clock.now()),
            }
        )

    async def posts(self, _request: Request) -> Response:
        """The ledger: every post ever made, the deleted ones too."""
        entries = [ledger_entry(post) for post in self._emulator.store.ledger()]
        return AnyTextResponse(entries)

    async def requests(self, request: Request) -> Response:
        """Every GraphQL request with its arrival; ``?since=`` takes an instant."""
        since = request.query_params.get("since")
        try:
            start = parse_instant(since) if since else 0
        except ValueError:
            return _problem("since must be an ISO 8601 instant with an offset")
        logged = self._emulator.store.requests(start)
        return JSONResponse([{**one, "at": iso(one["at"])} for one in logged])

    async def channels(self, _request: Request) -> Response:
        return JSONResponse(
            self._emulator.store.channels(self._emulator.organization_id)
        )

    async def patch_channel(self, request: Request) -> Response:
        """Set isDisconnected, isLocked, isQueuePaused and the like."""
        store = self._emulator.store
        channel = store.channel(request.path_params["id"])
        if channel is None:
            return _problem("no such channel", 404)
        change = await _json(request)
        unknown = sorted(set(change or {}) - set(SETTABLE))
        if change is None or unknown:
            return _problem(f"send a JSON object with any of: {', '.join(SETTABLE)}")
        if isinstance(change.get("metadata"), dict):
            change["metadata"] = {**(channel["metadata"] or {}), **change["metadata"]}
        channel |= {**change, "updatedAt": iso(self._emulator.clock.now())}
        store.save_channel(channel, 0)
        self._emulator.wake.set()
        return JSONResponse(channel)

    async def make_group(self, request: Request) -> Response:
        """Make a group for ideas; Buffer's API has no call for it."""
        name = (await _json(request) or {}).get("name")
        if not isinstance(name, str) or not name.strip():
            return _problem("send a JSON object with name")
        return JSONResponse(create_group(self._emulator, name.strip()))

    async def list_faults(self, _request: Request) -> Response:
        pending = self._emulator.faults.pending()
        return JSONResponse(
            {
                "kinds": KINDS,
                "pending": [
                    {
                        "id": fault.id,
                        "operation": fault.operation,
                        "kind": fault.kind,
                        "times": fault.times,
                        **fault.details,
                    }
                    for fault in pending
                ],
            }
        )

    async def order_fault(self, request: Request) -> Response:
        """Order a fault: operation (a root field, or ``*``), kind, times, details."""
        order = await _json(request)
        if order is None:
            return _problem("send a JSON object with operation and kind")
        operation = str(order.pop("operation", "*"))
        times = order.pop("times", 1)
        if not isinstance(times, int) or times < 1:
            return _problem("times must be a whole number from 1")
        try:
            kind = str(order.pop("kind", ""))
            self._emulator.faults.order(operation, kind, times, order)
        except ValueError as error:
            return _problem(str(error))
        return JSONResponse({"ordered": kind, "operation": operation, "times": times})

    async def clear_faults(self, _request: Request) -> Response:
        self._emulator.faults.clear()
        return JSONResponse({"pending": []})

    async def schema(self, _request: Request) -> Response:
        """What the schema has beside today's."""
        growth = self._emulator.growth
        return JSONResponse({"extend": growth.extension, "answers": growth.answers})

    async def grow_schema(self, request: Request) -> Response:
        """Extend the schema: ``extend`` is SDL, ``answers`` are by Type.field."""
        order = await _json(request) or {}
        extension, answers = order.get("extend", ""), order.get("answers", {})
        if not isinstance(extension, str) or not isinstance(answers, dict):
            return _problem("send a JSON object with extend and answers")
        try:
            executable_schema(self._emulator, extension, cast("Json", answers))
        except (GraphQLError, TypeError, LookupError) as error:
            return _problem(f"the schema cannot grow so: {error}")
        self._emulator.growth.set(extension, cast("Json", answers))
        return JSONResponse(order)

    async def shrink_schema(self, _request: Request) -> Response:
        self._emulator.growth.set("", {})
        return JSONResponse({"extend": "", "answers": {}})

    async def move_clock(self, request: Request) -> Response:
        """Let ``seconds`` pass at once, or all the time until ``now``."""
        order = await _json(request) or {}
        seconds = order.get("seconds")
        if isinstance(order.get("now"), str):
            try:
                goal = parse_instant(order["now"])
            except ValueError:
                return _problem("now must be an ISO 8601 instant with an offset")
            seconds = (goal - self._emulator.clock.now()) / SECOND
        if not isinstance(seconds, int | float) or seconds < 0:
            return _problem("send seconds, from 0, or now, which is not past")
        self._emulator.move_clock(seconds)
        return JSONResponse({"now": iso(self._emulator.clock.now())})


async def _json(request: Request) -> Json | None:
    if "application/json" not in request.headers.get("content-type", ""):
        return None
    try:
        body: Any = json.loads(await request.body())
    except ValueError:
        return None
    return cast("Json", body) if isinstance(body, dict) else None


def _problem(message: str, status: int = 400) -> Response:
    return JSONResponse({"error": message}, status)
