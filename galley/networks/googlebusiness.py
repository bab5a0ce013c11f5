"""Google Business Profile.

Text: 1,500, and no telephone number in it,
https://support.buffer.com/article/557-using-google-business-profiles-with-buffer
(2025-08-29) and https://docs.zernio.com/platforms/google-business (2026); Buffer's
guide says 4,000, which Google does not take. Title of an offer or event, and coupon:
58, https://developers.buffer.com/guides/character-limits (2026-10). Which detail and
button an offer, event or news has:
https://developers.buffer.com/types/GoogleBusinessPostMetadataInput.md (2026-08). Posts
per day: 50, https://support.buffer.com/article/646-daily-posting-limits (2025-08-29).
Picture: https://support.buffer.com/article/617-ideal-image-sizes-and-formats-for-your-posts
(2025-09-08) and, stricter,
https://www.ayrshare.com/docs/apis/post/social-networks/google (2026).
"""

from galley.models import GoogleButton, Platform, Problem
from galley.networks.rules import (
    MEGABYTE,
    Advice,
    ImageRules,
    LinkPlacement,
    PlatformRules,
    TextCount,
    utf16_units,
)
from galley.networks.text import phone_numbers_in

DETAIL_LIMIT = 58
"""Characters of an offer's or event's title, and of a coupon."""
LINKED_BUTTONS = frozenset(GoogleButton) - {GoogleButton.NONE, GoogleButton.CALL}
"""Buttons that lead to an address."""


def refuse_phone_numbers(text: str) -> Problem | None:
    """Google rejects a post with a telephone number in its text."""
    found = phone_numbers_in(text)
    if not found:
        return None
    return Problem(
        rule="phone_number",
        message="Google rejects a post with a telephone number and the text has "
        f"{len(found)} ({', '.join(found[:3])}): remove it; the profile shows its own.",
    )


GOOGLEBUSINESS = PlatformRules(
    platform=Platform.GOOGLEBUSINESS,
    name="Google Business",
    counts=(TextCount(utf16_units, 1500, "UTF-16 code units (most emoji are two)"),),
    link=LinkPlacement.FIELD,
    advice=Advice(length=(100, 300), hashtags=(0, 0), fold=100),
    posts_per_day=50,
    image=ImageRules(
        most=1,
        formats=("image/jpeg", "image/png"),
        min_bytes=10_000,
        max_bytes=5 * MEGABYTE,
        min_width=400,
        min_height=300,
        max_width=10_000,
        max_height=10_000,
        card=(1200, 900),
    ),
    title_limit=DETAIL_LIMIT,
    max_hashtags=0,
    text_checks=(refuse_phone_numbers,),
)
