"""RSS and Atom feeds: their items, each with its text, audio and transcripts.

The feed activities call it. feedparser reads every version of RSS and Atom, and broken ones. Of
several ``podcast:transcript`` elements it keeps one, so those are read beside it.
"""

import hashlib
import html
import io
import re
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple, cast
from urllib.parse import quote, urljoin, urlsplit

from defusedxml import DefusedXmlException, ElementTree

from galley.models.base import Model
from galley.sources.html import line_of_html, prose_of_html
from galley.sources.identity import normalise_url
from galley.sources.markdown import language_tag
from galley.sources.text import SourceError, clean_line, decode_page

_PODCAST = "https://podcastindex.org/namespace/1.0"
_TRANSCRIPT = f"{{{_PODCAST}}}transcript"
_MAX_TRANSCRIPTS = 20
_ADDRESS = 2048
_PLACE = "!$&'()*+,;=:@/?%-._~"  # characters of a fragment that stand for themselves
MAX_ITEMS = 1_000
"""Of a feed; the rest is not read."""
_ENCODING = re.compile(rb"\A<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([\w-]{1,40})")
# RSS, RSS 1.0 and Atom, with or without a prefix.
_ROOT = re.compile(r"<(?:[A-Za-z_][\w.-]{0,50}:)?(?:rss|feed|rdf)[\s/:>]", re.IGNORECASE)
# What may stand before the first element, by its beginning and its end.
_PROLOG = (("<!--", "-->"), ("<?", "?>"), ("<!", ">"))
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
    language: str | None = None
    text: str = ""
    """The text in the feed itself, as Markdown prose; often only a teaser. Of an item that was
    read alone."""
    audio: str | None = None
    transcripts: tuple[TranscriptLink, ...] = ()


class Feed(Model):
    """A feed, with its items in the feed's own order."""

    title: str
    language: str | None = None
    items: tuple[FeedItem, ...]


def is_feed(body: bytes) -> bool:
    """Return whether the first element is that of a feed."""
    return _root(_text_of(body)) is not None


def _text_of(body: bytes) -> str:
    body = body.lstrip()
    named = _ENCODING.search(body[:300])
    return decode_page(body, None, named[1].decode() if named else None)


def _root(text: str) -> tuple[str, str] | None:
    """Return what stands before the first element, and the rest; ``None`` if it is no feed's."""
    at = len(text) - len(text.lstrip("\ufeff \t\r\n"))
    while not (found := _ROOT.match(text, at)):
        end = next((end for begin, end in _PROLOG if text.startswith(begin, at)), None)
        after = -1 if end is None else text.find(end, at)
        if end is None or after < 0:
            return None
        if end == ">" and text.find("[", at, after) >= 0:  # a document type with declarations
            after, end = text.find("]", after), "]"
            after, end = (text.find(">", after), ">") if after >= 0 else (-1, end)
            if after < 0:
                return None
        at = after + len(end)
        at += len(text) - at - len(text[at:].lstrip())
    return text[: found.start()], text[found.start() :]


class _Parsed(NamedTuple):
    about: Mapping[str, Any]
    entries: Sequence[Mapping[str, Any]]
    spoken: Mapping[str, list[TranscriptLink]]


def _parsed(body: bytes, url: str) -> _Parsed:
    import feedparser

    split = _root(_text_of(body))
    if split is None:
        raise SourceError("This is not an RSS or Atom feed: give the feed's address.")
    before, root = split
    if "<!entity" in before.lower():
        # They can grow into gigabytes.
        raise SourceError("The feed defines XML entities, which are not read.")
    # Without what stood before the root, no parser finds a definition that this one did not.
    data = root.encode(errors="replace")
    # As bytes, feedparser might take it for a file's name or an address to open; it would take
    # a GUID for an address, which then changes with that of the feed; and only words are read
    # of its HTML, so that need not be sanitised.
    found = cast(
        "Mapping[str, Any]",
        feedparser.parse(io.BytesIO(data), resolve_relative_uris=False, sanitize_html=False),  # pyright: ignore[reportUnknownMemberType]
    )
    entries = cast("Sequence[Mapping[str, Any]]", found.get("entries") or ())
    if not entries:
        raise SourceError("The feed holds no items: nothing can be written from it.")
    about = cast("Mapping[str, Any]", found.get("feed") or {})
    if not str(found.get("version")).startswith("atom"):
        # RSS does not say whether a text is HTML, and most often it is.
        for entry in entries:
            for detail in (entry.get("title_detail"), entry.get("summary_detail")):
                if detail:
                    detail["type"] = "text/html"
    return _Parsed(about, entries[:MAX_ITEMS], transcripts_of(data, url))


