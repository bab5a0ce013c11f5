"""The door: sign-in of one person by the printed address, and sign-out."""

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from web.access import COOKIE, SIGNED_IN_SECONDS, Link
from web.rendering import page
from web.routes import act, to
from web.site import Site, site_of


def enter(request: Request, person: str, address: str = "/", link: Link | None = None) -> Response:
    """Begin a session for a browser, and send it to a page."""
    site = site_of(request)
    # Whoever signs in again gets a new session; the old cookie opens nothing any more.
    site.sessions.end(request.cookies.get(COOKIE, ""))
    answer = to(address)
    set_cookie(answer, site, site.sessions.begin(person, link))
    return answer


def set_cookie(answer: Response, site: Site, value: str) -> None:
    """Give a browser the cookie of its session: not for scripts, and for our own pages alone."""
    answer.set_cookie(
        COOKIE,
        value,
        max_age=SIGNED_IN_SECONDS,
        httponly=True,
        secure=site.is_secure,
        # Lax, not strict: a link in a message opens the page of a post, by GET.
        samesite="lax",
    )


async def sign_in(request: Request) -> Response:
    """Open the pages for the browser that brings the printed token; it opens them once."""
    site, given = site_of(request), request.query_params.get("token", "")
    if site.token is not None and given and site.token.redeem(given):
        return enter(request, site.person)
    if site.sessions.find(request.cookies.get(COOKIE, "")):
        return to("/")
    why = "This address has been used, or is too old." if given else ""
    # To ask for this page is no failure: a program that looks in finds it as it should be.
    return page(request, "door.html", 401 if given else 200, why=why)


async def sign_out(request: Request, form: FormData) -> Response:
    """End the session."""
    del form
    site_of(request).sessions.end(request.cookies.get(COOKIE, ""))
    answer = to("/sign-in")
    answer.delete_cookie(COOKIE)
    return answer


ROUTES = [Route("/sign-in", sign_in, methods=["GET"]), act("/sign-out", sign_out, for_clients=True)]
