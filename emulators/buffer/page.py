"""The page for people: a calendar of what would be posted, as readers would see it."""

from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from emulators.buffer.core import Emulator
from emulators.buffer.networks import NETWORKS
from emulators.buffer.page_calendar import month_of
from emulators.buffer.page_media import show_media

_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; media-src 'self';"
        " base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


class Page:
    """Serves the calendar, its style sheet and the media on it."""

    def __init__(self, emulator: Emulator) -> None:
        self._emulator = emulator
        self._pages = Environment(
            loader=PackageLoader("emulators.buffer", "page"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )

    def routes(self) -> list[Route]:
        return [
            Route("/_emulator/calendar.css", self.style),
            Route("/_emulator/media/{post}/{asset}", self.media),
        ]

    async def show(self, request: Request) -> Response:
        """The month ``?month=2026-11``, of ``?network=`` alone if given."""
        wanted = request.query_params.get("network", "")
        month = month_of(
            self._emulator,
            request.query_params.get("month", ""),
            wanted if wanted in NETWORKS else "",
        )
        page = self._pages.get_template("calendar.html").render(month=month)
        return HTMLResponse(_storable(page), headers=_HEADERS)

    async def style(self, _request: Request) -> Response:
        sheet = files("emulators.buffer").joinpath("page", "calendar.css").read_text()
        return Response(sheet, media_type="text/css", headers=_HEADERS)

    async def media(self, request: Request) -> Response:
        return await show_media(self._emulator, request)


class FrontDoor:
    """Shows the page to browsers at ``/``, and leaves all others to the API.

    A client that accepts no HTML, or brings a token, gets what Buffer would answer.
    """

    def __init__(self, page: Page, graphql: ASGIApp) -> None:
        self._page = page
        self._graphql = graphql

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        wants_page = (
            request.method == "GET"
            and "text/html" in request.headers.get("accept", "")
            and "authorization" not in request.headers
        )
        answer = await self._page.show(request) if wants_page else self._graphql
        await answer(scope, receive, send)


def _storable(page: str) -> str:
    """The page without halves of surrogate pairs, which have no UTF-8."""
    return page.encode("utf-8", "replace").decode()
