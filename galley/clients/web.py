"""Fetch a page somebody named, without being turned against our own network.

A name is resolved once, and each connection goes to an address that was checked, which
closes DNS rebinding; httpx-secure holds the connection to it once more.

The errors stand in ``web_errors``.
"""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import TypeVar

import filetype  # pyright: ignore[reportMissingTypeStubs]
import httpx
from httpx_secure import SSRFProtectionError, httpx_ssrf_protection

from galley.clients.addresses import (
    Address,
    Resolve,
    addresses_of,
    is_local_name,
    is_public,
)
from galley.clients.media_types import FEEDS, PAGES, RECORDINGS, TRANSCRIPTS
from galley.clients.pinning import asked_at
from galley.clients.unpacking import CODINGS, DamagedError, TooMuchError, Unpacker
from galley.clients.web_errors import (
    ForbiddenAddressError,
    HttpStatusError,
    TooLargeError,
    TooManyRedirectsError,
    UnreachableError,
    WebError,
    WrongTypeError,
)

__all__ = [
    "FEEDS",
    "PAGES",
    "RECORDINGS",
    "TRANSCRIPTS",
    "ForbiddenAddressError",
    "HttpStatusError",
    "Page",
    "TooLargeError",
    "TooManyRedirectsError",
    "UnreachableError",
    "WebClient",
    "WebError",
    "WrongTypeError",
]

_PORTS = frozenset({80, 443})
_NO_HOSTS: frozenset[str] = frozenset()
_MAX_REDIRECTS = 3
_TIMEOUT = httpx.Timeout(10)
T = TypeVar("T")
Read = Callable[[httpx.URL, httpx.Response], Awaitable[T]]
_HEADERS = {
    "User-Agent": "Mozilla/5.0 (compatible; Galley/0.1)",
    "Accept": "text/html,application/xhtml+xml,text/markdown,text/plain,*/*;q=0.5",
    # Only what is decoded here, with a limit on what comes out.
    "Accept-Encoding": "gzip",
}


@dataclass(frozen=True)
class Page:
    """A fetched page.

    Attributes:
        url: Where it was found after redirects.
        content_type: Media type in lower case, without parameters; may be empty.
        charset: What the header names, if anything.
        body: The decoded bytes.
    """

    url: str
    content_type: str
    charset: str | None
    body: bytes


@dataclass(frozen=True)
class Outside:
    """What a client believes of the world.

    Attributes:
        resolve: Gives the addresses of a host and port.
        trust: Authorities of certificates; ``None``: those of the browsers.
    """

    resolve: Resolve = addresses_of
    trust: ssl.SSLContext | None = None


