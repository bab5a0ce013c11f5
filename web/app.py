"""The application of the review pages: all routes, behind :class:`SecurityMiddleware`."""

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
    calendar,
    calendar_feed,
    campaigns,
    changes,
    clients,
    comments,
    decision_links,
    decisions,
    door,
    inbox,
    install,
    media,
    post,
    push,
    slack,
    start,
    together,
    uploads,
    voice,
    why,
)
from web.rendering import page
from web.security import SecurityMiddleware
from web.sending import FAILED
from web.site import Site
from web.static_files import static_files

if TYPE_CHECKING:
    # Authlib is in an extra.
    from web.identity_provider import IdentityProvider

_STATUS = {NotFoundError: 404, InvalidRequestError: 400, ConflictError: 409, ServiceError: 503}


def create_app(
    site: Site, names: Iterable[str] = (), provider: "IdentityProvider | None" = None
) -> Starlette:
    """Return the ASGI application.

    Args:
        site: Connections and sessions.
        names: Host names under which it is reached; without any, this machine's own.
        provider: Signs the people of a team in.
    """
    scheme = "https" if site.is_secure else "http"
    found = Starlette(
        routes=[
            *door.ROUTES,
            *(provider.routes if provider else ()),
            *clients.ROUTES,
            *decision_links.ROUTES,
            *slack.ROUTES,
            *inbox.ROUTES,
            *media.ROUTES,
            *uploads.ROUTES,
            *changes.ROUTES,
            *comments.ROUTES,
            *decisions.ROUTES,
            *together.ROUTES,
            *post.ROUTES,
            *why.ROUTES,
            *calendar.ROUTES,
            *calendar_feed.ROUTES,
            *campaigns.ROUTES,
            *start.ROUTES,
            *account.ROUTES,
            *push.ROUTES,
            *voice.ROUTES,
            *install.ROUTES,
            Route("/health", _health, methods=["GET"]),
            Mount("/static", static_files(), name="static"),
        ],
        lifespan=site.lifespan,
        middleware=[
            Middleware(SecurityMiddleware, names=tuple(names), scheme=scheme),
            *([provider.middleware] if provider else ()),
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
        return page(request, "trouble.html", 500, said=FAILED)
    status = next((code for kind, code in _STATUS.items() if isinstance(known, kind)), 500)
    return page(request, "trouble.html", status, said=str(known))
