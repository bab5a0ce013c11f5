"""A feed reads no file, asks no host and unpacks to nothing large."""

import tracemalloc
from pathlib import Path

import pytest

from galley.sources.feeds import Feed, read_feed, transcripts_of
from galley.sources.text import SourceError

URL = "https://example.com/feed.xml"
SECRET = "what only this file holds"
LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10 if n else "ha"}">' for n in range(12))
ITEM = (
    "<rss version='2.0' xmlns:podcast='https://podcastindex.org/namespace/1.0'>"
    "<channel><title>T</title><item><guid>1</guid><title>{0}</title>"
    "<description>The ferry sails at nine. {0}</description>"
    "<podcast:transcript url='https://example.com/{0}.vtt' type='text/vtt'/>"
    "</item></channel></rss>"
)
FAR = f"<!-- <a {'x' * 70_000} -->"
KINDS = {
    "a file": '<!DOCTYPE rss [<!ENTITY x SYSTEM "{file}">]>',
    "a host": '<!DOCTYPE rss [<!ENTITY x SYSTEM "http://127.0.0.1:1/x">]>',
    "a type elsewhere": '<!DOCTYPE rss SYSTEM "{file}">',
    "a parameter": '<!DOCTYPE rss [<!ENTITY % p SYSTEM "{file}"> %p;<!ENTITY x "%p;">]>',
    "a program": '<!DOCTYPE rss [<!ENTITY x SYSTEM "expect://id">]>',
    "laughs": f"<!DOCTYPE rss [{LAUGHS}<!ENTITY x '&l11;'>]>",
    "a large one": f'<!DOCTYPE rss [<!ENTITY x "{"a" * 100_000}">]>',
    "laughs, far behind a comment": f"{FAR}<!DOCTYPE rss [{LAUGHS}<!ENTITY x '&l11;'>]>",
    "itself": '<!DOCTYPE rss [<!ENTITY x "&x;">]>',
}


def read(data: bytes) -> Feed | None:
    try:
        return read_feed(data, URL)
    except SourceError:
        return None


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-be", "utf-7"])
@pytest.mark.parametrize("often", [1, 200])
def test_an_entity_of_a_feed_leads_nowhere(
    tmp_path: Path, kind: str, often: int, encoding: str
) -> None:
    file = tmp_path / "secret.txt"
    file.write_text(SECRET)
    head = f'<?xml version="1.0" encoding="{encoding}"?>'
    head += kind.replace("{file}", file.as_uri())
    data = (head + ITEM.format("&x;" * often)).encode(encoding)

    tracemalloc.start()
    try:
        found = read(data)
        transcripts = transcripts_of(data, URL)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    told = found.model_dump_json() if found else ""
    assert SECRET not in told + str(transcripts)
    assert len(told) < 100_000
    assert peak < 100_000_000


@pytest.mark.parametrize(
    "data",
    [
        ITEM.format("<b>" * 20_000).encode(),
        ("<rss><channel>" + "<item>" * 20_000).encode(),
        f"<rss {'a' * 500_000}='b'><channel/></rss>".encode(),
        ITEM.format("x" * 3_000_000).encode(),
        b"<rss><channel>" + b"<item><guid>1</guid></item>" * 5_000,
    ],
    ids=["deep", "nested items", "a long name", "a long title", "many items"],
)
def test_a_huge_feed_is_cut_or_refused(data: bytes) -> None:
    found = read(data)

    assert found is None or len(found.items) <= 1_000
    assert found is None or all(len(item.title) <= 300 for item in found.items)
