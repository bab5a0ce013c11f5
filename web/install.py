"""The pages as an app of a phone: manifest, service worker, offline notice; the static files."""

from collections.abc import MutableMapping
from importlib.resources import files
from typing import Any

from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp

from web.rendering import page

STATIC = str(files("web") / "static")
_COLOUR = "#2450b5"
_MANIFEST = {
    "name": "Galley",
    "short_name": "Galley",
    "description": "Review of posts before they are published.",
    "id": "/",
    "start_url": "/",
    "scope": "/",
    "display": "standalone",
    "background_color": "#fbfaf7",
    "theme_color": _COLOUR,
    "icons": [
        {"src": "/static/icon.svg", "sizes": "any", "type": "image/svg+xml"},
        {"src": "/static/icon-192.png", "sizes": "192x192", "type": "image/png"},
        {
            "src": "/static/icon-512.png",
            "sizes": "512x512",
            "type": "image/png",
            "purpose": "any maskable",
        },
    ],
    "shortcuts": [
        {"name": "Inbox", "url": "/"},
        {"name": "Calendar", "url": "/calendar"},
        {"name": "Start a campaign", "url": "/start"},
    ],
}


class _Files(StaticFiles):
    """Files that browsers keep, and ask about each time: none of them is secret."""

    def file_response(
        self,
        full_path: Any,  # noqa: ANN401 -- as the library declares it
        stat_result: Any,  # noqa: ANN401
        scope: MutableMapping[str, Any],
        status_code: int = 200,
    ) -> Response:
        answer = super().file_response(full_path, stat_result, scope, status_code)
        answer.headers["Cache-Control"] = "no-cache"
        return answer


def static_files() -> ASGIApp:
    """Return the application of ``/static``; pages are not compressed, as they hold tokens."""
    return GZipMiddleware(_Files(directory=STATIC), minimum_size=600)


async def manifest(request: Request) -> Response:
    """Say how the pages look as an app."""
    del request
    return JSONResponse(_MANIFEST, media_type="application/manifest+json")


async def worker(request: Request) -> Response:
    """Serve the service worker from the root: its folder is what it may answer for."""
    del request
    return FileResponse(f"{STATIC}/worker.js", media_type="text/javascript")


async def offline(request: Request) -> Response:
    """Say that the server cannot be reached; browsers keep this page. Nobody has to sign in."""
    return page(request, "offline.html")


ROUTES = [
    Route("/manifest.webmanifest", manifest, methods=["GET"]),
    Route("/sw.js", worker, methods=["GET"]),
    Route("/offline", offline, methods=["GET"]),
]
