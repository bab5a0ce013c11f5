"""The networks Galley writes for."""

from enum import StrEnum


class Platform(StrEnum):
    """A network with its own rules. Buffer calls this a *service*.

    Values are Buffer's service names, but for ``x``, which Buffer still calls
    ``twitter``.
    """

    INSTAGRAM = "instagram"
    FACEBOOK = "facebook"
    TIKTOK = "tiktok"
    LINKEDIN = "linkedin"
    X = "x"
    YOUTUBE = "youtube"
    THREADS = "threads"
    PINTEREST = "pinterest"
    GOOGLEBUSINESS = "googlebusiness"
    BLUESKY = "bluesky"
    MASTODON = "mastodon"
