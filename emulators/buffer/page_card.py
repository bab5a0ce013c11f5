"""One post as the page shows it: what a reader of its network would see."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from emulators.buffer.networks import NETWORKS
from emulators.buffer.page_facts import facts_of
from emulators.buffer.page_text import Part, parts_of
from emulators.buffer.records import Json, Post
from emulators.buffer.schedule import by_hand

MEDIA_FIRST = {"instagram", "tiktok", "pinterest", "youtube"}
STATUS_WORDS = {
    "draft": "draft",
    "needs_approval": "waiting for approval",
    "scheduled": "scheduled",
    "sending": "sending",
    "sent": "sent",
    "error": "failed",
}
"""Each status in the order the page counts them, as it words them."""


@dataclass(frozen=True, slots=True)
class Shot:
    """One picture, video or document."""

    kind: str
    src: str
    """Where the emulator hands it on."""
    alt: str
    title: str
    width: int
    height: int
    """What is known of its shape; a video not yet measured counts as upright."""


@dataclass(frozen=True, slots=True)
class LinkCard:
    """The preview of a link."""

    title: str
    text: str
    host: str
    href: str


@dataclass(frozen=True, slots=True)
class Item:
    """A post, or one post of a thread."""

    parts: list[Part]
    shots: list[Shot]
    card: LinkCard | None


@dataclass(frozen=True, slots=True)
class Card:
    """A post with all that the page says about it."""

    id: str
    service: str
    network: str
    name: str
    handle: str
    status: str
    status_words: str
    clock: str
    note: str
    """What a person still has to do, or did; empty for most."""
    media_first: bool
    kind: str
    title: str
    spoiler: str
    facts: list[str]
    button: str
    first_comment: list[Part]
    items: list[Item]
    error: str
    summary: str


def card_of(post: Post, channel: Json, clock: str) -> Card:
    """Show a post, with its time already written for the reader's zone."""
    own = post.metadata
    details = _details(own)
    network = NETWORKS[post.service]
    title = own.get("title") or details.get("title") or ""
    return Card(
        id=post.id,
        service=post.service,
        network=network.name,
        name=channel["displayName"] or channel["name"],
        handle=channel["name"],
        status=post.status,
        status_words=_status(post, channel),
        clock=clock,
        note=_note(post, channel),
        media_first=post.service in MEDIA_FIRST,
        kind="" if own.get("type") in {None, "post"} else own["type"].replace("_", " "),
        title=title,
        spoiler=own.get("spoilerText") or "",
        facts=facts_of(post, details, channel),
        button=_button(details),
        first_comment=parts_of(own.get("firstComment") or "", post.service),
        items=_items(post),
        error=post.error["message"] if post.error else "",
        summary=" ".join((post.text or title).split())[:80] or network.name,
    )


def _status(post: Post, channel: Json) -> str:
    if post.status == "scheduled" and by_hand(post, channel):
        return "reminder sent" if post.notified else "reminder"
    return STATUS_WORDS[post.status]


def _note(post: Post, channel: Json) -> str:
    if post.published_by_hand:
        return "A person published this one from a reminder."
    if post.status == "needs_approval":
        return "Goes out once a person approves it in Buffer."
    if post.status != "scheduled":
        return ""
    if post.notified:
        return "The reminder went out. A person still has to publish this one."
    if by_hand(post, channel):
        return "A person publishes this one from a reminder."
    return "Waits: the queue of this channel is paused." if channel[_PAUSED] else ""


_PAUSED = "isQueuePaused"


def _details(own: Json) -> Json:
    kinds = ("detailsWhatsNew", "detailsOffer", "detailsEvent")
    found: list[Json] = [own[kind] for kind in kinds if own.get(kind)]
    return found[0] if found else {}


def _button(details: Json) -> str:
    wanted: str = details.get("button") or "none"
    return "" if wanted == "none" else wanted.replace("_", " ").capitalize()


def _items(post: Post) -> list[Item]:
    if not post.thread:
        return [_item(post, post.text, post.assets, post.link)]
    return [_item(post, one["text"], one["assets"], one["link"]) for one in post.thread]


def _item(post: Post, text: str, assets: list[Json], link: Json | None) -> Item:
    return Item(
        parts_of(text, post.service),
        [_shot(post, asset) for asset in assets],
        _card(link),
    )


def _shot(post: Post, asset: Json) -> Shot:
    metadata: Json = asset["fields"].get("metadata") or {}
    known: Json = asset.get("video") or asset
    width, height = known.get("width") or 9, known.get("height") or 16
    return Shot(
        kind=asset["kind"],
        src=f"/_emulator/media/{post.id}/{asset['id']}",
        alt=metadata.get("altText") or "",
        title=metadata.get("title") or asset["fields"].get("title") or "",
        width=width,
        height=height,
    )


def _card(link: Json | None) -> LinkCard | None:
    if link is None:
        return None
    url: str = link["url"]
    host = urlsplit(url).hostname or url
    return LinkCard(link.get("title") or host, link.get("description") or "", host, url)
