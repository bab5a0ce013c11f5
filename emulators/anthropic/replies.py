"""Faults on demand: the next answers go wrong in the way that was ordered."""

import asyncio
import hashlib
import json
from collections.abc import Iterator
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from emulators.anthropic.cache import InputCount, count_tokens
from emulators.anthropic.drafter.parts import asks_for_notes, take_notes
from emulators.anthropic.drafter.request import obey, read_order
from emulators.anthropic.drafter.writing import fill, write_post
from emulators.anthropic.wire import MessagesRequest


class FaultKind(StrEnum):
    """What goes wrong."""

    HTTP_429 = "http_429"
    HTTP_500 = "http_500"
    HTTP_529 = "http_529"
    CUT_OFF = "cut_off"
    REFUSAL = "refusal"
    INVALID_JSON = "invalid_json"
    SLOW = "slow"
    COLD_CACHE = "cold_cache"
    """Nothing is found in the cache, as after five minutes."""
    OBEY = "obey"
    """The model does what the material tells it, and what it could want."""


class Fault(BaseModel):
    """An order: ``times`` requests to ``/v1/messages`` get this fault.

    ``seconds`` is how long ``slow`` waits, and what ``http_429`` names as
    ``retry-after``.
    """

    model_config = ConfigDict(extra="forbid")

    kind: FaultKind
    times: int = Field(default=1, ge=1)
    seconds: float = Field(default=5.0, ge=0, le=3600)


class Faults:
    """Orders in the sequence they came."""

    def __init__(self) -> None:
        self._orders: list[Fault] = []

    def order(self, fault: Fault) -> None:
        self._orders.extend([fault] * fault.times)

    def clear(self) -> None:
        self._orders.clear()

    @property
    def left(self) -> list[FaultKind]:
        """What is still to come."""
        return [fault.kind for fault in self._orders]

    async def next(self) -> Fault | None:
        """Take the next order; a slow one has waited when this returns."""
        if not self._orders:
            return None
        fault = self._orders.pop(0)
        if fault.kind is FaultKind.SLOW:
            await asyncio.sleep(fault.seconds)
        return fault


MODEL = "extractive"
"""The model named in every answer, whichever was asked for: no model wrote this."""

_Json = dict[str, Any]


def written_text(request: MessagesRequest, fault: Fault | None = None) -> str:
    """Write the answer: JSON where a schema was given, else the bare post."""
    if asks_for_notes(request):
        notes = take_notes(request)
        if request.schema_wanted is None:
            return str(notes["summary"])
        return json.dumps(fill(request.schema_wanted, notes), ensure_ascii=False)
    post: dict[str, Any] = {**write_post(read_order(request))}
    if fault and fault.kind is FaultKind.OBEY:
        post = obey(request, post)
    if request.schema_wanted is None:
        return str(post["body"])
    return json.dumps(fill(request.schema_wanted, post), ensure_ascii=False)


def message_of(
    request: MessagesRequest, text: str, count: InputCount, fault: Fault | None
) -> _Json:
    """Return the message object, spoilt as the fault wants it."""
    kind = fault.kind if fault else None
    tokens = count_tokens(text)
    stop = "end_turn"
    if kind is FaultKind.CUT_OFF or tokens > request.max_tokens:
        stop = "max_tokens"
        tokens = min(tokens // 2 + 1, request.max_tokens)
        text = text.encode()[: tokens * 4].decode(errors="ignore")
    elif kind is FaultKind.INVALID_JSON:
        text = text[: len(text) // 2]
    elif kind is FaultKind.REFUSAL:
        stop, text = "refusal", ""
    return {
        "id": _message_id(request, text),
        "type": "message",
        "role": "assistant",
        "model": MODEL,
        "content": [{"type": "text", "text": text}] if text else [],
        "stop_reason": stop,
        "stop_sequence": None,
        "stop_details": _details(stop),
        "usage": _usage(count, tokens),
    }


def events_of(message: _Json) -> Iterator[bytes]:
    """Return the same message as server-sent events."""
    blank: _Json = {"content": [], "stop_reason": None, "stop_details": None}
    start: _Json = message | blank
    yield _event("message_start", message=start)
    for index, block in enumerate(message["content"]):
        empty = {"type": "text", "text": ""}
        yield _event("content_block_start", index=index, content_block=empty)
        yield _event("ping")
        for piece in _pieces(block["text"]):
            delta = {"type": "text_delta", "text": piece}
            yield _event("content_block_delta", index=index, delta=delta)
        yield _event("content_block_stop", index=index)
    ending = {k: message[k] for k in ("stop_reason", "stop_sequence", "stop_details")}
    usage = {"output_tokens": message["usage"]["output_tokens"]}
    yield _event("message_delta", delta=ending, usage=usage)
    yield _event("message_stop")


def _event(kind: str, **fields: object) -> bytes:
    data = json.dumps({"type": kind, **fields}, ensure_ascii=False)
    return f"event: {kind}\ndata: {data}\n\n".encode()


def _pieces(text: str, width: int = 64) -> Iterator[str]:
    for start in range(0, len(text), width):
        yield text[start : start + width]


def _message_id(request: MessagesRequest, text: str) -> str:
    whole = request.model_dump_json() + text
    return f"msg_{hashlib.sha256(whole.encode()).hexdigest()[:24]}"


def _details(stop: str) -> _Json | None:
    if stop != "refusal":
        return None
    return {"type": "refusal", "category": None, "explanation": None}


def _usage(count: InputCount, output_tokens: int) -> _Json:
    return {
        "input_tokens": count.fresh,
        "cache_creation_input_tokens": count.written,
        "cache_read_input_tokens": count.read,
        "cache_creation": {
            "ephemeral_5m_input_tokens": count.written_5m,
            "ephemeral_1h_input_tokens": count.written_1h,
        },
        "output_tokens": output_tokens,
        "service_tier": "standard",
    }
