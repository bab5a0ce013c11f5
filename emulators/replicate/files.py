"""Files that models make. They live for an hour."""

import uuid
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from emulators.replicate.predictions import Clock

_LIVES = 3600.0
_TYPES = {
    "jpg": "image/jpeg",
    "png": "image/png",
    "webp": "image/webp",
    "mp4": "video/mp4",
    "mp3": "audio/mpeg",
    "wav": "audio/wav",
    "flac": "audio/flac",
}


@dataclass
class _File:
    data: bytes
    mime: str
    made: float


class Deliveries:
    """What models made: anybody may fetch it, and nobody after an hour.

    ``tokens_seen`` counts requests that brought a token, which no such request should.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._files = dict[str, _File]()
        self.tokens_seen = 0

    def routes(self) -> list[Route]:
        return [Route("/delivery/{name}", self.serve)]

    def put(self, data: bytes, ending: str) -> str:
        """Keep a file and return its path."""
        name = f"{uuid.uuid4().hex}.{ending}"
        self._files[name] = _File(data, _TYPES[ending], self._clock.now())
        return f"/delivery/{name}"

    def forget(self) -> None:
        """Lose every file, and the count of tokens."""
        self._files.clear()
        self.tokens_seen = 0

    async def serve(self, request: Request) -> Response:
        self.tokens_seen += "authorization" in request.headers
        found = self._files.get(request.path_params["name"])
        if found is None or self._clock.now() - found.made > _LIVES:
            return PlainTextResponse("Not found", 404)
        return Response(found.data, media_type=found.mime)
