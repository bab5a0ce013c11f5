"""Hand the media of a post on to the page, so that a browser loads nothing foreign."""

import asyncio
from typing import IO

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from emulators.buffer.core import Emulator
from emulators.buffer.media import FetchError
from emulators.buffer.pictures import UnreadableError, measure, probe_video
from emulators.buffer.records import Json

MAX_SHOWN = 100_000_000
_PICTURES = {"image/jpeg", "image/png", "image/gif", "image/webp"}
_HEADERS = {
    "Cache-Control": "private, max-age=600",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "X-Content-Type-Options": "nosniff",
}


async def show_media(emulator: Emulator, request: Request) -> Response:
    """Fetch an asset's file as a network would; pass on pictures and videos only."""
    asset = _asset(emulator, request.path_params["post"], request.path_params["asset"])
    if asset is None or asset["kind"] == "document":
        return PlainTextResponse("no such media", 404)
    try:
        async with emulator.media.fetch(asset["url"], MAX_SHOWN) as file:
            return await asyncio.to_thread(_passed_on, file, asset["kind"])
    except (FetchError, UnreadableError) as error:
        return PlainTextResponse(f"this media cannot be had: {error}", 404)


def _asset(emulator: Emulator, post_id: str, asset_id: str) -> Json | None:
    post = emulator.store.post(post_id)
    assets = [] if post is None else post.all_assets()
    return next((asset for asset in assets if asset["id"] == asset_id), None)


def _passed_on(file: IO[bytes], kind: str) -> Response:
    mime = _video_type(file) if kind == "video" else _picture_type(file)
    file.seek(0)
    return Response(file.read(), media_type=mime, headers=_HEADERS)


def _picture_type(file: IO[bytes]) -> str:
    mime = measure(file).mime
    if mime not in _PICTURES:
        raise UnreadableError(f"{mime} is not shown here")
    return mime


def _video_type(file: IO[bytes]) -> str:
    found: str = probe_video(file)["containerFormat"]
    return "video/webm" if "webm" in found else "video/mp4"
