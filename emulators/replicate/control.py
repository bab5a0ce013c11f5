"""The control API under ``/_emulator``: faults, transcripts, request counts, bills, clock."""

from collections import Counter
from typing import Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from emulators.replicate.catalog import bill
from emulators.replicate.outputs import Transcriber
from emulators.replicate.predictions import Clock, Deliveries, Predictions

_T = TypeVar("_T", bound=BaseModel)
_HTTP = {"http_402": 402, "http_429": 429, "http_500": 500}


class Fault(BaseModel):
    """An order: the next ``times`` requests of a kind go wrong.

    For ``create``: ``lost_reply``, ``never_starts``, ``hangs``, ``slow`` (three seconds
    more), ``fails``, and two refusals of unsafe content, ``nsfw`` and ``flagged``.
    For pictures and videos also ``broken_file`` (does not decode), ``no_file`` (deleted
    too early) and ``foreign_file`` (on a host that is not Replicate's).
    ``seconds`` is the ``retry-after`` of ``http_429``.
    """

    model_config = ConfigDict(extra="forbid")

    kind: Literal[
        "http_402",
        "http_429",
        "http_500",
        "lost_reply",
        "never_starts",
        "hangs",
        "slow",
        "fails",
        "nsfw",
        "flagged",
        "broken_file",
        "no_file",
        "foreign_file",
    ]
    on: Literal["upload", "create", "list", "get", "cancel", "model"] = "create"
    times: int = Field(default=1, ge=1)
    seconds: int = Field(default=5, ge=0)


class Transcript(BaseModel):
    """The transcript of a sound; without ``sha256``, of every sound that has none."""

    model_config = ConfigDict(extra="forbid")

    sha256: str = "*"
    output: dict[str, Any]


class Skip(BaseModel):
    """Seconds of the emulator's clock to skip."""

    model_config = ConfigDict(extra="forbid")

    seconds: float = Field(gt=0)


class Control:
    """The pending faults, the counts of requests, and the handlers of the control API."""

    def __init__(
        self,
        transcriber: Transcriber,
        clock: Clock,
        predictions: Predictions,
        deliveries: Deliveries,
    ) -> None:
        self._transcriber = transcriber
        self._clock = clock
        self._predictions = predictions
        self._deliveries = deliveries
        self._faults = list[Fault]()
        self._asked = Counter[str]()

    def routes(self) -> list[Route]:
        here = "/_emulator"
        return [
            Route(f"{here}/health", self.health),
            Route(f"{here}/reset", self.reset, methods=["POST"]),
            Route(f"{here}/requests", self.requests),
            Route(f"{here}/faults", self.order, methods=["POST"]),
            Route(f"{here}/faults", self.clear, methods=["DELETE"]),
            Route(f"{here}/transcripts", self.give, methods=["POST"]),
            Route(f"{here}/clock", self.skip, methods=["POST"]),
            Route(f"{here}/bills", self.bills),
        ]

    def take(self, kind: str) -> str:
        """Count a request of a kind, and return its fault; empty if it has none.

        Raises:
            HTTPException: The fault is an answer.
        """
        # Counted before a fault, because the request did arrive.
        self._asked[kind] += 1
        fault = next((one for one in self._faults if one.on == kind), None)
        if fault is None:
            return ""
        self._faults.remove(fault)
        if fault.kind in _HTTP:
            headers = {"retry-after": str(fault.seconds)}
            raise HTTPException(_HTTP[fault.kind], "As ordered", headers)
        return fault.kind

    async def health(self, _request: Request) -> Response:
        return JSONResponse({"status": "ok", "hears": self._transcriber.has_model})

    async def reset(self, _request: Request) -> Response:
        """Forget all requests, predictions, files, faults, transcripts and skipped time."""
        self._faults.clear()
        self._asked.clear()
        # Running ones end unseen.
        self._predictions.all.clear()
        self._deliveries.forget()
        self._transcriber.forget()
        self._clock.reset()
        return JSONResponse({"status": "ok"})

    async def requests(self, _request: Request) -> Response:
        statuses = {one.id: one.status for one in self._predictions.all.values()}
        return JSONResponse(
            {
                "asked": dict(self._asked),
                "predictions": statuses,
                "tokens_at_files": self._deliveries.tokens_seen,
            }
        )

    async def bills(self, _request: Request) -> Response:
        """Return the bill of each prediction that is over, in US dollars."""
        found = [bill(one) for one in self._predictions.all.values()]
        return JSONResponse({"bills": [one for one in found if one is not None]})

    async def order(self, request: Request) -> Response:
        fault = _read(Fault, await request.body())
        # One entry for each request that is to be hit.
        self._faults += [fault] * fault.times
        return JSONResponse({"left": [one.kind for one in self._faults]})

    async def clear(self, _request: Request) -> Response:
        self._faults.clear()
        return JSONResponse({"left": []})

    async def give(self, request: Request) -> Response:
        transcript = _read(Transcript, await request.body())
        self._transcriber.give(transcript.sha256, transcript.output)
        return JSONResponse({"told": transcript.sha256})

    async def skip(self, request: Request) -> Response:
        self._clock.skip(_read(Skip, await request.body()).seconds)
        return JSONResponse({"now": self._clock.now()})


def _read(model: type[_T], body: bytes) -> _T:
    try:
        return model.model_validate_json(body)
    except ValidationError as error:
        raise HTTPException(422, str(error.errors(include_url=False))[:500]) from None
