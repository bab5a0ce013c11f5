"""The media of posts as the browser gets them: our own bytes, of a type that was seen in them."""

import re
from collections.abc import AsyncIterator, Callable
from typing import cast

import filetype
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from app.errors import NotFoundError
from app.posts.media import MediaFile, one_of
from galley.models.post import PostView
from web.routes import shown
from web.security import MEDIA_POLICY
from web.site import Site, site_of, view_of

_SHOWN = frozenset(
    {
        *("image/jpeg", "image/png", "image/gif", "image/webp"),
        *("video/mp4", "video/quicktime", "video/webm", "video/x-m4v"),
        "application/pdf",
    }
)
"""What a browser may show of a post; anything else it may only save."""
_guess = cast("Callable[[bytes], str | None]", filetype.guess_mime)  # untyped
_MOST_OF_A_RANGE, _PIECE = 4_000_000, 64_000
_RANGE = re.compile(r"bytes=(\d{1,15})?-(\d{1,15})?")


async def media(request: Request) -> Response:
    """Return one picture, film or document of a post, or the part that a player asks for."""
    view = await view_of(request)
    return await medium_answer(request, view, request.path_params["sha256"])


async def medium_answer(request: Request, view: PostView, sha256: str) -> Response:
    """Return the answer to a request for a medium of a post.

    Raises:
        NotFoundError: It has none of that hash.
    """
    file = await medium_of(site_of(request), view, sha256)
    if file is None:
        raise NotFoundError("This post has no such medium.")
    seen = _guess(file.data) or ""
    headers = {
        "Content-Security-Policy": MEDIA_POLICY,
        # Its address holds its hash: other bytes have another one.
        "Cache-Control": "private, max-age=600, immutable",
        "Accept-Ranges": "bytes",
    }
    if seen not in _SHOWN:
        headers["Content-Disposition"] = f'attachment; filename="{file.name}"'
        seen = "application/octet-stream"
    part = _part(request.headers.get("range", ""), len(file.data))
    if part is None:
        headers["Content-Length"] = str(len(file.data))
        return StreamingResponse(_pieces(file.data), headers=headers, media_type=seen)
    first, last = part
    if first > last:
        headers["Content-Range"] = f"bytes */{len(file.data)}"
        return Response(status_code=416, headers=headers)
    # A player asks on; copies of whole films for slow readers would fill the memory.
    last = min(last, first + _MOST_OF_A_RANGE - 1)
    headers["Content-Range"] = f"bytes {first}-{last}/{len(file.data)}"
    return Response(file.data[first : last + 1], 206, headers, seen)


async def medium_of(site: Site, view: PostView, sha256: str) -> MediaFile | None:
    """Return a medium of a post; of its parts, each asked for alone, it is read but once."""
    async with site.readers:
        if site.medium and site.medium[:2] == (view.workflow_id, sha256):
            return site.medium[2]
        file = await one_of(site.connections, view, sha256)
        if file is not None:
            site.medium = (view.workflow_id, sha256, file)
        return file


async def _pieces(data: bytes) -> AsyncIterator[bytes]:
    """Yield the bytes such that a slow reader holds a copy of one piece alone."""
    for start in range(0, len(data), _PIECE):
        yield data[start : start + _PIECE]


def _part(asked: str, size: int) -> tuple[int, int] | None:
    """Return first and last byte of a range (RFC 9110, 14.2), or ``None`` for the whole."""
    found = _RANGE.fullmatch(asked.strip())
    if found is None or not (found[1] or found[2]):
        return None
    if not found[1]:
        return max(0, size - int(found[2])), size - 1
    return int(found[1]), min(size - 1, int(found[2])) if found[2] else size - 1


ROUTES = [shown("/posts/{post}/media/{sha256}", media, for_clients=True)]
