"""Media as Buffer and the networks see them: fetched over the web, measured, checked.

The mutations measure images when a post is created, the lifecycle measures videos and
fetches all media again before it publishes, and the page shows them.
"""

import asyncio
import ipaddress
import tempfile
import warnings
from collections.abc import AsyncGenerator, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from http import HTTPStatus
from typing import IO, TYPE_CHECKING

from PIL import Image

from emulators.buffer.content import Content, Media
from emulators.buffer.graphql_edge import invalid, invalid_post
from emulators.buffer.networks import Network
from emulators.buffer.records import Json, object_id

if TYPE_CHECKING:
    import httpx

MAX_BYTES = 1_000_000_000
MAX_IMAGE_BYTES = 16_000_000
_IN_MEMORY = 16_000_000
_SECONDS, _CONNECT_SECONDS = 20, 5
_MAX_REDIRECTS = 5
_OK = 200
UNMEASURED: Json = {
    "containerFormat": None,
    "durationMs": 0,
    "width": 0,
    "height": 0,
    "videoCodec": None,
    "frameRate": None,
    "fileSize": None,
    "isVideoProcessing": True,
}
"""Details of a video before the lifecycle has read it."""
_MAX_PIXELS = 120_000_000
_NARROWEST_REEL = 0.55
_LONGEST_SHORT = 180_999
"""Milliseconds: three minutes, whatever fraction of a second follows."""

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class FetchError(Exception):
    """A file could not be fetched; the message is short, such as ``Not Found``."""


class TooLargeError(FetchError):
    """The file is larger than asked for."""


class MediaFetcher:
    """Gets files from public and loopback hosts, and from those allowed by name.

    httpx-secure checks the address each connection is really made to, so that a name
    cannot point elsewhere between the check and the fetch.
    """

    def __init__(self, allowed_hosts: Collection[str]) -> None:
        self._allowed = {host.lower() for host in allowed_hosts}

    @cached_property
    def _client(self) -> "httpx.AsyncClient":
        import httpx
        from httpx_secure import httpx_ssrf_protection

        return httpx_ssrf_protection(
            httpx.AsyncClient(
                timeout=httpx.Timeout(_SECONDS, connect=_CONNECT_SECONDS),
                follow_redirects=True,
                max_redirects=_MAX_REDIRECTS,
                # A proxy of the user's would hide where a connection really goes.
                trust_env=False,
                headers={"User-Agent": "BufferEmulator/1.0 (media fetch)"},
            ),
            check_globally_reachable=False,
            custom_validator=self._may_connect,
        )

    async def close(self) -> None:
        if "_client" in vars(self):
            await self._client.aclose()

    @asynccontextmanager
    async def fetch(self, url: str, max_bytes: int = MAX_BYTES) -> AsyncGenerator[IO[bytes]]:
        """Fetch a file and open it at its start; it is deleted when the block ends.

        Raises:
            FetchError: The server refuses, cannot be reached, or sends nothing.
            TooLargeError: More than ``max_bytes`` arrived.
        """
        import httpx

        # Pictures stay in memory, films go to disk.
        with tempfile.SpooledTemporaryFile(_IN_MEMORY) as file:
            try:
                await self._download(url, file, max_bytes)
            except httpx.TimeoutException:
                raise FetchError("Request Timeout") from None
            except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError):
                raise FetchError("fetch failed") from None
            file.seek(0)
            yield file

    async def check(self, url: str) -> None:
        """Fetch a whole file and throw it away.

        Raises:
            FetchError: It cannot be fetched.
        """
        async with self.fetch(url):
            pass

    async def _download(self, url: str, file: IO[bytes], max_bytes: int) -> None:
        # A Content-Length may lie, so the bytes that arrive are counted.
        async with self._client.stream("GET", url) as response:
            if response.status_code != _OK:
                try:
                    # The standard phrase, whatever words the server itself used.
                    raise FetchError(HTTPStatus(response.status_code).phrase)
                except ValueError:
                    raise FetchError(str(response.status_code)) from None
            size = 0
            async for chunk in response.aiter_bytes():
                size += len(chunk)
                if size > max_bytes:
                    raise TooLargeError("file size limit exceeded")
                file.write(chunk)
            if size == 0:
                raise FetchError("empty response")

    def _may_connect(self, host: str, address: Address, _port: int) -> bool:
        # Loopback, because the local stack's store is there.
        return address.is_loopback or address.is_global or host.lower() in self._allowed


class UnreadableError(Exception):
    """The file is not an image or video that can be decoded."""


@dataclass(frozen=True, slots=True)
class Picture:
    """Format, size in pixels and size in bytes of an image file."""

    format: str
    width: int
    height: int
    size: int
    animated: bool

    @property
    def mime(self) -> str:
        return Image.MIME.get(self.format, "application/octet-stream")


Pictures = dict[str, Picture]
"""Measured images by URL."""


