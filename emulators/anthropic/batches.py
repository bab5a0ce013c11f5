"""Message batches: many requests, answered one after the other in the background.

https://platform.claude.com/docs/en/api/creating-message-batches
"""

import asyncio
import json
import uuid
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.requests import Request

from emulators.anthropic.wire import (
    ApiError,
    MessagesRequest,
    invalid,
    parse_messages,
)

_Json = dict[str, Any]
Answer = Callable[[str, MessagesRequest], Awaitable[_Json]]
_LIFETIME = timedelta(hours=24)
_NAME = r"^[a-zA-Z0-9_-]{1,64}$"


class RequestExpiredError(Exception):
    """A request of a batch ran out of time."""


class _OneRequest(BaseModel):
    model_config = ConfigDict(extra="forbid")

    custom_id: str = Field(pattern=_NAME)
    params: _Json


class _Order(BaseModel):
    model_config = ConfigDict(extra="forbid")

    requests: list[_OneRequest] = Field(min_length=1, max_length=100_000)


class Batch:
    """One batch. It has ended once each request has its result."""

    def __init__(self, key: str, requests: dict[str, _Json]) -> None:
        self.id = f"msgbatch_{uuid.uuid4().hex[:24]}"
        self.key = key
        self.created_at = datetime.now(UTC)
        self._ended_at: datetime | None = None
        self._cancelled_at: datetime | None = None
        self._waiting = requests
        self._results: dict[str, _Json] = {}

    async def work(self, answer: Answer) -> None:
        """Answer all requests, until somebody cancels."""
        for name, params in self._waiting.items():
            if self._cancelled_at is not None:
                break
            self._results[name] = await _result(self.key, params, answer)
        for name in self._waiting.keys() - self._results.keys():
            self._results[name] = {"type": "canceled"}
        self._ended_at = datetime.now(UTC)

    def cancel(self) -> None:
        """Begin no further request. What has ended stays as it is."""
        if self._ended_at is None:
            self._cancelled_at = datetime.now(UTC)

    def shown(self, request: Request) -> _Json:
        """Return the batch as the API shows it."""
        has_ended = self._ended_at is not None
        is_leaving = self._cancelled_at is not None and not has_ended
        url = request.url_for("batch_results", batch=self.id)
        return {
            "id": self.id,
            "type": "message_batch",
            "processing_status": "ended"
            if has_ended
            else ("canceling" if is_leaving else "in_progress"),
            "request_counts": self._counts(has_ended=has_ended),
            "created_at": self.created_at.isoformat(),
            "expires_at": (self.created_at + _LIFETIME).isoformat(),
            "ended_at": self._ended_at.isoformat() if self._ended_at else None,
            "cancel_initiated_at": (
                self._cancelled_at.isoformat() if self._cancelled_at else None
            ),
            "archived_at": None,
            "results_url": str(url) if has_ended else None,
        }

    def _counts(self, *, has_ended: bool) -> dict[str, int]:
        """Return the counts; all but one are zero until everything has ended."""
        kinds = ("succeeded", "errored", "canceled", "expired")
        types = [one["type"] for one in self._results.values()] if has_ended else []
        counts = {kind: types.count(kind) for kind in kinds}
        return {"processing": len(self._waiting) - len(types), **counts}

    def lines(self) -> bytes:
        """Return the results as JSONL, the last request first: order means nothing.

        Raises:
            ApiError: It has not ended.
        """
        if self._ended_at is None:
            raise invalid("The batch has not ended: its results are not available.")
        rows = [{"custom_id": n, "result": r} for n, r in self._results.items()]
        return "".join(
            json.dumps(row, ensure_ascii=False) + "\n" for row in reversed(rows)
        ).encode()


class Batches:
    """All batches, each seen by the key that made it alone."""

    def __init__(self, answer: Answer) -> None:
        self._answer = answer
        self._batches: dict[str, Batch] = {}
        self._running = set[asyncio.Task[None]]()

    def create(self, key: str, body: bytes) -> Batch:
        """Take a batch and begin with it.

        Raises:
            ApiError: 400 for one that the API would not take. What stands in the
                requests is looked at later, as the API does.
        """
        try:
            order = _Order.model_validate_json(body)
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            place = ".".join(str(part) for part in first["loc"])
            raise invalid(f"{place}: {first['msg']}") from None
        requests = {one.custom_id: one.params for one in order.requests}
        if len(requests) < len(order.requests):
            raise invalid("requests: custom_id must be unique within a batch")
        batch = Batch(key, requests)
        self._batches[batch.id] = batch
        task = asyncio.create_task(batch.work(self._answer))
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return batch

    def find(self, key: str, batch_id: str) -> Batch:
        """Return a batch.

        Raises:
            ApiError: 404 for one that the key did not make.
        """
        found = self._batches.get(batch_id)
        if found is None or found.key != key:
            raise ApiError(404, "not_found_error", f"No batch {batch_id[:80]}")
        return found


async def _result(key: str, params: _Json, answer: Answer) -> _Json:
    try:
        asked = parse_messages(json.dumps(params).encode())
        if asked.stream:
            raise invalid("stream: not supported in a batch")
        return {"type": "succeeded", "message": await answer(key, asked)}
    except RequestExpiredError:
        return {"type": "expired"}
    except ApiError as error:
        told = {"type": error.kind, "message": error.message}
        return {"type": "errored", "error": {"type": "error", "error": told}}
