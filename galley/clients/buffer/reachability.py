"""Tell addresses that the public internet reaches from those it cannot."""

import ipaddress
from urllib.parse import urlsplit

_PRIVATE_SUFFIXES = (".localhost", ".local", ".internal", ".lan", ".home.arpa", ".test")


def is_public(url: str) -> bool:
    """Whether ``url`` names a host outside this machine and its network.

    Decided by the name alone, without a look-up: loopback and private addresses,
    ``localhost``, one-word hosts (a container's name) and private suffixes are not.
    """
    try:
        host = (urlsplit(url).hostname or "").rstrip(".").lower()
    except ValueError:
        return False
    try:
        return ipaddress.ip_address(host).is_global
    except ValueError:
        return "." in host and not host.endswith(_PRIVATE_SUFFIXES)
