"""The codec server: decodes payloads over HTTP for Temporal's UI and command line.

``keys serve`` runs it. It speaks Temporal's remote codec protocol
(https://docs.temporal.io/remote-data-encoding); the body is the Payloads message as
protobuf's JSON. Needs starlette, which is in an extra.

A request carries the token or the cookie of a browser that signed in with it. Temporal's UI
without a login sends no header of ours, and it tells the codec server's address to anybody
who opens it. So a browser signs in once, on a page of the server; after that it sends a cookie
(in the UI: "Include cross-origin credentials").
"""

import asyncio
import base64
import hashlib
import json
import secrets
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any, cast
from urllib.parse import parse_qs

from google.protobuf.json_format import MessageToJson, ParseDict, ParseError
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route
from temporalio.api.common.v1 import Payload, Payloads

from galley.clients.payloads import PayloadEncryption, PayloadKeyError

PATH = "/codec"
"""A browser sends a cookie to every port of its host, but only under the cookie's path."""
_MOST_BYTES = 8 * 1024 * 1024
"""Temporal's limit is 4 MB a message (gRPC); in Base64 that is a third more."""
_MOST_FORM_BYTES = 4096
_WITHIN = 10.0
_LOOPBACK = ("localhost", "127.0.0.1")

Convert = Callable[[Sequence[Payload]], Awaitable[list[Payload]]]

COOKIE = "galley_codec"
SIGNED_IN_SECONDS = 12 * 60 * 60
_MOST_BROWSERS = 100
_LEAST_TOKEN = 32
"""Characters. A shorter token could be guessed, since nothing slows the guesses down."""


# Who may ask


class WeakTokenError(ValueError):
    """The token is too short, or no header could carry it."""


class Access:
    """The token, and the browsers that have signed in with it.

    Args:
        token: The secret that a request or a browser must present.
        now: A clock in seconds.

    Raises:
        WeakTokenError: The token could be guessed, or sent by nobody.
    """

    def __init__(self, token: str, now: Callable[[], float] = time.monotonic) -> None:
        if len(token) < _LEAST_TOKEN or not token.isascii() or not token.isprintable():
            raise WeakTokenError
        self._token = token.encode()
        self._now = now
        self._until: dict[bytes, float] = {}

    def has_token(self, authorization: str) -> bool:
        """Tell whether a header ``Authorization`` bears the token (RFC 6750)."""
        scheme, _, told = authorization.partition(" ")
        return scheme.lower() == "bearer" and self._is_token(told.strip())

    def sign_in(self, token: str) -> str | None:
        """Return the cookie of a browser that knows the token; else ``None``."""
        if not self._is_token(token):
            return None
        # The oldest goes first: a dictionary keeps the order in which browsers signed in.
        while len(self._until) >= _MOST_BROWSERS:
            del self._until[next(iter(self._until))]
        cookie = secrets.token_urlsafe(32)
        self._until[_hashed(cookie)] = self._now() + SIGNED_IN_SECONDS
        return cookie

    def is_signed_in(self, cookie: str) -> bool:
        """Tell whether a cookie is one of :meth:`sign_in`, and not too old."""
        return self._until.get(_hashed(cookie), float("-inf")) > self._now()

    def _is_token(self, told: str) -> bool:
        return secrets.compare_digest(told.encode(), self._token)


def _hashed(cookie: str) -> bytes:
    # Looked up by its hash, a wrong cookie gives no hint of how much of it is right.
    return hashlib.sha256(cookie.encode()).digest()


_STYLE = (
    "body{font:1rem/1.5 system-ui,sans-serif;max-width:36rem;margin:3rem auto;"
    "padding:0 1rem;color-scheme:light dark}input{font:inherit;width:100%;"
    "box-sizing:border-box;margin:.3rem 0 1rem}button{font:inherit}"
    "code{overflow-wrap:anywhere}"
)
_STYLE_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
PAGE_HEADERS = {
    "Content-Security-Policy": f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    "Referrer-Policy": "same-origin",
}
_FORM = """<p>Whoever is signed in here reads what Galley encrypted.</p>
<form method="post">
<label>Token (<code>GALLEY_CODEC_TOKEN</code>)
<input type="password" name="token" autocomplete="current-password" required autofocus>
</label>
<button>Sign in</button>
</form>"""


def sign_in_page(said: str = "") -> str:
    """Return the page that asks for the token, after a word on the last try."""
    told = f'<p role="alert">{escape(said)}</p>' if said else ""
    return _page(told + _FORM)


def signed_in_page(endpoint: str) -> str:
    """Return the page that says what to set in Temporal's UI."""
    return _page(
        "<p>This browser is signed in for twelve hours, or until the codec server "
        "stops.</p><p>In Temporal's UI choose the glasses at the top right, "
        "<i>Use my browser setting</i>, and there:</p><ul>"
        f"<li>the endpoint <code>{escape(endpoint)}</code>,</li>"
        "<li><i>Include cross-origin credentials</i>: on.</li></ul>"
    )


def _page(body: str) -> str:
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        f"<title>Galley's codec server</title><style>{_STYLE}</style>"
        f"<main><h1>Galley's codec server</h1>{body}</main></html>"
    )


# The server


class Refused(Exception):  # noqa: N818 -- an answer, not a failure
    """The request gets this status and these words."""

    def __init__(self, status: int, words: str) -> None:
        super().__init__(words)
        self.status = status


