"""Carry out the faults that were ordered for a request."""

import asyncio
from typing import cast

from starlette.responses import HTMLResponse, JSONResponse, Response

from emulators.buffer.answers import error_body
from emulators.buffer.faults import AFTER, BEFORE, Faults
from emulators.buffer.gate import TOKEN_INVALID, too_many, unauthenticated
from emulators.buffer.query import Query
from emulators.buffer.rate import Standing
from emulators.buffer.records import Fault, Json

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
        found = (
            cast("Json", value).get("channelId") if isinstance(value, dict) else None
        )
        if isinstance(found, str):
            return found
    named = query.variables.get("channelId")
    return named if isinstance(named, str) else ""
