"""The rules of every network, by platform."""

from collections.abc import Mapping
from types import MappingProxyType

from galley.models import Platform
from galley.platforms.bluesky import BLUESKY
from galley.platforms.facebook import FACEBOOK
from galley.platforms.googlebusiness import GOOGLEBUSINESS
from galley.platforms.instagram import INSTAGRAM
from galley.platforms.linkedin import LINKEDIN
from galley.platforms.mastodon import MASTODON
from galley.platforms.pinterest import PINTEREST
from galley.platforms.rules import PlatformRules
from galley.platforms.threads import THREADS
from galley.platforms.tiktok import TIKTOK
from galley.platforms.x import X
from galley.platforms.youtube import YOUTUBE

_RULES: Mapping[Platform, PlatformRules] = MappingProxyType(
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


def rules_for(platform: Platform) -> PlatformRules:
    """Return the rules of ``platform``."""
    return _RULES[platform]
