"""TikTok.

Text: 2,200 UTF-16 units with a video,
https://developers.tiktok.com/doc/content-posting-api-reference-direct-post, photo title
90, https://developers.tiktok.com/doc/content-posting-api-reference-photo-post (both
2026-09-07); a photo's 4,000 is not used. A picture or video is needed: Buffer's own
command line, https://www.npmjs.com/package/@bufferapp/cli 1.2.0 (2026-07-13). Hashtags
and pictures: https://support.buffer.com/article/559-using-tiktok-with-buffer (2026).
Posts per day: "around 15", and no promotional mark in a picture:
https://developers.tiktok.com/doc/content-sharing-guidelines;
media: https://developers.tiktok.com/doc/content-posting-api-media-transfer-guide
(both 2026-09-07).
"""

from collections.abc import Iterator, Sequence
from typing import TypedDict

from galley.models.channel import Channel
from galley.models.draft import Draft, Problem
from galley.models.media import MediaKind
from galley.models.network import Platform, TikTokExtras
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


class Metadata(TypedDict):
    """https://developers.buffer.com/types/TikTokPostMetadataInput.md."""

    isAiGenerated: bool | None
    title: str | None


def metadata(request: PostRequest) -> Metadata:
    """Return a title, which photo posts alone have, or a video's AI disclosure."""
    if has_video(request):
        is_ai = extras_of(request, TikTokExtras).is_ai_generated
        return {"isAiGenerated": is_ai or None, "title": None}
    return {"isAiGenerated": None, "title": request.title or None}


def check_disclosure(draft: Draft, _: Channel, media: Sequence[MediaKind]) -> Iterator[Problem]:
    """Refuse the AI disclosure of pictures."""
    extras = draft.extras
    is_asked = isinstance(extras, TikTokExtras) and extras.is_ai_generated
    if is_asked and MediaKind.VIDEO not in media:
        yield Problem(
            rule="ai_generated",
            message="TikTok takes the AI disclosure of videos only and the post has "
            "none: say it in the text.",
        )


TIKTOK = NetworkRules(
    platform=Platform.TIKTOK,
    name="TikTok",
    counts=(TextCount(utf16_units, 2200, "UTF-16 code units (most emoji are two)"),),
    link=LinkPlacement.NONE,
    advice=Advice(length=(100, 300), hashtags=(3, 5), fold=150),
    posts_per_day=15,
    buffer_key="tiktok",
    metadata=metadata,
    required_media=MediaKind.IMAGE,
    image=ImageRules(
        most=10,
        formats=("image/jpeg", "image/webp"),
        max_bytes=8 * MEGABYTE,
        max_width=1080,
        max_height=1920,
        card=(1080, 1920),
    ),
    video=VideoRules(
        formats=("video/mp4", "video/quicktime", "video/webm"),
        max_bytes=1000 * MEGABYTE,
        min_seconds=3,
        max_seconds=10 * 60,
        clip=(1080, 1920),
        fills_screen=True,
        min_fps=23,
        max_fps=60,
        min_side=360,
        max_side=4096,
    ),
    title_limit=90,
    lets_sign=False,
    max_hashtags=5,
    draft_check=check_disclosure,
)