def warm_up() -> None:
    """Read a feed, whose like the children of a sandbox will read."""
    item = "<item><title>Ink</title><link>https://x.example/ink</link></item>"
    read_feed(f"<rss version='2.0'><channel>{item}</channel></rss>".encode(), "https://x.example/")


def read_feed(body: bytes, url: str) -> Feed:
    """Read a feed; its items are without their texts, which take most of the time.

    Raises:
        SourceError: It is no feed, or one without items.
    """
    return _outlined(_parsed(body, url), url)


def _outlined(parsed: _Parsed, url: str) -> Feed:
    # Of two items with one key, the first of the feed stays.
    found = [_item(entry, url, parsed.spoken) for entry in reversed(parsed.entries)]
    items = tuple(reversed({item.key: item for item in found}.values()))
    pages = [(item.link or "").partition("#")[0] for item in items]
    # Many feeds link each item to the front page of the site, or of the show.
    once = {page: urlsplit(page) for page, count in Counter(pages).items() if page and count == 1}
    own = {page for page, parts in once.items() if parts.path != "/" or parts.query}
    return Feed(
        title=clean_line(_text(parsed.about.get("title")), _TITLE),
        language=language_tag(parsed.about.get("language")),
        items=tuple(
            item.model_copy(update={"is_own_page": (item.link or "").partition("#")[0] in own})
            for item in items
        ),
    )


def read_feed_item(body: bytes, url: str, key: str) -> FeedItem:
    """Return the item with its text, and with the language of the feed.

    Raises:
        SourceError: It is no feed, or does not hold the item.
    """
    parsed = _parsed(body, url)
    feed = _outlined(parsed, url)
    item = next((one for one in feed.items if one.key == key), None)
    if item is None:
        raise SourceError(
            "The feed does not hold this item any more: give the address of its page."
        )
    entry = next(one for one in parsed.entries if _key(one, url) == key)
    return item.model_copy(update={"text": prose_of_html(_html(entry)), "language": feed.language})


def _key(entry: Mapping[str, Any], url: str) -> str:
    """Return the GUID of an item, else its address, else a hash of its words."""
    told = clean_line(_text(entry.get("id")), _ADDRESS) or _address(entry, url)
    words = f"{_text(entry.get('title'))}\n{_html(entry)}".encode(errors="replace")
    return told or f"sha256:{hashlib.sha256(words).hexdigest()}"


def _address(entry: Mapping[str, Any], url: str) -> str | None:
    link = _text(entry.get("link"))
    if entry.get("guidislink") and link == _text(entry.get("id")) and "://" not in link:
        return None  # RSS takes a GUID for the link, even where it is no address
    address = address_of(link, url)
    # One page may show all items, each at its own place.
    place = urlsplit(link.strip()).fragment if address else ""
    return f"{address}#{quote(place, safe=_PLACE)}" if place else address


def _html(entry: Mapping[str, Any]) -> str:
    """Return the summary, or the full text where the feed has it, as HTML."""
    parts: list[Mapping[str, Any]] = list(entry.get("content") or ())
    parts.append(entry.get("summary_detail") or {})
    return max((_markup(part) for part in parts), key=len)


def _markup(detail: Mapping[str, Any]) -> str:
    """Return a text of a feed as HTML; in plain text a sign such as ``<`` is one."""
    text = _text(detail.get("value"))
    return html.escape(text, quote=False) if detail.get("type") == "text/plain" else text


def _item(
    entry: Mapping[str, Any], url: str, spoken: Mapping[str, list[TranscriptLink]]
) -> FeedItem:
    title = clean_line(line_of_html(_markup(entry.get("title_detail") or {})), _TITLE)
    names = (_text(tag.get("term")) for tag in (entry.get("tags") or ())[:_MAX_TAGS])
    tags = (clean_line(name, _LINE) for name in names)
    recordings = (
        _text(link.get("href"))
        for link in entry.get("links") or ()
        if link.get("rel") == "enclosure"
        and _text(link.get("type")).startswith(("audio/", "video/"))
    )
    guid = clean_line(_text(entry.get("id")), _ADDRESS)
    return FeedItem(
        key=_key(entry, url),
        title=title or clean_line(line_of_html(_html(entry)), _TITLE) or "Untitled",
        link=_address(entry, url),
        published_at=_instant(entry.get("published_parsed") or entry.get("updated_parsed")),
        author=clean_line(_text(entry.get("author")), _LINE) or None,
        tags=tuple(dict.fromkeys(tag for tag in tags if tag)),
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
