"""One row of rules a network: text limits and counting, media, threads, daily limits.

Every check of content, media and schedule reads :data:`NETWORKS`. The emulator counts with
code of its own, so that it does not share the mistakes of the client it tests. Buffer's
guide: https://developers.buffer.com/guides/character-limits
"""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

from uniseg.graphemecluster import grapheme_clusters

from emulators.buffer.records import Post

_URL = re.compile(r"https?://\S+")
_MENTION = re.compile(r"(?<![=/\w])@(\w+(?:[.-]\w+)*)@[\w.-]+")
# Characters that X counts once; all others count twice.
_LIGHT = ((0, 0x10FF), (0x2000, 0x200D), (0x2010, 0x201F), (0x2032, 0x2037))


def utf16(text: str) -> int:
    """Count UTF-16 code units, Buffer's general rule. An emoji is two or more."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def utf8(text: str) -> int:
    """Count bytes; half of a surrogate pair is as long as the sign that replaces it."""
    return len(text.encode("utf-8", "surrogatepass"))


def instagram(text: str) -> int:
    """Count UTF-16 units, a line break twice."""
    return utf16(text) + text.count("\n")


def linkedin(text: str) -> int:
    """Count UTF-16 units, each link as 24."""
    return utf16(_URL.sub("u" * 24, text))


def graphemes(text: str) -> int:
    """Count what a reader calls characters."""
    return sum(1 for _ in grapheme_clusters(text))


def mastodon(text: str) -> int:
    """Count graphemes; a link is 23, ``@name@server`` is ``@name``."""
    return graphemes(_MENTION.sub(r"@\1", _URL.sub("u" * 23, text)))


def twitter(text: str) -> int:
    """Return the larger of UTF-16 units, as Buffer was seen to count, and X's weights.

    X's weights: https://docs.x.com/fundamentals/counting-characters
    """
    # X replaces every link with one of t.co, 23 characters long.
    flat = _URL.sub("u" * 23, unicodedata.normalize("NFC", text))
    # A variation selector belongs to the emoji before it.
    codes = [ord(sign) for sign in flat if sign != "\ufe0f"]
    light = sum(any(low <= code <= high for low, high in _LIGHT) for code in codes)
    return max(utf16(text), 2 * len(codes) - light)


_CASHTAG = re.compile(r"(?<!\w)\$[A-Za-z]{1,6}\b")
_PHONE = re.compile(r"(?<!\w)\+?\d[\d ()./-]{7,}\d(?!\w)")
_YOUTUBE_BYTES = 5000
_THREADS_LINKS = 5
_PHONE_DIGITS = 10


def network_refusal(post: Post) -> str | None:
    """Return the reason why a network refuses a post's text when it is published."""
    match post.service:
        case "twitter":
            texts = [post.text, *(item["text"] for item in post.thread[1:])]
            if any(len(_CASHTAG.findall(text)) > 1 for text in texts):
                return "X refused the post: it has more than one cashtag."
        case "youtube":
            return _youtube_refusal(post.text, post.metadata.get("title") or "")
        case "threads":
            # Threads counts each address once.
            if len(set(_URL.findall(post.text))) > _THREADS_LINKS:
                return "Threads refused the post: it has more than 5 links."
        case "googlebusiness":
            # Fewer digits are a date or a range of years, not a number to call.
            digits = (re.sub(r"\D", "", found) for found in _PHONE.findall(post.text))
            if any(len(found) >= _PHONE_DIGITS for found in digits):
                return "Google refused the post: its text has a phone number."
        case _:
            pass
    return None


def _youtube_refusal(text: str, title: str) -> str | None:
    if utf8(text) > _YOUTUBE_BYTES:
        return "YouTube refused the video: its description is over 5000 bytes."
    if any(sign in text + title for sign in "<>"):
        return "YouTube refused the video: its title or description has < or >."
    return None


MEGABYTE = 1_000_000
_COMMON = frozenset({"JPEG", "PNG", "WEBP"})


@dataclass(frozen=True, slots=True)
class Network:
    """The rules of one network."""

    service: str
    name: str
    """Its name in Buffer's messages."""
    key: str
    """Its key in post metadata."""
    limit: int
    count: Callable[[str], int] = utf16
    needs_text: bool = True
    """Whether a post with media alone is refused."""
    needs_media: str | None = None
    """The complaint about a post without media that the network requires."""
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
            twitter,
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
            instagram,
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
            linkedin,
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
            graphemes,
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
            mastodon,
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
"""Rules by Buffer's ``Service``. Startpage and WhatsApp take no posts."""
