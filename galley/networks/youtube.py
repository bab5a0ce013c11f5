"""YouTube, where Buffer posts Shorts.

Title 1 to 100 characters, description 5,000 bytes, neither with < or >:
https://developers.google.com/youtube/v3/docs/videos (2026-10-10). Google does not say
what a character of a title is; UTF-16 units are the stricter reading. Hashtags: over 60
and all are ignored, https://support.google.com/youtube/answer/6390658 (2026-09-27); the
older 15 is stricter. Length, shape and title:
https://support.buffer.com/article/562-using-youtube-shorts-with-buffer (2025-08-29).
Formats: https://support.buffer.com/article/616-uploading-and-sharing-links-to-videos
(2025-09-08). Posts per day: 10 while the channel is not verified,
https://support.buffer.com/article/646-daily-posting-limits (2025-08-29). Categories:
https://developers.buffer.com/types/YoutubePostMetadataInput.md (2026-08).
"""

from collections.abc import Iterator, Sequence
from typing import TypedDict

from galley.models.channel import Channel
from galley.models.draft import Draft, Problem
from galley.models.media import MediaKind
from galley.models.network import Platform, YouTubeExtras, YouTubeLicense, YouTubePrivacy
from galley.models.publishing import PostRequest
from galley.networks.metadata import extras_of
from galley.networks.rules import (
    MEGABYTE,
    Advice,
    LinkPlacement,
    NetworkRules,
    TextCount,
    VideoRules,
    utf8_bytes,
)

CATEGORIES = ("1", "2", "10", "15", "17", "19", "20", *map(str, range(22, 30)))
"""YouTube's numbers of what a video is about; 22 is People & Blogs."""


def refuse_angle_brackets(text: str) -> Problem | None:
    """YouTube takes no ``<`` and ``>``, not even alone."""
    count = text.count("<") + text.count(">")
    if not count:
        return None
    return Problem(
        rule="angle_brackets",
        message=f"YouTube takes no < or > and this has {count}: write them out or leave them away.",
    )


class Metadata(TypedDict):
    """https://developers.buffer.com/types/YoutubePostMetadataInput.md."""

    title: str
    categoryId: str
    privacy: YouTubePrivacy
    license: YouTubeLicense
    madeForKids: bool
    notifySubscribers: bool
    embeddable: bool
    isAiGenerated: bool


def metadata(request: PostRequest) -> Metadata:
    """Return all of a video's settings: an edit keeps what is left out."""
    extras = extras_of(request, YouTubeExtras)
    return {
        "title": request.title,
        "categoryId": extras.category,
        "privacy": extras.privacy,
        "license": extras.license,
        "madeForKids": extras.made_for_kids,
        "notifySubscribers": extras.notify_subscribers,
        "embeddable": extras.embeddable,
        "isAiGenerated": extras.is_ai_generated,
    }


def check_category(draft: Draft, _: Channel, _media: Sequence[MediaKind]) -> Iterator[Problem]:
    """Refuse a category that YouTube does not have."""
    extras = draft.extras
    if isinstance(extras, YouTubeExtras) and extras.category not in CATEGORIES:
        yield Problem(
            rule="category",
            message=f"YouTube has no category {extras.category!r}: choose one of "
            f"{', '.join(CATEGORIES)}.",
        )


YOUTUBE = NetworkRules(
    platform=Platform.YOUTUBE,
    name="YouTube",
    counts=(
        TextCount(
            utf8_bytes,
            5000,
            "UTF-8 bytes: an accented letter is 2, Chinese 3, most emoji 4 or more",
            unit="bytes",
            by="in UTF-8",
        ),
    ),
    link=LinkPlacement.IN_TEXT,
    advice=Advice(length=(100, 500), hashtags=(0, 3), fold=100),
    posts_per_day=10,
    buffer_key="youtube",
    metadata=metadata,
    required_media=MediaKind.VIDEO,
    video=VideoRules(
        formats=("video/mp4", "video/quicktime", "video/mpeg", "video/x-msvideo", "video/webm"),
        max_bytes=10_000 * MEGABYTE,
        max_seconds=3 * 60,
        clip=(1080, 1920),
        fills_screen=True,
        ratios=((9, 16), (1, 1)),
    ),
    title_limit=100,
    needs_title=True,
    max_hashtags=15,
    text_checks=(refuse_angle_brackets,),
    title_checks=(refuse_angle_brackets,),
    draft_check=check_category,
)
