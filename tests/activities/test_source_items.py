"""Items of feeds, read over real sockets into the real store."""

import asyncio

import pytest
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from activities.sources.documents import SourceReading
from galley.clients.storage import ObjectStore
from galley.models.source import SourceDocument, SourceKind, SourceSpec
from galley.settings import Settings
from galley.sources.identity import identity_of
from tests.serving import answering, serving

pytestmark = pytest.mark.server

VTT = b"WEBVTT\n\n00:01.000 --> 00:02.000\n<v Host>The harbour opens at night.\n"
ARTICLE = (
    b"<!doctype html><html lang=en><head><title>The night ferry</title></head><body>"
    b"<article><p>The ferry across the estuary runs at night, and it has never been "
    b"late in all the forty years of its captain.</p></article></body></html>"
)
LONG = " ".join(f"Sentence {n} tells of the harbour and its boats." for n in range(30))


def feed(host: str) -> bytes:
    return f"""<rss version="2.0"
 xmlns:podcast="https://podcastindex.org/namespace/1.0"><channel>
<title>Harbour</title><language>en</language>
<item><title>Episode</title><guid>spoken</guid><link>http://{host}/episode</link>
<enclosure url="http://{host}/7.mp3" type="audio/mpeg" length="1"/>
<podcast:transcript url="http://{host}/7.vtt" type="text/vtt"/></item>
<item><title>Silent</title><guid>silent</guid>
<enclosure url="http://{host}/8.mp3" type="audio/mpeg" length="1"/></item>
<item><title>Teaser</title><guid>teaser</guid><link>http://{host}/article</link>
<description>Read on.</description></item>
<item><title>Gone</title><guid>gone</guid><link>http://{host}/gone</link>
<description>What is left of it.</description></item>
<item><title>Whole</title><guid>whole</guid><link>http://{host}/gone</link>
<description>{LONG}</description></item>
</channel></rss>""".encode()


async def read(
    state: ObjectStore, item: str, feed_type: str = "text/xml", transcribe: str = "off"
) -> object:
    async def site(path: str, writer: asyncio.StreamWriter) -> None:
        pages = {
            "/feed": (feed(host), feed_type, "200 OK"),
            "/7.vtt": (VTT, "text/vtt", "200 OK"),
            "/article": (ARTICLE, "text/html", "200 OK"),
        }
        body, kind, status = pages.get(path, (b"", "text/html", "404 Not Found"))
        await answering(body, content_type=kind, status=status)(path, writer)

    async with serving(site) as host:
        reading = SourceReading(
            state, Settings.model_construct(fetch_private_hosts=(host,), transcribe=transcribe)
        )
        spec = SourceSpec(kind=SourceKind.FEED, name="feed", url=f"http://{host}/feed", item=item)
        source = await ActivityEnvironment().run(reading.read_source, spec)
    data = await state.get(f"sources/{source.sha256}.json")
    assert data is not None
    return SourceDocument.model_validate_json(data)


async def document(state: ObjectStore, item: str) -> SourceDocument:
    found = await read(state, item)
    assert isinstance(found, SourceDocument)
    return found


async def test_an_episode_is_read_by_its_published_transcript(state_store: ObjectStore) -> None:
    episode = await document(state_store, "spoken")

    assert (episode.kind, episode.title) == (SourceKind.PODCAST, "Episode")
    assert episode.text == "Host: The harbour opens at night."
    assert [cue.start for cue in episode.cues] == [1]


async def test_a_teaser_leads_to_the_article(state_store: ObjectStore) -> None:
    article = await document(state_store, "teaser")

    assert article.kind is SourceKind.ARTICLE
    assert "forty years" in article.text


async def test_an_item_that_holds_its_text_needs_no_page(state_store: ObjectStore) -> None:
    whole = await document(state_store, "whole")

    assert whole.kind is SourceKind.FEED
    assert whole.text.startswith("Sentence 0")
    assert whole.language == "en"


async def test_a_page_that_is_gone_leaves_what_the_feed_holds(state_store: ObjectStore) -> None:
    assert (await document(state_store, "gone")).text == "What is left of it."


async def test_a_recording_without_transcript_says_what_to_give(state_store: ObjectStore) -> None:
    with pytest.raises(ApplicationError, match=r"\.vtt") as caught:
        await read(state_store, "silent")

    assert caught.value.non_retryable


async def test_an_item_that_left_the_feed_is_final(state_store: ObjectStore) -> None:
    with pytest.raises(ApplicationError, match="any more") as caught:
        await read(state_store, "no-such-item")

    assert caught.value.non_retryable


@pytest.mark.parametrize("feed_type", ["application/rss+xml", "text/html"])
async def test_a_feed_without_a_chosen_item_says_how_to_choose(
    state_store: ObjectStore, feed_type: str
) -> None:
    with pytest.raises(ApplicationError, match="--item latest"):
        await read(state_store, "", feed_type)


def test_an_item_is_the_same_source_as_its_own_page() -> None:
    page = SourceSpec(kind=SourceKind.ARTICLE, name="a", url="https://example.com/a?utm_source=x")
    item = SourceSpec(
        kind=SourceKind.FEED,
        name="a",
        url="https://example.com/feed",
        item="a-1",
        item_link="https://example.com/a",
    )
    lone = item.model_copy(update={"item_link": None})

    assert identity_of(item) == identity_of(page)
    assert identity_of(lone) == "https://example.com/feed a-1"


async def test_an_episode_without_a_transcript_is_left_to_be_transcribed(
    state_store: ObjectStore,
) -> None:
    found = await read(state_store, "silent", transcribe="local")

    assert isinstance(found, SourceDocument)
    assert (found.kind, found.text) == (SourceKind.PODCAST, "")
    assert found.recording is not None
    assert str(found.recording.url).endswith("/8.mp3")


async def test_a_published_transcript_comes_before_a_transcription(
    state_store: ObjectStore,
) -> None:
    found = await read(state_store, "spoken", transcribe="local")

    assert isinstance(found, SourceDocument)
    assert found.recording is None
    assert found.text
