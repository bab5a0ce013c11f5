"""Ask the address that was checked, whatever its name means by then.

httpx-secure finds out an address by connecting to it: who answers DNS differently the
second time would have a connection made to a private one, though nothing be sent.
"""

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import httpx

from galley.clients.addresses import Address


@asynccontextmanager
async def asked_at(
    client: httpx.AsyncClient, method: str, url: httpx.URL, addresses: Sequence[Address]
) -> AsyncGenerator[httpx.Response]:
    """Ask at the first of a host's addresses that takes a connection.

    Raises:
        httpx.HTTPError: None takes one, or the request failed.
    """
    lost: httpx.HTTPError = httpx.ConnectError("There is no address.")
    for address in addresses:
        request = client.build_request(method, **pinned(url, address))
        try:
            reply = await client.send(request, stream=True)
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            lost = error
            continue
        try:
            yield reply
        finally:
            await reply.aclose()
        return
    raise lost


def pinned(url: httpx.URL, address: Address) -> dict[str, Any]:
    """Return what httpx is to send so that a page is asked at this address.

    The server sees the name, and its certificate is held to the name.
    """
    return {
        "url": url.copy_with(host=str(address)),
        "headers": {"Host": url.netloc.decode("ascii")},
        "extensions": {"sni_hostname": url.raw_host.decode("ascii")},
    }
