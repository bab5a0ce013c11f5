"""What Buffer refuses in the content of a post, before it looks at any media.

Messages marked "seen" in the tests are Buffer's own; the rest follow their pattern.
"""

from collections.abc import Iterator
from urllib.parse import urlsplit

from emulators.buffer.content import Content, Item, Media
from emulators.buffer.counting import utf8
from emulators.buffer.demands import network_demands
from emulators.buffer.networks import Network
from emulators.buffer.records import Json

TEXT_REQUIRED = "Text is required"
MAX_THREAD = 25
_BLUESKY_BYTES = 3000


def lacks_text(content: Content, network: Network) -> bool:
    """Whether the post is refused for want of text alone."""
    if content.text.strip():
        return False
    if network.needs_text:
        return not content.thread or not content.thread[0].media
    return not (network.needs_media or content.media or content.link)


def complaints(content: Content, network: Network, channel: Json) -> list[str]:
    """Everything wrong with the content, in Buffer's order: media, fields, text."""
    return [
        *network_demands(content, network, channel),
        *_assets(content.media, network),
        *_link(content, network),
        *_lengths(content, network, channel),
        *_thread(content, network, channel),
    ]


def _assets(media: tuple[Media, ...], network: Network) -> Iterator[str]:
    counts = {kind: _count(media, kind) for kind in ("image", "video", "document")}
    allowed = {
        "image": network.images,
        "video": network.videos,
        "document": network.documents,
    }
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


def _count(media: tuple[Media, ...], kind: str) -> int:
    return sum(one.kind == kind for one in media)


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
    limit = text_limit(network, channel)
    counted = content.metadata.get("spoilerText") or ""
    if network.count(counted + content.text) > limit or _too_many_bytes(
        content.text, network
    ):
        yield f"{network.name} posts cannot exceed {limit} characters."
    comment = content.metadata.get("firstComment") or ""
    longest = network.first_comment
    if longest and network.count(comment) > longest:
        yield f"{network.name} first comments cannot exceed {longest} characters."
    for title in _titles(content.metadata):
        if network.title and len(title) > network.title:
            yield f"{network.name} titles cannot exceed {network.title} characters."


def _titles(metadata: Json) -> list[str]:
    details: list[Json] = [metadata.get(f"details{kind}") or {} for kind in _DETAILS]
    titles: list[str | None] = [one.get("title") for one in (metadata, *details)]
    return [title for title in titles if title]


_DETAILS = ("Event", "Offer")


def text_limit(network: Network, channel: Json) -> int:
    """Longest text on a channel; a Mastodon server sets its own."""
    if network.service == "mastodon":
        return int(channel["metadata"]["maxCharacters"])
    return network.limit


def _too_many_bytes(text: str, network: Network) -> bool:
    return network.service == "bluesky" and utf8(text) > _BLUESKY_BYTES


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
    limit = text_limit(network, channel)
    if any(network.count(item.text) > limit for item in content.thread[1:]):
        yield f"{network.name} posts cannot exceed {limit} characters."
    for number, item in enumerate(content.thread, 1):
        yield from _item(number, item, content, network)


def _item(number: int, item: Item, content: Content, network: Network) -> Iterator[str]:
    if not item.text.strip() and not item.media:
        yield f"Thread item {number} requires text or an asset."
    if item.link and item.media:
        yield "Link attachments cannot be combined with other assets."
    if any(key != network.key and value for key, value in item.metadata.items()):
        yield f"Thread item {number} metadata must use the key {network.key}."
    if item.media != content.media:
        yield from _assets(item.media, network)
