"""The HTTP side: files, models and predictions at Replicate's paths.

``python -m emulators.replicate`` serves :func:`create_app`; the tests call it too.
"""

import asyncio
import re
import uuid
from collections.abc import Callable
from functools import partial
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from emulators.replicate.catalog import CATALOG, Output, by_version, input_problem, version_of
from emulators.replicate.control import Control
from emulators.replicate.outputs import Transcriber, film, picture, seconds_of, speech, talk
from emulators.replicate.predictions import Clock, Deliveries, Prediction, Predictions, view

_LARGEST = 100 * 1024 * 1024
_PAGE = 100
_DURATION = re.compile(r"(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?")
_NOT_FOUND = "The requested resource could not be found."
_LONGEST_WAIT = 60.0
_MAKERS = {Output.PICTURE: picture, Output.VIDEO: film, Output.SPEECH: speech}


def create_app(transcriber: Transcriber, speed: float = 1) -> Starlette:
    """Return the emulator, with no predictions yet."""
    clock = Clock(speed)
    predictions = Predictions(clock)
    deliveries = Deliveries(clock)
    control = Control(transcriber, clock, predictions, deliveries)
    api = _Api(transcriber, clock, predictions, control, deliveries)
    model = "/v1/models/{owner}/{name}"
    return Starlette(
        routes=[
            Route("/v1/files", api.upload, methods=["POST"]),
            Route("/v1/predictions", api.create, methods=["POST"]),
            Route("/v1/predictions", api.latest),
            Route("/v1/predictions/{id}", api.get),
            Route("/v1/predictions/{id}/cancel", api.cancel, methods=["POST"]),
            Route(f"{model}/predictions", api.create, methods=["POST"]),
            Route(model, api.model),
            Route(f"{model}/versions/{{version}}", api.version),
            *control.routes(),
            *deliveries.routes(),
        ],
        exception_handlers={HTTPException: _problem},
    )


