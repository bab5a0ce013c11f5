"""The pages as an app of a phone: manifest, service worker, offline notice."""

from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Route

from web.rendering import page
from web.static_files import STATIC

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


async def manifest(request: Request) -> Response:
    """Say how the pages look as an app."""
    del request
    return JSONResponse(_MANIFEST, media_type="application/manifest+json")


async def worker(request: Request) -> Response:
    """Serve the service worker from the root: its folder is what it may answer for."""
    del request
    return FileResponse(STATIC / "worker.js", media_type="text/javascript")


async def offline(request: Request) -> Response:
    """Say that the server cannot be reached; browsers keep this page. Nobody has to sign in."""
    return page(request, "offline.html")


ROUTES = [
    Route("/manifest.webmanifest", manifest, methods=["GET"]),
    Route("/sw.js", worker, methods=["GET"]),
    Route("/offline", offline, methods=["GET"]),
]