@dataclass(frozen=True)
class CodecServer:
    """Answers requests.

    Args:
        codec: The keys.
        access: Who may ask.
        origins: Of Temporal's UI, such as ``http://localhost:8233``.
        name: Under which it is asked beside this machine's own; missing: none.
        encodes: Whether it encrypts, too.
    """

    codec: PayloadEncryption
    access: Access
    origins: tuple[str, ...]
    name: str | None = None
    encodes: bool = False

    def app(self) -> Starlette:
        """Return the ASGI application."""
        served = {"decode": self.codec.decode}
        if self.encodes:
            served["encode"] = self.codec.encode
        routes = [
            Route(f"{before}/{name}", self._converting(convert), methods=["POST"])
            for name, convert in served.items()
            for before in ("", PATH)
        ]
        page = Route(PATH, self._sign_in, methods=["GET", "POST"])
        return Starlette(routes=[*routes, page], middleware=self._middleware())

    def _middleware(self) -> list[Middleware]:
        # A stranger's DNS may give this machine a name of its own (rebinding).
        hosts = [*_LOOPBACK, *([self.name] if self.name else [])]
        return [
            Middleware(TrustedHostMiddleware, allowed_hosts=hosts, www_redirect=False),
            Middleware(
                CORSMiddleware,
                allow_origins=self.origins,
                allow_methods=["POST"],
                allow_headers=["Authorization", "Content-Type", "X-Namespace"],
                allow_credentials=True,
            ),
        ]

    def _converting(self, convert: Convert) -> Callable[[Request], Awaitable[Response]]:
        async def answer(request: Request) -> Response:
            try:
                self._check(request)
                body = await _body(request, _MOST_BYTES)
                converted = await convert(_payloads(body))
            except Refused as error:
                return _words(error.status, str(error))
            except PayloadKeyError as error:
                return _words(400, str(error))
            return Response(
                MessageToJson(Payloads(payloads=converted), indent=None),
                media_type="application/json",
                headers={"Cache-Control": "no-store"},
            )

        return answer

    def _check(self, request: Request) -> None:
        """Refuse a request without the right to ask, before its body is read."""
        headers = request.headers
        origin = headers.get("origin")
        if origin is not None and origin not in self.origins:
            raise Refused(403, "Pages of this origin may not ask: see --ui-origin.")
        if not self._may_ask(request, origin):
            raise Refused(
                401,
                "Send GALLEY_CODEC_TOKEN as a bearer token, or sign this browser in "
                f"at {PATH} of this server and let the UI include credentials.",
            )
        if headers.get("content-type", "").partition(";")[0] != "application/json":
            raise Refused(415, "Payloads come as application/json.")

    def _may_ask(self, request: Request, origin: str | None) -> bool:
        if self.access.has_token(request.headers.get("authorization", "")):
            return True
        # A browser adds the cookie to any page's request, so the origin must be the UI's.
        cookie = request.cookies.get(COOKIE, "")
        return origin is not None and self.access.is_signed_in(cookie)

    async def _sign_in(self, request: Request) -> Response:
        if request.method != "POST":
            signed_in = self.access.is_signed_in(request.cookies.get(COOKIE, ""))
            return _html(signed_in_page(_endpoint(request)) if signed_in else None)
        try:
            form = parse_qs((await _body(request, _MOST_FORM_BYTES)).decode())
        except Refused as error:
            return _words(error.status, str(error))
        except ValueError:
            form = {}
        cookie = self.access.sign_in("".join(form.get("token", [])).strip())
        if cookie is None:
            return _html(sign_in_page("That is not the token."), 401)
        answer = Response(status_code=303, headers={"Location": PATH})
        answer.set_cookie(
            COOKIE,
            cookie,
            max_age=SIGNED_IN_SECONDS,
            path=PATH,
            secure=request.url.hostname not in _LOOPBACK,
            httponly=True,
            samesite="strict",
        )
        return answer


def _endpoint(request: Request) -> str:
    scheme = "http" if request.url.hostname in _LOOPBACK else "https"
    return f"{scheme}://{request.url.netloc}{PATH}"


async def _body(request: Request, most: int) -> bytes:
    body = bytearray()
    try:
        async with asyncio.timeout(_WITHIN):
            async for chunk in request.stream():
                body += chunk
                if len(body) > most:
                    raise Refused(413, f"More than {most} bytes are not read.")
    except TimeoutError:
        raise Refused(408, "The request took too long.") from None
    return bytes(body)


def _payloads(body: bytes) -> Sequence[Payload]:
    try:
        told: Any = json.loads(body)
        # ParseDict takes any other JSON value for a message without fields.
        if isinstance(told, dict):
            message = cast("dict[str, Any]", told)
            return ParseDict(message, Payloads(), ignore_unknown_fields=True).payloads
    except (ParseError, ValueError, RecursionError):
        pass  # the error's own text would quote the body
    raise Refused(400, "This is no JSON of Temporal's Payloads.")


def _words(status: int, words: str) -> Response:
    return PlainTextResponse(
        words, status, headers={"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
    )


def _html(page: str | None, status: int = 200) -> Response:
    headers = {**PAGE_HEADERS, "Cache-Control": "no-store"}
    return HTMLResponse(page or sign_in_page(), status, headers=headers)
