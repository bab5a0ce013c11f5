"""The front door of a local server: programs of this machine and its own pages, nobody else.

A browser lets any web page send requests to this machine. Every emulator serves behind
:class:`FrontDoor`, and emulators/proxy.py puts it before servers that check nothing themselves.
"""

import ipaddress
from collections.abc import Iterable
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

_EMBEDDED = frozenset({"image", "video", "audio"})


def refusal(method: str, headers: Headers, names: Iterable[str] = ()) -> str | None:
    """Return why a request may not pass, or ``None``.

    A name that an attacker has turned to this machine is in ``Host`` (DNS rebinding). A page of
    another site says so in ``Origin`` or, where a browser sends none, in ``Sec-Fetch-Site``.

    Args:
        method: Of the request.
        headers: Of the request.
        names: Host names beside this machine's own.
    """
    hosts = headers.getlist("host")
    if len(hosts) != 1 or not _is_known(hosts[0], names):
        return "This server answers to the names of its own machine alone."
    if any(origin != f"http://{hosts[0]}" for origin in headers.getlist("origin")):
        return "Pages of other sites may not ask this server."
    if headers.get("sec-fetch-site") not in {"cross-site", "same-site"}:
        return None
    # A link may lead here, and a page may show a picture that it cannot read. Anything else,
    # a frame for example, would let a page act in the person's name.
    is_link = (headers.get("sec-fetch-mode"), headers.get("sec-fetch-dest")) == (
        "navigate",
        "document",
    )
    if method in {"GET", "HEAD"} and (is_link or headers.get("sec-fetch-dest") in _EMBEDDED):
        return None
    return "Pages of other sites may not ask this server."


def _is_known(host: str, names: Iterable[str]) -> bool:
    try:
        name = urlsplit(f"//{host}").hostname or ""
        return name in {"localhost", *names} or ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


class FrontDoor:
    """Middleware that passes on what :func:`refusal` has nothing against."""

    def __init__(self, app: ASGIApp, names: Iterable[str] = ()) -> None:
        self._app = app
        self._names = frozenset(name.lower() for name in names)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or have the application answer it."""
        if scope["type"] == "http":
            why = refusal(scope["method"], Headers(scope=scope), self._names)
            if why is not None:
                await PlainTextResponse(f"{why}\n", 403)(scope, receive, send)
                return
        elif scope["type"] != "lifespan":
            raise ValueError("WebSockets have no business here.")
        await self._app(scope, receive, send)
