"""The activity ``read_source``, and the documents it stores by content hash.

Every workflow that starts from a source calls it; most activities read the documents.
"""

import hashlib
from collections.abc import Callable

from pydantic import ValidationError
from temporalio import activity

from activities.edge import failure, heartbeating
from activities.interfaces import SourceActivities
from galley.clients.storage import ObjectStore, StoreError
from galley.clients.transcribers import chosen_engine
from galley.clients.web import WebClient
from galley.clients.web_replies import FEEDS, PAGES, TRANSCRIPTS, WebError, WrongTypeError
from galley.models.source import Cue, Recording, SourceDocument, SourceKind, SourceRef, SourceSpec
from galley.settings import Settings
from galley.sources.articles import read_article, read_page
from galley.sources.confined import LIMITS, limits_of_pdf, prepare, read_confined, read_confined_to
from galley.sources.feeds import FeedItem, read_feed_item
from galley.sources.markdown import read_markdown, read_text
from galley.sources.pdf import read_pdf
from galley.sources.prompts import read_prompts
from galley.sources.recordings import given, untranscribed
from galley.sources.text import SourceError, decode, require_length
from galley.sources.transcripts import best, read_transcript, read_transcript_file


async def stored_document(
    state: ObjectStore, sha256: str, error: Callable[[str], Exception]
) -> SourceDocument:
    """Return a stored document.

    Args:
        state: The state bucket.
        sha256: The content hash of the document.
        error: Makes the exception, from a sentence, for a missing or damaged document.

    Raises:
        Exception: Made by ``error``.
        StoreError: The store does not answer.
    """
    data = await state.get(_name(sha256))
    try:
        return SourceDocument.model_validate_json(data or b"")
    except ValidationError:
        raise error(
            f"The stored text of this source is {'broken' if data else 'gone'}: "
            "start it again with a new --edition."
        ) from None


async def store_document(
    state: ObjectStore, document: SourceDocument, longest_kb: int
) -> SourceRef:
    """Store a document and return a reference to it.

    Args:
        state: The state bucket.
        document: The document, named by its content.
        longest_kb: Kilobytes of UTF-8; longer texts are condensed before drafting.
    """
    data = document.model_dump_json().encode()
    sha256 = hashlib.sha256(data).hexdigest()
    await state.put_if_absent(_name(sha256), data, "application/json", same=True)
    size = len(document.text.encode())
    return SourceRef(
        kind=document.kind,
        sha256=sha256,
        title=document.title,
        link=document.link,
        language=document.language,
        words=len(document.text.split()),
        size=size,
        is_long=size > longest_kb * 1000 and document.kind is not SourceKind.PROMPTS,
        recording=document.recording,
    )


def _name(sha256: str) -> str:
    return f"sources/{sha256}.json"


# An item with fewer is a teaser of its page.
_ENOUGH_WORDS = 150
# An item with sound and fewer words has only notes: its recording says more.
_WHOLE_WORDS = 600


_Spoken = tuple[tuple[Cue, ...], str]


async def read_item(web: WebClient, spec: SourceSpec, *, hears: bool = False) -> SourceDocument:
    """Return the item of a feed: its transcript, its own text, or the page it links to.

    Args:
        web: Fetches the feed.
        spec: Names the feed and the item.
        hears: Whether recordings are transcribed here; their document has no text yet.

    Raises:
        SourceError: The item is not in the feed any more, or holds nothing to read.
        WebError: The feed, or the page of the item, cannot be fetched.
    """
    # Pages too: some servers send a feed as HTML.
    page = await web.fetch(spec.url or "", PAGES | FEEDS)
    item = await read_confined(FeedItem, read_feed_item, page.body, page.url, spec.item or "")
    # A published transcript is better than one of our own making, and costs nothing.
    if item.transcripts:
        document = await _episode(web, item)
    elif hears and item.audio and len(item.text.split()) < _WHOLE_WORDS:
        document = _document(item, SourceKind.PODCAST, "")
        document = document.model_copy(update={"recording": Recording(url=item.audio)})
    elif len(item.text.split()) >= _ENOUGH_WORDS or item.link is None:
        document = _own_words(item)
    else:
        document = await _article(web, item)
    return document.model_copy(update={"language": document.language or item.language})


async def _episode(web: WebClient, item: FeedItem) -> SourceDocument:
    link = best(item.transcripts)
    if link is None:
        return _own_words(item)
    page = await web.fetch(link.url, TRANSCRIPTS)
    kind = link.type or page.content_type
    cues, text = await read_confined(_Spoken, read_transcript, page.body, kind, item.title)
    plain = _document(item, SourceKind.PODCAST, text)
    return plain.model_copy(update={"cues": cues, "language": link.language})


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
    """Read the page of an item, or else the text in the feed."""
    try:
        page = await web.fetch(item.link or "")
        document = await read_confined(
            SourceDocument, read_article, page.body, item.title, url=page.url, charset=page.charset
        )
    except SourceError:
        return _own_words(item)
    except WebError as error:
        # A page that may answer later is worth a retry: the feed holds only a teaser.
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


