"""The HTTP side: Replicate's paths, and a control API under ``/_emulator``."""

import re
import uuid
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from emulators.replicate.control import Control
from emulators.replicate.hearing import Hearing
from emulators.replicate.predictions import Clock, Prediction, Predictions, shown

_LARGEST = 100 * 1024 * 1024
_PAGE = 100
_DURATION = re.compile(r"(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?")
_WHISPER = "vaibhavs10/incredibly-fast-whisper"
_VERSION = "3ab86df6c8f54c11309d4d1f930ac292bad43ace52d10c80d87eb258b3c9f79c"


def create_app(hearing: Hearing, speed: float = 1) -> Starlette:
    """Return the emulator, with no predictions yet."""
    clock = Clock(speed)
    predictions = Predictions(clock)
    control = Control(hearing, clock, predictions)
    api = _Api(hearing, clock, predictions, control)
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
        ],
        exception_handlers={HTTPException: _problem},
    )


class _Api:
    def __init__(
        self,
        hearing: Hearing,
        clock: Clock,
        predictions: Predictions,
        control: Control,
    ) -> None:
        self._hearing = hearing
        self._clock = clock
        self._predictions = predictions
        self._control = control
        self._files = dict[str, bytes]()

    async def upload(self, request: Request) -> Response:
        self._enter(request, "upload")
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
        told: dict[str, object] = {
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
        return JSONResponse(told, 201)

    async def create(self, request: Request) -> Response:
        fault = self._enter(request, "create")
        body: dict[str, Any] = await request.json()
        wanted = body.get("input")
        if not isinstance(wanted, dict):
            raise HTTPException(422, "input: an object is required")
        model, version = self._asked(request, body)
        audio = wanted.get("audio")  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType] -- a stranger's JSON
        if not isinstance(audio, str) or audio not in self._files:
            raise HTTPException(422, "input.audio: no file of /v1/files")
        now = self._clock.now()
        after = _seconds(request.headers.get("cancel-after", ""))
        prediction = Prediction(
            model=model,
            version=version,
            input=wanted,  # pyright: ignore[reportUnknownArgumentType]
            created=now,
            deadline=None if after is None else now + after,
        )
        sound = self._files[audio]
        self._predictions.begin(prediction, lambda: self._hearing.hear(sound), fault)
        if fault == "lost_reply":
            raise HTTPException(502, "Bad gateway")
        return JSONResponse(self._shown(request, prediction), 201)

    async def latest(self, request: Request) -> Response:
        self._enter(request, "list")
        newest = list(reversed(self._predictions.all))[:_PAGE]
        found = [self._shown(request, self._require(name)) for name in newest]
        return JSONResponse({"next": None, "previous": None, "results": found})

    async def get(self, request: Request) -> Response:
        self._enter(request, "get")
        found = self._require(request.path_params["id"])
        return JSONResponse(self._shown(request, found))

    async def cancel(self, request: Request) -> Response:
        self._enter(request, "cancel")
        found = self._require(request.path_params["id"])
        found.end("canceled", self._clock.now())
        return JSONResponse(self._shown(request, found))

    async def model(self, request: Request) -> Response:
        self._enter(request, "model")
        owner, name = request.path_params["owner"], request.path_params["name"]
        if f"{owner}/{name}" != _WHISPER:
            raise HTTPException(404, "The requested resource could not be found.")
        version = {"id": _VERSION, "created_at": "2024-01-01T00:00:00Z"}
        told: dict[str, object] = {
            "url": f"{_base(request)}/{_WHISPER}",
            "owner": owner,
            "name": name,
            "description": "Answered by the emulator",
            "visibility": "public",
            "run_count": 0,
            "latest_version": {
                **version,
                "cog_version": "0",
                "openapi_schema": {},
            },
        }
        return JSONResponse(told)

    async def version(self, request: Request) -> Response:
        self._enter(request, "model")
        if request.path_params["version"] != _VERSION:
            raise HTTPException(404, "The requested resource could not be found.")
        told: dict[str, object] = {
            "id": _VERSION,
            "created_at": "2024-01-01T00:00:00Z",
            "cog_version": "0",
            "openapi_schema": {},
        }
        return JSONResponse(told)

    def _enter(self, request: Request, what: str) -> str:
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        if not token or token.startswith("bad"):
            raise HTTPException(401, "You did not pass a valid authentication token")
        return self._control.take(what)

    def _asked(self, request: Request, body: dict[str, Any]) -> tuple[str, str]:
        if "owner" in request.path_params:
            owner, name = request.path_params["owner"], request.path_params["name"]
            return f"{owner}/{name}", "hidden"
        version = str(body.get("version", "")).rpartition(":")[2]
        if version != _VERSION:
            raise HTTPException(422, "Invalid version or not permitted")
        return _WHISPER, version

    def _require(self, prediction_id: str) -> Prediction:
        found = self._predictions.look(prediction_id)
        if found is None:
            raise HTTPException(404, "The requested resource could not be found.")
        return found

    def _shown(self, request: Request, prediction: Prediction) -> dict[str, Any]:
        is_expired = self._predictions.is_expired(prediction)
        return shown(prediction, _base(request), is_expired=is_expired)


def _base(request: Request) -> str:
    return str(request.base_url).rstrip("/")


def _seconds(duration: str) -> float | None:
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
