"""What the page says under a post in a few words: board, topic, dates, people."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import cast
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from emulators.buffer.networks import NETWORKS
from emulators.buffer.records import SECOND, Json, Post
from emulators.buffer.schedule import by_hand

_NAMED = {
    "topic": "Topic: {}",
    "locationName": "Place: {}",
    "privacy": "Visibility: {}",
    "link": "Shop link: {}",
    "url": "Leads to {}",
}
_FLAGS = {"isAiGenerated": "Marked as made with AI", "madeForKids": "Made for children"}


def facts_of(post: Post, details: Json, channel: Json) -> list[str]:
    """Say what a post has beside its text; ``details`` are those of Google Business."""
    own = post.metadata
    found = [words.format(own[name]) for name, words in _NAMED.items() if own.get(name)]
    found += [words for name, words in _FLAGS.items() if own.get(name)]
    if own.get("retweet"):
        found.append(f"Quotes post {own['retweet']['id']}")
    return [
        *_board(own, channel),
        *found,
        *_people(post),
        *_google(details, ZoneInfo(channel["timezone"])),
        *([f"On the network at {post.external_link}"] if post.external_link else []),
    ]


def _board(own: Json, channel: Json) -> Iterator[str]:
    board = own.get("boardServiceId")
    if board:
        settings: Json = channel["metadata"] or {}
        boards = cast("list[Json]", settings.get("boards") or [])
        names = [one["name"] for one in boards if one["serviceId"] == board]
        yield f"Board: {names[0] if names else board}"


def _people(post: Post) -> Iterator[str]:
    tagged: list[str] = []
    for asset in post.all_assets():
        metadata: Json = asset["fields"].get("metadata") or {}
        tags: list[Json] = metadata.get("userTags") or []
        tagged += [f"@{tag['handle'].removeprefix('@')}" for tag in tags]
    if tagged:
        yield "Tagged: " + ", ".join(dict.fromkeys(tagged))


def _google(details: Json, zone: ZoneInfo) -> Iterator[str]:
    ends = [details.get("startDate"), details.get("endDate")]
    if all(ends):
        whole = bool(details.get("isFullDayEvent"))
        start, end = (_date(cast("int", one), zone, whole=whole) for one in ends)
        yield f"From {start} to {end}"
    if details.get("code"):
        yield f"Code: {details['code']}"
    if details.get("terms"):
        yield f"Terms: {details['terms']}"


def _date(instant: int, zone: ZoneInfo, *, whole: bool) -> str:
    local = datetime.fromtimestamp(instant / SECOND, zone)
    return f"{local.day} {local:%B %Y}" + ("" if whole else f"{local:, %H:%M}")


_PART = re.compile(
    r"(?P<link>https?://[^\s<>\"]+)"
    r"|(?P<tag>(?<![\w&#])#\w+)"
    r"|(?P<mention>(?<![\w@/])@\w[\w.-]*(?:@[\w.-]+\w)?)"
)
_TRAILING = ".,;:!?)]}'\u2019\u201d"
_SHORTENING = {"twitter", "bluesky", "mastodon", "threads"}
_UNLINKED = {"instagram", "tiktok"}
_LONGEST_LINK = 30


@dataclass(frozen=True, slots=True)
class Part:
    """A run of text; ``href`` makes it a link that can be followed."""

    kind: str
    """words, link, tag or mention"""
    text: str
    href: str | None = None


def parts_of(text: str, service: str) -> list[Part]:
    """Split a text; the parts of a network that shortens links show them short."""
    parts: list[Part] = []
    done = 0
    for match in _PART.finditer(text):
        kind, found = match.lastgroup or "words", match[0]
        if kind == "link":
            found = found.rstrip(_TRAILING)
        if match.start() > done:
            parts.append(Part("words", text[done : match.start()]))
        parts.append(_link(found, service) if kind == "link" else Part(kind, found))
        done = match.start() + len(found)
    if done < len(text):
        parts.append(Part("words", text[done:]))
    return parts


def _link(url: str, service: str) -> Part:
    if service in _UNLINKED:
        return Part("words", url)
    if service not in _SHORTENING:
        return Part("link", url, url)
    bare = url.split("://", 1)[1].removeprefix("www.")
    if len(bare) > _LONGEST_LINK:
        bare = bare[: _LONGEST_LINK - 1] + "\u2026"
    return Part("link", bare, url)


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
    return Item(parts_of(text, post.service), [_shot(post, asset) for asset in assets], _card(link))


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
