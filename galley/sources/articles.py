"""Web pages as sources: the article without what a reader does not see, and facts about it.

The reading activity calls it in the sandbox.
"""

import re
from contextlib import suppress
from copy import deepcopy
from datetime import UTC, datetime
from typing import TYPE_CHECKING, cast
from urllib.parse import urljoin, urlsplit

import lxml.html
from lxml import etree

from galley.models.source import SourceDocument, SourceKind
from galley.sources.feeds import is_feed
from galley.sources.html import drop_hidden, prose_of_tree
from galley.sources.identity import is_on_site, normalise_url
from galley.sources.markdown import Prose, language_tag, read_markdown, read_text
from galley.sources.pictures import pictures_of_page
from galley.sources.text import (
    SourceError,
    clean,
    clean_line,
    decode_page,
    require_length,
    require_more_than_links,
)

if TYPE_CHECKING:
    from trafilatura.settings import Document

_TITLE, _LINE = 200, 300
_MIN_CHARACTERS = 100
_TEASER_WORDS = 250
_DOOR_WORDS = 120
"""Of a page with a field for a password, which an article below a small one exceeds."""
_MAX_TAGS = 30
_META_CHARSET = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?([\w-]{1,40})", re.IGNORECASE)
_PAYWALL = re.compile(r'"isAccessibleForFree"\s*:\s*"?false', re.IGNORECASE)
_NAMED_TITLES = '//meta[@property="og:title" or @name="twitter:title"]/@content'
_TITLE_PARTS = re.compile(r"(?<!\s)\s++[-|\u2013\u2014\u00b7\u00bb:]\s+")
# Words on buttons beside the name of an author.
_BUTTONS = frozenset({"follow", "following", "share", "subscribe", "author", "authors", "more"})
_NO_NAME = re.compile(
    r"https?:|\d|\b(?:(?:mon|tues|wednes|thurs|fri|satur|sun)day|january|february|april|june|july"
    r"|august|september|october|november|december|updated)\b",
    re.IGNORECASE,
)


def warm_up() -> None:
    """Read an article, whose like the children of a sandbox will read."""
    prose = "<p>Ink is black, and old.</p>" * 20
    page = f"<html><head><title>Ink</title></head><body><article>{prose}</article></body></html>"
    read_article(page.encode(), "it", url="https://x.example/")


def read_article(
    body: bytes, name: str, *, url: str | None = None, charset: str | None = None
) -> SourceDocument:
    """Read the article of an HTML page.

    Args:
        body: The page.
        name: Its name in messages.
        url: Its address; ``None`` for an uploaded file.
        charset: The one named in the HTTP header.

    Raises:
        SourceError: There is no article in it.
    """
    try:
        return _read(body, name, url, charset)
    except etree.LxmlError as error:
        # Among them those of a tree for which there is no memory.
        raise SourceError(
            f"{name} is no web page that can be read: save its text and give that file."
        ) from error


def _read(body: bytes, name: str, url: str | None, charset: str | None) -> SourceDocument:
    import trafilatura
    from trafilatura.metadata import extract_metadata

    named = _META_CHARSET.search(body[:4096])
    html = decode_page(body, charset, named[1].decode("ascii", "ignore") if named else None)
    try:
        tree = trafilatura.load_html(html)
    except ValueError:
        tree = None
    if tree is None:
        raise SourceError(f"{name} is not a web page with text: give another address.")
    link = _canonical(tree, url)
    language = language_tag(tree.get("lang"))
    unscripted = sum(len(one.text_content()) for one in tree.iter("noscript"))
    spare = deepcopy(tree) if unscripted >= _MIN_CHARACTERS else tree
    links = [one.text_content() for one in tree.iter("a")]
    is_door = bool(tree.xpath('//input[translate(@type, "PASWORD", "pasword")="password"]'))
    drop_hidden(tree)
    prose = prose_of_tree(tree, url=url)
    if spare is not tree and unscripted > len(prose.text):
        # Only a browser without scripts shows the article.
        drop_hidden(spare, without_scripts=True)
        tree, prose = spare, prose_of_tree(spare, url=url)
    pictures = pictures_of_page(tree, url)
    has_paywall = bool(_PAYWALL.search(html))
    if is_door and len(prose.text.split()) < _DOOR_WORDS:
        raise SourceError(
            f"{name} is a page to sign in: save the text behind it and give that file."
        )
    if len(prose.text) < _MIN_CHARACTERS:
        has_scripts = len(tree.findall(".//script")) > 0
        raise SourceError(_why_empty(name, has_paywall=has_paywall, has_scripts=has_scripts))
    if has_paywall and len(prose.text.split()) < _TEASER_WORDS:
        raise SourceError(
            f"{name} shows only a teaser, the rest is behind a paywall: save the full "
            "text and give the file."
        )
    require_more_than_links(prose.text, links, name)
    about = extract_metadata(tree, link, extensive=False)
    tags = (clean_line(tag, _LINE) for tag in (about.tags or [])[:_MAX_TAGS])
    published_at = None
    with suppress(ValueError):
        published_at = datetime.fromisoformat(about.date or "").replace(tzinfo=UTC)
    return SourceDocument(
        kind=SourceKind.ARTICLE,
        title=clean_line(_title(tree, about, prose), _TITLE) or clean_line(prose.text, _TITLE),
        link=link,
        author=clean_line(_author(about.author or ""), _LINE) or None,
        published_at=published_at,
        language=language,
        tags=tuple(dict.fromkeys(tag for tag in tags if tag)),
        text=require_length(clean(prose.text), name),
        pictures=pictures,
    )


