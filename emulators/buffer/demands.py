"""The fields and media that each network insists on.

Sources: the type pages under https://developers.buffer.com/types/ , one a network.
"""

from collections.abc import Iterator

from emulators.buffer.content import Content
from emulators.buffer.networks import Network
from emulators.buffer.records import Json

YOUTUBE_CATEGORIES = {"1", "2", "10", "15", "17", "19", "20"} | {
    str(number) for number in range(22, 30)
}
_POST_TYPES = {"post", "story", "reel"}
_BUTTONS_WITHOUT_LINK = {None, "none", "call"}


def network_demands(content: Content, network: Network, channel: Json) -> Iterator[str]:
    """Complain about what the channel's network needs and the post does not have."""
    kinds = {media.kind for media in content.media}
    wanted = {"video"} if network.service == "youtube" else {"image", "video"}
    if network.needs_media and not kinds & wanted:
        yield network.needs_media
    match network.service:
        case "instagram" | "facebook":
            yield from _typed(content.metadata, network.name, kinds)
        case "youtube":
            yield from _youtube(content.metadata)
        case "pinterest":
            yield from _pinterest(content.metadata, channel)
        case "tiktok":
            yield from _tiktok(content.metadata, kinds)
        case "googlebusiness":
            yield from _google(content.metadata)
        case _:
            return


def _typed(metadata: Json, name: str, kinds: set[str]) -> Iterator[str]:
    kind = metadata.get("type")
    if kind not in _POST_TYPES:
        yield f"{name} posts require a type (post, story, or reel)."
    elif kind == "reel" and "video" not in kinds:
        yield f"{name} reels require a video."
    elif kind == "story" and not kinds:
        yield f"{name} stories require an image or video."
    if kind == "story" and metadata.get("firstComment"):
        yield f"{name} stories do not support a first comment."


def _youtube(metadata: Json) -> Iterator[str]:
    if not (metadata.get("title") or "").strip():
        yield "YouTube posts require a title."
    category = metadata.get("categoryId")
    if not category:
        yield "YouTube posts require a category."
    elif category not in YOUTUBE_CATEGORIES:
        yield "YouTube posts require a valid category."


def _pinterest(metadata: Json, channel: Json) -> Iterator[str]:
    board = metadata.get("boardServiceId")
    if not board:
        yield "Pinterest posts require a board."
    elif board not in {one["serviceId"] for one in channel["metadata"]["boards"]}:
        yield "Pinterest posts require a board of the channel."


def _tiktok(metadata: Json, kinds: set[str]) -> Iterator[str]:
    if metadata.get("title") and kinds == {"video"}:
        yield "TikTok video posts do not support a title."
    if metadata.get("isAiGenerated") and "video" not in kinds:
        yield "TikTok photo posts do not support an AI disclosure."


def _google(metadata: Json) -> Iterator[str]:
    kind = metadata.get("type")
    if kind is None:
        yield (
            "Google Business Profile posts require a type"
            " (what's new, offer, or event)."
        )
        return
    name = {"whats_new": "WhatsNew", "offer": "Offer", "event": "Event"}[kind]
    details = metadata.get(f"details{name}")
    if details is None:
        yield f"Google Business Profile {kind} posts require details{name}."
        return
    if kind in {"offer", "event"}:
        yield from _google_dates(kind, details)
    if details.get("button") not in _BUTTONS_WITHOUT_LINK and not details.get("link"):
        yield "Google Business Profile buttons require a link."


def _google_dates(kind: str, details: Json) -> Iterator[str]:
    for name, field in (
        ("a title", "title"),
        ("a start date", "startDate"),
        ("an end date", "endDate"),
    ):
        if not details.get(field):
            yield f"Google Business Profile {kind} posts require {name}."
    start, end = details.get("startDate"), details.get("endDate")
    if start and end and end < start:
        yield f"Google Business Profile {kind} posts must end after they start."
