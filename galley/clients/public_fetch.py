"""Fetches public media the way Buffer will, without our credentials; hosting and doctor use it.

Errors::

    PublicFetchError (``retryable`` says whether a later look may succeed)
    └── OtherBytesError   it can be fetched, and is not what was put there
"""

import asyncio
import hashlib
import secrets
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus

import httpx

from galley.clients.addresses import Address, Resolve, addresses_of, asked_at, is_public
from galley.clients.certificates import authorities
from galley.clients.storage import ObjectStore, StoreError
from galley.models.media import MediaKind, PublicAsset

_Reply = AbstractAsyncContextManager[httpx.Response]
_Ask = Callable[[str], _Reply]
"""Asks for the asset by a method."""

_TIMEOUT = httpx.Timeout(20)
_DEADLINE = 120
_GLANCE = 15
"""Seconds for a look at the headers."""


class PublicFetchError(Exception):
    """The public address does not serve the media that was put there."""

    def __init__(self, message: str, *, retryable: bool = False) -> None:
        super().__init__(message)
        self.retryable = retryable


class OtherBytesError(PublicFetchError):
    """The public address serves other bytes than were put there."""


class PublicFetch:
    """Fetches as a stranger: no credentials, no cookies, no proxy, no redirects.

    Buffer and the networks behind it may follow none, and reach no private address. No
    connection is made to one: the name is resolved once, and what was checked is asked.

    Args:
        may_be_private: Whether an address of ours may be private: when Buffer is
            emulated on this machine.
        resolve: Gives the addresses of a host, once a look.
    """

    def __init__(self, *, may_be_private: bool = False, resolve: Resolve = addresses_of) -> None:
        self._may_be_private = may_be_private
        self._resolve = resolve

    async def fetch(self, asset: PublicAsset) -> None:
        """Fetch a public asset and compare it with what it must be.

        Raises:
            PublicFetchError: Status, content type, size or bytes are not right.
        """
        async with self._looking(asset, _DEADLINE) as ask:
            await asyncio.gather(_check(asset, ask("HEAD")), _read(asset, ask("GET")))

    async def glance(self, asset: PublicAsset) -> None:
        """Look whether it would be served, without its bytes.

        Raises:
            PublicFetchError: Status, content type or size are not right.
        """
        async with self._looking(asset, _GLANCE) as ask:
            # Buffer learns type and size by HEAD, and gets the bytes by GET.
            looks = (_check(asset, ask(method)) for method in ("HEAD", "GET"))
            await asyncio.gather(*looks)

    @asynccontextmanager
    async def _looking(self, asset: PublicAsset, seconds: float) -> AsyncGenerator[_Ask]:
        try:
            url = httpx.URL(asset.url)
            async with asyncio.timeout(seconds), _client() as client:
                yield partial(asked_at, client, url=url, addresses=await self._checked(url))
        except (httpx.HTTPError, TimeoutError, OSError) as error:
            raise PublicFetchError(
                f"The public address of the media cannot be fetched "
                f"({type(error).__name__}): check {_origin(asset.url)}.",
                retryable=True,
            ) from error
        except (httpx.InvalidURL, UnicodeError) as error:
            raise PublicFetchError(
                "The public address of the media is not a URL: check GALLEY_PUBLIC_BASE_URL."
            ) from error

    async def _checked(self, url: httpx.URL) -> tuple[Address, ...]:
        port = url.port or (443 if url.scheme == "https" else 80)
        addresses = await asyncio.to_thread(self._resolve, url.host, port)
        if self._may_be_private or all(map(is_public, addresses)):
            return addresses
        raise PublicFetchError(
            f"{_origin(str(url))} is a private address, which Buffer cannot "
            "reach: set GALLEY_PUBLIC_BASE_URL to a public one."
        )


def _client() -> httpx.AsyncClient:
    return httpx.AsyncClient(
        timeout=_TIMEOUT,
        verify=authorities(),
        trust_env=False,
        follow_redirects=False,
        headers={"Accept-Encoding": "identity"},
    )


async def _check(asset: PublicAsset, asked: _Reply) -> None:
    async with asked as reply:
        _check_head(asset, reply)


async def _read(asset: PublicAsset, asked: _Reply) -> None:
    async with asked as reply:
        _check_head(asset, reply)
        await _check_bytes(asset, reply)


def _check_head(asset: PublicAsset, reply: httpx.Response) -> None:
    status, method = reply.status_code, reply.request.method
    if status != HTTPStatus.OK:
        raise PublicFetchError(
            f"Anyone should be able to fetch the media, but {_origin(asset.url)} "
            f"answered {status} to {method}: {advice(status)}.",
            retryable=status == HTTPStatus.TOO_MANY_REQUESTS
            or status >= HTTPStatus.INTERNAL_SERVER_ERROR,
        )
    mime = reply.headers.get("content-type", "").partition(";")[0].strip().lower()
    if mime != asset.mime:
        raise PublicFetchError(
            f"The public media is served as {mime[:60] or 'nothing'} instead of "
            f"{asset.mime}: check what stands between the bucket and "
            f"{_origin(asset.url)}; it may ask for a login."
        )
    length = reply.headers.get("content-length", "")
    if length.isdecimal() and int(length) != asset.size:
        raise _other_bytes(asset)


