"""Fetch what a model on Replicate made, from the hosts it may be on and no others.

Never with the token: the address is a stranger's word. The errors are those of
``web_errors``.
"""

import base64
import binascii
import tempfile
from collections.abc import Collection
from pathlib import Path

import httpx

from galley.clients.web import WebClient
from galley.clients.web_errors import (
    ForbiddenAddressError,
    HttpStatusError,
    TooLargeError,
    WebError,
    WrongTypeError,
)

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
        {host for host in hosts if host == named},
        limit=limit,
        deadline=deadline,
        redirects=0,
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
    if named in hosts:
        return named
    is_known = url.scheme == "https" and url.port in {None, 443}
    if is_known and any(_matches(url.host, host) for host in hosts):
        return named
    raise ForbiddenAddressError(
        f"The model's file is at {url.host[:80]}, which GALLEY_REPLICATE_FILE_HOSTS "
        "does not name: it was not fetched."
    )


def _matches(host: str, wanted: str) -> bool:
    if wanted.startswith("*."):
        return host.endswith(wanted[1:])
    return host == wanted


__all__ = ["DeliveryGoneError", "WebError", "fetch_output"]