def measure(file: IO[bytes]) -> Picture:
    """Decode an image.

    Raises:
        UnreadableError: It is no image, is damaged, or is absurdly large.
    """
    size = file.seek(0, 2)
    file.seek(0)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            # Opening reads only the header, so a bomb is refused before it is decoded.
            with Image.open(file) as image:
                if image.width * image.height > _MAX_PIXELS:
                    raise UnreadableError("image exceeds the pixel limit")
                animated = bool(getattr(image, "is_animated", False))
                image.load()
                return Picture(image.format or "", image.width, image.height, size, animated)
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise UnreadableError("unsupported image type") from error


def picture_complaints(picture: Picture, network: Network, kind: str | None) -> list[str]:
    """Return a network's complaints about an image; ``kind`` is post, story or reel."""
    found: list[str] = []
    name = network.name
    if picture.format not in network.formats:
        known = ", ".join(sorted(network.formats))
        found.append(f"{name} images must be {known}, not {picture.format}.")
    if picture.size > network.max_bytes:
        megabytes = network.max_bytes // 1_000_000
        found.append(f"{name} images cannot exceed {megabytes} MB.")
    if picture.width < network.min_width or picture.height < network.min_height:
        least = f"{network.min_width}x{network.min_height}"
        found.append(f"{name} images must be at least {least} pixels.")
    # Exact: 4:5 is at the very edge of what Instagram takes.
    ratio = Fraction(picture.width, picture.height)
    # A story may have any shape.
    if network.ratio and kind != "story":
        low, high = (Fraction(str(edge)) for edge in network.ratio)
        if not low <= ratio <= high:
            found.append(
                f"{name} images must have an aspect ratio between"
                f" {network.ratio[0]} and {network.ratio[1]}."
            )
    return found


async def measure_images(
    fetcher: MediaFetcher, content: Content, network: Network | None
) -> tuple[Pictures, Json | None]:
    """Fetch and decode every image; return them by URL, and the refusal of one.

    Without a network, as for drafts of no channel, any picture will do.
    """

    async def measured(url: str) -> Picture:
        async with fetcher.fetch(url, MAX_IMAGE_BYTES) as file:
            return await asyncio.to_thread(measure, file)

    images = [media for media in content.all_media() if media.kind == "image"]
    # The items of a thread may share a picture.
    urls = list(dict.fromkeys(media.url for media in images))
    try:
        found = await asyncio.gather(*map(measured, urls))
    except TooLargeError:
        return {}, _unfetched("image exceeds the file size limit")
    except (FetchError, UnreadableError) as error:
        return {}, _unfetched(str(error))
    pictures = dict(zip(urls, found, strict=True))
    if network is None:
        return pictures, None
    kind = content.metadata.get("type")
    said = [c for one in found for c in picture_complaints(one, network, kind)]
    return pictures, invalid_post(list(dict.fromkeys(said))) if said else None


def _unfetched(reason: str) -> Json:
    return invalid(f"Failed to create post: Failed to fetch image dimensions: {reason}")


def probe_video(file: IO[bytes]) -> Json:
    """Read a video's streams.

    Raises:
        UnreadableError: It is no video.
    """
    import av
    from av.error import FFmpegError

    try:
        with av.open(file, mode="r") as container:
            stream = container.streams.video[0]
            duration = container.duration or 0
            rate = stream.average_rate
            return {
                "containerFormat": container.format.name,
                "durationMs": duration // 1000,
                "width": stream.width,
                "height": stream.height,
                "videoCodec": stream.codec_context.name,
                "frameRate": round(rate) if rate else None,
                "fileSize": container.size,
                "isVideoProcessing": False,
            }
    except (FFmpegError, IndexError, ValueError) as error:
        raise UnreadableError("unsupported video type") from error


def video_complaints(video: Json, network: Network, kind: str | None) -> list[str]:
    """Return a network's complaints about a measured video."""
    width, height = video["width"], video["height"]
    ratio = width / height
    if network.service == "facebook" and kind == "reel" and ratio < _NARROWEST_REEL:
        return ["Video aspect ratio is too narrow for Facebook Reels."]
    if network.service == "youtube":
        found: list[str] = []
        if ratio > 1:
            found.append("YouTube Shorts must be square or vertical.")
        if video["durationMs"] > _LONGEST_SHORT:
            found.append("YouTube Shorts cannot be longer than 3 minutes.")
        return found
    return []


def stored_asset(media: Media, pictures: Pictures, now: int) -> Json:
    """Return an asset as the store keeps it: an image measured, a video not yet."""
    stored: Json = {
        "id": object_id(now),
        "kind": media.kind,
        "url": media.url,
        "fields": media.fields,
        "mime": "application/pdf",
    }
    if media.kind == "image":
        picture = pictures[media.url]
        stored |= {
            "mime": picture.mime,
            "width": picture.width,
            "height": picture.height,
            "animated": picture.animated,
        }
    elif media.kind == "video":
        stored |= {"mime": "video/mp4", "video": dict(UNMEASURED)}
    return stored
