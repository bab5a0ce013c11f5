"""One request to Buffer and its answer: no retry, a deadline, a cap on size."""

import asyncio
import json as jsonlib
from dataclasses import dataclass, field

import httpx

from galley.clients.buffer.answers import read_answer
from galley.clients.buffer.errors import (
    BufferApiError,
    NotSentError,
    UnknownOutcomeError,
)
from galley.clients.buffer.windows import windows_of
from galley.models import RateWindow

MAX_ANSWER = 8 * 1024 * 1024
"""Decoded bytes. A page of 50 long posts is well under 1 MiB."""

_NEVER_SENT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.LocalProtocolError,
    httpx.UnsupportedProtocol,
)


@dataclass(slots=True)
class CheckedAnswer:
    """What the generated code reads of an answer that was checked."""

    data: dict[str, object]
    status_code: int = httpx.codes.OK

    def json(self, **_: object) -> dict[str, object]:
        return {"data": self.data}


@dataclass(slots=True)
class Exchange:
    """The HTTP client of the generated code, for one request.

    Attributes:
        http: The connection pool, with headers and timeouts.
        deadline: Seconds from the first byte sent to the last byte read.
        key: The Buffer key, to keep it out of messages.
        windows: What the answer's headers said, once there is one.
    """

    http: httpx.AsyncClient
    deadline: float
    key: str
    windows: tuple[RateWindow, ...] = field(default=())

    async def post(
        self, url: str, json: object = None, *_: object, **__: object
    ) -> CheckedAnswer:
        """Send ``json`` once; the generated code's other arguments are never used.

        Raises:
            BufferApiError: No usable answer; the class says what may have happened.
        """
        status, headers, body = await self._send(url, jsonlib.dumps(json).encode())
        self.windows = windows_of(headers)
        try:
            return CheckedAnswer(read_answer(status, headers, body))
        except BufferApiError as error:
            error.hide(self.key)
            raise

    async def aclose(self) -> None:
        """Leave the pool open: it belongs to the client."""

    async def _send(self, url: str, body: bytes) -> tuple[int, httpx.Headers, bytes]:
        if self.http.is_closed:
            raise NotSentError("This worker is shutting down: the request was not sent")
        try:
            async with (
                asyncio.timeout(self.deadline),
                self.http.stream("POST", url, content=body) as response,
            ):
                return response.status_code, response.headers, await _read(response)
        except _NEVER_SENT as error:
            raise NotSentError(
                f"Buffer cannot be reached ({type(error).__name__}): "
                "check the network and BUFFER_API_URL"
            ) from error
        except (httpx.HTTPError, TimeoutError) as error:
            raise UnknownOutcomeError(
                f"Buffer's answer was lost ({type(error).__name__}): "
                "the request may or may not have been carried out"
            ) from error


async def _read(response: httpx.Response) -> bytes:
    body = bytearray()
    async for chunk in response.aiter_bytes():
        body += chunk
        if len(body) > MAX_ANSWER:
            raise UnknownOutcomeError(
                f"Buffer's answer is larger than {MAX_ANSWER // 2**20} MiB"
            )
    return bytes(body)
