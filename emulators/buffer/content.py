"""The content of a post: taken from the input, and checked as Buffer checks it.

``create`` and ``edit`` collect all complaints before a post is saved. The fields and media
that each network requires are on the pages under https://developers.buffer.com/types/ .
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from emulators.buffer.networks import Network, utf8
from emulators.buffer.records import Json, Post


@dataclass(frozen=True, slots=True)
class Media:
    """An asset of the input: its kind, its address, and the other fields."""

    kind: str
    url: str
    fields: Json


@dataclass(frozen=True, slots=True)
class Item:
    """One post of a thread."""

    text: str
    media: tuple[Media, ...]
    metadata: Json
    link: Json | None


@dataclass(frozen=True, slots=True)
class Content:
    """Text, media, and the settings under the channel's own metadata key."""

    text: str
    media: tuple[Media, ...]
    metadata: Json
    thread: tuple[Item, ...]
    link: Json | None

    def all_media(self) -> list[Media]:
        """Return the media of the post, then those that only its thread has."""
        seen = list(self.media)
        # The first item usually repeats the media of the post.
        seen += [m for item in self.thread for m in item.media if m not in seen]
        return seen


def content_of_input(given: Json, network: Network) -> Content:
    """Return the content of a ``CreatePostInput``."""
    media, card = _media(given.get("assets") or [])
    settings: Json = given.get("metadata") or {}
    metadata: Json = settings.get(network.key) or {}
    thread: list[Json] = metadata.get("thread") or []
    return Content(
        given.get("text") or "",
        media,
        metadata,
        tuple(_item(item, network) for item in thread),
        metadata.get("linkAttachment") or card,
    )


def content_of_post(post: Post) -> Content:
    """Return the content of a stored post."""

    def stored(assets: list[Json]) -> tuple[Media, ...]:
        return tuple(Media(one["kind"], one["url"], one["fields"]) for one in assets)

    return Content(
        post.text,
        stored(post.assets),
        post.metadata,
        tuple(
            Item(item["text"], stored(item["assets"]), item["metadata"], item["link"])
            for item in post.thread
        ),
        post.link,
    )


def edited(content: Content, given: Json, network: Network) -> Content:
    """Apply an ``EditPostInput``: an omitted field stays, null or empty clears it.

    Metadata is the exception, as clients have seen it: settings that are not sent again are
    lost, the thread and the link card too. Only the required fields that Buffer documents as
    kept on Google Business, Pinterest and YouTube stay.
    """
    media, card = content.media, None
    if "assets" in given:
        media, card = _media(given["assets"] or [])
    sent = content_of_input({"metadata": given.get("metadata")}, network)
    known = content.metadata
    kept = {name: known[name] for name in network.kept if name in known}
    return Content(
        given["text"] or "" if "text" in given else content.text,
        media,
        {**kept, **sent.metadata},
        sent.thread,
        sent.link or card,
    )


def _media(given: list[Json]) -> tuple[tuple[Media, ...], Json | None]:
    """Return the media in order, and the link card of the deprecated ``link`` entry."""
    media: list[Media] = []
    card: Json | None = None
    for entry in given:
        # A GraphQL @oneOf input: exactly one kind is given.
        ((kind, fields),) = entry.items()
        if kind == "link":
            thumbnail = fields.get("thumbnailUrl")
            card = {**fields, "thumbnail": {"url": thumbnail} if thumbnail else None}
        else:
            rest = {name: value for name, value in fields.items() if name != "url"}
            media.append(Media(kind, fields["url"], rest))
    return tuple(media), card


def _item(given: Json, network: Network) -> Item:
    media, card = _media(given.get("assets") or [])
    metadata: dict[str, Any] = given.get("metadata") or {}
    own: Json = metadata.get(network.key) or {}
    return Item(given.get("text") or "", media, metadata, own.get("linkAttachment") or card)


YOUTUBE_CATEGORIES = {"1", "2", "10", "15", "17", "19", "20"} | {
    str(number) for number in range(22, 30)
}
_POST_TYPES = {"post", "story", "reel"}
# "call" dials the number of the business profile.
_BUTTONS_WITHOUT_LINK = {None, "none", "call"}


def _network_complaints(content: Content, network: Network, channel: Json) -> Iterator[str]:
    """Yield complaints about fields and media that the network requires or refuses."""
    kinds = {media.kind for media in content.media}
    # A document does not count as media that a network requires.
    wanted = {"video"} if network.service == "youtube" else {"image", "video"}
    if network.needs_media and not kinds & wanted:
        yield network.needs_media
    match network.service:
        case "instagram" | "facebook":
            yield from _meta(content.metadata, network.name, kinds)
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


def _meta(metadata: Json, name: str, kinds: set[str]) -> Iterator[str]:
    """Yield the complaints of Instagram and Facebook, whose posts have a type."""
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
        yield "Google Business Profile posts require a type (what's new, offer, or event)."
        return
    name = {"whats_new": "WhatsNew", "offer": "Offer", "event": "Event"}[kind]
    details = metadata.get(f"details{name}")
    if details is None:
        yield f"Google Business Profile {kind} posts require details{name}."
        return
    if kind in {"offer", "event"}:
        for words, field in (
            ("a title", "title"),
            ("a start date", "startDate"),
            ("an end date", "endDate"),
        ):
            if not details.get(field):
                yield f"Google Business Profile {kind} posts require {words}."
        start, end = details.get("startDate"), details.get("endDate")
        if start and end and end < start:
            yield f"Google Business Profile {kind} posts must end after they start."
    if details.get("button") not in _BUTTONS_WITHOUT_LINK and not details.get("link"):
        yield "Google Business Profile buttons require a link."


