"""Bluesky.

Text: 300 grapheme clusters and 3,000 bytes, hashtags of 64 grapheme clusters:
https://github.com/bluesky-social/atproto/blob/main/lexicons/app/bsky/feed/post.json
(2026-06-03). Links count in full there, whatever Buffer's help page says. Pictures of
1 MB, which Buffer does not shrink,
https://support.buffer.com/article/617-ideal-image-sizes-and-formats-for-your-posts
(2025-09-08); video, threads of 25 and alt text:
https://support.buffer.com/article/855-using-bluesky-with-buffer; posts per day: 100,
https://support.buffer.com/article/646-daily-posting-limits (both 2025-08-29). Link
card: https://developers.buffer.com/types/BlueskyPostMetadataInput.md (2026-08).
"""

from typing import TypedDict

from galley.models.network import BlueskyExtras, Platform
from galley.models.publishing import PostRequest
from galley.networks.graphemes import count_graphemes
from galley.networks.metadata import LinkAttachment, extras_of, link_attachment
from galley.networks.rules import (
    MEGABYTE,
    Advice,
    ImageRules,
    LinkPlacement,
    NetworkRules,
    TextCount,
    VideoRules,
    utf8_bytes,
)


class Metadata(TypedDict):
    """https://developers.buffer.com/types/BlueskyPostMetadataInput.md."""

    linkAttachment: LinkAttachment | None


def metadata(request: PostRequest) -> Metadata:
    """Return the link's card."""
    return {"linkAttachment": link_attachment(extras_of(request, BlueskyExtras).link_card)}


BLUESKY = NetworkRules(
    platform=Platform.BLUESKY,
    name="Bluesky",
    counts=(
        TextCount(
            count_graphemes,
            300,
            "grapheme clusters, an emoji sequence as one, links in full; "
            "at most 3,000 UTF-8 bytes as well",
            by="as readers see them",
        ),
        TextCount(utf8_bytes, 3000, "UTF-8 bytes", unit="bytes", by="in UTF-8"),
    ),
    link=LinkPlacement.IN_TEXT,
    advice=Advice(length=(100, 280), hashtags=(0, 3), fold=300),
    posts_per_day=100,
    buffer_key="bluesky",
    metadata=metadata,
    image=ImageRules(
        most=4,
        formats=("image/jpeg", "image/png", "image/webp", "image/heic"),
        max_bytes=1 * MEGABYTE,
        card=(1200, 675),
    ),
    video=VideoRules(
        formats=("video/mp4",), max_bytes=50 * MEGABYTE, max_seconds=3 * 60, clip=(1080, 1920)
    ),
    alt_limit=1000,
    max_thread=25,
    hashtag_limit=64,
    has_link_card=True,
)
