"""A post's card on the calendar page: its text in parts, its media, and facts beside it.

:mod:`emulators.buffer.page` makes one of each post; the template shows it.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import cast
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from emulators.buffer.networks import NETWORKS
from emulators.buffer.records import SECOND, Json, Post
from emulators.buffer.schedule import needs_reminder

STATUS_WORDS = {
    "draft": "draft",
    "needs_approval": "waiting for approval",
    "scheduled": "scheduled",
    "sending": "sending",
    "sent": "sent",
    "error": "failed",
}
"""The words for each status, in the order in which the page counts them."""
_MEDIA_FIRST = {"instagram", "tiktok", "pinterest", "youtube"}
_SHORTENING = {"twitter", "bluesky", "mastodon", "threads"}
"""Networks that show a link without its scheme, and cut short."""
_UNLINKED = {"instagram", "tiktok"}
_LONGEST_LINK = 30
_TRAILING = ".,;:!?)]}'\u2019\u201d"
_PART = re.compile(
    r"(?P<link>https?://[^\s<>\"]+)"
    r"|(?P<tag>(?<![\w&#])#\w+)"
    r"|(?P<mention>(?<![\w@/])@\w[\w.-]*(?:@[\w.-]+\w)?)"
)
_NAMED = {
    "topic": "Topic: {}",
    "locationName": "Place: {}",
    "privacy": "Visibility: {}",
    "link": "Shop link: {}",
    "url": "Leads to {}",
}
_FLAGS = {"isAiGenerated": "Marked as made with AI", "madeForKids": "Made for children"}


@dataclass(frozen=True, slots=True)
class Part:
    """A run of text; ``href`` makes it a link that can be followed."""

    kind: str
    """words, link, tag or mention"""
    text: str
    href: str | None = None


@dataclass(frozen=True, slots=True)
class Shot:
    """One picture, video or document."""

    kind: str
    src: str
    """The path under which the emulator passes it on."""
    alt: str
    title: str
    width: int
    height: int
    """Its known shape; a video that is not measured yet counts as upright."""


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
    """The next step of a person or of the queue; empty for most."""
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
    """Return the card of a post; ``clock`` is its time in the reader's zone."""
    own = post.metadata
    kinds = ("detailsWhatsNew", "detailsOffer", "detailsEvent")
    found: list[Json] = [own[kind] for kind in kinds if own.get(kind)]
    details: Json = found[0] if found else {}
    network = NETWORKS[post.service]
    title = own.get("title") or details.get("title") or ""
    button: str = details.get("button") or "none"
    status = STATUS_WORDS[post.status]
    if post.status == "scheduled" and needs_reminder(post, channel):
        status = "reminder sent" if post.notified else "reminder"
    # The first item of a thread repeats the post's own text and media.
    items = post.thread or [{"text": post.text, "assets": post.assets, "link": post.link}]
    return Card(
        id=post.id,
        service=post.service,
        network=network.name,
        name=channel["displayName"] or channel["name"],
        handle=channel["name"],
        status=post.status,
        status_words=status,
        clock=clock,
        note=_note(post, channel),
        media_first=post.service in _MEDIA_FIRST,
        kind="" if own.get("type") in {None, "post"} else own["type"].replace("_", " "),
        title=title,
        spoiler=own.get("spoilerText") or "",
        facts=_facts(post, details, channel),
        button="" if button == "none" else button.replace("_", " ").capitalize(),
        first_comment=parts_of(own.get("firstComment") or "", post.service),
        items=[_item(post, one["text"], one["assets"], one["link"]) for one in items],
        error=post.error["message"] if post.error else "",
        # One line in the month's grid; a post may have neither text nor title.
        summary=" ".join((post.text or title).split())[:80] or network.name,
    )


def _note(post: Post, channel: Json) -> str:
    if post.published_by_hand:
        return "A person published this one from a reminder."
    if post.status == "needs_approval":
        return "Goes out once a person approves it in Buffer."
    if post.status != "scheduled":
        return ""
    if post.notified:
        return "The reminder went out. A person still has to publish this one."
    if needs_reminder(post, channel):
        return "A person publishes this one from a reminder."
    return "Waits: the queue of this channel is paused." if channel["isQueuePaused"] else ""


