"""One request to Buffer and its answer: a deadline, a cap on size.

Nothing is repeated, but for a request that HTTP 401 kept from being looked at, once,
with another token if there is one.
"""

import asyncio
import json as jsonlib
from dataclasses import dataclass, field
from http import HTTPStatus

import httpx

from galley.clients.buffer.answers import read_answer
from galley.clients.buffer.errors import (
    BufferApiError,
    NoAnswerError,
    NotSentError,
    UnauthorizedError,
    UnknownOutcomeError,
)
from galley.clients.buffer.renewal import LOGIN, TokenSource
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
        deadline: Seconds from the call to the last byte read.
        token: The Buffer key, or what gives the access token of the moment.
        windows: What the answer's headers said, once there is one.
    """

    http: httpx.AsyncClient
    deadline: float
    token: str | TokenSource
    windows: tuple[RateWindow, ...] = field(default=())

    async def post(
        self, url: str, json: object = None, *_: object, **__: object
    ) -> CheckedAnswer:
        """Send ``json`` once; the generated code's other arguments are never used.

        Raises:
            BufferApiError: No usable answer; the class says what may have happened.
        """
        status, headers, body, token = await self.raw(url, json)
        self.windows = windows_of(headers)
        try:
            return CheckedAnswer(read_answer(status, headers, body))
        except UnauthorizedError as error:
            if isinstance(self.token, str):
                error.hide(token)
                raise
            raise UnauthorizedError(
                f"Buffer does not accept the authorization: {LOGIN}",
                windows=self.windows,
            ) from None
        except BufferApiError as error:
            error.hide(token)
            raise

    async def raw(
        self, url: str, json: object
    ) -> tuple[int, httpx.Headers, bytes, str]:
        """Send ``json`` once; returns status, headers, body and the token it took.

        Raises:
            BufferApiError: No answer came.
        """
        content = jsonlib.dumps(json).encode()
        until = asyncio.get_running_loop().time() + self.deadline
        token = await self._current(until)
        status, headers, body = await self._send(url, content, token, until)
        if status == HTTPStatus.UNAUTHORIZED and not isinstance(self.token, str):
            token = await self._current(until, refused=token)
            status, headers, body = await self._send(url, content, token, until)
        return status, headers, body, token

    async def aclose(self) -> None:
        """Leave the pool open: it belongs to the client."""

    async def _current(self, until: float, refused: str = "") -> str:
        """Return the token to send, in half the time at most."""
        if isinstance(self.token, str):
            return self.token
        try:
            async with asyncio.timeout_at(until - self.deadline / 2):
                return await self.token(refused)
        except TimeoutError as error:
            raise NotSentError(
                "Buffer's tokens could not be renewed in time: the request was not sent"
            ) from error

    async def _send(
        self, url: str, body: bytes, token: str, until: float
    ) -> tuple[int, httpx.Headers, bytes]:
        if self.http.is_closed:
            raise NotSentError("This worker is shutting down: the request was not sent")
        authorization = {"Authorization": f"Bearer {token}"}
        try:
            async with (
                asyncio.timeout_at(until),
                self.http.stream(
                    "POST", url, content=body, headers=authorization
                ) as response,
            ):
                return response.status_code, response.headers, await _read(response)
        except _NEVER_SENT as error:
            raise NotSentError(
                f"Buffer cannot be reached ({type(error).__name__}): "
                "check the network and BUFFER_API_URL"
            ) from error
        except (httpx.HTTPError, TimeoutError) as error:
            raise NoAnswerError(
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
