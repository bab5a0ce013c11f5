"""One HTTP exchange with Buffer, with checks of addresses, keys, sizes and deadlines.

:class:`Connection` sends the requests of the generated client and returns typed answers or
raises errors; :class:`RawAnswer` is for checks of odd requests. ``client`` beside it and the
trial of ``doctor`` call this.
"""

import asyncio
import json as jsonlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Generic, TypeVar
from urllib.parse import urlsplit

import httpx
from pydantic import ValidationError

from galley.clients.addresses import is_local_name
from galley.clients.buffer.answers import first_fault, read_answer, windows_of
from galley.clients.buffer.errors import (
    BufferApiError,
    NoAnswerError,
    NotSentError,
    RefusedError,
    UnauthorizedError,
    UnknownOutcomeError,
)
from galley.clients.buffer.generated.client import GeneratedClient
from galley.clients.buffer.inbound import as_dict, clean, json_object
from galley.clients.buffer.renewal import LOGIN, TokenSource
from galley.clients.certificates import authorities
from galley.models.network import LinkCard
from galley.models.publishing import HoldReason, PostRequest, RateWindow


@dataclass(frozen=True, slots=True)
class RawAnswer:
    """HTTP status, rate windows, and the JSON object that was answered."""

    status: int
    windows: tuple[RateWindow, ...]
    payload: dict[str, object]

    @property
    def data(self) -> dict[str, object]:
        """What was asked for, as far as it was answered."""
        return as_dict(self.payload.get("data"))

    @property
    def message(self) -> str:
        """The first error's words, or those of a typed refusal."""
        said = self._fault.get("message") or self._member.get("message")
        return clean(said or "")

    @property
    def code(self) -> str:
        """The first error's code."""
        return clean(as_dict(self._fault.get("extensions")).get("code") or "", 60)

    @property
    def typename(self) -> str:
        """The union member that a write was answered with."""
        return clean(self._member.get("__typename") or "", 60)

    @property
    def post_id(self) -> str:
        """The post that a write made, or nothing."""
        return clean(as_dict(self._member.get("post")).get("id") or "", 60)

    @property
    def _member(self) -> dict[str, object]:
        """The first field that was asked for."""
        return as_dict(next(iter(self.data.values()), None))

    @property
    def _fault(self) -> dict[str, object]:
        return first_fault(self.payload)


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
    """A checked answer, as the generated code reads it."""

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
        last_look: Called right before the first byte leaves; what it raises stops the request.
        windows: What the answer's headers said, once there is one.
    """

    http: httpx.AsyncClient
    deadline: float
    token: str | TokenSource
    last_look: Callable[[], None] | None = None
    windows: tuple[RateWindow, ...] = field(default=())

    async def post(self, url: str, json: object = None, *_: object, **__: object) -> CheckedAnswer:
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
                f"Buffer does not accept the authorization: {LOGIN}", windows=self.windows
            ) from None
        except BufferApiError as error:
            error.hide(token)
            raise

    async def raw(self, url: str, json: object) -> tuple[int, httpx.Headers, bytes, str]:
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

    async def _trace(self, event: str, _: dict[str, object]) -> None:
        # The connection stands by now, which may have taken seconds.
        if self.last_look is not None and event == "http11.send_request_headers.started":
            self.last_look()

    async def _send(
        self, url: str, content: bytes, token: str, until: float
    ) -> tuple[int, httpx.Headers, bytes]:
        if self.http.is_closed:
            raise NotSentError("This worker is shutting down: the request was not sent")
        authorization = {"Authorization": f"Bearer {token}"}
        body = bytearray()
        try:
            async with (
                asyncio.timeout_at(until),
                self.http.stream(
                    "POST",
                    url,
                    content=content,
                    headers=authorization,
                    extensions={"trace": self._trace},
                ) as response,
            ):
                async for chunk in response.aiter_bytes():
                    body += chunk
                    if len(body) > MAX_ANSWER:
                        raise UnknownOutcomeError(
                            f"Buffer's answer is larger than {MAX_ANSWER // 2**20} MiB"
                        )
                return response.status_code, response.headers, bytes(body)
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


T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)

CONNECT_TIMEOUT = 5.0
_OF_THE_REQUEST = {HTTPStatus.OK, HTTPStatus.BAD_REQUEST}
_NOT_OF_THE_REQUEST = {"UNAUTHENTICATED", "UNAUTHORIZED", "RATE_LIMIT_EXCEEDED"}


@dataclass(frozen=True, slots=True)
class Answer(Generic[T_co]):
    """A typed answer, and the rate windows reported with it."""

    value: T_co
    windows: tuple[RateWindow, ...] = ()


class Connection:
    """A connection to Buffer with one key; each request goes out once."""

    def __init__(
        self, url: str, token: str | TokenSource, *, timeout: float, user_agent: str
    ) -> None:
        """Open a connection pool; no request is made.

        Raises:
            ValueError: The address or the key cannot be used; the message says why.
        """
        _check_address(url)
        is_clean = not isinstance(token, str) or (
            token.isascii() and token.isprintable() and " " not in token
        )
        if not token or not is_clean:
            raise ValueError(
                "BUFFER_API_KEY is empty or holds characters no key has: paste it again"
            )
        self._url, self._token, self._timeout = url, token, timeout
        self._http = httpx.AsyncClient(
            headers={
                "Content-Type": "application/json",
                "Accept": "application/json",
                "User-Agent": user_agent,
            },
            timeout=httpx.Timeout(timeout, connect=min(CONNECT_TIMEOUT, timeout)),
            limits=httpx.Limits(max_connections=4, max_keepalive_connections=2),
            follow_redirects=False,
            verify=authorities(),
            trust_env=False,
        )

    async def aclose(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def ask(
        self,
        request: Callable[[GeneratedClient], Awaitable[T]],
        last_look: Callable[[], None] | None = None,
    ) -> Answer[T]:
        """Carry out one generated request, unless ``last_look`` raises before it leaves.

        Raises:
            BufferApiError: The leaf that fits.
        """
        exchange = Exchange(self._http, self._timeout, self._token, last_look)
        wire = GeneratedClient(url=self._url, http_client=exchange)
        try:
            value = await request(wire)
        except ValidationError as error:
            # The places alone: the values may be the text of a post.
            places = (".".join(map(str, problem["loc"])) for problem in error.errors())
            named = clean(", ".join(dict.fromkeys(places)), 200)
            raise UnknownOutcomeError(
                f"Buffer's answer does not have the shape its schema promises: {named}",
                windows=exchange.windows,
            ) from None
        return Answer(value, exchange.windows)

    async def look(self, query: str, variables: dict[str, object]) -> RawAnswer:
        """Send one request as it is, and return what Buffer thinks of it.

        Raises:
            BufferApiError: No answer came, or one that says nothing of the request: a
                refused key, a used-up rate window, trouble at Buffer.
        """
        exchange = Exchange(self._http, self._timeout, self._token)
        asked = {"query": query, "variables": variables}
        status, headers, body, _ = await exchange.raw(self._url, asked)
        answer = RawAnswer(status, windows_of(headers), json_object(body))
        if status not in _OF_THE_REQUEST or answer.code in _NOT_OF_THE_REQUEST:
            read_answer(status, headers, body)
        return answer

    def check_media(self, request: PostRequest) -> None:
        """Refuse, before sending, media that a live Buffer could never fetch.

        Raises:
            RefusedError: An address leads nowhere from outside.
        """
        if not _is_elsewhere(self._url):
            return
        card = getattr(request.extras, "link_card", None)
        thumbnail: str = card.thumbnail_url if isinstance(card, LinkCard) else ""
        addresses = [asset.url for asset in request.assets]
        for address in [*addresses, thumbnail] if thumbnail else addresses:
            if not (address.startswith("https://") and _is_elsewhere(address)):
                raise RefusedError(
                    "Buffer cannot fetch media from a private address or without "
                    "https: set GALLEY_PUBLIC_BASE_URL to a public one",
                    reason=HoldReason.MEDIA,
                )


def _check_address(url: str) -> None:
    try:
        scheme = httpx.URL(url).scheme
    except httpx.InvalidURL:
        scheme = ""
    if scheme not in {"http", "https"} or (scheme == "http" and _is_elsewhere(url)):
        raise ValueError("BUFFER_API_URL must begin with https:// (http:// only on this network)")


def _is_elsewhere(url: str) -> bool:
    """Whether ``url`` leads outside this machine and its network, by its name alone."""
    try:
        return not is_local_name(urlsplit(url).hostname or "")
    except ValueError:
        return False
