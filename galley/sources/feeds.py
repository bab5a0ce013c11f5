"""RSS and Atom feeds: their items, each with its text, audio and transcripts.

The feed activities call it. feedparser reads every version of RSS and Atom, and broken ones. Of
several ``podcast:transcript`` elements it keeps one, so those are read beside it.
"""

import hashlib
import io
import re
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, cast
from urllib.parse import urljoin, urlsplit

import feedparser
from defusedxml import DefusedXmlException, ElementTree

from galley.models.base import Model
from galley.sources.html import line_of_html, prose_of_html
from galley.sources.identity import normalise_url
from galley.sources.markdown import language_tag
from galley.sources.text import SourceError, clean_line

_PODCAST = "https://podcastindex.org/namespace/1.0"
_TRANSCRIPT = f"{{{_PODCAST}}}transcript"
_MAX_TRANSCRIPTS = 20
_ADDRESS = 2048
MAX_ITEMS = 1_000
"""Of a feed; the rest is not read."""
# After the XML declaration, comments and a document type.
_ROOT = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*(?:<[?!](?:[^<>\[]|\[[^\]]*\])*>\s*)*<(?:rss|feed|rdf:rdf)\b",
    re.IGNORECASE,
)
_TITLE, _LINE, _MAX_TAGS = 200, 300, 30


class TranscriptLink(Model):
    """A published transcript of an episode; ``type`` is its media type."""

    url: str
    type: str
    language: str | None = None


def transcripts_of(body: bytes, url: str) -> dict[str, list[TranscriptLink]]:
    """Return the transcripts of each item, by its GUID, else by its title."""
    found: dict[str, list[TranscriptLink]] = {}
    if _PODCAST.encode() not in body:
        return found
    try:
        root = ElementTree.fromstring(body)
    # feedparser may still read a feed that is no XML; it then has no transcripts.
    except (DefusedXmlException, ElementTree.ParseError, ValueError, RecursionError):
        return found
    for item in root.iter("item"):
        name = clean_line(item.findtext("guid") or "", _ADDRESS)
        key = name or (item.findtext("title") or "").strip()
        links = [
            TranscriptLink(
                url=address,
                type=clean_line(element.get("type") or "", 100).lower(),
                language=language_tag(element.get("language")),
            )
            for element in item.findall(_TRANSCRIPT)[:_MAX_TRANSCRIPTS]
            if (address := address_of(element.get("url") or "", url)) is not None
        ]
        if key and links:
            found[key] = links
    return found


def address_of(value: str, base: str) -> str | None:
    """Return the full address of a link in a feed, or ``None`` if it is none."""
    try:
        return normalise_url(urljoin(base, value.strip())) if value.strip() else None
    except (SourceError, ValueError):
        return None


class FeedItem(Model):
    """One item; ``key`` stays the same as long as the feed keeps it."""

    key: str
    title: str
    link: str | None = None
    is_own_page: bool = True
    """No other item of the feed links there, and it is no front page."""
    published_at: datetime | None = None
    author: str | None = None
    tags: tuple[str, ...] = ()
    text: str = ""
    """The text in the feed itself, as Markdown prose; often only a teaser."""
    audio: str | None = None
    transcripts: tuple[TranscriptLink, ...] = ()


class Feed(Model):
    """A feed, with its items in the feed's own order."""

    title: str
    language: str | None = None
    items: tuple[FeedItem, ...]


def is_feed(body: bytes) -> bool:
    """Return whether the first element is that of a feed."""
    return _ROOT.match(body[:4096]) is not None


def read_feed(body: bytes, url: str) -> Feed:
    """Read a feed.

    Raises:
        SourceError: It is no feed, or one without items.
    """
    if not is_feed(body):
        raise SourceError("This is not an RSS or Atom feed: give the feed's address.")
    if b"<!entity" in body[:65536].lower():
        # They can grow into gigabytes.
        raise SourceError("The feed defines XML entities, which are not read.")
    # As bytes, feedparser might take it for a file's name or an address to open; and
    # it would take a GUID for an address, which then changes with that of the feed.
    stream = io.BytesIO(body)
    parsed = cast(
        "Mapping[str, Any]",
        feedparser.parse(stream, resolve_relative_uris=False),  # pyright: ignore[reportUnknownMemberType]
    )
    entries = cast("Sequence[Mapping[str, Any]]", parsed.get("entries") or ())
    if not entries:
        raise SourceError("The feed holds no items: nothing can be written from it.")
    about = cast("Mapping[str, Any]", parsed.get("feed") or {})
    spoken = transcripts_of(body, url)
    found = (_item(entry, url, spoken) for entry in entries[:MAX_ITEMS])
    # Of two items with one key, the first of the feed stays.
    items = {item.key: item for item in reversed(list(found))}
    links = Counter(item.link for item in items.values())
    # Many feeds link each item to the front page of the site, or of the show.
    pages = {link: urlsplit(link) for link, count in links.items() if link and count == 1}
    own = {link for link, parts in pages.items() if parts.path != "/" or parts.query}
    return Feed(
        title=clean_line(_text(about.get("title")), _TITLE),
        language=language_tag(about.get("language")),
        items=tuple(
            item.model_copy(update={"is_own_page": item.link in own})
            for item in reversed(items.values())
        ),
    )


def _item(
    entry: Mapping[str, Any], url: str, spoken: Mapping[str, list[TranscriptLink]]
) -> FeedItem:
    guid = clean_line(_text(entry.get("id")), _ADDRESS)
    link = _text(entry.get("link"))
    if entry.get("guidislink") and link == _text(entry.get("id")) and "://" not in link:
        link = ""  # RSS takes a GUID for the link, even where it is no address
    address = address_of(link, url)
    title = clean_line(line_of_html(_text(entry.get("title"))), _TITLE)
    names = (_text(tag.get("term")) for tag in (entry.get("tags") or ())[:_MAX_TAGS])
    tags = (clean_line(name, _LINE) for name in names)
    # The summary, or the full text where the feed has it.
    contents = [_text(part.get("value")) for part in entry.get("content") or ()]
    text = prose_of_html(max([*contents, _text(entry.get("summary"))], key=len))
    fingerprint = hashlib.sha256(f"{title}\n{text}".encode()).hexdigest()
    recordings = (
        _text(link.get("href"))
        for link in entry.get("links") or ()
        if link.get("rel") == "enclosure"
        and _text(link.get("type")).startswith(("audio/", "video/"))
    )
    return FeedItem(
        key=guid or address or f"sha256:{fingerprint}",
        title=title or clean_line(text, _TITLE) or "Untitled",
        link=address,
        published_at=_instant(entry.get("published_parsed") or entry.get("updated_parsed")),
        author=clean_line(_text(entry.get("author")), _LINE) or None,
        tags=tuple(dict.fromkeys(tag for tag in tags if tag)),
        text=text,
        audio=address_of(next(recordings, ""), url),
        transcripts=tuple(spoken.get(guid or _text(entry.get("title")), ())),
    )


def _instant(value: object) -> datetime | None:
    if not isinstance(value, time.struct_time):
        return None
    try:
        # feedparser has turned it to UTC; a struct_time may still hold a second of 61.
        return datetime(*value[:6], tzinfo=UTC)
    except (ValueError, OverflowError):
        return None


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
