"""Look at our public media the way Buffer will: as a stranger, from outside.

Errors::

    OutsiderError (``retryable`` says whether a later look may succeed)
"""

import asyncio
import hashlib
from http import HTTPStatus

import httpx

from galley.models import PublicAsset

_TIMEOUT = httpx.Timeout(20)
_DEADLINE = 120


class OutsiderError(Exception):
    """A stranger does not get what was put there."""

    def __init__(self, message: str, *, retryable: bool = False) -> None:
        super().__init__(message)
        self.retryable = retryable


async def fetch_as_outsider(asset: PublicAsset) -> None:
    """Fetch a public asset and compare it with what it must be.

    No credentials, no cookies, no proxy, no redirects: Buffer and the networks behind
    it may follow none.

    Raises:
        OutsiderError: Status, content type, size or bytes are not right.
    """
    try:
        async with (
            asyncio.timeout(_DEADLINE),
            httpx.AsyncClient(
                timeout=_TIMEOUT,
                trust_env=False,
                follow_redirects=False,
                headers={"Accept-Encoding": "identity"},
            ) as client,
            client.stream("GET", asset.url) as reply,
        ):
            _check_head(asset, reply)
            await _check_bytes(asset, reply)
    except (httpx.HTTPError, TimeoutError) as error:
        raise OutsiderError(
            f"The public address of the media cannot be fetched "
            f"({type(error).__name__}): check {_origin(asset.url)}.",
            retryable=True,
        ) from error
    except httpx.InvalidURL as error:
        raise OutsiderError(
            "The public address of the media is not a URL: check "
            "GALLEY_PUBLIC_BASE_URL."
        ) from error


def _check_head(asset: PublicAsset, reply: httpx.Response) -> None:
    status = reply.status_code
    if status != HTTPStatus.OK:
        raise OutsiderError(
            f"Anyone should be able to fetch the media, but {_origin(asset.url)} "
            f"answered {status}: {_advice(status)}.",
            retryable=status == HTTPStatus.TOO_MANY_REQUESTS
            or status >= HTTPStatus.INTERNAL_SERVER_ERROR,
        )
    mime = reply.headers.get("content-type", "").partition(";")[0].strip().lower()
    if mime != asset.mime:
        raise OutsiderError(
            f"The public media is served as {mime[:60] or 'nothing'} instead of "
            f"{asset.mime}: check what stands between the bucket and "
            f"{_origin(asset.url)}."
        )


def _advice(status: int) -> str:
    if status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
        return (
            "grant allUsers the role Storage Legacy Object Reader on the media bucket"
        )
    if status == HTTPStatus.NOT_FOUND:
        return "check that GALLEY_PUBLIC_BASE_URL leads to the media bucket"
    if HTTPStatus(300) <= status < HTTPStatus(400):
        return "set GALLEY_PUBLIC_BASE_URL to where it redirects"
    return "try again later"


async def _check_bytes(asset: PublicAsset, reply: httpx.Response) -> None:
    digest, size = hashlib.sha256(), 0
    async for chunk in reply.aiter_bytes():
        size += len(chunk)
        if size > asset.size:
            break
        digest.update(chunk)
    if size != asset.size or digest.hexdigest() != asset.sha256:
        raise OutsiderError(
            f"{_origin(asset.url)} serves other bytes than were stored: check what "
            "stands between the bucket and it, and that nobody writes to the bucket."
        )


def _origin(url: str) -> str:
    return url.partition("/media/")[0]
