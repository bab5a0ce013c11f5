"""Which addresses may be fetched: public ones by their usual ports, and listed ones."""

import asyncio
import socket

import httpx

from galley.clients.addresses import Address, Resolve, is_local_name
from galley.clients.web_errors import ForbiddenAddressError, UnreachableError

_PORTS = frozenset({80, 443})


def require_fetchable(url: httpx.URL, private_hosts: frozenset[str]) -> None:
    """Refuse what can be told without asking DNS.

    Raises:
        ForbiddenAddressError: It is no web address, or leads where none may lead.
    """
    if url.scheme not in {"http", "https"} or not url.host:
        raise ForbiddenAddressError("Only http and https addresses can be read.")
    if url.userinfo:
        raise ForbiddenAddressError(
            "The address holds a user name or password: give it without."
        )
    if host_and_port(url) in private_hosts:
        return
    if _port(url) not in _PORTS:
        raise ForbiddenAddressError(
            f"Port {_port(url)} is not read: only 80 and 443, and what "
            "GALLEY_FETCH_PRIVATE_HOSTS lists."
        )
    if is_local_name(url.host):
        raise forbidden(url)


async def resolved(resolve: Resolve, url: httpx.URL) -> tuple[Address, ...]:
    """Return the addresses of a host, asked for once.

    Raises:
        UnreachableError: There is no such host, or nobody says.
        ForbiddenAddressError: It cannot be a host's name.
    """
    try:
        return await asyncio.to_thread(resolve, url.host, _port(url))
    except socket.gaierror as error:
        raise UnreachableError(
            f"There is no host {url.host}: check the address.",
            retryable=error.errno == socket.EAI_AGAIN,
        ) from error
    except (ValueError, OSError) as error:
        raise ForbiddenAddressError(
            "The host of this address is not a valid name: check the address."
        ) from error


def forbidden(url: httpx.URL) -> ForbiddenAddressError:
    """Return what is said of an address that is private and not listed."""
    return ForbiddenAddressError(
        f"{url.host} is a private address: give a public one, or list host:port in "
        "GALLEY_FETCH_PRIVATE_HOSTS."
    )


def _port(url: httpx.URL) -> int:
    return url.port or (443 if url.scheme == "https" else 80)


def host_and_port(url: httpx.URL) -> str:
    """Return ``host:port`` in lower case, as private hosts are listed."""
    return _name(url.host, _port(url))


def _name(host: str, port: int) -> str:
    host = host.lower()
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