class WebClient:
    """Fetches pages. Keeps nothing between two: no cookies, no connections.

    Args:
        private_hosts: ``host:port`` pairs that may be fetched although private;
            they must be named directly, no public page can redirect to them.
        limit: Most decoded bytes of a page.
        deadline: Seconds for everything together, redirects included.
        redirects: How many are followed.
        outside: Who is asked for addresses, once a request, and trusted for names.
    """

    def __init__(
        self,
        private_hosts: Collection[str] = (),
        *,
        limit: int = 5_000_000,
        deadline: float = 30,
        redirects: int = _MAX_REDIRECTS,
        outside: Outside | None = None,
    ) -> None:
        self._private_hosts = frozenset(host.lower() for host in private_hosts)
        self._limit = limit
        self._deadline = deadline
        self._redirects = redirects
        self._outside = outside or Outside()

    async def fetch(self, url: str, types: Collection[str] = PAGES) -> Page:
        """Return the page, which must be of one of the media ``types``.

        Raises:
            WebError: One of the tree above, its message fit to be shown.
        """

        async def read(found: httpx.URL, reply: httpx.Response) -> Page:
            return await self._read(found, reply, types)

        return await self._within(url, read)

    async def save(
        self,
        url: str,
        file: Path,
        types: Collection[str] = RECORDINGS,
        wanted: str = "a recording: give the address of the file",
    ) -> None:
        """Write what is found there into ``file``; ``wanted`` completes "sent …, not".

        Raises:
            WebError: One of the tree above, its message fit to be shown.
        """

        async def read(found: httpx.URL, reply: httpx.Response) -> None:
            _type_of(found, reply, types, wanted)
            with file.open("wb") as into:
                async for part in _decoded(found, reply, self._limit):
                    await asyncio.to_thread(into.write, part)

        await self._within(url, read)

    async def _within(self, url: str, read: Read[T]) -> T:
        try:
            target = httpx.URL(url)
        except httpx.InvalidURL as error:
            raise ForbiddenAddressError(
                "This is not a web address: give one like https://example.com/article."
            ) from error
        try:
            async with asyncio.timeout(self._deadline):
                return await self._follow(target, read)
        except TimeoutError as error:
            raise UnreachableError(
                f"{target.host} took longer than {self._deadline:g} seconds: try "
                "again later, or save the page and give the file.",
                retryable=True,
            ) from error

    async def _follow(self, url: httpx.URL, read: Read[T]) -> T:
        named = _host_and_port(url)
        allowed = self._private_hosts if named in self._private_hosts else _NO_HOSTS
        admitted = set[Address]()
        async with _protected_client(admitted, self._outside.trust) as client:
            for _ in range(self._redirects + 1):
                addresses = await self._checked(url, allowed)
                admitted.update(addresses)
                found = await self._ask(client, url, addresses, read)
                if not isinstance(found, httpx.URL):
                    return found
                url = found
        raise TooManyRedirectsError(
            f"{url.host} redirects more than {self._redirects} times: give the address "
            "the browser ends at."
        )

    async def _checked(
        self, url: httpx.URL, private_hosts: frozenset[str]
    ) -> tuple[Address, ...]:
        """Return where it may be asked, before any connection.

        So an open port cannot be told by it.
        """
        _check(url, private_hosts)
        addresses = await _resolved(self._outside.resolve, url)
        is_listed = _host_and_port(url) in private_hosts
        if not addresses or not (is_listed or all(map(is_public, addresses))):
            raise _forbidden(url)
        return addresses

    async def _ask(
        self,
        client: httpx.AsyncClient,
        url: httpx.URL,
        addresses: tuple[Address, ...],
        read: Read[T],
    ) -> T | httpx.URL:
        try:
            async with asked_at(client, "GET", url, addresses) as reply:
                if reply.next_request is not None:
                    return url.join(reply.headers["location"])
                _check_status(url, reply)
                return await read(url, reply)
        except SSRFProtectionError as error:
            raise _forbidden(url) from error
        except httpx.HTTPError as error:
            raise _unreachable(url, error) from error

    async def _read(
        self, url: httpx.URL, reply: httpx.Response, types: Collection[str]
    ) -> Page:
        content_type = _type_of(
            url, reply, types, "an article: give the address of a web page"
        )
        body = b"".join([part async for part in _decoded(url, reply, self._limit)])
        if filetype.guess(body) is not None or b"\0" in body[:4096]:  # pyright: ignore[reportUnknownMemberType]
            raise WrongTypeError(
                f"{url.host} sent a binary file, not an article: give the address of "
                "a web page."
            )
        return Page(str(url), content_type, reply.charset_encoding, body)


def _type_of(
    url: httpx.URL, reply: httpx.Response, types: Collection[str], wanted: str
) -> str:
    declared = reply.headers.get("content-type", "").partition(";")[0]
    content_type = declared.strip().lower()
    if content_type not in types:
        raise WrongTypeError(
            f"{url.host} sent {content_type[:60]}, not {wanted}.", content_type
        )
    return content_type


def _protected_client(
    admitted: Collection[Address], trust: ssl.SSLContext | None
) -> httpx.AsyncClient:
    def admits(_: str, address: Address, __: int) -> bool:
        return address in admitted

    return httpx_ssrf_protection(
        httpx.AsyncClient(
            headers=_HEADERS,
            timeout=_TIMEOUT,
            trust_env=False,
            follow_redirects=False,
            verify=trust or True,
        ),
        check_globally_reachable=False,
        custom_validator=admits,
    )


