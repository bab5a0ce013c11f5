"""Routes for people who are signed in: ``shown`` is a page, ``act`` a form with its token.

Each module of pages has ``ROUTES``, made with these; :mod:`web.app` joins them.
"""

import secrets
from collections.abc import Awaitable, Callable
from contextlib import nullcontext

from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route
from starlette.types import Message

from web.access import COOKIE
from web.rendering import page
from web.site import session_of, site_of

_OLD_FORM = "This form is of an earlier session: load the page again."
_HEAD_BYTES, _HEAD_PIECES = 64 * 1024, 200
"""Each form of ours has the token before all that a person types."""

Handler = Callable[[Request], Awaitable[Response]]
Act = Callable[[Request, FormData], Awaitable[Response]]


def shown(
    path: str, handler: Handler, *, for_clients: bool = False, is_polled: bool = False
) -> Route:
    """Return the route of a page for people who are signed in; for clients only if that is said.

    What an open page asks for by itself is no use of a session, which ends after idle hours.
    """

    async def guarded(request: Request) -> Response:
        if not _admit(request, is_use=not is_polled):
            return _to_the_door(request)
        if session_of(request).link and not for_clients:
            return to("/client")
        return await handler(request)

    return Route(path, guarded, methods=["GET"], name=handler.__name__)


def act(path: str, handler: Act, *, for_clients: bool = False, takes_media: bool = False) -> Route:
    """Return the route of a form: by POST alone, with the token of the session.

    Of forms that take media only a few are read at a time.
    """

    async def guarded(request: Request) -> Response:
        if not _admit(request):
            return _to_the_door(request)
        if session_of(request).link and not for_clients:
            raise HTTPException(403, "A client's link does not reach so far.")
        request = await _with_token(request)
        uploads = site_of(request).uploads if takes_media else None
        if uploads and uploads.locked():
            said = "Other pictures and films are being processed: try again in a minute."
            raise HTTPException(503, said)
        async with uploads or nullcontext(), request.form(max_files=12, max_fields=2000) as form:
            require_token(request, form)
            return await handler(request, form)

    return Route(path, guarded, methods=["POST"], name=handler.__name__)


def _admit(request: Request, *, is_use: bool = True) -> bool:
    site, cookie = site_of(request), request.cookies.get(COOKIE, "")
    session = site.sessions.find(cookie, is_use=is_use)
    if session is not None and site.has_left(session):
        site.sessions.end(cookie)
        session = None
    request.state.session = session
    return session is not None


def _to_the_door(request: Request) -> Response:
    if request.headers.get("fx-request"):
        # The script goes there with the whole page; a redirect would put the door into a part.
        return Response(status_code=401)
    return page(request, "door.html", 401, why="")


async def _with_token(request: Request) -> Request:
    """Return the request, once its token was seen at its head: no other body is read and parsed.

    Raises:
        HTTPException: Neither the header nor the first bytes of the body have it.
    """
    token = session_of(request).csrf.encode()
    if secrets.compare_digest(request.headers.get("x-csrf-token", "").encode(), token):
        return request
    head, heard = b"", list[Message]()
    while token not in head:
        if (
            len(head) > _HEAD_BYTES
            or len(heard) > _HEAD_PIECES
            or (heard and not heard[-1].get("more_body"))
        ):
            raise HTTPException(403, _OLD_FORM)
        heard.append(await request.receive())
        head += heard[-1].get("body", b"")
    rest = iter(heard)

    async def again() -> Message:
        return next(rest, None) or await request.receive()

    return Request(request.scope, again)


def require_token(request: Request, form: FormData) -> None:
    """Refuse a form without the token of its session.

    Raises:
        HTTPException: It was sent from elsewhere, or before the person signed in again.
    """
    given = str(form.get("csrf") or request.headers.get("x-csrf-token") or "")
    if not secrets.compare_digest(given.encode(), session_of(request).csrf.encode()):
        raise HTTPException(403, _OLD_FORM)


def to(address: str) -> RedirectResponse:
    """Return the answer to a form: look at this page now."""
    return RedirectResponse(address, 303)


def tell(request: Request, sentence: str) -> None:
    """Say something on the next page that this browser opens."""
    session_of(request).tell(sentence)
