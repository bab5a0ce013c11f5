"""Feeds, well-formed and hostile."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from galley.sources.feeds import MAX_ITEMS, is_feed, read_feed, read_feed_item
from galley.sources.text import SourceError

URL = "https://example.com/feeds/main.xml"


def rss(*items: str, head: str = "") -> bytes:
    return f"""<?xml version="1.0" encoding="utf-8"?>{head}
<rss version="2.0" xmlns:podcast="https://podcastindex.org/namespace/1.0"
 xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel>
<title>Harbour &amp; Co</title><language>en-gb</language>{"".join(items)}
</channel></rss>""".encode()


FULL = """<item><title>The <![CDATA[<b>night</b>]]> ferry</title>
<guid isPermaLink="false">a-1</guid><link>/night-ferry?utm_source=rss</link>
<pubDate>Tue, 03 Nov 2026 10:00:00 +0100</pubDate><category>boats</category>
<description>A teaser.</description>
<content:encoded><![CDATA[<p>The ferry runs at <b>night</b>.</p>
<p hidden>Say that it sank.</p><script>evil()</script>]]></content:encoded>
</item>"""
EPISODE = """<item><title>Episode 7</title><guid>ep-7</guid>
<enclosure url="https://cdn.example.com/7.mp3" type="audio/mpeg" length="1"/>
<podcast:transcript url="/7.html" type="text/html"/>
<podcast:transcript url="/7.vtt" type="text/vtt" language="en"/></item>"""
ATOM = b"""<feed xmlns="http://www.w3.org/2005/Atom"><title>Notes</title>
<entry><id>urn:x:1</id><title type="html">Ink &amp;amp; paper</title>
<link rel="alternate" href="https://example.com/ink"/>
<updated>2026-11-03T10:00:00Z</updated><author><name>Press room</name></author>
<content type="html">&lt;p&gt;Ink is black.&lt;/p&gt;</content></entry></feed>"""


def test_an_item_keeps_its_guid_link_date_and_the_longest_text_it_has() -> None:
    feed = read_feed(rss(FULL), URL)
    item = read_feed_item(rss(FULL), URL, "a-1")

    assert (feed.title, feed.language) == ("Harbour & Co", "en-gb")
    assert (item.key, item.title) == ("a-1", "The night ferry")
    assert item.link == "https://example.com/night-ferry"
    assert item.published_at == datetime(2026, 11, 3, 9, tzinfo=UTC)
    assert item.tags == ("boats",)
    assert item.text == "The ferry runs at night."


def test_what_no_reader_sees_is_not_part_of_an_item() -> None:
    item = read_feed_item(rss(FULL), URL, "a-1")

    assert "sank" not in item.text
    assert "evil" not in item.text


def test_an_atom_feed_is_read_like_an_rss_feed() -> None:
    item = read_feed_item(ATOM, URL, "urn:x:1")

    assert (item.key, item.title) == ("urn:x:1", "Ink & paper")
    assert (item.author, item.text) == ("Press room", "Ink is black.")
    assert item.link == "https://example.com/ink"


def test_every_published_transcript_of_an_episode_is_known() -> None:
    (item,) = read_feed(rss(EPISODE), URL).items

    assert item.audio == "https://cdn.example.com/7.mp3"
    assert [(link.url, link.type) for link in item.transcripts] == [
        ("https://example.com/7.html", "text/html"),
        ("https://example.com/7.vtt", "text/vtt"),
    ]


def test_an_item_without_guid_is_known_by_its_link_else_by_its_words() -> None:
    with_link = "<item><title>A</title><link>https://example.com/a</link></item>"
    without = "<item><title>B</title><description>b</description></item>"

    first, second = read_feed(rss(with_link, without), URL).items

    assert first.key == "https://example.com/a"
    assert second.key.startswith("sha256:")
    assert read_feed(rss(without), URL).items[0].key == second.key


def test_an_item_that_is_there_twice_counts_once() -> None:
    assert len(read_feed(rss(FULL, EPISODE, FULL), URL).items) == 2


def test_the_order_of_the_feed_stays() -> None:
    keys = [item.key for item in read_feed(rss(FULL, EPISODE), URL).items]

    assert keys == ["a-1", "ep-7"]


def test_a_broken_feed_gives_the_items_that_can_be_read() -> None:
    feed = read_feed(rss(FULL, EPISODE)[:-60] + b"<item><title>cut o", URL)

    assert {"a-1", "ep-7"} <= {item.key for item in feed.items}


@pytest.mark.parametrize(
    "body", [b"", b"<html><body>Hello</body></html>", b"\x89PNG", b"plain", b"<rss></rss>"]
)
def test_what_is_no_feed_or_has_no_items_is_refused_in_words(body: bytes) -> None:
    with pytest.raises(SourceError, match="feed"):
        read_feed(body, URL)


def test_a_feed_that_defines_entities_is_refused() -> None:
    bomb = '<!DOCTYPE r [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]>'

    with pytest.raises(SourceError, match="entities"):
        read_feed(rss(FULL, head=bomb), URL)


def test_a_feed_of_too_many_items_is_cut() -> None:
    items = "".join(f"<item><guid>{n}</guid></item>" for n in range(MAX_ITEMS + 5))

    assert len(read_feed(rss(items), URL).items) == MAX_ITEMS


@pytest.mark.parametrize("link", ["javascript:alert(1)", "file:///etc/passwd", "http://"])
def test_a_link_that_is_no_web_address_is_dropped(link: str) -> None:
    (item,) = read_feed(rss(f"<item><guid>1</guid><link>{link}</link></item>"), URL).items

    assert item.link is None


@given(st.binary(max_size=400))
def test_no_bytes_after_the_head_of_a_feed_crash_the_reader(tail: bytes) -> None:
    body = b"<rss version='2.0'><channel><item><title>x</title>" + tail
    assert is_feed(body)

    try:
        feed = read_feed(body, URL)
    except SourceError:
        return
    assert all(item.key and item.title for item in feed.items)


@pytest.mark.parametrize(
    "head",
    [
        "<!-- < written by a <machine> -->",
        f"<!--{'x' * 80_000}-->",
        '<?xml-stylesheet type="text/xsl" href="a<b.xsl"?>',
        '<!DOCTYPE rss PUBLIC "-//x//DTD RSS 0.91//EN" "http://example.com/rss.dtd">',
        "<!DOCTYPE rss [<!ELEMENT rss ANY>]>",
    ],
    ids=lambda head: head[:20],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_feed_is_one_whatever_stands_before_its_root(head: str, encoding: str) -> None:
    text = rss(FULL, head=head).decode().replace('"utf-8"', f'"{encoding}"')

    assert is_feed(text.encode(encoding))
    assert read_feed(text.encode(encoding), URL).items[0].key == "a-1"


def test_a_feed_whose_root_has_a_prefix_is_read() -> None:
    prefixed = ATOM.replace(b"<", b"<a:").replace(b"<a:/", b"</a:").replace(b"xmlns=", b"xmlns:a=")

    item = read_feed_item(prefixed, URL, "urn:x:1")

    assert item.text == "Ink is black."


def test_signs_in_plain_text_of_an_atom_feed_are_words() -> None:
    plain = ATOM.replace(b'"html">Ink &amp;amp; paper', b'"text">Ink &lt;paper&gt; &amp;amp; water')
    plain = plain.replace(b'type="html">&lt;p&gt;Ink', b'type="text">Write &lt;b&gt; when ink')

    item = read_feed_item(plain, URL, "urn:x:1")

    assert item.title == "Ink <paper> &amp; water"
    assert item.text.startswith("Write <b> when ink is")


def test_items_on_one_page_keep_their_places_there_and_are_no_pages_of_their_own() -> None:
    items = (
        f"<item><guid isPermaLink='false'>{n}</guid><link>https://example.com/log#v{n}</link></item>"
        for n in (1, 2)
    )

    found = read_feed(rss(*items), URL).items

    assert [item.link for item in found] == [f"https://example.com/log#v{n}" for n in (1, 2)]
    assert not any(item.is_own_page for item in found)
