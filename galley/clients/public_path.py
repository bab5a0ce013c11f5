"""Try the whole way of media out: put, fetched by a stranger, compared, deleted."""

import hashlib
import secrets
import time
from dataclasses import dataclass

import httpx

from galley.clients.outsider import Outsider, OutsiderError
from galley.clients.storage import ObjectStore, StoreError
from galley.models import MediaKind, PublicAsset

_MIME = "text/plain"
_CACHE = "no-store"
"""A probe must not be found in a cache that stands before the bucket."""
_AGAIN_AFTER = 600.0
"""Seconds for which an answer is good."""
_TIMEOUT = 15.0
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

    def __init__(self, media: ObjectStore, outsider: Outsider) -> None:
        self._media = media
        self._outsider = outsider
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
            await self._outsider.fetch(self._asset(name, data))
            return Tried(warnings=await self._warnings(name))
        except OutsiderError as error:
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
        async with httpx.AsyncClient(timeout=_TIMEOUT, trust_env=False) as client:
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


async def is_private(store: ObjectStore, name: str) -> bool:
    """Whether a stranger is refused an object of this bucket, which is there."""
    url = store.public_url(name)
    try:
        async with httpx.AsyncClient(timeout=_TIMEOUT, trust_env=False) as client:
            return not (await client.get(url)).is_success
    except (httpx.HTTPError, httpx.InvalidURL):
        return True


async def _is_listed(client: httpx.AsyncClient, root: str) -> bool:
    try:
        reply = await client.get(root, params={"list-type": "2", "max-keys": "1"})
    except httpx.HTTPError:
        return False
    return reply.is_success and any(mark in reply.content[:2000] for mark in _LISTS)
