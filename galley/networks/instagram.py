"""Instagram.

Text: Buffer stops at 2,196, https://developers.buffer.com/guides/character-limits
(2026-10), where Meta says 2,200; integrators report that Buffer counts a line break
as two (2026-10-07). Hashtags: five, announced 2025-12-18,
https://www.socialmediatoday.com/news/instagrams-implementing-new-limits-on-hashtag-use/808309/
Posts per day: 50,
https://developers.facebook.com/documentation/instagram-platform/instagram-graph-api/reference/ig-user/media_publish
(2025-01-21). JPEG alone, and alt text:
https://developers.facebook.com/docs/instagram-platform/content-publishing (2025-03-24).
Ratio, without rounding:
https://support.buffer.com/article/622-instagrams-accepted-aspect-ratio-ranges; sizes:
https://support.buffer.com/article/617-ideal-image-sizes-and-formats-for-your-posts
(2025-09-08). Video: https://support.buffer.com/article/554-using-instagram-with-buffer
(2025-08-29), its frames and bits a second:
https://developers.facebook.com/docs/instagram-platform/instagram-graph-api/reference/ig-user/media
(2026-09-06). Buffer crops a carousel to its first picture's ratio (article 622 above).
First comment: 2,196,
https://support.buffer.com/article/588-character-limits-for-each-social-network (2025),
and its hashtags count with the caption's. Mentions: 20,
https://developers.facebook.com/docs/instagram-platform/instagram-graph-api/reference/ig-user/media
(2026-09-06), which user tags are held to as well.
"""

import re
from collections.abc import Iterator, Sequence
from typing import TypedDict

from galley.models.channel import Channel
from galley.models.draft import Draft, Problem
from galley.models.media import MediaKind
from galley.models.network import InstagramExtras, Platform, PostForm
from galley.models.publishing import PostRequest
from galley.networks.metadata import extras_of, has_video
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

_MOST_USER_TAGS = 20
_HANDLE = re.compile(r"@?[A-Za-z0-9_](?:[A-Za-z0-9._]{0,28}[A-Za-z0-9_])?")
"""A user name has at most 30 letters, digits, points and underscores."""


def caption_length(text: str) -> int:
    """Count UTF-16 units, a line break as two."""
    return utf16_units(text) + text.count("\n")


class Metadata(TypedDict):
    """https://developers.buffer.com/types/InstagramPostMetadataInput.md."""

    type: PostForm
    shouldShareToFeed: bool
    firstComment: str | None
    isAiGenerated: bool | None


def metadata(request: PostRequest) -> Metadata:
    """Return what Instagram demands, a type and whether it shows in the feed, and more."""
    extras = extras_of(request, InstagramExtras)
    usual = PostForm.REEL if has_video(request) else PostForm.POST
    return {
        "type": extras.form or usual,
        "shouldShareToFeed": extras.share_to_feed,
        "firstComment": extras.first_comment or None,
        "isAiGenerated": extras.is_ai_generated or None,
    }


def check_tags(draft: Draft, _: Channel, media: Sequence[MediaKind]) -> Iterator[Problem]:
    """Name each person who cannot be tagged, and too many of them."""
    if not isinstance(draft.extras, InstagramExtras):
        return
    tags = draft.extras.user_tags
    if len(tags) > _MOST_USER_TAGS:
        yield Problem(
            rule="user_tags",
            message=f"{len(tags)} people are tagged and Instagram allows "
            f"{_MOST_USER_TAGS}: remove {len(tags) - _MOST_USER_TAGS}.",
        )
    for tag in tags:
        if not _HANDLE.fullmatch(tag.handle) or ".." in tag.handle:
            yield Problem(
                rule="user_tags",
                message=f"{tag.handle[:40]!r} is no user name of Instagram: write it "
                "as in the address of the profile.",
            )
        elif tag.asset >= len(media) or media[tag.asset] is not MediaKind.IMAGE:
            yield Problem(
                rule="user_tags",
                message=f"{tag.handle} is tagged in picture {tag.asset + 1}, counted "
                "from 1, and there is no such picture: name another asset.",
            )


INSTAGRAM = NetworkRules(
    platform=Platform.INSTAGRAM,
    name="Instagram",
    counts=(
        TextCount(
            caption_length,
            2196,
            "UTF-16 code units, a line break as two (most emoji are two)",
            by="with each line break as two",
        ),
    ),
    link=LinkPlacement.NONE,
    advice=Advice(length=(125, 300), hashtags=(3, 5), fold=125),
    posts_per_day=50,
    buffer_key="instagram",
    metadata=metadata,
    required_media=MediaKind.IMAGE,
    image=ImageRules(
        most=10,
        formats=("image/jpeg",),
        max_bytes=8 * MEGABYTE,
        min_width=320,
        min_height=150,
        max_width=1440,
        min_ratio=0.8,
        max_ratio=1.91,
        one_ratio=True,
        card=(1080, 1350),
    ),
    video=VideoRules(
        formats=("video/mp4", "video/quicktime"),
        max_bytes=100 * MEGABYTE,
        min_seconds=5,
        max_seconds=15 * 60,
        clip=(1080, 1920),
        fills_screen=True,
        min_fps=23,
        max_fps=60,
        max_bits=25 * MEGABYTE,
    ),
    alt_limit=1000,
    max_hashtags=5,
    first_comment=TextCount(
        caption_length,
        2196,
        "UTF-16 code units, a line break as two (most emoji are two)",
        by="with each line break as two",
    ),
    draft_check=check_tags,
)