_FILE_READERS: dict[SourceKind, Callable[[bytes, str], SourceDocument]] = {
    SourceKind.ARTICLE: read_article,
    SourceKind.MARKDOWN: read_markdown,
    SourceKind.TEXT: read_text,
    SourceKind.PROMPTS: read_prompts,
    SourceKind.PODCAST: read_transcript_file,
    SourceKind.PDF: read_pdf,
}
_PAGE_KINDS = {
    "text/markdown": SourceKind.MARKDOWN,
    "text/x-markdown": SourceKind.MARKDOWN,
    "text/plain": SourceKind.TEXT,
}


def _first_readers(spec: SourceSpec) -> tuple[Callable[..., object], ...]:
    """Return what most likely reads a source."""
    if spec.item:
        return read_feed_item, read_page  # its text is HTML, in the feed and on its page
    return (_FILE_READERS.get(spec.kind, given) if spec.upload else read_page,)


class SourceReading(SourceActivities):
    """Reads pages, feed items and files into documents.

    Args:
        state: The state bucket: ``uploads/<sha256>`` in, ``sources/<sha256>.json`` out.
        settings: Names the private hosts that may be fetched.
    """

    def __init__(self, state: ObjectStore, settings: Settings) -> None:
        self._state = state
        self._web = WebClient(settings.fetch_private_hosts)
        self._longest_kb = settings.condense_above_kb
        self._hears = chosen_engine(settings) is not None

    @activity.defn
    async def read_source(self, spec: SourceSpec) -> SourceRef:
        """Store the text of a source and return a reference to it.

        Safe to repeat: the same text has the same name.

        Raises:
            ApplicationError: ``SourceError``, final unless the page's host may answer
                later; ``StoreError``, final unless the store could not be reached.
        """
        try:
            for reader in _first_readers(spec):
                prepare(reader)  # imported while the source is fetched
            async with heartbeating():
                document = await self._document(spec)
                self._require_ears(document)
                return await store_document(self._state, document, self._longest_kb)
        except (SourceError, WebError) as error:
            raise failure(error, kind="SourceError") from None
        except StoreError as error:
            raise failure(error, kind="StoreError") from None

    async def _document(self, spec: SourceSpec) -> SourceDocument:
        if spec.url and not spec.upload and spec.item:
            return await read_item(self._web, spec, hears=self._hears)
        if spec.kind is SourceKind.RECORDING and bool(spec.url) != bool(spec.upload):
            if spec.transcript is None:
                return untranscribed(spec)
            data = await self._uploaded(spec.transcript, "The transcript")
            return await read_confined(SourceDocument, given, spec, data)
        if spec.url and not spec.upload:
            return await self._page(spec, spec.url)
        if spec.upload and not spec.url:
            data = await self._uploaded(spec.upload, spec.name)
            if spec.kind is not SourceKind.PDF:
                decode(data, spec.name)  # a file that is no text is refused by its name
            is_pdf = spec.kind is SourceKind.PDF
            limits = limits_of_pdf(len(data)) if is_pdf else LIMITS
            reader = _FILE_READERS[spec.kind]
            return await read_confined_to(limits, SourceDocument, reader, data, spec.name)
        raise SourceError("A source is either a URL or a file: give exactly one.")

    async def _uploaded(self, sha256: str, name: str) -> bytes:
        data = await self._state.get(f"uploads/{sha256}")
        if data is None:
            raise SourceError(f"{name} was not uploaded: start the campaign again.")
        # The campaign's ID was made from this hash: other bytes would be another source.
        if hashlib.sha256(data).hexdigest() != sha256:
            raise SourceError(
                f"The stored copy of {name} is not what was uploaded: delete "
                f"uploads/{sha256} from the state bucket and start again."
            )
        return data

    async def _page(self, spec: SourceSpec, url: str) -> SourceDocument:
        try:
            page = await self._web.fetch(url, PAGES | FEEDS)
        except WrongTypeError as error:
            # Found by its content type, whatever the address looks like.
            if not error.is_recording:
                raise
            return untranscribed(spec)
        name = page.url.partition("?")[0][:200]
        if page.content_type in FEEDS:
            raise SourceError(f"{name} is a feed: choose one of its items with --item latest.")
        kind = _PAGE_KINDS.get(page.content_type)
        return await read_confined(
            SourceDocument, read_page, page.body, name, page.url, page.charset, kind
        )

    def _require_ears(self, document: SourceDocument) -> None:
        if document.recording is not None and not self._hears:
            raise SourceError(
                f"{document.title[:80]!r} is a recording, and nothing transcribes it: "
                "give its transcript as a .vtt, .srt or .txt file, or set "
                "GALLEY_TRANSCRIBE (docs/how-to-transcribe.md)."
            )
