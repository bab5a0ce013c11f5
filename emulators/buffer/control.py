"""The control API under ``/_emulator``: what tests and demos do that Buffer's API cannot.

It shows the ledger and the request log, plays the person in Buffer's own app, orders
faults, extends the schema and moves the clock. It is no part of Buffer's API.
"""

import json
from collections.abc import Callable
from typing import Any, cast

from graphql import GraphQLError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from emulators.buffer.core import CONNECTABLE, SWITCHES, Emulator, new_channel, stable_id
from emulators.buffer.faults import KINDS, FaultOrder
from emulators.buffer.graphql_edge import AnyTextResponse
from emulators.buffer.present import ledger_entry
from emulators.buffer.records import SECOND, Json, Post, iso, parse_instant
from emulators.buffer.schedule import limit_reached, place
from emulators.buffer.schema import executable_schema

SETTABLE = (*SWITCHES, "needsApproval", "postingSchedule", "timezone", "metadata", "linkShortening")
_MODES = ("addToQueue", "shareNext", "shareNow", "customScheduled")


class ActionRefusedError(Exception):
    """Nobody could do that in Buffer's app either; the message says why."""


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
            Route("/_emulator/faults", self.list_faults, methods=["GET"]),
            Route("/_emulator/faults", self.order_fault, methods=["POST"]),
            Route("/_emulator/faults", self.clear_faults, methods=["DELETE"]),
            Route("/_emulator/schema", self.schema, methods=["GET"]),
            Route("/_emulator/schema", self.extend_schema, methods=["POST"]),
            Route("/_emulator/schema", self.restore_schema, methods=["DELETE"]),
            Route("/_emulator/clock", self.move_clock, methods=["POST"]),
        ]

    async def health(self, _request: Request) -> Response:
        """Return the organization, the plan and the emulator's time."""
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
        if await _json_object(request) is None:
            return _problem("send an empty JSON object")
        self._emulator.reset()
        return await self.health(request)

    async def posts(self, _request: Request) -> Response:
        """Return the ledger: every post ever made, deleted ones too."""
        return AnyTextResponse([ledger_entry(post) for post in self._emulator.store.ledger()])

    async def act(self, request: Request) -> Response:
        """Approve, reject, schedule or publish a post as a person does in Buffer's app."""
        action, given = request.path_params["action"], await _json_object(request)
        if given is None or action not in ACTIONS:
            return _problem(f"send a JSON object to one of: {', '.join(ACTIONS)}")
        try:
            if given.get("dueAt") is not None:
                given["dueAt"] = parse_instant(str(given["dueAt"]))
            post = act_on_post(self._emulator, request.path_params["id"], action, given)
        except ValueError:
            return _problem("dueAt must be an ISO 8601 instant with an offset")
        except ActionRefusedError as error:
            return _problem(str(error), 409)
        return AnyTextResponse(ledger_entry(post))

    async def requests(self, request: Request) -> Response:
        """Return every GraphQL request with its arrival; ``?since=`` takes an instant."""
        since = request.query_params.get("since")
        try:
            start = parse_instant(since) if since else 0
        except ValueError:
            return _problem("since must be an ISO 8601 instant with an offset")
        logged = self._emulator.store.requests(start)
        return JSONResponse([{**one, "at": iso(one["at"])} for one in logged])

    async def channels(self, _request: Request) -> Response:
        return JSONResponse(self._emulator.store.channels(self._emulator.organization_id))

    async def connect(self, request: Request) -> Response:
        """Connect one more channel, on a network that may have one already."""
        given = await _json_object(request) or {}
        service, name = given.get("service"), given.get("name")
        if not isinstance(service, str) or not isinstance(name, str):
            return _problem("send a JSON object with service and name")
        if service not in CONNECTABLE:
            return _problem(f"service must be one of: {', '.join(sorted(CONNECTABLE))}", 409)
        emulator = self._emulator
        organization = emulator.options.organization
        known = emulator.store.channels(emulator.organization_id)
        channel = new_channel(organization, service, name, emulator.clock.now())
        # A second channel of a network needs another ID than the first.
        channel["id"] = stable_id("channel", organization, service, name)
        if any(one["id"] == channel["id"] for one in known):
            return _problem("this channel is connected already", 409)
        emulator.store.save_channel(channel, len(known))
        return JSONResponse(channel)

    async def patch_channel(self, request: Request) -> Response:
        """Set isDisconnected, isLocked, isQueuePaused and the like."""
        store = self._emulator.store
        channel = store.channel(request.path_params["id"])
        if channel is None:
            return _problem("no such channel", 404)
        change = await _json_object(request)
        # A misspelt field would otherwise be ignored, and a test would pass for nothing.
        unknown = sorted(set(change or {}) - set(SETTABLE))
        if change is None or unknown:
            return _problem(f"send a JSON object with any of: {', '.join(SETTABLE)}")
        # Merge, so that a test can set one setting and keep the boards.
        if isinstance(change.get("metadata"), dict):
            change["metadata"] = {**(channel["metadata"] or {}), **change["metadata"]}
        channel |= {**change, "updatedAt": iso(self._emulator.clock.now())}
        store.save_channel(channel)
        self._emulator.wake.set()
        return JSONResponse(channel)

    async def list_faults(self, _request: Request) -> Response:
        pending = [
            {
                "id": fault.id,
                "operation": fault.operation,
                "kind": fault.kind,
                "times": fault.times,
                **fault.details,
            }
            for fault in self._emulator.faults.pending()
        ]
        return JSONResponse({"kinds": KINDS, "pending": pending})

    async def order_fault(self, request: Request) -> Response:
        """Order a fault: operation (a root field, or ``*``), kind, times, details."""
        order = await _json_object(request)
        if order is None:
            return _problem("send a JSON object with operation and kind")
        operation, kind = str(order.pop("operation", "*")), str(order.pop("kind", ""))
        times = order.pop("times", 1)
        if not isinstance(times, int):
            return _problem("times must be a whole number from 1")
        try:
            self._emulator.faults.order(FaultOrder(operation, kind, times, order))
        except ValueError as error:
            return _problem(str(error))
        return JSONResponse({"ordered": kind, "operation": operation, "times": times})

    async def clear_faults(self, _request: Request) -> Response:
        """Drop the pending faults, and show the posts that ``hidden_for`` hides."""
        self._emulator.faults.clear()
        store = self._emulator.store
        with store.transaction():
            for post in store.ledger():
                if post.visible_at:
                    post.visible_at = 0
                    store.save_post(post)
        return JSONResponse({"pending": []})

    async def schema(self, _request: Request) -> Response:
        """Return the extension of the schema."""
        extension = self._emulator.extension
        return JSONResponse({"extend": extension.sdl, "answers": extension.answers})

    async def extend_schema(self, request: Request) -> Response:
        """Extend the schema: ``extend`` is SDL, ``answers`` are by Type.field."""
        order = await _json_object(request) or {}
        sdl, answers = order.get("extend", ""), order.get("answers", {})
        if not isinstance(sdl, str) or not isinstance(answers, dict):
            return _problem("send a JSON object with extend and answers")
        try:
            # Built once for its errors; the endpoint builds its own at the next request.
            executable_schema(self._emulator, sdl, cast("Json", answers))
        except (GraphQLError, TypeError, LookupError) as error:
            return _problem(f"the schema cannot be extended so: {error}")
        self._emulator.extension.set(sdl, cast("Json", answers))
        return JSONResponse(order)

    async def restore_schema(self, _request: Request) -> Response:
        self._emulator.extension.set("", {})
        return JSONResponse({"extend": "", "answers": {}})

    async def move_clock(self, request: Request) -> Response:
        """Skip ``seconds``, or all the time until ``now``."""
        order = await _json_object(request) or {}
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


