"""X, which Buffer calls Twitter.

Weighted count: version 3 of https://github.com/twitter/twitter-text (2021-10) and
https://docs.x.com/fundamentals/counting-characters (2026-05-20). Integrators saw Buffer
refuse a text of weighted length 203 and raw length 338 (2026-08-30), so both must be at
most 280. Cashtags: one, https://docs.x.com/x-api/posts/manage-tweets/integrate; alt
text: https://docs.x.com/x-api/fundamentals/data-dictionary (both 2026-08-22). Media:
https://docs.x.com/x-api/media/quickstart/best-practices (2026-06-01). Posts per day:
100, https://support.buffer.com/article/646-daily-posting-limits, threads of 25:
https://support.buffer.com/article/561-using-twitter-with-buffer (both 2025-08-29).
"""

import re
import unicodedata
from typing import TypedDict

from galley.models.draft import Problem
from galley.models.network import Platform, XExtras
from galley.models.publishing import PostRequest
from galley.networks.metadata import extras_of
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
from galley.networks.text import cashtags_in, find_emoji, find_links, without

LINK_WEIGHT = 23
EMOJI_WEIGHT = 2
_WEIGHS_TWO = re.compile("[^\u0000-\u10ff\u2000-\u200d\u2010-\u201f\u2032-\u2037]")
_MOST_CASHTAGS = 1


def weighted_length(text: str) -> int:
    """Count as X does: a link 23, an emoji 2, Chinese, Japanese and Korean 2."""
    composed = unicodedata.normalize("NFC", text)
    links, emoji = find_links(composed), find_emoji(composed)
    # An emoji in a link is counted with the link.
    outside = tuple(
        one for one in emoji if not any(link.start <= one.start < link.end for link in links)
    )
    rest = without(composed, tuple(sorted((*links, *outside))), "")
    return (
        LINK_WEIGHT * len(links)
        + EMOJI_WEIGHT * len(outside)
        + len(rest)
        + len(_WEIGHS_TWO.findall(rest))
    )


def limit_cashtags(text: str) -> Problem | None:
    """X refuses a post made through its API with more than one stock symbol."""
    found = cashtags_in(text)
    if len(found) <= _MOST_CASHTAGS:
        return None
    return Problem(
        rule="cashtags",
        message=f"X takes 1 cashtag in a post and the text has {len(found)} "
        f"({', '.join(found[:5])}): write the others without $.",
    )


class Metadata(TypedDict):
    """https://developers.buffer.com/types/TwitterPostMetadataInput.md."""

    isAiGenerated: bool | None


def metadata(request: PostRequest) -> Metadata:
    """Return the AI disclosure."""
    return {"isAiGenerated": extras_of(request, XExtras).is_ai_generated or None}


X = NetworkRules(
    platform=Platform.X,
    name="X",
    counts=(
        TextCount(
            weighted_length,
            280,
            "X's weighted count: a link is 23, an emoji 2, Chinese, Japanese and "
            "Korean characters 2, most others 1; the raw length in UTF-16 code units "
            "must fit as well",
            by="by X's weighted count",
        ),
        TextCount(
            utf16_units,
            280,
            "UTF-16 code units, links in full",
            by="by Buffer's raw count, in which links count in full",
        ),
    ),
    link=LinkPlacement.IN_TEXT,
    advice=Advice(length=(70, 240), hashtags=(0, 2), fold=280),
    posts_per_day=100,
    buffer_key="twitter",
    metadata=metadata,
    image=ImageRules(
        most=4,
        formats=("image/jpeg", "image/png", "image/webp"),
        max_bytes=5 * MEGABYTE,
        max_width=8192,
        max_height=8192,
        card=(1200, 675),
    ),
    video=VideoRules(
        formats=("video/mp4", "video/quicktime"),
        max_bytes=512 * MEGABYTE,
        min_seconds=0.5,
        max_seconds=140,
        clip=(1080, 1920),
        min_ratio=1 / 3,
        max_ratio=3,
        max_fps=60,
    ),
    alt_limit=1000,
    max_thread=25,
    text_checks=(limit_cashtags,),
)