class _Api:
    def __init__(
        self,
        transcriber: Transcriber,
        clock: Clock,
        predictions: Predictions,
        control: Control,
        deliveries: Deliveries,
    ) -> None:
        self._transcriber = transcriber
        self._clock = clock
        self._predictions = predictions
        self._control = control
        self._deliveries = deliveries
        self._files = dict[str, bytes]()

    async def upload(self, request: Request) -> Response:
        self._admit(request, "upload")
        # Starlette's own limit is 1 MiB.
        async with request.form(max_part_size=_LARGEST) as form:
            content = form.get("content")
            if content is None or isinstance(content, str):
                raise HTTPException(422, "content: a file is required")
            data = await content.read()
        if len(data) > _LARGEST:
            raise HTTPException(413, "The file is larger than 100 MiB")
        name = uuid.uuid4().hex
        url = f"{_base(request)}/v1/files/{name}"
        self._files[url] = data
        reply: dict[str, object] = {
            "id": name,
            "name": content.filename or "file",
            "content_type": content.content_type or "application/octet-stream",
            "size": len(data),
            "etag": name,
            "checksums": {},
            "metadata": {},
            "created_at": "1970-01-01T00:00:00Z",
            "expires_at": "1970-01-02T00:00:00Z",
            "urls": {"get": url},
        }
        return JSONResponse(reply, 201)

    async def create(self, request: Request) -> Response:
        fault = self._admit(request, "create")
        body: dict[str, Any] = await request.json()
        wanted: Any = body.get("input")
        if not isinstance(wanted, dict):
            raise HTTPException(422, "input: an object is required")
        slug, version = self._asked(request, body)
        work = self._work(slug, dict(wanted), _base(request), fault)  # pyright: ignore[reportUnknownArgumentType] -- a stranger's JSON
        now = self._clock.now()
        # The deadline runs on the emulator's clock, so tests can skip it.
        after = _seconds(request.headers.get("cancel-after", ""))
        prediction = Prediction(
            model=slug,
            version=version,
            input=dict(wanted),  # pyright: ignore[reportUnknownArgumentType]
            created=now,
            deadline=None if after is None else now + after,
        )
        if CATALOG[slug].output is Output.TALK:
            # Such a model is billed by the length of the sound.
            sound = self._file(prediction.input, "audio")
            prediction.sound_seconds = await asyncio.to_thread(seconds_of, sound)
        self._predictions.begin(prediction, work, fault)
        # The prediction runs, and the client never learns its ID.
        if fault == "lost_reply":
            raise HTTPException(502, "Bad gateway")
        await self._predictions.settled(prediction, _wait_wanted(request))
        return JSONResponse(self._view(request, prediction), 201)

    def _work(
        self, slug: str, wanted: dict[str, Any], base: str, fault: str
    ) -> Callable[[], object]:
        """Return the function that makes the output, in a thread of its own."""
        model = CATALOG[slug]
        if problem := input_problem(model, wanted):
            raise HTTPException(422, problem)
        if model.output is Output.WORDS:
            sound = self._file(wanted, "audio")
            return lambda: self._transcriber.transcribe(sound)
        if model.output is Output.TALK:
            portrait, sound = (self._file(wanted, name) for name in ("image", "audio"))
            make = partial(talk, portrait, sound)
        else:
            make = partial(_MAKERS[model.output], wanted)

        def work() -> object:
            data, ending = make()
            if fault == "broken_file":
                data = data[:200]
            url = f"{base}{self._deliveries.put(data, ending)}"
            if fault == "no_file":
                # No such file: it expired early.
                url = f"{base}/delivery/none.jpg"
            if fault == "foreign_file":
                url = "https://files.example.net/made.jpg"
            return [url] if model.listed else url

        return work

    def _file(self, wanted: dict[str, Any], name: str) -> bytes:
        found = self._files.get(str(wanted.get(name)))
        if found is None:
            raise HTTPException(422, f"input.{name}: no file of /v1/files")
        return found

    async def latest(self, request: Request) -> Response:
        self._admit(request, "list")
        # The newest first, as a client looks for what it lost.
        newest = list(reversed(self._predictions.all))[:_PAGE]
        found = [self._view(request, self._require(name)) for name in newest]
        return JSONResponse({"next": None, "previous": None, "results": found})

    async def get(self, request: Request) -> Response:
        self._admit(request, "get")
        found = self._require(request.path_params["id"])
        return JSONResponse(self._view(request, found))

    async def cancel(self, request: Request) -> Response:
        self._admit(request, "cancel")
        found = self._require(request.path_params["id"])
        # One that is over stays as it ended.
        found.end("canceled", self._clock.now())
        return JSONResponse(self._view(request, found))

    async def model(self, request: Request) -> Response:
        self._admit(request, "model")
        slug = _slug(request)
        reply: dict[str, object] = {
            "url": f"{_base(request)}/{slug}",
            "owner": request.path_params["owner"],
            "name": request.path_params["name"],
            "description": "Answered by the emulator",
            "visibility": "public",
            "run_count": 0,
            "latest_version": _version(slug),
        }
        return JSONResponse(reply)

    async def version(self, request: Request) -> Response:
        self._admit(request, "model")
        slug = _slug(request)
        if request.path_params["version"] != version_of(slug):
            raise HTTPException(404, _NOT_FOUND)
        return JSONResponse(_version(slug))

    def _admit(self, request: Request, kind: str) -> str:
        """Check the token, count the request, and return its fault."""
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        if not token or token.startswith("bad"):
            raise HTTPException(401, "You did not pass a valid authentication token")
        return self._control.take(kind)

    def _asked(self, request: Request, body: dict[str, Any]) -> tuple[str, str]:
        """Return the model and version that a request names."""
        if "owner" in request.path_params:
            # Replicate does not show the version of an official model.
            return _slug(request), "hidden"
        version = str(body.get("version", "")).rpartition(":")[2]
        # Community models are called by version, official ones by name.
        slug = by_version(version)
        if slug is None:
            raise HTTPException(422, "Invalid version or not permitted")
        return slug, version

    def _require(self, prediction_id: str) -> Prediction:
        found = self._predictions.find(prediction_id)
        if found is None:
            raise HTTPException(404, _NOT_FOUND)
        return found

    def _view(self, request: Request, prediction: Prediction) -> dict[str, Any]:
        is_expired = self._predictions.is_expired(prediction)
        return view(prediction, _base(request), is_expired=is_expired)


def _slug(request: Request) -> str:
    slug = f"{request.path_params['owner']}/{request.path_params['name']}"
    if slug not in CATALOG:
        raise HTTPException(404, _NOT_FOUND)
    return slug


def _version(slug: str) -> dict[str, object]:
    return {
        "id": version_of(slug),
        "created_at": "2024-01-01T00:00:00Z",
        "cog_version": "0",
        "openapi_schema": CATALOG[slug].schema,
    }


def _wait_wanted(request: Request) -> float:
    """Return the seconds that ``Prefer: wait`` waits."""
    asked, _, seconds = request.headers.get("prefer", "").partition("=")
    if asked.strip() != "wait":
        return 0.0
    return min(float(seconds), _LONGEST_WAIT) if seconds.isdigit() else _LONGEST_WAIT


def _base(request: Request) -> str:
    return str(request.base_url).rstrip("/")


def _seconds(duration: str) -> float | None:
    """Parse ``1h30m10s``, the value of ``Cancel-After``."""
    found = _DURATION.fullmatch(duration.strip())
    if not duration or found is None:
        return None
    hours, minutes, seconds = (int(part or 0) for part in found.groups())
    return float(hours * 3600 + minutes * 60 + seconds)


async def _problem(_request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    detail = error.detail if isinstance(error, HTTPException) else "Server error"
    headers = error.headers if isinstance(error, HTTPException) else None
    body = {"title": detail, "detail": detail, "status": status}
    return JSONResponse(body, status, headers=dict(headers or {}))