def _item(post: Post, text: str, assets: list[Json], link: Json | None) -> Item:
    card = None
    if link is not None:
        url: str = link["url"]
        host = urlsplit(url).hostname or url
        card = LinkCard(link.get("title") or host, link.get("description") or "", host, url)
    return Item(parts_of(text, post.service), [_shot(post, asset) for asset in assets], card)


def _shot(post: Post, asset: Json) -> Shot:
    metadata: Json = asset["fields"].get("metadata") or {}
    known: Json = asset.get("video") or asset
    # Without a size the browser would move the page when the file arrives.
    width, height = known.get("width") or 9, known.get("height") or 16
    return Shot(
        kind=asset["kind"],
        src=f"/_emulator/media/{post.id}/{asset['id']}",
        alt=metadata.get("altText") or "",
        title=metadata.get("title") or asset["fields"].get("title") or "",
        width=width,
        height=height,
    )


def parts_of(text: str, service: str) -> list[Part]:
    """Split a text into words, links, tags and mentions, as its network marks them."""
    parts: list[Part] = []
    done = 0
    for match in _PART.finditer(text):
        kind, found = match.lastgroup or "words", match[0]
        if kind == "link":
            # The full stop after a link belongs to the sentence.
            found = found.rstrip(_TRAILING)
        if match.start() > done:
            parts.append(Part("words", text[done : match.start()]))
        parts.append(_link_part(found, service) if kind == "link" else Part(kind, found))
        done = match.start() + len(found)
    if done < len(text):
        parts.append(Part("words", text[done:]))
    return parts


def _link_part(url: str, service: str) -> Part:
    if service in _UNLINKED:
        # These networks do not make links of addresses in a caption.
        return Part("words", url)
    if service not in _SHORTENING:
        return Part("link", url, url)
    bare = url.split("://", 1)[1].removeprefix("www.")
    if len(bare) > _LONGEST_LINK:
        bare = bare[: _LONGEST_LINK - 1] + "\u2026"
    return Part("link", bare, url)


def _facts(post: Post, details: Json, channel: Json) -> list[str]:
    """Return what a post has beside its text; ``details`` are those of Google Business."""
    own = post.metadata
    found: list[str] = []
    board = own.get("boardServiceId")
    if board:
        settings: Json = channel["metadata"] or {}
        boards = cast("list[Json]", settings.get("boards") or [])
        names = [one["name"] for one in boards if one["serviceId"] == board]
        found.append(f"Board: {names[0] if names else board}")
    found += [words.format(own[name]) for name, words in _NAMED.items() if own.get(name)]
    found += [words for name, words in _FLAGS.items() if own.get(name)]
    if own.get("retweet"):
        found.append(f"Quotes post {own['retweet']['id']}")
    tagged: list[str] = []
    for asset in post.all_assets():
        metadata: Json = asset["fields"].get("metadata") or {}
        tags: list[Json] = metadata.get("userTags") or []
        tagged += [f"@{tag['handle'].removeprefix('@')}" for tag in tags]
    if tagged:
        found.append("Tagged: " + ", ".join(dict.fromkeys(tagged)))
    found += _google_facts(details, ZoneInfo(channel["timezone"]))
    if post.external_link:
        found.append(f"On the network at {post.external_link}")
    return found


def _google_facts(details: Json, zone: ZoneInfo) -> Iterator[str]:
    def written(instant: int) -> str:
        local = datetime.fromtimestamp(instant / SECOND, zone)
        # Google takes no hours for a whole day.
        hour = "" if details.get("isFullDayEvent") else f"{local:, %H:%M}"
        return f"{local.day} {local:%B %Y}{hour}"

    start, end = details.get("startDate"), details.get("endDate")
    if start and end:
        yield f"From {written(start)} to {written(end)}"
    if details.get("code"):
        yield f"Code: {details['code']}"
    if details.get("terms"):
        yield f"Terms: {details['terms']}"
