"""What each network takes, as data. Numbers as Buffer publishes or was seen to apply.

Sources: https://developers.buffer.com/guides/character-limits (text),
https://support.buffer.com/article/617-ideal-image-sizes-and-formats-for-your-posts and
https://support.buffer.com/article/616-uploading-and-sharing-links-to-videos (media),
https://support.buffer.com/article/646-daily-posting-limits (posts a day),
https://developers.buffer.com/types/CreatePostInput.md (required fields).
"""

from collections.abc import Callable
from dataclasses import dataclass

from emulators.buffer import counting

MEGABYTE = 1_000_000
_COMMON = frozenset({"JPEG", "PNG", "WEBP"})


@dataclass(frozen=True, slots=True)
class Network:
    """The rules of one network."""

    service: str
    name: str
    """As Buffer writes it in messages."""
    key: str
    """Its key in post metadata."""
    limit: int
    count: Callable[[str], int] = counting.utf16
    needs_text: bool = True
    """Whether a post with media alone is refused."""
    needs_media: str | None = None
    """The complaint when there is no media that the network can do with."""
    images: int = 10
    videos: int = 1
    documents: int = 0
    mixes: bool = False
    formats: frozenset[str] = _COMMON
    max_bytes: int = 10 * MEGABYTE
    ratio: tuple[float, float] | None = None
    min_width: int = 1
    min_height: int = 1
    threads: bool = False
    link_card: bool = False
    first_comment: int | None = None
    """Longest first comment, where the network has one."""
    title: int | None = None
    """Longest title, where the network has one."""
    per_day: int | None = None
    kept: tuple[str, ...] = ()
    """Fields of its metadata that an edit keeps when it does not name them."""


NETWORKS = {
    network.service: network
    for network in (
        Network(
            "twitter",
            "Twitter / X",
            "twitter",
            280,
            counting.twitter,
            images=4,
            formats=_COMMON | {"GIF"},
            threads=True,
            per_day=100,
        ),
        Network(
            "instagram",
            "Instagram",
            "instagram",
            2196,
            counting.instagram,
            needs_text=False,
            needs_media="Instagram posts require at least one image or video.",
            mixes=True,
            formats=frozenset({"JPEG"}),
            ratio=(0.8, 1.91),
            min_width=150,
            min_height=150,
            first_comment=2196,
            per_day=50,
        ),
        Network(
            "facebook",
            "Facebook",
            "facebook",
            5000,
            needs_text=False,
            formats=_COMMON | {"GIF"},
            link_card=True,
            first_comment=5000,
            per_day=25,
        ),
        Network(
            "linkedin",
            "LinkedIn",
            "linkedin",
            3000,
            counting.linkedin,
            needs_text=False,
            images=9,
            documents=1,
            formats=_COMMON | {"GIF"},
            link_card=True,
            first_comment=1248,
            per_day=50,
        ),
        Network(
            "threads",
            "Threads",
            "threads",
            500,
            formats=frozenset({"JPEG", "PNG"}),
            threads=True,
            link_card=True,
            per_day=250,
        ),
        Network(
            "bluesky",
            "Bluesky",
            "bluesky",
            300,
            counting.graphemes,
            images=4,
            formats=_COMMON | {"GIF"},
            max_bytes=MEGABYTE,
            threads=True,
            link_card=True,
            per_day=100,
        ),
        Network(
            "mastodon",
            "Mastodon",
            "mastodon",
            500,
            counting.mastodon,
            images=4,
            formats=frozenset({"JPEG", "PNG", "GIF"}),
            threads=True,
            per_day=100,
        ),
        Network(
            "tiktok",
            "TikTok",
            "tiktok",
            2200,
            needs_text=False,
            needs_media="TikTok posts require at least one image or video.",
            title=90,
            per_day=25,
        ),
        Network(
            "youtube",
            "YouTube",
            "youtube",
            5000,
            needs_text=False,
            needs_media="YouTube posts require a video.",
            images=0,
            title=100,
            per_day=10,
            kept=("title", "categoryId"),
        ),
        Network(
            "pinterest",
            "Pinterest",
            "pinterest",
            500,
            needs_text=False,
            needs_media="Pinterest posts require at least one image or video.",
            images=1,
            # PNG was seen to be refused; JPEG worked.
            formats=frozenset({"JPEG", "WEBP", "GIF"}),
            title=100,
            per_day=25,
            kept=("boardServiceId",),
        ),
        Network(
            "googlebusiness",
            "Google Business Profile",
            "google",
            1500,
            needs_text=False,
            images=1,
            videos=0,
            min_width=250,
            min_height=250,
            title=58,
            per_day=50,
            kept=("type", "detailsWhatsNew", "detailsOffer", "detailsEvent"),
        ),
        Network("substack", "Substack", "substack", 5000, link_card=True),
    )
}
"""By Buffer's ``Service``. Startpage and WhatsApp take no posts."""