def advice(status: int) -> str:
    """Return what to do when a stranger gets this status for a public object."""
    if status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
        return (
            "grant allUsers the role Storage Legacy Object Reader on the media bucket; "
            "for other stores see docs/how-to-media-store.md"
        )
    if status == HTTPStatus.NOT_FOUND:
        return "check that GALLEY_PUBLIC_BASE_URL leads to the media bucket"
    if status in {HTTPStatus.METHOD_NOT_ALLOWED, HTTPStatus.NOT_IMPLEMENTED}:
        return "let what stands before the bucket pass HEAD as well as GET"
    if HTTPStatus(300) <= status < HTTPStatus(400):
        return "set GALLEY_PUBLIC_BASE_URL to where it redirects, if that is no login"
    return "try again later"


async def _check_bytes(asset: PublicAsset, reply: httpx.Response) -> None:
    digest, size = hashlib.sha256(), 0
    async for chunk in reply.aiter_bytes():
        size += len(chunk)
        if size > asset.size:
            break
        digest.update(chunk)
    if size != asset.size or digest.hexdigest() != asset.sha256:
        raise _other_bytes(asset)


def _other_bytes(asset: PublicAsset) -> OtherBytesError:
    return OtherBytesError(
        f"{_origin(asset.url)} serves other bytes than were stored: check what "
        "stands between the bucket and it, and that nobody writes to the bucket."
    )


def _origin(url: str) -> str:
    return url.partition("/media/")[0]


_MIME = "text/plain"
_CACHE = "no-store"
"""A probe must not be found in a cache that stands before the bucket."""
_AGAIN_AFTER = 600.0
"""Seconds for which an answer is good."""
_PATH_TIMEOUT = 15.0
_LISTS = (b"<ListBucketResult", b"storage#objects")
"""What a listing of everything begins with, at S3 and at Google."""


@dataclass(frozen=True)
class Tried:
    """What a stranger sees of the public bucket.

    Attributes:
        trouble: Why Buffer could not fetch media, and what to do; empty if it could.
        warnings: What else should be mended.
    """

    trouble: str = ""
    warnings: tuple[str, ...] = ()


class PublicPath:
    """The way from the media bucket to a stranger."""

    def __init__(self, media: ObjectStore, public_fetch: PublicFetch) -> None:
        self._media = media
        self._public_fetch = public_fetch
        self._known: tuple[float, str] | None = None

    async def trouble(self) -> str:
        """Return why media cannot be fetched, known for ten minutes; never an error."""
        now = time.monotonic()
        if self._known is None or now - self._known[0] > _AGAIN_AFTER:
            try:
                said = (await self.examine()).trouble
            except StoreError as error:
                said = str(error)
            self._known = (now, said)
        return self._known[1]

    async def examine(self) -> Tried:
        """Put an object, look at it as a stranger, and delete it.

        Raises:
            StoreError: It cannot be put or deleted.
        """
        token = secrets.token_hex(8)
        name, data = f"media/probe/{token}.txt", token.encode()
        await self._media.put_if_absent(name, data, _MIME, cache_control=_CACHE)
        try:
            await self._public_fetch.fetch(self._asset(name, data))
            return Tried(warnings=await self._warnings(name))
        except PublicFetchError as error:
            return Tried(trouble=str(error))
        finally:
            await self._media.delete(name)

    def _asset(self, name: str, data: bytes) -> PublicAsset:
        return PublicAsset(
            kind=MediaKind.IMAGE,
            mime=_MIME,
            sha256=hashlib.sha256(data).hexdigest(),
            size=len(data),
            url=self._media.public_url(name),
        )

    async def _warnings(self, name: str) -> tuple[str, ...]:
        url, warnings = self._media.public_url(name), list[str]()
        root = self._media.public_url("").rstrip("/")
        async with _path_client() as client:
            head = await client.head(url)
            if head.headers.get("cache-control", "") != _CACHE:
                warnings.append(
                    "Cache-Control is not served as it was put: check what stands "
                    "before the bucket."
                )
            if await _is_listed(client, root):
                warnings.append(
                    f"Everybody can list {self._media.name}, and so see what is not "
                    "published yet: let the public read objects only "
                    "(docs/how-to-media-store.md)."
                )
        return tuple(warnings)


def _path_client() -> httpx.AsyncClient:
    return httpx.AsyncClient(timeout=_PATH_TIMEOUT, verify=authorities(), trust_env=False)


async def is_private(store: ObjectStore, name: str) -> bool:
    """Whether a stranger is refused an object of this bucket, which is there."""
    url = store.public_url(name)
    try:
        async with _path_client() as client:
            return not (await client.get(url)).is_success
    except (httpx.HTTPError, httpx.InvalidURL):
        return True


async def _is_listed(client: httpx.AsyncClient, root: str) -> bool:
    try:
        reply = await client.get(root, params={"list-type": "2", "max-keys": "1"})
    except httpx.HTTPError:
        return False
    return reply.is_success and any(mark in reply.content[:2000] for mark in _LISTS)
