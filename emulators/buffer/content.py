"""What a caller wants posted, taken from createPost or editPost input."""

from dataclasses import dataclass
from typing import Any

from emulators.buffer.networks import Network
from emulators.buffer.records import Json, Post


@dataclass(frozen=True, slots=True)
class Media:
    """One asset as given: its kind, its address, and the other fields."""

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
    """Text, media and the settings under the channel's own metadata key."""

    text: str
    media: tuple[Media, ...]
    metadata: Json
    thread: tuple[Item, ...]
    link: Json | None

    def all_media(self) -> list[Media]:
        """Media of the post, then those only the thread's items have."""
        seen = list(self.media)
        seen += [m for item in self.thread for m in item.media if m not in seen]
        return seen


def content_of_input(given: Json, network: Network) -> Content:
    """Take the content out of a ``CreatePostInput``."""
    media, card = _media(given.get("assets") or [])
    metadata = _own(given.get("metadata"), network)
    thread: list[Json] = metadata.get("thread") or []
    return Content(
        given.get("text") or "",
        media,
        metadata,
        tuple(_item(item, network) for item in thread),
        metadata.get("linkAttachment") or card,
    )


def content_of_post(post: Post) -> Content:
    """The content an existing post has."""
    return Content(
        post.text,
        tuple(_stored(asset) for asset in post.assets),
        post.metadata,
        tuple(
            Item(
                item["text"],
                tuple(_stored(asset) for asset in item["assets"]),
                item["metadata"],
                item["link"],
            )
            for item in post.thread
        ),
        post.link,
    )


def edited(content: Content, given: Json, network: Network) -> Content:
    """Apply an ``EditPostInput``: what is omitted stays, null or empty clears.

    Metadata is the exception, as clients have seen it: what is not sent again is lost,
    the thread and the link card too, but for the required fields that Buffer documents
    as kept on Google Business, Pinterest and YouTube.
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


def _own(metadata: Json | None, network: Network) -> Json:
    return (metadata or {}).get(network.key) or {}


def _media(given: list[Json]) -> tuple[tuple[Media, ...], Json | None]:
    """Media in order, and the link card of the deprecated ``link`` entry."""
    media: list[Media] = []
    card: Json | None = None
    for entry in given:
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
    return Item(
        given.get("text") or "", media, metadata, own.get("linkAttachment") or card
    )


def _stored(asset: Json) -> Media:
    return Media(asset["kind"], asset["url"], asset["fields"])
