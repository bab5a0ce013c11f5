"""The HTTP side: Anthropic's paths, and a control API under ``/_emulator``."""

import json
import uuid
from collections.abc import Awaitable, Callable
from typing import Any

from pydantic import ValidationError
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from emulators.anthropic.cache import PromptCache
from emulators.anthropic.replies import (
    Fault,
    FaultKind,
    Faults,
    events_of,
    message_of,
    written_text,
)
from emulators.anthropic.wire import (
    ApiError,
    MessagesRequest,
    known_model,
    parse_count,
    parse_messages,
    require_auth,
)

_MODELS = ("claude-haiku-5-5", "claude-sonnet-5-5", "claude-opus-5-5", "claude-fable-5-2")
_LARGEST = 32 * 1024 * 1024
_HTTP_FAULTS = {
    FaultKind.HTTP_429: (429, "rate_limit_error", "Number of requests exceeded."),
    FaultKind.HTTP_500: (500, "api_error", "Internal server error"),
    FaultKind.HTTP_529: (529, "overloaded_error", "Overloaded"),
}

_Endpoint = Callable[[Request], Awaitable[Response]]


def create_app() -> Starlette:
    """Return the emulator with an empty cache and no faults."""
    emulator = _Emulator()
    return Starlette(
        routes=[
            Route("/v1/messages", emulator.messages, methods=["POST"]),
            Route("/v1/messages/count_tokens", emulator.count, methods=["POST"]),
            Route("/v1/models", emulator.models),
            Route("/v1/models/{model}", emulator.model),
            Route("/_emulator/health", emulator.health),
            Route("/_emulator/faults", emulator.faults, methods=["GET"]),
            Route("/_emulator/faults", emulator.order_fault, methods=["POST"]),
            Route("/_emulator/faults", emulator.clear_faults, methods=["DELETE"]),
        ],
        exception_handlers={ApiError: _api_error, HTTPException: _http_error},
    )


class _Emulator:
    def __init__(self) -> None:
        self._cache = PromptCache()
        self._faults = Faults()

    async def messages(self, request: Request) -> Response:
        key = require_auth(dict(request.headers))
        asked = parse_messages(await _body(request))
        message = await self._message(key, asked)
        if asked.stream:
            return StreamingResponse(
                events_of(message), media_type="text/event-stream", headers=_request_id()
            )
        return JSONResponse(message, headers=_request_id())

    async def _message(self, key: str, asked: MessagesRequest) -> dict[str, Any]:
        fault = await self._faults.next()
        _raise_http(fault)
        if fault and fault.kind is FaultKind.COLD_CACHE:
            self._cache.forget()
        count = self._cache.look_up(key, asked)
        text = await run_in_threadpool(written_text, asked, fault)
        self._cache.remember(count)
        return message_of(asked, text, count, fault)

    async def count(self, request: Request) -> Response:
        key = require_auth(dict(request.headers))
        asked = parse_count(await _body(request))
        total = self._cache.look_up(key, asked).total
        return JSONResponse({"input_tokens": total}, headers=_request_id())

    async def models(self, request: Request) -> Response:
        require_auth(dict(request.headers))
        page = {
            "data": [_model_info(name) for name in _MODELS],
            "has_more": False,
            "first_id": _MODELS[0],
            "last_id": _MODELS[-1],
        }
        return JSONResponse(page, headers=_request_id())

    async def model(self, request: Request) -> Response:
        require_auth(dict(request.headers))
        name = known_model(request.path_params["model"])
        return JSONResponse(_model_info(name), headers=_request_id())

    async def health(self, _request: Request) -> Response:
        return JSONResponse({"status": "ok", "drafter": "extractive"})

    async def faults(self, _request: Request) -> Response:
        return JSONResponse({"left": self._faults.left})

    async def order_fault(self, request: Request) -> Response:
        try:
            fault = Fault.model_validate_json(await _body(request))
        except ValidationError as error:
            wrong = json.loads(error.json(include_url=False, include_input=False))
            return JSONResponse({"errors": wrong}, status_code=422)
        self._faults.order(fault)
        return JSONResponse({"left": self._faults.left})

    async def clear_faults(self, _request: Request) -> Response:
        self._faults.clear()
        return JSONResponse({"left": []})


async def _body(request: Request) -> bytes:
    data = bytearray()
    async for piece in request.stream():
        data += piece
        if len(data) > _LARGEST:
            raise ApiError(413, "request_too_large", "Request exceeds the maximum size")
    return bytes(data)


def _raise_http(fault: Fault | None) -> None:
    if fault and fault.kind in _HTTP_FAULTS:
        status, kind, message = _HTTP_FAULTS[fault.kind]
        is_limit = fault.kind is FaultKind.HTTP_429
        headers = {"retry-after": f"{fault.seconds:g}"} if is_limit else None
        raise ApiError(status, kind, message, headers)


def _supported(name: str) -> dict[str, object]:
    return {"supported": name == "structured_outputs"}


_CAPABILITIES = {
    name: _supported(name)
    for name in (
        *("batch", "citations", "code_execution", "context_management", "effort"),
        *("image_input", "pdf_input", "server_tools", "structured_outputs"),
        "thinking",
    )
}


def _model_info(name: str) -> dict[str, object]:
    return {
        "type": "model",
        "id": name,
        "display_name": "Extractive drafter (emulator, no model)",
        "created_at": "1970-01-01T00:00:00Z",
        "lifecycle": "active",
        "capabilities": _CAPABILITIES,
        "max_input_tokens": 200_000,
        "max_tokens": 64_000,
    }


def _request_id() -> dict[str, str]:
    return {"request-id": f"req_{uuid.uuid4().hex[:24]}"}


async def _api_error(_request: Request, error: Exception) -> Response:
    if not isinstance(error, ApiError):
        raise error
    return _error(error.status, error.kind, error.message, error.headers)


async def _http_error(_request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    kind = "not_found_error" if status == 404 else "invalid_request_error"  # noqa: PLR2004
    return _error(status, kind, "Not Found" if kind == "not_found_error" else "", {})


def _error(status: int, kind: str, message: str, headers: dict[str, str]) -> Response:
    request_id = _request_id()
    body = {
        "type": "error",
        "error": {"type": kind, "message": message},
        "request_id": request_id["request-id"],
    }
    return JSONResponse(body, status, headers={**headers, **request_id})
