"""What a network lets one channel have instead of its usual limit."""

from dataclasses import replace
from functools import lru_cache

from galley.models import Channel, Platform
from galley.platforms.registry import rules_for
from galley.platforms.rules import TextCount


def own_limit(channel: Channel) -> int | None:
    """Return the limit of the channel's server, if it says one.

    Only Mastodon's servers set their own; Buffer reports it with the channel.
    """
    if channel.platform is Platform.MASTODON and (channel.max_characters or 0) > 0:
        return channel.max_characters
    return None


@lru_cache(maxsize=256)
def counts_for(platform: Platform, limit: int | None) -> tuple[TextCount, ...]:
    """Return the counts a text must keep to, with ``limit`` for the usual one."""
    rules = rules_for(platform)
    if limit is None:
        return rules.counts
    return tuple(
        replace(count, limit=limit) if count.limit == rules.text_limit else count
        for count in rules.counts
    )
