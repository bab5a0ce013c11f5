"""Internet addresses: which are public, which are local, and a request to exactly one."""

import socket
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Any

import httpx

Address = IPv4Address | IPv6Address
Resolve = Callable[[str, int], tuple[Address, ...]]
"""Gives the addresses of a host and port."""

_NAT64 = IPv6Network("64:ff9b::/96")
# Ranges that `is_global` lets through in one of the supported Python versions, or
# that carry an IPv4 address inside: a gateway would unwrap it behind our back.
_NEVER = (
    IPv4Network("192.88.99.0/24"),  # 6to4 relays, RFC 7526
    IPv6Network("::/96"),  # IPv4-compatible, RFC 4291 2.5.5.1
    IPv6Network("64:ff9b:1::/48"),  # local NAT64, RFC 8215
    IPv6Network("2001::/32"),  # Teredo, RFC 4380
    IPv6Network("2002::/16"),  # 6to4, RFC 3056
    IPv6Network("3fff::/20"),  # documentation, RFC 9637
    IPv6Network("5f00::/16"),  # segment routing, RFC 9602
    IPv6Network("fec0::/10"),  # site-local, RFC 3879
)
_LOCAL_SUFFIXES = (".localhost", ".local", ".internal", ".home.arpa", ".lan")


def is_public(address: Address) -> bool:
    """Return whether an address belongs to the public internet."""
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return is_public(address.ipv4_mapped)
        if address in _NAT64:
            return is_public(IPv4Address(address.packed[-4:]))
    if any(address.version == net.version and address in net for net in _NEVER):
        return False
    return address.is_global and not (address.is_multicast or address.is_reserved)


def is_local_name(host: str) -> bool:
    """Return whether a host, without asking DNS, can only mean a private machine.

    That is a private address, ``localhost`` and its like, and a name of one label,
    which is how container networks name their machines.
    """
    host = host.rstrip(".").lower()
    try:
        return not is_public(ip_address(host.strip("[]")))
    except ValueError:
        return "." not in host or host.endswith(_LOCAL_SUFFIXES)


def addresses_of(host: str, port: int) -> tuple[Address, ...]:
    """Ask the resolver, which also understands ``2130706433`` and ``0x7f.1``.

    Raises:
        OSError: The name has no address (``socket.gaierror``).
        UnicodeError: The name is not one that DNS can carry.
    """
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return tuple(ip_address(entry[4][0]) for entry in found)


@asynccontextmanager
async def asked_at(
    client: httpx.AsyncClient,
    method: str,
    url: httpx.URL,
    addresses: Sequence[Address],
    content: bytes | None = None,
) -> AsyncGenerator[httpx.Response]:
    """Ask at the first of a host's addresses that takes a connection.

    Raises:
        httpx.HTTPError: None takes one, or the request failed.
    """
    lost: httpx.HTTPError = httpx.ConnectError("There is no address.")
    for address in addresses:
        request = client.build_request(method, content=content, **pinned(url, address))
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
