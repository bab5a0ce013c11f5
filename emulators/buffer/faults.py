"""Faults that are ordered through the control API or ``--fault``, and the requests they hit.

The GraphQL and token endpoints ask :class:`RequestFault`; :mod:`emulators.buffer.lifecycle`,
``create`` and ``schema`` take the faults that hit a post, a channel or a mutation.
"""

import asyncio
import json
import random
from dataclasses import dataclass, field
from typing import Any

from starlette.responses import HTMLResponse, JSONResponse, Response

from emulators.buffer.gate import TOKEN_INVALID, Admission, too_many, unauthenticated
from emulators.buffer.graphql_edge import error_body
from emulators.buffer.records import Fault, Json
from emulators.buffer.store import Store

KINDS = {
    "lost_request": "cut the connection before anything is done",
    "lost_reply": "do the work, then cut the connection instead of answering",
    "truncated": "do the work, then send half of the answer and cut the connection",
    "http_500": "answer 500 with an HTML page; with carried_out true, after the work",
    "http_502": "the same with 502",
    "http_503": "the same with 503",
    "http_504": "the same with 504",
    "slow": "do the work, wait `seconds`, then answer",
    "rate_limit": "answer 429 for `window` (15m, 24h, 30d), Retry-After `seconds`",
    "unauthorized": "answer 401 once; with documented true, 200 with UNAUTHORIZED",
    "revoke_token": "answer 401 now and to every later request with the same token",
    "unexpected": "answer 200 with a top-level error, `code` and `message`; no work",
    "typed_error": "answer with the union member `typename` and `message`",
    "hidden_for": "leave the post it creates out of `posts` for `seconds`",
    "not_found_once": "answer `post` with NOT_FOUND",
    "publish_error": "end the next publish in error, with `message`",
    "media_gone": "remove the media of the next post before it is published",
    "disconnect": "disconnect the channel from its network before the call or the publish",
    "link_delay": "hide the address of the next sent post for `seconds`",
}
"""Every kind of fault and its effect; the table of docs/emulators.md."""

_BEFORE = ("lost_request", "rate_limit", "unauthorized", "revoke_token", "unexpected")
_AFTER = ("lost_reply", "truncated", "slow")
_HTTP = ("http_500", "http_502", "http_503", "http_504")
ON_REQUESTS = (*_BEFORE, *_HTTP, *_AFTER)
"""Kinds that hit a request as a whole."""
# As operation of a fault it stands for every root field.
ANY_OPERATION = "*"


@dataclass(frozen=True, slots=True)
class FaultOrder:
    """An order for a fault in the next ``times`` calls of a root field."""

    operation: str
    kind: str
    times: int = 1
    details: Json = field(default_factory=dict[str, Any])


def read_order(text: str) -> FaultOrder:
    """Parse ``OPERATION:KIND[:TIMES][:NAME=VALUE…]``, the value of ``--fault``.

    Raises:
        ValueError: It is not such an order.
    """
    operation, kind, *rest = text.split(":")
    # TIMES may be left out before a NAME=VALUE.
    times = int(rest.pop(0)) if rest and "=" not in rest[0] else 1
    details: Json = {}
    for one in rest:
        name, _, value = one.partition("=")
        try:
            details[name] = json.loads(value)
        except ValueError:
            # Not JSON: a bare word, such as window=24h.
            details[name] = value
    order = FaultOrder(operation, kind, times, details)
    _check(order)
    return order


def _check(order: FaultOrder) -> None:
    if order.kind not in KINDS:
        raise ValueError(f"unknown fault {order.kind!r}; known: {', '.join(KINDS)}")
    if order.times < 1:
        raise ValueError("times must be a whole number from 1")
    chance = order.details.get("chance", 1)
    if not isinstance(chance, int | float) or not 0 < chance <= 1:
        raise ValueError("chance must be a number above 0, up to 1")


class Faults:
    """The pending faults, oldest first."""

    def __init__(self, store: Store, seed: int | None) -> None:
        self._store = store
        self._chance = random.Random(seed)  # noqa: S311 - for faults, not for secrets

    def order(self, order: FaultOrder) -> None:
        """Add a fault.

        Raises:
            ValueError: No such kind, or a chance that is none.
        """
        _check(order)
        self._store.add_fault(order.operation, order.kind, order.times, order.details)

    def pending(self) -> list[Fault]:
        return self._store.faults()

    def clear(self) -> None:
        self._store.clear_faults()

    def take(
        self, operations: tuple[str, ...], kinds: tuple[str, ...], channel_id: str = ""
    ) -> Fault | None:
        """Use up the oldest fault of these kinds that is meant for one of the operations.

        One with a ``chance`` may let the call pass, and is not used up by that.
        """
        for fault in self._store.faults():
            meant = fault.operation in {*operations, ANY_OPERATION}
            only = fault.details.get("channelId")
            if not (meant and fault.kind in kinds and only in {None, channel_id}):
                continue
            # `random` is below 1, so a fault without a chance always happens.
            if self._chance.random() < fault.details.get("chance", 1):
                self._store.use_fault(fault.id)
                return fault
        return None


class RequestFault:
    """The fault of one request, if it has one.

    The endpoint asks, in order: :attr:`comes_first`; then either :meth:`instead` or, after
    the work, :meth:`after`. A missing response means that the connection is to be cut.
    """

    def __init__(self, fault: Fault | None) -> None:
        self.kind = fault.kind if fault else None
        self._details: Json = fault.details if fault else {}

    @property
    def comes_first(self) -> bool:
        """Whether the fault replaces the work."""
        if self.kind is None or self.kind in _AFTER:
            return False
        # A 5xx says nothing about the work, so a client must survive both orders.
        return not (self.kind in _HTTP and self._details.get("carried_out"))

    def instead(self, admission: Admission | None = None) -> Response | None:
        """Return the response in place of the work."""
        admission = admission or Admission({})
        match self.kind:
            case "lost_request":
                return None
            case "unauthorized" if self._details.get("documented"):
                body = error_body("Not authorized", "UNAUTHORIZED")
                return JSONResponse({"data": None, **body}, headers=admission.headers)
            case "unauthorized" | "revoke_token":
                return unauthenticated(TOKEN_INVALID)
            case "rate_limit":
                window = str(self._details.get("window", "15m"))
                return too_many(admission, window, int(self._details.get("seconds", 1)))
            case "unexpected":
                message = str(self._details.get("message", "Something went wrong"))
                body = error_body(message, str(self._details.get("code", "UNEXPECTED")))
                return JSONResponse({"data": None, **body}, headers=admission.headers)
            case _:
                return self._http_error()

    async def after(self, response: Response) -> Response | None:
        """Return the response after the work; a slow one has waited."""
        if self.kind == "slow":
            await asyncio.sleep(float(self._details.get("seconds", 5)))
        if self.kind == "lost_reply":
            return None
        return self._http_error() if self.kind in _HTTP else response

    def _http_error(self) -> Response:
        status = int(str(self.kind).removeprefix("http_"))
        page = f"<html><head><title>{status}</title></head><body>{status}</body></html>"
        return HTMLResponse(page, status)
