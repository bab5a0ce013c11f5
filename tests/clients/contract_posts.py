"""Posts of every shape that Galley makes, with real media on a real server."""

import io
import itertools
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import cast

import httpx
from PIL import Image
from pytest_httpserver import HTTPServer

from galley.media.card import CardSpec, Margin, draw_document
from galley.media.card_words import CardText
from galley.models.media import MediaKind, PublicAsset
from galley.models.network import Platform
from galley.models.publishing import PostRequest
from galley.networks.registry import rules_for
from tests.clients.buffer_answers import a_request, a_video, an_image
from tests.emulators.buffer_media import video
from tests.emulators.buffer_world import Json, World

DRAWN = {"image/jpeg": "JPEG", "image/png": "PNG", "image/webp": "WEBP", "image/gif": "GIF"}
"""What Galley draws or converts to; it never sends HEIC, which some networks take."""
DOUBTED = {(Platform.PINTEREST, "image image/png")}
"""Documented, and yet Buffer was seen to refuse it: so does the emulator."""
PAGE = CardSpec(540, 675, Margin(48, 48, 44, 48), 8_000_000)
NUMBERS = itertools.count(1)
"""One for each text and address, so that no two posts are twins."""


@cache
def drawn(size: tuple[int, int], mime: str) -> bytes:
    """Return a picture, drawn once: posts are told apart by its address."""
    file = io.BytesIO()
    Image.new("RGB", size, (20, 90, 160)).save(file, DRAWN[mime])
    return file.getvalue()


@cache
def filmed() -> bytes:
    """Return a film, made once."""
    return video()


class Gallery:
    """Real media on a real server, each at an address of its own."""

    def __init__(self, server: HTTPServer) -> None:
        self._server = server

    def image(self, platform: Platform, mime: str) -> PublicAsset:
        rules = rules_for(platform).image
        assert rules is not None
        return an_image(url=self._put(drawn(rules.card, mime), mime), mime=mime)

    def video(self) -> PublicAsset:
        return a_video(url=self._put(filmed(), "video/mp4"))

    def document(self) -> tuple[PublicAsset, ...]:
        """Return a document and its cover."""
        pages = draw_document(PAGE, [CardText(f"Number {next(NUMBERS)}")] * 2)
        url = self._put(pages, "application/pdf")
        found = an_image(kind=MediaKind.DOCUMENT, mime="application/pdf", url=url)
        return found, self.image(Platform.LINKEDIN, "image/jpeg")

    def _put(self, data: bytes, mime: str) -> str:
        path = f"/media-{next(NUMBERS)}"
        self._server.expect_request(path).respond_with_data(data, content_type=mime)
        return self._server.url_for(path).replace("localhost", "127.0.0.1")


def shapes() -> list[tuple[Platform, str]]:
    """Every shape of post that our own rules allow on each network."""
    found: list[tuple[Platform, str]] = []
    for platform in Platform:
        rules = rules_for(platform)
        kinds: list[str] = []
        if rules.required_media is None:
            kinds.append("text")
        if rules.image:
            kinds += [f"image {one}" for one in rules.image.formats if one in DRAWN]
            kinds += ["images"] * (rules.image.most > 1)
        if rules.video:
            kinds.append("video")
        if rules.document:
            kinds.append("document")
        if rules.max_thread > 1:
            kinds += ["thread", "thread with image", "longest thread"]
        found += [(platform, kind) for kind in kinds]
    return [one for one in found if one not in DOUBTED]


def request_of(world: World, gallery: Gallery, platform: Platform, shape: str) -> PostRequest:
    rules = rules_for(platform)
    text = f"Post number {next(NUMBERS)} of the contract"
    channel = next(one for one in world.channels.values() if platform_of(one) == platform)
    assets: tuple[PublicAsset, ...] = ()
    if shape == "video":
        assets = (gallery.video(),)
    elif shape == "document":
        assets = gallery.document()
    elif shape == "images":
        assert rules.image is not None
        mime = rules.image.formats[0]
        assets = tuple(gallery.image(platform, mime) for _ in range(rules.image.most))
    elif "image" in shape:
        mime = shape.removeprefix("image ")
        mime = mime if mime in DRAWN else "image/jpeg"
        assets = (gallery.image(platform, mime),)
    length = {"thread": 3, "thread with image": 3, "longest thread": rules.max_thread}
    items = tuple(f"Item {n} of {text}" for n in range(2, length.get(shape, 1) + 1))
    return a_request(
        platform=platform,
        channel_id=channel["id"],
        text=text,
        thread=(text, *items) if items else (),
        due_at=datetime.now(UTC) + timedelta(hours=next(NUMBERS) + 1),
        assets=assets,
        title="A title" if rules.title_limit else "",
        link="https://example.com/article",
        board_service_id=_board(channel),
    )


def _board(channel: Json) -> str:
    settings: Json = channel["metadata"] or {}
    boards: list[Json] = settings.get("boards") or []
    return boards[0]["serviceId"] if boards else ""


def platform_of(channel: Json) -> Platform:
    service = {"twitter": "x"}.get(channel["service"], channel["service"])
    return Platform(service)


ENUMS = {"mode", "schedulingType", "type", "privacy", "license", "button"}


def literal(value: object, key: str = "") -> str:
    if isinstance(value, dict):
        fields = cast("dict[str, object]", value).items()
        return "{" + ", ".join(f"{k}: {literal(v, k)}" for k, v in fields) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(literal(v) for v in cast("list[object]", value)) + "]"
    if isinstance(value, str) and key in ENUMS:
        return value
    return httpx.Response(200, json=value).text
