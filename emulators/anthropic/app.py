"""The HTTP side: Anthropic's paths, its message objects and events, and faults on demand.

``python -m emulators.anthropic`` serves :func:`create_app`. The control API is under
``/_emulator``.
"""

import asyncio
import hashlib
import json
import uuid
from collections.abc import Iterator
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from emulators.anthropic.cache import InputCount, PromptCache, count_tokens
from emulators.anthropic.recorded import MODEL as RECORDED
from emulators.anthropic.recorded import Recording, recorded_answer
from emulators.anthropic.wire import (
    OWN_MODEL,
    ApiError,
    MessagesRequest,
    known_model,
    parse_count,
    parse_messages,
    require_auth,
)
from emulators.anthropic.writing import written_answer

_MODELS = ("claude-haiku-5-5", "claude-sonnet-5-5", "claude-opus-5-5", "claude-fable-5-2")
_CAPABILITIES = {
    name: {"supported": name == "structured_outputs"}
    for name in (
        *("batch", "citations", "code_execution", "context_management", "effort"),
        *("image_input", "pdf_input", "server_tools", "structured_outputs"),
        "thinking",
    )
}
_LARGEST = 32 * 1024 * 1024
_DELTA = 64
"""Characters of text in one streamed event."""
_Json = dict[str, Any]


class FaultKind(StrEnum):
    """Every kind of fault; docs/emulators.md has what each does."""

    HTTP_429 = "http_429"
    HTTP_500 = "http_500"
    HTTP_529 = "http_529"
    CUT_OFF = "cut_off"
    REFUSAL = "refusal"
    INVALID_JSON = "invalid_json"
    SLOW = "slow"
    COLD_CACHE = "cold_cache"
    """The prompt cache is empty, as after five minutes."""
    OBEY = "obey"
    """The model obeys instructions in its material."""


_HTTP_FAULTS = {
    FaultKind.HTTP_429: (429, "rate_limit_error", "Number of requests exceeded."),
    FaultKind.HTTP_500: (500, "api_error", "Internal server error"),
    FaultKind.HTTP_529: (529, "overloaded_error", "Overloaded"),
}


class Fault(BaseModel):
    """An order: ``times`` requests to ``/v1/messages`` get this fault.

    ``seconds`` is the wait of ``slow``, and the ``retry-after`` of ``http_429``.
    """

    model_config = ConfigDict(extra="forbid")

    kind: FaultKind
    times: int = Field(default=1, ge=1)
    seconds: float = Field(default=5.0, ge=0, le=3600)


def create_app(recording: Recording | None = None) -> Starlette:
    """Return the emulator with an empty cache and no faults.

    Args:
        recording: Drafts of a model, for the source they were written from.
    """
    emulator = _Emulator(recording)
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
    def __init__(self, recording: Recording | None) -> None:
        self._recording = recording
        self._cache = PromptCache()
        self._faults: list[Fault] = []
        """One entry for each request that is to be hit, in order."""

    async def messages(self, request: Request) -> Response:
        key = require_auth(dict(request.headers))
        asked = parse_messages(await _body(request))
        message = await self._message(key, asked)
        if asked.stream:
            return StreamingResponse(
                _events(message), media_type="text/event-stream", headers=_request_id()
            )
        return JSONResponse(message, headers=_request_id())

    async def _message(self, key: str, asked: MessagesRequest) -> _Json:
        fault = self._faults.pop(0) if self._faults else None
        # Orders are used up one request each, whatever they do.
        kind = fault.kind if fault else None
        if fault and kind is FaultKind.SLOW:
            await asyncio.sleep(fault.seconds)
        if fault and kind in _HTTP_FAULTS:
            status, error_type, words = _HTTP_FAULTS[fault.kind]
            is_limit = kind is FaultKind.HTTP_429
            headers = {"retry-after": f"{fault.seconds:g}"} if is_limit else None
            raise ApiError(status, error_type, words, headers)
        if kind is FaultKind.COLD_CACHE:
            self._cache.forget()
        count = self._cache.look_up(key, asked)
        known = None if kind is FaultKind.OBEY else recorded_answer(asked, self._recording)
        # Ranking the sentences of a long source would block the event loop.
        text = known or await run_in_threadpool(written_answer, asked, obeys=kind is FaultKind.OBEY)
        # Anthropic caches a prefix once the answer begins, not when the request arrives.
        self._cache.remember(count)
        message = _message_object(asked, text, count, kind)
        return message | {"model": RECORDED} if known else message

    async def count(self, request: Request) -> Response:
        key = require_auth(dict(request.headers))
        asked = parse_count(await _body(request))
        total = self._cache.look_up(key, asked).total
        # Counting neither reads nor fills the cache.
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
        return JSONResponse({"left": [fault.kind for fault in self._faults]})

    async def order_fault(self, request: Request) -> Response:
        try:
            fault = Fault.model_validate_json(await _body(request))
        except ValidationError as error:
            wrong = json.loads(error.json(include_url=False, include_input=False))
            return JSONResponse({"errors": wrong}, status_code=422)
        self._faults += [fault] * fault.times
        return await self.faults(request)

    async def clear_faults(self, request: Request) -> Response:
        self._faults.clear()
        return await self.faults(request)


