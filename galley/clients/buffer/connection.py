"""The way to Buffer: address, key, connection pool, and one request over it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Generic, TypeVar
from urllib.parse import urlsplit

import httpx
from pydantic import ValidationError

from galley.clients.addresses import is_local_name
from galley.clients.buffer.answers import read_answer
from galley.clients.buffer.errors import RefusedError, UnknownOutcomeError
from galley.clients.buffer.exchange import Exchange
from galley.clients.buffer.generated.client import GeneratedClient
from galley.clients.buffer.raw import RawAnswer
from galley.clients.buffer.reading import clean, json_object
from galley.clients.buffer.renewal import TokenSource
from galley.clients.buffer.windows import windows_of
from galley.models import LinkCard, PostRequest, RateWindow

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)

CONNECT_TIMEOUT = 5.0
_OF_THE_REQUEST = {HTTPStatus.OK, HTTPStatus.BAD_REQUEST}
_NOT_OF_THE_REQUEST = {"UNAUTHENTICATED", "UNAUTHORIZED", "RATE_LIMIT_EXCEEDED"}


@dataclass(frozen=True, slots=True)
class Answer(Generic[T_co]):
    """What was asked for, and the rate windows reported with it."""

    value: T_co
    windows: tuple[RateWindow, ...] = ()


class Connection:
    """Where Buffer answers, and with which key; each request goes out once."""

    def __init__(
        self, url: str, token: str | TokenSource, *, timeout: float, user_agent: str
    ) -> None:
        """Open a connection pool; no request is made.

        Raises:
            ValueError: The address or the key cannot be used; the message says why.
        """
        _check_address(url)
        if isinstance(token, str) and not _can_be_a_key(token):
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
            trust_env=False,
        )

    async def aclose(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def ask(
        self, request: Callable[[GeneratedClient], Awaitable[T]]
    ) -> Answer[T]:
        """Carry out one generated request.

        Raises:
            BufferApiError: The leaf that fits.
        """
        exchange = Exchange(self._http, self._timeout, self._token)
        wire = GeneratedClient(url=self._url, http_client=exchange)
        try:
            value = await request(wire)
        except ValidationError as error:
            raise UnknownOutcomeError(
                "Buffer's answer does not have the shape its schema promises: "
                f"{_places(error)}",
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
                    "https: set GALLEY_PUBLIC_BASE_URL to a public one"
                )


def _can_be_a_key(token: str) -> bool:
    return bool(token) and token.isascii() and token.isprintable() and " " not in token


def _check_address(url: str) -> None:
    try:
        scheme = httpx.URL(url).scheme
    except httpx.InvalidURL:
        scheme = ""
    if scheme not in {"http", "https"} or (scheme == "http" and _is_elsewhere(url)):
        raise ValueError(
            "BUFFER_API_URL must begin with https:// (http:// only on this network)"
        )


def _is_elsewhere(url: str) -> bool:
    """Whether ``url`` leads outside this machine and its network, by its name alone."""
    try:
        return not is_local_name(urlsplit(url).hostname or "")
    except ValueError:
        return False


def _places(error: ValidationError) -> str:
    """Return where an answer is wrong, and nothing of what it holds."""
    found = (".".join(map(str, problem["loc"])) for problem in error.errors())
    return clean(", ".join(dict.fromkeys(found)), 200)
