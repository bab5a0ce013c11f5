"""Decode payloads over HTTP for Temporal's tools: its remote codec protocol.

https://docs.temporal.io/remote-data-encoding; the body is the Payloads message as
protobuf's JSON. Needs starlette, which is in an extra.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
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

from cli.codec.sign_in import (
    COOKIE,
    PAGE_HEADERS,
    SIGNED_IN_SECONDS,
    Access,
    sign_in_page,
    signed_in_page,
)
from galley.clients.payloads import PayloadEncryption, PayloadKeyError

PATH = "/codec"
"""Cookies are told to every port of a host; under a path, to nobody but us."""
_MOST_BYTES = 8 * 1024 * 1024
"""Temporal lets no message above 4 MB pass (gRPC); in Base64 that is a third more."""
_MOST_FORM_BYTES = 4096
_WITHIN = 10.0
_LOOPBACK = ("localhost", "127.0.0.1")

Convert = Callable[[Sequence[Payload]], Awaitable[list[Payload]]]


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
        # A name that a stranger's DNS gives to this machine is not ours (rebinding).
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
        """Hold a request to what may ask, before its body is read."""
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
        # A cookie comes by itself, so a page must say that it is the UI.
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
        # Any other kind of value would be read as a message without fields.
        if isinstance(told, dict):
            message = cast("dict[str, Any]", told)
            return ParseDict(message, Payloads(), ignore_unknown_fields=True).payloads
    except (ParseError, ValueError, RecursionError):
        pass  # its own words would quote the body
    raise Refused(400, "This is no JSON of Temporal's Payloads.")


def _words(status: int, words: str) -> Response:
    return PlainTextResponse(
        words, status, headers={"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
    )


def _html(page: str | None, status: int = 200) -> Response:
    headers = {**PAGE_HEADERS, "Cache-Control": "no-store"}
    return HTMLResponse(page or sign_in_page(), status, headers=headers)
