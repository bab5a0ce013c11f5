"""Ask the address that was checked, whatever its name means by then.

httpx-secure finds out an address by connecting to it: who answers DNS differently the
second time would have a connection made to a private one, though nothing be sent.
"""

from typing import Any

import httpx

from galley.clients.addresses import Address


def pinned(url: httpx.URL, address: Address) -> dict[str, Any]:
    """Return what httpx is to send so that a page is asked at this address.

    The server sees the name, and its certificate is held to the name.
    """
    return {
        "url": url.copy_with(host=str(address)),
        "headers": {"Host": url.netloc.decode("ascii")},
        "extensions": {"sni_hostname": url.raw_host.decode("ascii")},
    }