def _message_object(
    request: MessagesRequest, text: str, count: InputCount, fault: FaultKind | None
) -> _Json:
    """Return the message object, spoilt by the fault."""
    tokens = count_tokens(text)
    stop = "end_turn"
    if fault is FaultKind.CUT_OFF or tokens > request.max_tokens:
        stop = "max_tokens"
        tokens = min(tokens // 2 + 1, request.max_tokens)
        # Four bytes a token, as `count_tokens` estimates.
        text = text.encode()[: tokens * 4].decode(errors="ignore")
    elif fault is FaultKind.INVALID_JSON:
        text = text[: len(text) // 2]
    elif fault is FaultKind.REFUSAL:
        stop, text = "refusal", ""
    refusal = {"type": "refusal", "category": None, "explanation": None}
    # The same request has the same ID, so that runs can be compared.
    digest = hashlib.sha256((request.model_dump_json() + text).encode())
    return {
        "id": f"msg_{digest.hexdigest()[:24]}",
        "type": "message",
        "role": "assistant",
        "model": OWN_MODEL,
        "content": [{"type": "text", "text": text}] if text else [],
        "stop_reason": stop,
        "stop_sequence": None,
        "stop_details": refusal if stop == "refusal" else None,
        "usage": {
            "input_tokens": count.fresh,
            "cache_creation_input_tokens": count.written,
            "cache_read_input_tokens": count.read,
            "cache_creation": {
                "ephemeral_5m_input_tokens": count.written_5m,
                "ephemeral_1h_input_tokens": count.written_1h,
            },
            "output_tokens": tokens,
            "service_tier": "standard",
        },
    }


def _events(message: _Json) -> Iterator[bytes]:
    """Yield the same message as server-sent events."""

    def event(kind: str, **fields: object) -> bytes:
        data = json.dumps({"type": kind, **fields}, ensure_ascii=False)
        return f"event: {kind}\ndata: {data}\n\n".encode()

    blank: _Json = {"content": [], "stop_reason": None, "stop_details": None}
    yield event("message_start", message=message | blank)
    for index, block in enumerate(message["content"]):
        empty = {"type": "text", "text": ""}
        yield event("content_block_start", index=index, content_block=empty)
        # The real stream has pings, and clients must skip them.
        yield event("ping")
        for start in range(0, len(block["text"]), _DELTA):
            delta = {"type": "text_delta", "text": block["text"][start : start + _DELTA]}
            yield event("content_block_delta", index=index, delta=delta)
        yield event("content_block_stop", index=index)
    ending = {k: message[k] for k in ("stop_reason", "stop_sequence", "stop_details")}
    usage = {"output_tokens": message["usage"]["output_tokens"]}
    yield event("message_delta", delta=ending, usage=usage)
    yield event("message_stop")


async def _body(request: Request) -> bytes:
    data = bytearray()
    async for piece in request.stream():
        data += piece
        if len(data) > _LARGEST:
            raise ApiError(413, "request_too_large", "Request exceeds the maximum size")
    return bytes(data)


def _model_info(name: str) -> _Json:
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
    if status == 404:  # noqa: PLR2004
        return _error(status, "not_found_error", "Not Found", {})
    return _error(status, "invalid_request_error", "", {})


def _error(status: int, kind: str, message: str, headers: dict[str, str]) -> Response:
    request_id = _request_id()
    body = {
        "type": "error",
        "error": {"type": kind, "message": message},
        "request_id": request_id["request-id"],
    }
    return JSONResponse(body, status, headers={**headers, **request_id})
