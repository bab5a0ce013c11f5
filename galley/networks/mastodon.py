"""Mastodon.

Text: 500 unless the server says otherwise, a link with ``https://`` as 23, of a mention
only the name: https://docs.joinmastodon.org/user/posting/ (2026-07-02) and
https://github.com/mastodon/mastodon/blob/main/app/validators/status_length_validator.rb
(2026). Servers on an older Ruby take Indic conjuncts apart, so the larger of the two
counts of grapheme clusters decides. Media and alt text:
https://support.buffer.com/article/563-using-mastodon-with-buffer; posts per day: 100,
https://support.buffer.com/article/646-daily-posting-limits (both 2025-08-29).
"""

import re
from collections.abc import Iterator, Sequence
from typing import TypedDict

from galley.models.channel import Channel
from galley.models.draft import Draft, Problem
from galley.models.media import MediaKind
from galley.models.network import MastodonExtras, Platform
from galley.models.publishing import PostRequest
from galley.networks.graphemes import count_graphemes, count_old_graphemes
from galley.networks.metadata import extras_of
from galley.networks.rules import (
    MEGABYTE,
    Advice,
    ImageRules,
    LinkPlacement,
    NetworkRules,
    TextCount,
    VideoRules,
    character_problems,
    unify_newlines,
)
from galley.networks.text import find_links

LINK_LENGTH = 23
_MOST_HOST = 253
"""An over-long host is counted in full; no host is longer, RFC 1035 (1987-11)."""
# As https://github.com/mastodon/mastodon/blob/main/app/lib/extractor.rb (2026) finds mentions: none
# stands before another `@`, or before the `://` of an address.
_MENTION = re.compile(
    r"(?<![=/\w])(@[A-Za-z0-9_]+(?:[.-]+[A-Za-z0-9_]+)*)@(\w++(?:[.-]++\w++)*+)(?![@\uff20]|://)"
)


def text_length(text: str) -> int:
    """Count grapheme clusters, a link as 23, of ``@name@host`` only ``@name``."""
    parts: list[str] = []
    at = 0
    for start, end in find_links(text, bare_domains=False):
        parts += (_short_mentions(text[at:start]), "x" * LINK_LENGTH)
        at = end
    parts.append(_short_mentions(text[at:]))
    shortened = "".join(parts)
    return max(count_graphemes(shortened), count_old_graphemes(shortened))


def _short_mentions(text: str) -> str:
    return _MENTION.sub(_short_mention, text) if "@" in text else text


def _short_mention(found: re.Match[str]) -> str:
    whole, name, host = found.group(0, 1, 2)
    return whole if len(host) > _MOST_HOST else name


class Metadata(TypedDict):
    """https://developers.buffer.com/types/MastodonPostMetadataInput.md."""

    spoilerText: str | None


def metadata(request: PostRequest) -> Metadata:
    """Return the content warning over the first post."""
    return {"spoilerText": extras_of(request, MastodonExtras).spoiler or None}


def check_warning(draft: Draft, channel: Channel, _: Sequence[MediaKind]) -> Iterator[Problem]:
    """Count the content warning with the text: both must fit together."""
    spoiler = draft.extras.spoiler if isinstance(draft.extras, MastodonExtras) else ""
    if not spoiler:
        return
    for count in MASTODON.counts_on(channel):
        length = count.of(spoiler + draft.text)
        if length > count.limit >= count.of(draft.text):
            yield Problem(
                rule="spoiler_length",
                message=f"Content warning and text are {length:,} of {count.limit:,} "
                f"{count.unit} together: shorten one by {length - count.limit:,}.",
            )
    yield from character_problems("content warning", unify_newlines(spoiler))


MASTODON = NetworkRules(
    platform=Platform.MASTODON,
    name="Mastodon",
    counts=(
        TextCount(
            text_length,
            500,
            "grapheme clusters, a link as 23, of @name@host only @name",
            by="with each link as 23",
        ),
    ),
    link=LinkPlacement.IN_TEXT,
    advice=Advice(length=(150, 450), hashtags=(1, 4), fold=500),
    posts_per_day=100,
    buffer_key="mastodon",
    metadata=metadata,
    image=ImageRules(
        most=4, formats=("image/jpeg", "image/png"), max_bytes=8 * MEGABYTE, card=(1200, 675)
    ),
    video=VideoRules(
        formats=("video/mp4", "video/x-m4v", "video/quicktime", "video/webm"),
        max_bytes=40 * MEGABYTE,
        clip=(1080, 1920),
    ),
    alt_limit=1000,
    max_thread=25,
    joins_words_in_camel_case=True,
    servers_limit_text=True,
    draft_check=check_warning,
)