def read_page(
    body: bytes, name: str, url: str, charset: str | None, kind: SourceKind | None
) -> SourceDocument:
    """Read a page of the web, which may also be a Markdown or text file by its media type.

    Raises:
        SourceError: It is a feed, or there is no article in it.
    """
    if is_feed(body):
        raise SourceError(f"{name} is a feed: choose one of its items with --item latest.")
    if kind is None:
        return read_article(body, name, url=url, charset=charset)
    document = read_markdown(body, name) if kind is SourceKind.MARKDOWN else read_text(body, name)
    # A stranger wrote its front matter: posts link to another site only if a person says so.
    link = own_address(document.link or "", url)
    return document.model_copy(update={"kind": SourceKind.ARTICLE, "link": link})


def _why_empty(name: str, *, has_paywall: bool, has_scripts: bool) -> str:
    if has_paywall:
        return f"{name} is behind a paywall: save the full text and give the file instead."
    if has_scripts:
        return (
            f"{name} shows its text only to a browser that runs scripts: save the text "
            "and give the file instead."
        )
    return f"{name} holds no article text: give the address of one article."


def _canonical(tree: lxml.html.HtmlElement, url: str | None) -> str | None:
    """Return the address that the page names as its own, if it may be believed."""
    hrefs = cast("list[str]", tree.xpath('//link[@rel="canonical"]/@href'))
    named = hrefs[0].strip() if hrefs else ""
    return _normalised(named) if url is None else own_address(named, url)


def _title(tree: lxml.html.HtmlElement, about: "Document", prose: Prose) -> str:
    """Return the title of the article.

    Trafilatura takes any heading of the page where no metadata names a title, so what it finds
    must stand in the metadata, in the page's ``<title>``, or above the article. The name of the
    site is no title.
    """
    found = clean_line(about.title or "", _TITLE)
    whole = clean_line(" ".join(cast("list[str]", tree.xpath("//head/title//text()"))), _LINE)
    metadata = cast("list[str]", tree.xpath(_NAMED_TITLES))
    site = clean_line(about.sitename or "", _LINE).casefold()
    is_site = found.casefold() == site and found.casefold() != whole.casefold()
    named = [clean_line(one, _TITLE) for one in metadata]
    parts = _TITLE_PARTS.split(whole)
    # The last part is most often the site's name.
    is_of_whole = found.casefold() in whole.casefold() and found not in parts[1:][-1:]
    is_sure = is_of_whole or found in {clean_line(prose.title, _TITLE), *named}
    if found and is_sure and not is_site:
        return found
    parts = [part for part in parts if part.casefold() != site]
    return prose.title or max(parts, key=lambda part: len(part.split()), default="") or found


def _author(named: str) -> str:
    """Return the names among what trafilatura takes for some."""
    names = list[str]()
    for name in named.split(";"):
        cut = _NO_NAME.split(name, maxsplit=1)[0].strip(" ,")
        # A date may stand after a name; a single word before one is hardly a name.
        is_name = cut == name.strip() or " " in cut
        if is_name and cut.casefold() not in _BUTTONS:
            names.append(cut)
    return "; ".join(names)


def own_address(named: str, url: str) -> str:
    """Return the address that a page names as its own, else the one where it was found.

    A page could name any address, and posts would then link there: it counts only on the same
    site, not when it is the front page, and not without the encryption of the other.
    """
    own = normalise_url(url)
    canonical = _normalised(named, own) if named else None
    if canonical is None:
        return own
    if not is_on_site(canonical, own):
        return own
    there, here = urlsplit(canonical), urlsplit(own)
    is_front_page = there.path == "/" != here.path
    if is_front_page:
        return own
    # Many pages still name their address of the time before encryption.
    is_weaker = here.scheme == "https" and there.scheme == "http"
    return there._replace(scheme="https").geturl() if is_weaker else canonical


def _normalised(url: str, base: str = "") -> str | None:
    try:
        return normalise_url(urljoin(base, url))
    except (SourceError, ValueError):
        return None
