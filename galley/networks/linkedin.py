"""LinkedIn.

Text: 3,000, https://www.linkedin.com/help/linkedin/answer/a528176 (2026-09) and
https://developers.buffer.com/guides/character-limits (2026-10). One reading of the
first page says 2,000 beside media; it is not confirmed and Galley sends none here.
Integrators report that Buffer counts every link as 24 (2026-10-07); a longer link is
counted in full, which is the stricter of the two. Posts per day: 50,
https://support.buffer.com/article/646-daily-posting-limits; media:
https://support.buffer.com/article/560-using-linkedin-with-buffer (both 2025-08-29).
Documents: one PDF of 300 pages and 100 MB with a title and a cover,
https://developers.buffer.com/reference.html (2026-08); a longer title than 58 is cut by
LinkedIn itself, as is widely reported. Alt text: https://support.buffer.com/article/618-adding-alt-text-to-your-images
(2025-09). First comment: 1,248,
https://support.buffer.com/article/588-character-limits-for-each-social-network (2025),
where the guide says 1,250. Link card:
https://developers.buffer.com/types/LinkedInPostMetadataInput.md (2026-08).
"""

from typing import TypedDict

from galley.models.network import LinkedInExtras, Platform
from galley.models.publishing import PostRequest
from galley.networks.metadata import LinkAttachment, extras_of, link_attachment
from galley.networks.rules import (
    MEGABYTE,
    Advice,
    DocumentRules,
    ImageRules,
    LinkPlacement,
    NetworkRules,
    TextCount,
    VideoRules,
    utf16_units,
)
from galley.networks.text import links_in

LINK_LENGTH = 24
"""What a link costs at least."""


def text_length(text: str) -> int:
    """Count UTF-16 units, a link as 24 or its length, whichever is more."""
    missing = (LINK_LENGTH - utf16_units(link) for link in links_in(text))
    return utf16_units(text) + sum(short for short in missing if short > 0)


class Metadata(TypedDict):
    """https://developers.buffer.com/types/LinkedInPostMetadataInput.md."""

    firstComment: str | None
    linkAttachment: LinkAttachment | None


def metadata(request: PostRequest) -> Metadata:
    """Return the first comment and the link's card."""
    extras = extras_of(request, LinkedInExtras)
    return {
        "firstComment": extras.first_comment or None,
        "linkAttachment": link_attachment(extras.link_card),
    }


LINKEDIN = NetworkRules(
    platform=Platform.LINKEDIN,
    name="LinkedIn",
    counts=(
        TextCount(
            text_length,
            3000,
            "UTF-16 code units, a link as at least 24 (most emoji are two)",
            by="with each link as at least 24",
        ),
    ),
    link=LinkPlacement.IN_TEXT,
    advice=Advice(length=(900, 2000), hashtags=(0, 3), fold=140),
    posts_per_day=50,
    buffer_key="linkedin",
    metadata=metadata,
    image=ImageRules(
        most=9,
        formats=("image/jpeg", "image/png", "image/heic", "image/webp"),
        max_bytes=10 * MEGABYTE,
        max_pixels=36_152_319,
        card=(1200, 1200),
    ),
    video=VideoRules(
        formats=("video/mp4",),
        min_bytes=75_000,
        max_bytes=200 * MEGABYTE,
        min_seconds=3,
        max_seconds=30 * 60,
        clip=(1080, 1920),
    ),
    document=DocumentRules(
        max_bytes=100 * MEGABYTE, most_pages=300, title_limit=58, page=(1080, 1350)
    ),
    alt_limit=300,
    first_comment=TextCount(utf16_units, 1248, "UTF-16 code units (most emoji are two)"),
    has_link_card=True,
)
