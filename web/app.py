"""The application of the review pages: all routes, behind the gate."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Mount, Route

from app.errors import (
    AppError,
    ConflictError,
    InvalidRequestError,
    NotFoundError,
    ServiceError,
    app_error,
)
from web import (
    account,
    acts,
    calendar,
    campaigns,
    clients,
    door,
    inbox,
    install,
    media,
    post,
    start,
    together,
    uploads,
    why,
)
from web.security import Gate
from web.site import Site, page

if TYPE_CHECKING:
    # Authlib is in an extra.
    from web.organization import Organization

_STATUS = {NotFoundError: 404, InvalidRequestError: 400, ConflictError: 409, ServiceError: 503}


def create_app(
    site: Site, names: Iterable[str] = (), organization: "Organization | None" = None
) -> Starlette:
    """Return the ASGI application.

    Args:
        site: Connections and sessions.
        names: Host names under which it is reached; without any, this machine's own.
        organization: Signs the people of a team in.
    """
    scheme = "https" if site.is_secure else "http"
    found = Starlette(
        routes=[
            *door.ROUTES,
            *(organization.routes if organization else ()),
            *clients.ROUTES,
            *inbox.ROUTES,
            *media.ROUTES,
            *uploads.ROUTES,
            *acts.ROUTES,
            *together.ROUTES,
            *post.ROUTES,
            *why.ROUTES,
            *calendar.ROUTES,
            *campaigns.ROUTES,
            *start.ROUTES,
            *account.ROUTES,
            *install.ROUTES,
            Route("/health", _health, methods=["GET"]),
            Mount("/static", install.static_files(), name="static"),
        ],
        lifespan=site.lifespan,
        middleware=[
            Middleware(Gate, names=tuple(names), scheme=scheme),
            *([organization.middleware] if organization else ()),
        ],
        exception_handlers={HTTPException: _told, Exception: _failed, AppError: _failed},
    )
    found.state.site = site
    return found


async def _health(request: Request) -> Response:
    del request
    return PlainTextResponse("ok\n")


async def _told(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    said = error.detail if isinstance(error, HTTPException) else "Something went wrong."
    return page(request, "trouble.html", status, said=said)


async def _failed(request: Request, error: Exception) -> Response:
    """Answer in a sentence; what is a mistake of ours is raised further, into the log."""
    known = app_error(error)
    if known is None:
        return page(request, "trouble.html", 500, said="A mistake of Galley's own: see its log.")
    status = next((code for kind, code in _STATUS.items() if isinstance(known, kind)), 500)
    return page(request, "trouble.html", status, said=str(known))
