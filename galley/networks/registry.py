"""The register of the networks: ``rules_for`` gives everything of one. A new one stands here."""

from collections.abc import Mapping
from types import MappingProxyType

from galley.models.network import Platform
from galley.networks.bluesky import BLUESKY
from galley.networks.facebook import FACEBOOK
from galley.networks.googlebusiness import GOOGLEBUSINESS
from galley.networks.instagram import INSTAGRAM
from galley.networks.linkedin import LINKEDIN
from galley.networks.mastodon import MASTODON
from galley.networks.pinterest import PINTEREST
from galley.networks.rules import NetworkRules
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
