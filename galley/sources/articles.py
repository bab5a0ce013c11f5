"""Web pages as sources: the article without what a reader does not see, and facts about it.

The reading activity calls it in a confined child.
"""

import re
from contextlib import suppress
from datetime import UTC, datetime
from typing import cast
from urllib.parse import urljoin, urlsplit

import lxml.html
import trafilatura
from lxml import etree
from trafilatura.metadata import extract_metadata

from galley.models.source import SourceDocument, SourceKind
from galley.sources.html import drop_hidden, markdown_of
from galley.sources.identity import normalise_url
from galley.sources.markdown import language_tag, prose_of
from galley.sources.pictures import pictures_of_page
from galley.sources.text import SourceError, clean, clean_line, require_length

_TITLE, _LINE = 200, 300
_MIN_CHARACTERS = 100
_TEASER_WORDS = 250
_MAX_TAGS = 30
_META_CHARSET = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?([\w-]{1,40})", re.IGNORECASE)
# Python also knows codecs that are no character sets of web pages, and slow ones.
_CHARSET = re.compile(
    r"utf-?(8|16(le|be)?)|us-ascii|latin-?1|iso-8859-\d{1,2}|windows-125\d|koi8-[ru]"
    r"|shift[_-]jis|euc-(jp|kr)|iso-2022-jp|gb2312|gbk|gb18030|big5",
    re.IGNORECASE,
)
_PAYWALL = re.compile(r'"isAccessibleForFree"\s*:\s*"?false', re.IGNORECASE)
_SAME_SITE_PREFIXES = ("www.", "m.", "mobile.", "amp.")


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
    html = _decoded(body, charset)
    try:
        tree = trafilatura.load_html(html)
    except (etree.LxmlError, ValueError):
        tree = None
    if tree is None:
        raise SourceError(f"{name} is not a web page with text: give another address.")
    link = _canonical(tree, url)
    language = language_tag(tree.get("lang"))
    drop_hidden(tree)
    pictures = pictures_of_page(tree, url)
    prose = prose_of(markdown_of(tree, url=url))
    has_paywall = bool(_PAYWALL.search(html))
    if len(prose.text) < _MIN_CHARACTERS:
        has_scripts = len(tree.findall(".//script")) > 0
        raise SourceError(_why_empty(name, has_paywall=has_paywall, has_scripts=has_scripts))
    if has_paywall and len(prose.text.split()) < _TEASER_WORDS:
        raise SourceError(
            f"{name} shows only a teaser, the rest is behind a paywall: save the full "
            "text and give the file."
        )
    about = extract_metadata(tree, link, extensive=False)
    tags = (clean_line(tag, _LINE) for tag in (about.tags or [])[:_MAX_TAGS])
    published_at = None
    with suppress(ValueError):
        published_at = datetime.fromisoformat(about.date or "").replace(tzinfo=UTC)
    return SourceDocument(
        kind=SourceKind.ARTICLE,
        title=clean_line(about.title or prose.title, _TITLE) or clean_line(prose.text, _TITLE),
        link=link,
        author=clean_line(about.author or "", _LINE) or None,
        published_at=published_at,
        language=language,
        tags=tuple(dict.fromkeys(tag for tag in tags if tag)),
        text=require_length(clean(prose.text), name),
        pictures=pictures,
    )


def _decoded(body: bytes, charset: str | None) -> str:
    declared = _META_CHARSET.search(body[:4096])
    named = (charset, "utf-8", declared[1].decode("ascii", "ignore") if declared else "")
    # UTF-8 before the page's own claim: text of another encoding is hardly ever valid UTF-8.
    for encoding in named:
        if encoding and _CHARSET.fullmatch(encoding):
            try:
                return body.decode(encoding)
            except (UnicodeDecodeError, LookupError):
                continue
    # Browsers read unnamed bytes so.
    return body.decode("windows-1252", "replace")


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
    """Return the address that the page names as its own, if it may be believed.

    A page could name any address, and posts would then link there: it counts only on the same
    site, and not when it is the front page.
    """
    hrefs = cast("list[str]", tree.xpath('//link[@rel="canonical"]/@href'))
    named = hrefs[0].strip() if hrefs else ""
    if url is None:
        return _normalised(named)
    own = normalise_url(url)
    canonical = _normalised(urljoin(own, named)) if named else None
    if canonical is None:
        return own
    theirs, ours = _site(canonical), _site(own)
    # Either may be a subdomain of the other, but "com" is no site.
    is_above = ours.endswith(f".{theirs}") and "." in theirs
    if not (theirs == ours or theirs.endswith(f".{ours}") or is_above):
        return own
    is_front_page = urlsplit(canonical).path == "/" != urlsplit(own).path
    return own if is_front_page else canonical


def _normalised(url: str) -> str | None:
    try:
        return normalise_url(url)
    except SourceError:
        return None


def _site(url: str) -> str:
    """Return host and port without the prefixes that name a variant of a site."""
    host = urlsplit(url).netloc
    for prefix in _SAME_SITE_PREFIXES:
        host = host.removeprefix(prefix)
    return host
