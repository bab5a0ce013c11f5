"""The control API under ``/_emulator``: separate from Buffer's wire, no token needed.

Requests that change something must be ``application/json``, which a web page of
another origin cannot send without asking.
"""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from emulators.buffer.channels import SWITCHES
from emulators.buffer.control_trouble import Trouble
from emulators.buffer.control_wire import json_object, problem
from emulators.buffer.core import Emulator
from emulators.buffer.people import (
    ACTIONS,
    CannotError,
    act_on_post,
    connect_channel,
)
from emulators.buffer.present import ledger_entry
from emulators.buffer.times import iso, parse_instant
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
        return JSONResponse(
            self._emulator.store.channels(self._emulator.organization_id)
        )

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
