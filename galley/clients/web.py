"""WebClient: pages, feeds, recordings and pictures fetched from the web.

Only public addresses on their usual ports are fetched, and listed ones; each redirect is
checked again. The activities of sources and media use it.
"""

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import filetype  # pyright: ignore[reportMissingTypeStubs]
import httpx
from httpx_secure import SSRFProtectionError, httpx_ssrf_protection

from galley.clients.addresses import (
    Address,
    Resolve,
    addresses_of,
    asked_at,
    is_local_name,
    is_public,
)
from galley.clients.certificates import authorities
from galley.clients.web_replies import (
    PAGES,
    RECORDINGS,
    ForbiddenAddressError,
    TooManyRedirectsError,
    UnreachableError,
    WrongTypeError,
    decoded,
    require_ok,
    type_of,
    unreachable,
)

_PORTS = frozenset({80, 443})


def require_fetchable(url: httpx.URL, private_hosts: frozenset[str]) -> None:
    """Refuse what can be told without asking DNS.

    Raises:
        ForbiddenAddressError: It is no web address, or leads where none may lead.
    """
    if url.scheme not in {"http", "https"} or not url.host:
        raise ForbiddenAddressError("Only http and https addresses can be read.")
    if url.userinfo:
        raise ForbiddenAddressError("The address holds a user name or password: give it without.")
    if host_and_port(url) in private_hosts:
        return
    if _port(url) not in _PORTS:
        raise ForbiddenAddressError(
            f"Port {_port(url)} is not read: only 80 and 443, and what "
            "GALLEY_FETCH_PRIVATE_HOSTS lists."
        )
    if is_local_name(url.host):
        raise forbidden(url)


async def resolved(resolve: Resolve, url: httpx.URL) -> tuple[Address, ...]:
    """Return the addresses of a host, asked for once.

    Raises:
        UnreachableError: There is no such host, or nobody says.
        ForbiddenAddressError: It cannot be a host's name.
    """
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


def forbidden(url: httpx.URL) -> ForbiddenAddressError:
    """Return what is said of an address that is private and not listed."""
    return ForbiddenAddressError(
        f"{url.host} is a private address: give a public one, or list host:port in "
        "GALLEY_FETCH_PRIVATE_HOSTS."
    )


def _port(url: httpx.URL) -> int:
    return url.port or (443 if url.scheme == "https" else 80)


def host_and_port(url: httpx.URL) -> str:
    """Return ``host:port`` in lower case, as private hosts are listed."""
    host = url.host.lower()
    return f"[{host}]:{_port(url)}" if ":" in host else f"{host}:{_port(url)}"


_NO_HOSTS: frozenset[str] = frozenset()
_MAX_REDIRECTS = 3
_TIMEOUT = httpx.Timeout(10)
_UTF16 = (b"\xff\xfe", b"\xfe\xff", b"<\0", b"\0<")
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
    """The resolver and the certificates that a client trusts.

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
            WebError: One of ``web_errors``, its message fit to be shown.
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
            WebError: One of ``web_errors``, its message fit to be shown.
        """

        async def read(found: httpx.URL, reply: httpx.Response) -> None:
            type_of(found, reply, types, wanted)
            with file.open("wb") as into:
                async for part in decoded(found, reply, self._limit):
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
        named = host_and_port(url)
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

    async def _checked(self, url: httpx.URL, private_hosts: frozenset[str]) -> tuple[Address, ...]:
        """Return the addresses that may be asked."""
        require_fetchable(url, private_hosts)
        addresses = await resolved(self._outside.resolve, url)
        is_listed = host_and_port(url) in private_hosts
        # Before any connection: its time would tell a stranger which ports are open.
        if not addresses or not (is_listed or all(map(is_public, addresses))):
            raise forbidden(url)
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
                require_ok(url, reply)
                return await read(url, reply)
        except SSRFProtectionError as error:
            raise forbidden(url) from error
        except httpx.HTTPError as error:
            raise unreachable(url, error) from error

    async def _read(self, url: httpx.URL, reply: httpx.Response, types: Collection[str]) -> Page:
        content_type = type_of(url, reply, types, "an article: give the address of a web page")
        body = b"".join([part async for part in decoded(url, reply, self._limit)])
        # UTF-16 has zero bytes too.
        is_binary = b"\0" in body[:4096] and not body.startswith(_UTF16)
        if filetype.guess(body) is not None or is_binary:  # pyright: ignore[reportUnknownMemberType]
            raise WrongTypeError(
                f"{url.host} sent a binary file, not an article: give the address of a web page."
            )
        return Page(str(url), content_type, reply.charset_encoding, body)


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
            verify=trust or authorities(),
        ),
        check_globally_reachable=False,
        custom_validator=admits,
    )
