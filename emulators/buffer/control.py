"""How the control API reads a request and says what is wrong with it."""

import json
from typing import Any, cast

from graphql import GraphQLError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from emulators.buffer.answers import AnyTextResponse
from emulators.buffer.channels import SWITCHES
from emulators.buffer.core import Emulator
from emulators.buffer.faults import KINDS, FaultOrder
from emulators.buffer.people import ACTIONS, CannotError, act_on_post, connect_channel
from emulators.buffer.present import ledger_entry
from emulators.buffer.records import SECOND, Json, iso, parse_instant
from emulators.buffer.schema import executable_schema


async def json_object(request: Request) -> Json | None:
    """The JSON object that a request brings; None if it brings none."""
    if "application/json" not in request.headers.get("content-type", ""):
        return None
    try:
        body: Any = json.loads(await request.body())
    except ValueError:
        return None
    return cast("Json", body) if isinstance(body, dict) else None


def problem(message: str, status: int = 400) -> Response:
    """An answer that says what is wrong."""
    return JSONResponse({"error": message}, status)


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


SETTABLE = (*SWITCHES, "needsApproval", "postingSchedule", "timezone", "metadata", "linkShortening")


class Control:
    """The handlers of the control API."""

    def __init__(self, emulator: Emulator) -> None:
        self._emulator = emulator

    def routes(self) -> list[Route]:
        return [
            Route("/_emulator/health", self.health),
            Route("/_emulator/reset", self.reset, methods=["POST"]),
            Route("/_emulator/posts", self.posts),
            Route("/_emulator/posts/{id}/{action}", self.act, methods=["POST"]),
            Route("/_emulator/requests", self.requests),
            Route("/_emulator/channels", self.channels, methods=["GET"]),
            Route("/_emulator/channels", self.connect, methods=["POST"]),
            Route("/_emulator/channels/{id}", self.patch_channel, methods=["PATCH"]),
            *Trouble(self._emulator).routes(),
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

    async def reset(self, request: Request) -> Response:
        """Forget everything, as if started anew on an empty file."""
        if await json_object(request) is None:
            return problem("send an empty JSON object")
        self._emulator.reset()
        return await self.health(request)

    async def posts(self, _request: Request) -> Response:
        """The ledger: every post ever made, the deleted ones too."""
        entries = [ledger_entry(post) for post in self._emulator.store.ledger()]
        return AnyTextResponse(entries)

    async def act(self, request: Request) -> Response:
        """Let a person approve, reject, schedule or publish a post in Buffer's app."""
        action, given = request.path_params["action"], await json_object(request)
        if given is None or action not in ACTIONS:
            return problem(f"send a JSON object to one of: {', '.join(ACTIONS)}")
        try:
            if given.get("dueAt") is not None:
                given["dueAt"] = parse_instant(str(given["dueAt"]))
            post = act_on_post(self._emulator, request.path_params["id"], action, given)
        except ValueError:
            return problem("dueAt must be an ISO 8601 instant with an offset")
        except CannotError as error:
            return problem(str(error), 409)
        return AnyTextResponse(ledger_entry(post))

    async def requests(self, request: Request) -> Response:
        """Every GraphQL request with its arrival; ``?since=`` takes an instant."""
        since = request.query_params.get("since")
        try:
            start = parse_instant(since) if since else 0
        except ValueError:
            return problem("since must be an ISO 8601 instant with an offset")
        logged = self._emulator.store.requests(start)
        return JSONResponse([{**one, "at": iso(one["at"])} for one in logged])

    async def channels(self, _request: Request) -> Response:
        return JSONResponse(self._emulator.store.channels(self._emulator.organization_id))

    async def connect(self, request: Request) -> Response:
        """Connect one more channel: ``service`` and ``name``."""
        given = await json_object(request) or {}
        service, name = given.get("service"), given.get("name")
        if not isinstance(service, str) or not isinstance(name, str):
            return problem("send a JSON object with service and name")
        try:
            return JSONResponse(connect_channel(self._emulator, service, name))
        except CannotError as error:
            return problem(str(error), 409)

    async def patch_channel(self, request: Request) -> Response:
        """Set isDisconnected, isLocked, isQueuePaused and the like."""
        store = self._emulator.store
        channel = store.channel(request.path_params["id"])
        if channel is None:
            return problem("no such channel", 404)
        change = await json_object(request)
        unknown = sorted(set(change or {}) - set(SETTABLE))
        if change is None or unknown:
            return problem(f"send a JSON object with any of: {', '.join(SETTABLE)}")
        if isinstance(change.get("metadata"), dict):
            change["metadata"] = {**(channel["metadata"] or {}), **change["metadata"]}
        channel |= {**change, "updatedAt": iso(self._emulator.clock.now())}
        store.save_channel(channel, 0)
        self._emulator.wake.set()
        return JSONResponse(channel)
