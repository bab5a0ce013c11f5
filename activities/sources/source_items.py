"""One item of a feed: its transcript, its own text, or the article it points to."""

import asyncio

from galley.clients.web import FEEDS, PAGES, TRANSCRIPTS, Page, WebClient, WebError
from galley.models import Recording, SourceDocument, SourceKind, SourceSpec
from galley.sources.articles import read_article
from galley.sources.errors import SourceError
from galley.sources.feeds import FeedItem, read_feed
from galley.sources.plain import require_length
from galley.sources.transcripts import best, read_transcript

_ENOUGH_WORDS = 150
"""In the feed itself; with fewer it holds a teaser, and the page holds the rest."""
_WHOLE_WORDS = 600
"""Of an item with sound; with fewer they are notes, and what is said tells more."""


async def read_item(
    web: WebClient, spec: SourceSpec, *, hears: bool = False
) -> SourceDocument:
    """Return the item of the feed that ``spec`` names.

    If it ``hears``, a recording is left to be transcribed: the document has no text
    yet.

    Raises:
        SourceError: It is not in the feed any more, or holds nothing to read.
        WebError: The feed, or what the item points to, cannot be fetched.
    """
    page = await web.fetch(spec.url or "", PAGES | FEEDS)
    feed = await asyncio.to_thread(read_feed, page.body, page.url)
    item = next((one for one in feed.items if one.key == spec.item), None)
    if item is None:
        raise SourceError(
            "The feed does not hold this item any more: give the address of its page."
        )
    if item.transcripts:
        document = await _episode(web, item)
    elif hears and item.audio and len(item.text.split()) < _WHOLE_WORDS:
        document = _unheard(item, item.audio)
    elif len(item.text.split()) >= _ENOUGH_WORDS or item.link is None:
        document = _own_words(item)
    else:
        document = await _article(web, item)
    return document.model_copy(update={"language": document.language or feed.language})


async def _episode(web: WebClient, item: FeedItem) -> SourceDocument:
    link = best(item.transcripts)
    if link is None:
        return _own_words(item)
    page = await web.fetch(link.url, TRANSCRIPTS)
    kind = link.type or page.content_type
    cues, text = await asyncio.to_thread(read_transcript, page.body, kind, item.title)
    plain = _document(item, SourceKind.PODCAST, text)
    return plain.model_copy(update={"cues": cues, "language": link.language})


def _unheard(item: FeedItem, audio: str) -> SourceDocument:
    document = _document(item, SourceKind.PODCAST, "")
    return document.model_copy(update={"recording": Recording(url=audio)})


def _own_words(item: FeedItem) -> SourceDocument:
    if item.audio is not None and len(item.text.split()) < _ENOUGH_WORDS:
        raise SourceError(
            f"{item.title[:80]!r} is a recording without a published transcript: give "
            "its transcript as a .vtt, .srt or .txt file, or set GALLEY_TRANSCRIBE "
            "(docs/how-to-transcribe.md)."
        )
    if not item.text:
        raise SourceError(f"{item.title[:80]!r} holds no text and points to no page.")
    return _document(item, SourceKind.FEED, require_length(item.text, item.title))


async def _article(web: WebClient, item: FeedItem) -> SourceDocument:
    """Read the page; what the feed holds serves where the page cannot be read."""
    try:
        page = await web.fetch(item.link or "")
        document = await asyncio.to_thread(_read, page, item)
    except SourceError:
        return _own_words(item)
    except WebError as error:
        if error.retryable or not item.text or item.audio:
            raise
        return _own_words(item)
    return document.model_copy(
        update={
            "published_at": document.published_at or item.published_at,
            "author": document.author or item.author,
            "tags": document.tags or item.tags,
        }
    )


def _read(page: Page, item: FeedItem) -> SourceDocument:
    return read_article(page.body, item.title, url=page.url, charset=page.charset)


def _document(item: FeedItem, kind: SourceKind, text: str) -> SourceDocument:
    return SourceDocument(
        kind=kind,
        title=item.title,
        link=item.link,
        author=item.author,
        published_at=item.published_at,
        tags=item.tags,
        text=text,
    )
