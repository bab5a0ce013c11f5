"""HTTP for Replicate: the transport under its SDK, and the download of its results.

:class:`Door` lets requests out to the API alone; :func:`fetch_output` fetches from the hosts
that settings name. ``replicate`` beside it and the activities of media call them.
"""

import base64
import binascii
import json
import tempfile
from collections.abc import Collection
from pathlib import Path
from typing import cast

import httpx

from galley.clients.web import WebClient
from galley.clients.web_replies import (
    ForbiddenAddressError,
    HttpStatusError,
    TooLargeError,
    WrongTypeError,
    delay_of,
)

ABORTED = "aborted before it began"
"""The error of a prediction whose status the SDK does not know."""
_LARGEST = 20_000_000
"""Bytes of an answer; the words of five minutes are some kilobytes."""
_LATER = frozenset({408, 409, 425, 429})


class ReplicateFailure(Exception):  # noqa: N818 -- the SDK has a ReplicateError
    """A request failed. ``retryable``: a later try may succeed.

    ``is_refused``: Replicate certainly did nothing.
    """

    def __init__(
        self,
        message: str,
        *,
        retryable: bool = False,
        is_refused: bool = True,
        retry_after: float | None = None,
        status: int | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.retryable = retryable
        self.is_refused = is_refused
        self.retry_after = retry_after


class Door(httpx.AsyncBaseTransport):
    """Lets requests out to the API alone, once each, and names what went wrong."""

    def __init__(self, host: str, deadline: int, setting: str) -> None:
        self._host = host
        self._deadline = deadline
        self._setting = setting
        self._transport = httpx.AsyncHTTPTransport()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        # The SDK follows a list's `next` URL, and would send the token wherever that leads.
        if request.url.host != self._host:
            raise ReplicateFailure(
                f"Replicate named the foreign host {request.url.host[:80]}: nothing was sent there."
            )
        if request.method == "POST" and request.url.path.endswith("/predictions"):
            request.headers["Cancel-After"] = f"{self._deadline}s"
        answer = await self._transport.handle_async_request(request)
        body = bytearray()
        try:
            async for chunk in answer.aiter_bytes():
                body += chunk
                if len(body) > _LARGEST:
                    raise ReplicateFailure(
                        f"Replicate's answer is larger than {_LARGEST // 1_000_000} MB."
                    )
        finally:
            await answer.aclose()
        _refuse(answer, self._setting)
        return httpx.Response(answer.status_code, content=_renamed(bytes(body)), request=request)

    async def aclose(self) -> None:
        await self._transport.aclose()


def _refuse(answer: httpx.Response, setting: str) -> None:
    status = answer.status_code
    if status < 300:  # noqa: PLR2004
        return
    match status:
        case 401 | 403:
            advice = "set REPLICATE_API_TOKEN to a token that may run the model"
        case 402:
            advice = "add credit at replicate.com/account/billing"
        case 404 | 422:
            advice = f"check {setting} with `galley doctor`"
        case _:
            advice = "try again later"
    raise ReplicateFailure(
        f"Replicate answered {status}: {advice}.",
        retryable=status in _LATER or status >= 500,  # noqa: PLR2004
        # After 408 and server errors the prediction may exist, and be billed.
        is_refused=status < 500 and status != 408,  # noqa: PLR2004
        retry_after=delay_of(answer.headers.get("retry-after")),
        status=status,
    )


def _renamed(body: bytes) -> bytes:
    """Replace the status ``aborted``: the SDK's model does not know it and would fail."""
    if b'"aborted"' not in body:
        return body
    try:
        data: object = json.loads(body)
    except ValueError:
        return body
    if not isinstance(data, dict):
        return body
    found = cast("dict[str, object]", data)
    listed = found.get("results")
    inner = cast("list[object]", listed) if isinstance(listed, list) else []
    for one in (found, *inner):
        if isinstance(one, dict):
            prediction = cast("dict[str, object]", one)
            if prediction.get("status") == "aborted":
                prediction.update({"status": "canceled", "error": ABORTED})
    return json.dumps(data).encode()


_TYPES = frozenset(
    {
        "",
        "image/jpeg",
        "image/png",
        "image/webp",
        "audio/mpeg",
        "audio/mp3",
        "audio/wav",
        "audio/x-wav",
        "audio/flac",
        "audio/x-flac",
        "audio/ogg",
        "audio/aac",
        "audio/mp4",
        "video/mp4",
        "video/quicktime",
        "application/octet-stream",
        "binary/octet-stream",
    }
)
"""Media types it may be sent as; the bytes decide in the end."""
_GONE = frozenset({403, 404, 410})
_NESTED = 3


class DeliveryGoneError(Exception):
    """It is not there any more."""


async def fetch_output(
    output: object, hosts: Collection[str], limit: int, deadline: float
) -> bytes:
    """Return the bytes of the first file of a prediction's output.

    Args:
        output: An address, a ``data:`` URL, or a list or object that holds one.
        hosts: Where it may be: ``name``, ``*.name``, or ``host:port``, which may be
            private.
        limit: The most bytes.
        deadline: Seconds for everything together.

    Raises:
        DeliveryGoneError: The host has it no more.
        WebError: It cannot be fetched; the message quotes no address but its host.
    """
    address = _address(output)
    if address is None:
        raise WrongTypeError("The model gave no file.")
    if address.startswith("data:"):
        return _inline(address, limit)
    named = _require_allowed(address, hosts)
    web = WebClient(
        {host for host in hosts if host == named}, limit=limit, deadline=deadline, redirects=0
    )
    with tempfile.TemporaryDirectory(prefix="galley-made-") as folder:
        file = Path(folder) / "made"
        try:
            await web.save(address, file, _TYPES)
        except HttpStatusError as error:
            if error.status in _GONE:
                raise DeliveryGoneError from None
            raise
        return file.read_bytes()


def _address(output: object, depth: int = 0) -> str | None:
    if isinstance(output, str):
        is_one = output.startswith(("https://", "http://", "data:"))
        return output if is_one else None
    if depth == _NESTED or not isinstance(output, list | dict):
        return None
    inner: list[object] = list(output.values() if isinstance(output, dict) else output)  # pyright: ignore[reportUnknownArgumentType] -- a stranger's JSON
    found = (_address(one, depth + 1) for one in inner)
    return next((one for one in found if one), None)


def _inline(address: str, limit: int) -> bytes:
    head, _, data = address.partition(",")
    if not head.endswith(";base64"):
        raise WrongTypeError("The model gave a file in a form that is not known.")
    if len(data) > limit * 4 // 3 + 4:
        raise TooLargeError("What the model gave is too large.")
    try:
        return base64.b64decode(data, validate=True)
    except (binascii.Error, ValueError):
        raise WrongTypeError("The model gave a damaged file.") from None


def _require_allowed(address: str, hosts: Collection[str]) -> str:
    """Return ``host:port`` of an address that may be fetched."""
    try:
        url = httpx.URL(address)
    except httpx.InvalidURL:
        raise ForbiddenAddressError("The model gave no web address.") from None
    named = f"{url.host}:{url.port or (443 if url.scheme == 'https' else 80)}"
    is_known = url.scheme == "https" and url.port in {None, 443}
    # "*.name" stands for every host that ends with ".name".
    is_listed = any(
        url.host.endswith(host[1:]) if host.startswith("*.") else url.host == host for host in hosts
    )
    if named in hosts or (is_known and is_listed):
        return named
    raise ForbiddenAddressError(
        f"The model's file is at {url.host[:80]}, which GALLEY_REPLICATE_FILE_HOSTS "
        "does not name: it was not fetched."
    )
