"""Fetch media as Buffer would: over the web, without credentials, with limits."""

import ipaddress
import tempfile
from collections.abc import AsyncGenerator, Collection
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import IO

import httpx
from httpx_secure import httpx_ssrf_protection

MAX_BYTES = 1_000_000_000
_IN_MEMORY = 16_000_000
_TIMEOUT = httpx.Timeout(20, connect=5)
_MAX_REDIRECTS = 5
_OK = 200

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class FetchError(Exception):
    """A URL did not give its file; the message is short, such as ``Not Found``."""


class TooLargeError(FetchError):
    """The file is larger than asked for."""


class MediaFetcher:
    """Gets files from public and loopback hosts, and from those allowed by name.

    httpx-secure checks the address each connection is really made to, so that a name
    cannot point elsewhere between the check and the fetch.
    """

    def __init__(self, allowed_hosts: Collection[str]) -> None:
        self._allowed = {host.lower() for host in allowed_hosts}
        self._client = httpx_ssrf_protection(
            httpx.AsyncClient(
                timeout=_TIMEOUT,
                follow_redirects=True,
                max_redirects=_MAX_REDIRECTS,
                trust_env=False,
                headers={"User-Agent": "BufferEmulator/1.0 (media fetch)"},
            ),
            check_globally_reachable=False,
            custom_validator=self._may_connect,
        )

    async def close(self) -> None:
        await self._client.aclose()

    @asynccontextmanager
    async def fetch(
        self, url: str, max_bytes: int = MAX_BYTES
    ) -> AsyncGenerator[IO[bytes]]:
        """Open the file behind a URL, at its start; gone when the block ends.

        Raises:
            FetchError: The server refuses, cannot be reached, or sends nothing.
            TooLargeError: More than ``max_bytes`` arrived.
        """
        with tempfile.SpooledTemporaryFile(_IN_MEMORY) as file:
            try:
                await self._download(url, file, max_bytes)
            except httpx.TimeoutException:
                raise FetchError("Request Timeout") from None
            except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError):
                raise FetchError("fetch failed") from None
            file.seek(0)
            yield file

    async def check(self, url: str) -> None:
        """Fetch a file whole and throw it away.

        Raises:
            FetchError: It cannot be had.
        """
        async with self.fetch(url):
            pass

    async def _download(self, url: str, file: IO[bytes], max_bytes: int) -> None:
        async with self._client.stream("GET", url) as response:
            if response.status_code != _OK:
                raise FetchError(_phrase(response.status_code))
            size = 0
            async for chunk in response.aiter_bytes():
                size += len(chunk)
                if size > max_bytes:
                    raise TooLargeError("file size limit exceeded")
                file.write(chunk)
            if size == 0:
                raise FetchError("empty response")

    def _may_connect(self, host: str, address: Address, _port: int) -> bool:
        return address.is_loopback or address.is_global or host.lower() in self._allowed


def _phrase(status: int) -> str:
    """``Not Found`` for 404, whatever words the server itself used."""
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return str(status)
