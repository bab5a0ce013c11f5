"""Facebook Pages.

Text: Buffer stops at 5,000, https://developers.buffer.com/guides/character-limits
(2026-10); Meta documents no limit of its own. Posts per day: 25,
https://support.buffer.com/article/646-daily-posting-limits (2025-08-29). Pictures and
video: https://support.buffer.com/article/617-ideal-image-sizes-and-formats-for-your-posts
and https://support.buffer.com/article/616-uploading-and-sharing-links-to-videos
(2025-09-08). Alt text: https://support.buffer.com/article/618-adding-alt-text-to-your-images
(2025-09). First comment: 5,000, of posts alone, and a 9:16 video is a reel, of 3 to
90 seconds: https://support.buffer.com/article/555-using-facebook-with-buffer
(2025-08-29). Link card:
https://developers.buffer.com/types/FacebookPostMetadataInput.md (2026-08).
"""

from typing import TypedDict

from galley.models.media import MediaKind, PublicAsset
from galley.models.network import FacebookExtras, Platform, PostForm
from galley.models.publishing import PostRequest
from galley.networks.metadata import LinkAttachment, extras_of, link_attachment
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

_REEL_SECONDS = (3.0, 90.0)
_UPRIGHT = 9 / 16
_SLACK = 0.01


class Metadata(TypedDict):
    """https://developers.buffer.com/types/FacebookPostMetadataInput.md."""

    type: PostForm
    firstComment: str | None
    linkAttachment: LinkAttachment | None


def metadata(request: PostRequest) -> Metadata:
    """Return the type, which Buffer demands although its schema does not, and more.

    A video that can be a reel is one, unless it needs what only posts have.
    """
    extras = extras_of(request, FacebookExtras)
    is_reel = not extras.first_comment and any(map(_can_be_reel, request.assets))
    return {
        "type": extras.form or (PostForm.REEL if is_reel else PostForm.POST),
        "firstComment": extras.first_comment or None,
        "linkAttachment": link_attachment(extras.link_card),
    }


def _can_be_reel(asset: PublicAsset) -> bool:
    """Whether it is a 9:16 video: Buffer refuses a reel of any other shape."""
    if asset.kind is not MediaKind.VIDEO or not (asset.width and asset.height):
        return False
    shortest, longest = _REEL_SECONDS
    lasts = asset.duration is None or shortest <= asset.duration <= longest
    return lasts and abs(asset.width / asset.height - _UPRIGHT) <= _SLACK


FACEBOOK = NetworkRules(
    platform=Platform.FACEBOOK,
    name="Facebook",
    counts=(TextCount(utf16_units, 5000, "UTF-16 code units (most emoji are two)"),),
    link=LinkPlacement.IN_TEXT,
    advice=Advice(length=(40, 250), hashtags=(0, 2), fold=480),
    posts_per_day=25,
    buffer_key="facebook",
    metadata=metadata,
    image=ImageRules(
        most=10,
        formats=("image/jpeg", "image/png", "image/webp", "image/heic"),
        max_bytes=8 * MEGABYTE,
        min_width=320,
        max_width=1440,
        card=(1080, 1350),
    ),
    video=VideoRules(
        formats=("video/mp4", "video/quicktime"),
        max_bytes=1000 * MEGABYTE,
        max_seconds=4 * 60 * 60,
        clip=(1080, 1920),
        fills_screen=True,
        min_fps=24,
        max_fps=60,
        reel_seconds=_REEL_SECONDS,
        reel_size=(540, 960),
    ),
    alt_limit=1000,
    first_comment=TextCount(utf16_units, 5000, "UTF-16 code units (most emoji are two)"),
    has_link_card=True,
)