TEXT_REQUIRED = "Text is required"
MAX_THREAD = 25
# Bluesky limits graphemes and bytes: many emoji reach the second limit first.
_BLUESKY_BYTES = 3000


def lacks_text(content: Content, network: Network) -> bool:
    """Return whether the post is refused only because it has no text."""
    if content.text.strip():
        return False
    # A thread may begin with a picture alone.
    if network.needs_text:
        return not content.thread or not content.thread[0].media
    return not (network.needs_media or content.media or content.link)


def complaints(content: Content, network: Network, channel: Json) -> list[str]:
    """Return every complaint about the content, in Buffer's order: media, fields, text."""
    return [
        *_network_complaints(content, network, channel),
        *_assets(content.media, network),
        *_link(content, network),
        *_lengths(content, network, channel),
        *_thread(content, network, channel),
    ]


def _assets(media: tuple[Media, ...], network: Network) -> Iterator[str]:
    kinds = [one.kind for one in media]
    counts = {kind: kinds.count(kind) for kind in ("image", "video", "document")}
    allowed = {"image": network.images, "video": network.videos, "document": network.documents}
    for kind, count in counts.items():
        if count and not allowed[kind]:
            yield f"{network.name} posts do not support {kind}s."
        elif count > allowed[kind]:
            yield f"{network.name} posts cannot have more than {allowed[kind]} {kind}s."
    if sum(count > 0 for count in counts.values()) > 1 and not network.mixes:
        yield f"{network.name} posts cannot mix images and videos."
    for one in media:
        yield from _asset(one)


def _asset(media: Media) -> Iterator[str]:
    if media.kind == "video" and media.fields.get("thumbnailUrl"):
        yield "Video assets do not support thumbnailUrl, use thumbnailOffset instead."
    metadata: Json = media.fields.get("metadata") or {}
    tags: list[Json] = metadata.get("userTags") or []
    if not all(0 <= tag[side] <= 1 for tag in tags for side in ("x", "y")):
        yield "User tag positions must be between 0 and 1."
    if (metadata.get("thumbnailOffset") or 0) < 0:
        yield "Video thumbnailOffset cannot be negative."
    for url in (media.url, media.fields.get("thumbnailUrl")):
        if url is not None and not _is_web_address(url):
            yield f"{media.kind.capitalize()} url must be a valid http or https URL."


def _is_web_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname)


def _link(content: Content, network: Network) -> Iterator[str]:
    if content.link is None:
        return
    if content.media:
        yield "Link attachments cannot be combined with other assets."
    if not network.link_card:
        yield f"{network.name} posts do not support link attachments."
    elif not _is_web_address(content.link["url"]):
        yield "Link attachment url must be a valid http or https URL."


def _lengths(content: Content, network: Network, channel: Json) -> Iterator[str]:
    limit = _text_limit(network, channel)
    # Mastodon counts the content warning with the text.
    spoiler = content.metadata.get("spoilerText") or ""
    too_many_bytes = network.service == "bluesky" and utf8(content.text) > _BLUESKY_BYTES
    if network.count(spoiler + content.text) > limit or too_many_bytes:
        yield f"{network.name} posts cannot exceed {limit} characters."
    comment = content.metadata.get("firstComment") or ""
    longest = network.first_comment
    if longest and network.count(comment) > longest:
        yield f"{network.name} first comments cannot exceed {longest} characters."
    names = ("detailsEvent", "detailsOffer")
    details: list[Json] = [content.metadata.get(name) or {} for name in names]
    for one in (content.metadata, *details):
        if network.title and len(one.get("title") or "") > network.title:
            yield f"{network.name} titles cannot exceed {network.title} characters."


def _text_limit(network: Network, channel: Json) -> int:
    """Return the longest text on a channel; a Mastodon server sets its own."""
    if network.service == "mastodon":
        return int(channel["metadata"]["maxCharacters"])
    return network.limit


def _thread(content: Content, network: Network, channel: Json) -> Iterator[str]:
    if not content.thread:
        return
    if not network.threads:
        yield f"{network.name} posts do not support threads."
        return
    if content.thread[0].text != content.text:
        yield "Text must match the text of the first thread item."
    if len(content.thread) > MAX_THREAD:
        yield f"Threads cannot have more than {MAX_THREAD} posts."
    limit = _text_limit(network, channel)
    if any(network.count(item.text) > limit for item in content.thread[1:]):
        yield f"{network.name} posts cannot exceed {limit} characters."
    for number, item in enumerate(content.thread, 1):
        yield from _thread_item(number, item, network)
        # The first item usually repeats the post's own media, which were checked already.
        if item.media != content.media:
            yield from _assets(item.media, network)


def _thread_item(number: int, item: Item, network: Network) -> Iterator[str]:
    if not item.text.strip() and not item.media:
        yield f"Thread item {number} requires text or an asset."
    if item.link and item.media:
        yield "Link attachments cannot be combined with other assets."
    if any(key != network.key and value for key, value in item.metadata.items()):
        yield f"Thread item {number} metadata must use the key {network.key}."
