"""Threads.

Text: 500, an emoji as its UTF-8 bytes,
https://developers.facebook.com/documentation/threads/posts (2026-04-14); Buffer counts
UTF-16 units, https://developers.buffer.com/guides/character-limits (2026-10), and the
larger count decides. Links: five different ones,
https://developers.facebook.com/documentation/threads/create-posts/text-attachments
(2026-07-02). One hashtag, the topic, of at most 50 characters, and threads of 25:
https://support.buffer.com/article/857-using-threads-with-buffer (2025-08-29). Posts per
day and media: https://developers.facebook.com/documentation/threads/overview
(2025-12-22). Link card:
https://developers.buffer.com/types/ThreadsPostMetadataInput.md (2026-08).
"""

from collections.abc import Iterator, Sequence
from typing import TypedDict

from galley.models.channel import Channel
from galley.models.draft import Draft, Problem
from galley.models.media import MediaKind
from galley.models.network import Platform, ThreadsExtras
from galley.models.publishing import PostRequest
from galley.networks.graphemes import clusters, is_emoji
from galley.networks.metadata import LinkAttachment, extras_of, link_attachment
from galley.networks.rules import (
    MEGABYTE,
    Advice,
    ImageRules,
    LinkPlacement,
    NetworkRules,
    TextCount,
    VideoRules,
    character_problems,
    too_long,
    utf8_bytes,
    utf16_units,
)
from galley.networks.text import links_in

_TOPIC_LIMIT = 50
_NOT_IN_TOPIC = frozenset(".&")
_MOST_LINKS = 5


def text_length(text: str) -> int:
    """Count code points, an emoji as its UTF-8 bytes, and never less than UTF-16."""
    if text.isascii():
        return len(text)
    own = sum(
        utf8_bytes(cluster) if is_emoji(cluster) else len(cluster) for cluster in clusters(text)
    )
    return max(own, utf16_units(text))


def limit_links(text: str) -> Problem | None:
    """Threads refuses a post with more than five different links."""
    found = len(set(links_in(text)))
    if found <= _MOST_LINKS:
        return None
    return Problem(
        rule="links",
        message=f"Threads takes {_MOST_LINKS} different links in a post and the text "
        f"has {found}: remove {found - _MOST_LINKS}.",
    )


class Metadata(TypedDict):
    """https://developers.buffer.com/types/ThreadsPostMetadataInput.md."""

    topic: str | None
    linkAttachment: LinkAttachment | None


def metadata(request: PostRequest) -> Metadata:
    """Return the topic and the link's card."""
    extras = extras_of(request, ThreadsExtras)
    return {"topic": extras.topic or None, "linkAttachment": link_attachment(extras.link_card)}


def check_topic(draft: Draft, _: Channel, _media: Sequence[MediaKind]) -> Iterator[Problem]:
    """Check length and characters of the topic."""
    topic = draft.extras.topic if isinstance(draft.extras, ThreadsExtras) else ""
    length = utf16_units(topic)
    if length > _TOPIC_LIMIT:
        yield too_long("topic", "topic", length, _TOPIC_LIMIT)
    bad = sorted(_NOT_IN_TOPIC.intersection(topic))
    if bad:
        yield Problem(
            rule="topic",
            message=f"A topic of Threads has no {' and no '.join(bad)}: write it without.",
        )
    yield from character_problems("topic", topic)


THREADS = NetworkRules(
    platform=Platform.THREADS,
    name="Threads",
    counts=(
        TextCount(
            text_length,
            500,
            "characters, an emoji as its UTF-8 bytes (4 or more); "
            "never less than the UTF-16 code units",
            by="with each emoji as its bytes",
        ),
    ),
    link=LinkPlacement.IN_TEXT,
    advice=Advice(length=(100, 400), hashtags=(0, 1), fold=500),
    posts_per_day=250,
    buffer_key="threads",
    metadata=metadata,
    image=ImageRules(
        most=10,
        formats=("image/jpeg", "image/png"),
        max_bytes=8 * MEGABYTE,
        min_width=320,
        max_width=1440,
        min_ratio=0.1,
        max_ratio=10,
        card=(1080, 1350),
    ),
    video=VideoRules(
        formats=("video/mp4", "video/quicktime"),
        max_bytes=1000 * MEGABYTE,
        max_seconds=5 * 60,
        clip=(1080, 1920),
        min_fps=23,
        max_fps=60,
        max_bits=25 * MEGABYTE,
        max_width=1920,
    ),
    alt_limit=1000,
    max_thread=25,
    max_hashtags=1,
    hashtag_limit=_TOPIC_LIMIT,
    has_link_card=True,
    text_checks=(limit_links,),
    draft_check=check_topic,
)