def _check(url: httpx.URL, private_hosts: frozenset[str]) -> None:
    """Refuse what can be told without asking DNS."""
    if url.scheme not in {"http", "https"} or not url.host:
        raise ForbiddenAddressError("Only http and https addresses can be read.")
    if url.userinfo:
        raise ForbiddenAddressError(
            "The address holds a user name or password: give it without."
        )
    if _host_and_port(url) in private_hosts:
        return
    if _port(url) not in _PORTS:
        raise ForbiddenAddressError(
            f"Port {_port(url)} is not read: only 80 and 443, and what "
            "GALLEY_FETCH_PRIVATE_HOSTS lists."
        )
    if is_local_name(url.host):
        raise _forbidden(url)


async def _resolved(resolve: Resolve, url: httpx.URL) -> tuple[Address, ...]:
    try:
        return await asyncio.to_thread(resolve, url.host, _port(url))
    except socket.gaierror as error:
        raise UnreachableError(
            f"There is no host {url.host}: check the address.",
            retryable=error.errno == socket.EAI_AGAIN,
        ) from error
    except (ValueError, OSError) as error:
        raise ForbiddenAddressError(
            "The host of this address is not a valid name: check the address."
        ) from error


def _check_status(url: httpx.URL, reply: httpx.Response) -> None:
    status = reply.status_code
    if status == HTTPStatus.OK:
        return
    later = (
        status == HTTPStatus.TOO_MANY_REQUESTS
        or status >= HTTPStatus.INTERNAL_SERVER_ERROR
    )
    advice = "try again later" if later else "check that anyone can open this address"
    raise HttpStatusError(
        f"{url.host} answered {status}: {advice}.",
        retryable=later,
        retry_after=_seconds(reply.headers.get("retry-after", "")),
        status=status,
    )


def _seconds(retry_after: str) -> float | None:
    return float(min(int(retry_after), 3600)) if _is_short_number(retry_after) else None


def _is_short_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 10  # noqa: PLR2004


async def _decoded(
    url: httpx.URL, reply: httpx.Response, limit: int
) -> AsyncIterator[bytes]:
    coding = reply.headers.get("content-encoding", "identity").strip().lower()
    if coding not in {"", "identity", *CODINGS}:
        raise WrongTypeError(
            f"{url.host} sent an encoding that was not asked for: save the page and "
            "give the file."
        )
    unpack = Unpacker(coding, limit)
    try:
        async for chunk in reply.aiter_raw():
            for part in unpack(chunk):
                yield part
    except DamagedError as error:
        raise UnreachableError(
            f"{url.host} sent a damaged page: try again later.", retryable=True
        ) from error
    except TooMuchError:
        raise TooLargeError(
            f"What is at {url.host} is larger than {limit // 1_000_000} MB: give a "
            "smaller file, or one with only the text."
        ) from None


def _forbidden(url: httpx.URL) -> ForbiddenAddressError:
    return ForbiddenAddressError(
        f"{url.host} is a private address: give a public one, or list host:port in "
        "GALLEY_FETCH_PRIVATE_HOSTS."
    )


def _unreachable(url: httpx.URL, error: httpx.HTTPError) -> UnreachableError:
    if _is_tls(error):
        return UnreachableError(
            f"The certificate of {url.host} is not valid: check the address."
        )
    return UnreachableError(
        f"{url.host} cannot be reached ({type(error).__name__}): check the address "
        "and the network.",
        retryable=True,
    )


def _is_tls(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError):
            return True
        error = error.__cause__ or error.__context__
    return False


def _port(url: httpx.URL) -> int:
    return url.port or (443 if url.scheme == "https" else 80)


def _host_and_port(url: httpx.URL) -> str:
    return _name(url.host, _port(url))


def _name(host: str, port: int) -> str:
    host = host.lower()
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
