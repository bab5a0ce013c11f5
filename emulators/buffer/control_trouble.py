"""The part of the control API that makes trouble: faults, schema, clock."""

from typing import cast

from graphql import GraphQLError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from emulators.buffer.control_wire import json_object, problem
from emulators.buffer.core import Emulator
from emulators.buffer.faults import KINDS, FaultOrder
from emulators.buffer.records import Json
from emulators.buffer.schema import executable_schema
from emulators.buffer.times import SECOND, iso, parse_instant


class Trouble:
    """The handlers that disturb, and those that take it back."""

    def __init__(self, emulator: Emulator) -> None:
        self._emulator = emulator

    def routes(self) -> list[Route]:
        return [
            Route("/_emulator/faults", self.list_faults, methods=["GET"]),
            Route("/_emulator/faults", self.order_fault, methods=["POST"]),
            Route("/_emulator/faults", self.clear_faults, methods=["DELETE"]),
            Route("/_emulator/schema", self.schema, methods=["GET"]),
            Route("/_emulator/schema", self.grow_schema, methods=["POST"]),
            Route("/_emulator/schema", self.shrink_schema, methods=["DELETE"]),
            Route("/_emulator/clock", self.move_clock, methods=["POST"]),
        ]

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
        order = await json_object(request)
        if order is None:
            return problem("send a JSON object with operation and kind")
        operation, kind = str(order.pop("operation", "*")), str(order.pop("kind", ""))
        times = order.pop("times", 1)
        if not isinstance(times, int):
            return problem("times must be a whole number from 1")
        try:
            self._emulator.faults.order(FaultOrder(operation, kind, times, order))
        except ValueError as error:
            return problem(str(error))
        return JSONResponse({"ordered": kind, "operation": operation, "times": times})

    async def clear_faults(self, _request: Request) -> Response:
        """Forget what is still to happen, and show the posts that are hidden."""
        self._emulator.faults.clear()
        store = self._emulator.store
        with store.transaction():
            for post in store.ledger():
                if post.visible_at:
                    post.visible_at = 0
                    store.save_post(post)
        return JSONResponse({"pending": []})

    async def schema(self, _request: Request) -> Response:
        """What the schema has beside today's."""
        growth = self._emulator.growth
        return JSONResponse({"extend": growth.extension, "answers": growth.answers})

    async def grow_schema(self, request: Request) -> Response:
        """Extend the schema: ``extend`` is SDL, ``answers`` are by Type.field."""
        order = await json_object(request) or {}
        extension, answers = order.get("extend", ""), order.get("answers", {})
        if not isinstance(extension, str) or not isinstance(answers, dict):
            return problem("send a JSON object with extend and answers")
        try:
            executable_schema(self._emulator, extension, cast("Json", answers))
        except (GraphQLError, TypeError, LookupError) as error:
            return problem(f"the schema cannot grow so: {error}")
        self._emulator.growth.set(extension, cast("Json", answers))
        return JSONResponse(order)

    async def shrink_schema(self, _request: Request) -> Response:
        self._emulator.growth.set("", {})
        return JSONResponse({"extend": "", "answers": {}})

    async def move_clock(self, request: Request) -> Response:
        """Let ``seconds`` pass at once, or all the time until ``now``."""
        order = await json_object(request) or {}
        seconds = order.get("seconds")
        if isinstance(order.get("now"), str):
            try:
                goal = parse_instant(order["now"])
            except ValueError:
                return problem("now must be an ISO 8601 instant with an offset")
            seconds = (goal - self._emulator.clock.now()) / SECOND
        if not isinstance(seconds, int | float) or seconds < 0:
            return problem("send seconds, from 0, or now, which is not past")
        self._emulator.move_clock(seconds)
        return JSONResponse({"now": iso(self._emulator.clock.now())})
