"""Pinterest.

Description 500 in Buffer, https://developers.buffer.com/guides/character-limits
(2026-10), where Pinterest's own interface allows 800; title 100, link 2,048, alt text
500: https://github.com/pinterest/api-description version 5.23.0 (2025-12-11). A board
is needed: https://developers.buffer.com/reference.html (2026-08). Posts per day: 25,
https://support.buffer.com/article/646-daily-posting-limits; one picture or video, and
hashtags that are no links: https://support.buffer.com/article/558-using-pinterest-with-buffer
(both 2025-08-29). Video: https://help.pinterest.com/en/article/review-pin-specs
(2026-10-04).
"""

from typing import TypedDict

from galley.models.media import MediaKind
from galley.models.network import Platform
from galley.models.publishing import PostRequest
from galley.networks.rules import (
    MEGABYTE,
    Advice,
    ImageRules,
    LinkPlacement,
    NetworkRules,
    TextCount,
    VideoRules,
    utf16_units,
)


class Metadata(TypedDict):
    """https://developers.buffer.com/types/PinterestPostMetadataInput.md."""

    boardServiceId: str
    title: str | None
    url: str | None


def metadata(request: PostRequest) -> Metadata:
    """Return the board, which every pin needs, with title and destination."""
    return {
        "boardServiceId": request.board_service_id,
        "title": request.title or None,
        "url": request.link or None,
    }


PINTEREST = NetworkRules(
    platform=Platform.PINTEREST,
    name="Pinterest",
    counts=(TextCount(utf16_units, 500, "UTF-16 code units (most emoji are two)"),),
    link=LinkPlacement.FIELD,
    advice=Advice(length=(100, 300), hashtags=(0, 3)),
    posts_per_day=25,
    buffer_key="pinterest",
    metadata=metadata,
    required_media=MediaKind.IMAGE,
    image=ImageRules(
        most=1,
        formats=("image/jpeg", "image/png", "image/webp", "image/heic"),
        max_bytes=10 * MEGABYTE,
        card=(1000, 1500),
    ),
    video=VideoRules(
        formats=("video/mp4", "video/quicktime", "video/x-m4v"),
        max_bytes=1000 * MEGABYTE,
        min_seconds=4,
        max_seconds=5 * 60,
        clip=(1080, 1920),
        ratios=((9, 16), (4, 5), (2, 3), (1, 1)),
    ),
    title_limit=100,
    link_limit=2048,
    alt_limit=500,
    needs_board=True,
)