async def _json_object(request: Request) -> Json | None:
    """Return the JSON object in a request's body; None if it has none."""
    # No web page can send this content type to loopback without asking first.
    if "application/json" not in request.headers.get("content-type", ""):
        return None
    try:
        body: Any = json.loads(await request.body())
    except ValueError:
        return None
    return cast("Json", body) if isinstance(body, dict) else None


def _problem(message: str, status: int = 400) -> Response:
    return JSONResponse({"error": message}, status)


# A person's actions in Buffer's own app


def act_on_post(emulator: Emulator, post_id: str, action: str, given: Json) -> Post:
    """Carry out a person's action on a post.

    Args:
        emulator: The emulator of the post.
        post_id: The post.
        action: One of :data:`ACTIONS`.
        given: ``mode`` and ``dueAt`` (an instant) of a draft to be scheduled.

    Raises:
        ActionRefusedError: There is no such post, or it is in another state.
    """
    post = emulator.store.post(post_id)
    if post is None:
        raise ActionRefusedError("no such post")
    needed, act = ACTIONS[action]
    # Buffer's app offers to publish only once the reminder came.
    if post.status != needed or (action == "publish" and not post.notified):
        raise ActionRefusedError(f"a post that is {post.status} cannot take {action}")
    with emulator.store.transaction():
        act(emulator, post, given)
        post.updated_at = emulator.clock.now()
        emulator.store.save_post(post)
    emulator.wake.set()
    return post


def _approve(emulator: Emulator, post: Post, given: Json) -> None:
    # Its due time may have passed while it waited: then it goes out at once.
    _schedule(emulator, post, {"dueAt": post.asked_at, **given})


def _reject(_emulator: Emulator, post: Post, _given: Json) -> None:
    post.status = "draft"


def _schedule(emulator: Emulator, post: Post, given: Json) -> None:
    mode = given.get("mode") or post.mode
    if mode not in _MODES:
        raise ActionRefusedError(f"mode must be one of: {', '.join(_MODES)}")
    post.mode = mode
    if post.mode == "customScheduled" and given.get("dueAt") is None:
        raise ActionRefusedError("customScheduled needs dueAt")
    full = limit_reached(emulator, post, emulator.clock.now())
    if full:
        raise ActionRefusedError(str(full["message"]))
    place(emulator, post, emulator.channel_of(post), given)


def _publish(emulator: Emulator, post: Post, _given: Json) -> None:
    # Buffer does not learn the address of a post that a person published on the network.
    post.status = "sent"
    post.sent_at = emulator.clock.now()
    post.published_by_hand = True


ACTIONS: dict[str, tuple[str, Callable[[Emulator, Post, Json], None]]] = {
    "approve": ("needs_approval", _approve),
    "reject": ("needs_approval", _reject),
    "schedule": ("draft", _schedule),
    "publish": ("scheduled", _publish),
}
"""A person's actions: the status a post needs for one, and the function."""
