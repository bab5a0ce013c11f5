"""Checks before all pages: known hosts, own origin, request rates, and headers of each answer."""

import asyncio
import ipaddress
import re
import time
from collections.abc import Callable, Iterable, MutableMapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; media-src 'self'; "
    "font-src 'self'; connect-src 'self'; manifest-src 'self'; worker-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
"""No inline code, and nothing from another address."""
MEDIA_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
"""A file that calls itself a picture must not run in the origin of the pages.

Chromium styles the page in which it shows a picture by itself.
"""
_HEADERS = {
    "Content-Security-Policy": POLICY,
    # Not no-referrer: a form's Origin would then be null, even on its own site.
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=()",
    "Cache-Control": "no-store",
}
_SAFE = frozenset({"GET", "HEAD"})
_MOST_BYTES, _MOST_UPLOADED = 2 * 1024 * 1024, 250 * 1024 * 1024
"""Of a form, whose longest edit has 100,000 characters; and of one with pictures or films."""
_BODY_SECONDS, _UPLOAD_SECONDS = 60.0, 900.0


@dataclass(frozen=True)
class Rate:
    """Requests that one client may make: so many at once, and again so many each second."""

    burst: int
    per_second: float


READS, ACTS, KNOCKS = Rate(300, 20), Rate(60, 2), Rate(20, 0.2)
"""Of pages, of decisions, and of attempts to sign in."""
_MOST_CLIENTS = 10_000
_LINK = re.compile(r"/client/[^/]+")
_ONE_HOST = 64
"""Bits of an IPv6 address: whoever has one has all that begin so."""


class Rates:
    """How much each client may still ask: token buckets, by address and kind of request."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._left: dict[tuple[str, Rate], tuple[float, float]] = {}

    def wait(self, client: str, rate: Rate) -> float:
        """Count a request; return the seconds that it comes too early, or 0."""
        now = self._now()
        left, since = self._left.pop((client, rate), (float(rate.burst), now))
        left = min(float(rate.burst), left + (now - since) * rate.per_second)
        too_early = 0.0 if left >= 1 else (1 - left) / rate.per_second
        while len(self._left) >= _MOST_CLIENTS:
            del self._left[next(iter(self._left))]
        self._left[client, rate] = (left - (not too_early), now)
        return too_early


class SecurityMiddleware:
    """Middleware: passes on what comes from a known host and, if it acts, from our own pages.

    Args:
        app: The pages.
        names: Host names beside this machine's own.
        scheme: ``https`` behind a proxy with TLS.
    """

    def __init__(self, app: ASGIApp, names: Iterable[str] = (), scheme: str = "http") -> None:
        self._app = app
        self._names = frozenset(name.lower() for name in names)
        self._scheme = scheme
        self._rates = Rates()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or have the application answer it."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            raise ValueError("WebSockets have no business here.")
        told = _Headed(send)
        headers = Headers(scope=scope)
        # A health check asks the container itself, under no name of ours, and learns nothing.
        is_health = (scope["method"], scope["path"]) == ("GET", "/health")
        why = None if is_health else self._refusal(scope["method"], headers)
        if why is not None:
            await PlainTextResponse(f"{why}\n", 403)(scope, receive, told)
            return
        client = host_of(scope["client"][0]) if scope.get("client") else ""
        late = self._rates.wait(client, rate_of(scope["method"], scope["path"]))
        if late:
            answer = PlainTextResponse("Too many requests: wait a moment, then try again.\n", 429)
            answer.headers["Retry-After"] = str(int(late) + 1)
            await answer(scope, receive, told)
            return
        most = _MOST_UPLOADED if scope["path"].endswith("/media") else _MOST_BYTES
        if int(headers.get("content-length", "0") or 0) > most:
            await PlainTextResponse("That is more than a form holds.\n", 413)(scope, receive, told)
            return
        within = _UPLOAD_SECONDS if most == _MOST_UPLOADED else _BODY_SECONDS
        await self._app(scope, _bounded(receive, most, within), told)

    def _refusal(self, method: str, headers: Headers) -> str | None:
        """Return why a request may not pass, or ``None``.

        A name that an attacker has turned to this machine is in ``Host`` (DNS rebinding). A page
        of another site says so in ``Origin`` and in ``Sec-Fetch-Site``.
        """
        hosts = headers.getlist("host")
        if len(hosts) != 1 or not self._is_known(hosts[0]):
            return "This server answers to its own names alone."
        if any(one != f"{self._scheme}://{hosts[0]}" for one in headers.getlist("origin")):
            return "Pages of other sites may not ask this server."
        site = headers.get("sec-fetch-site", "same-origin")
        if site in {"same-origin", "none"}:
            return None
        is_link = headers.get("sec-fetch-mode") == "navigate"
        is_link = is_link and headers.get("sec-fetch-dest") == "document"
        if method in _SAFE and is_link:
            return None
        return "Pages of other sites may not ask this server."

    def _is_known(self, host: str) -> bool:
        try:
            name = urlsplit(f"//{host}").hostname or ""
            if self._names:
                return name in self._names
            return name == "localhost" or ipaddress.ip_address(name).is_loopback
        except ValueError:
            return False


def host_of(address: str) -> str:
    """Return what one client's addresses have in common."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped:
            return str(found.ipv4_mapped)
        return str(ipaddress.ip_network((found, _ONE_HOST), strict=False))
    return str(found)


def rate_of(method: str, path: str) -> Rate:
    """Return how often one client may make such a request."""
    # A client's page, which loads itself again, is no attempt.
    if path.startswith("/sign-in") or _LINK.fullmatch(path):
        return KNOCKS
    return READS if method in _SAFE else ACTS


class _Headed:
    """Sends an answer with the headers that every answer has; a page's own stay."""

    def __init__(self, send: Send) -> None:
        self._send = send

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in _HEADERS.items():
                headers.setdefault(name, value)
        await self._send(message)


def _bounded(receive: Receive, most: int, within: float) -> Receive:
    """Return ``receive`` that breaks off a body without end, or one that does not come."""
    got, until, is_whole = 0, time.monotonic() + within, False

    async def bounded() -> MutableMapping[str, Any]:
        nonlocal got, is_whole
        try:
            # After the body it waits for the browser to go away.
            left = None if is_whole else until - time.monotonic()
            async with asyncio.timeout(left):
                message = await receive()
        except TimeoutError:
            return {"type": "http.disconnect"}
        is_whole = not message.get("more_body", False)
        got += len(message.get("body", b""))
        if got > most:
            return {"type": "http.disconnect"}
        return message

    return bounded
