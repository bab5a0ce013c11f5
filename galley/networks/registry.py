"""The rules of every network, by platform."""

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from types import MappingProxyType

from galley.models import Channel, Platform
from galley.networks.bluesky import BLUESKY
from galley.networks.facebook import FACEBOOK
from galley.networks.googlebusiness import GOOGLEBUSINESS
from galley.networks.instagram import INSTAGRAM
from galley.networks.linkedin import LINKEDIN
from galley.networks.mastodon import MASTODON
from galley.networks.pinterest import PINTEREST
from galley.networks.rules import NetworkRules, TextCount
from galley.networks.threads import THREADS
from galley.networks.tiktok import TIKTOK
from galley.networks.x import X
from galley.networks.youtube import YOUTUBE

_RULES: Mapping[Platform, NetworkRules] = MappingProxyType(
    {
        Platform.INSTAGRAM: INSTAGRAM,
        Platform.FACEBOOK: FACEBOOK,
        Platform.TIKTOK: TIKTOK,
        Platform.LINKEDIN: LINKEDIN,
        Platform.X: X,
        Platform.YOUTUBE: YOUTUBE,
        Platform.THREADS: THREADS,
        Platform.PINTEREST: PINTEREST,
        Platform.GOOGLEBUSINESS: GOOGLEBUSINESS,
        Platform.BLUESKY: BLUESKY,
        Platform.MASTODON: MASTODON,
    }
)


def rules_for(platform: Platform) -> NetworkRules:
    """Return the rules of ``platform``."""
    return _RULES[platform]


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
