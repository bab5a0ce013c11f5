"""Have our readers read public suites of others, and print how far they agree.

None is kept here. Fetch one, then run, for example::

    git clone --depth 1 https://github.com/mozilla/readability
    python -m bench.suites pages readability/test/test-pages
    git clone --depth 1 https://github.com/kurtmckee/feedparser
    python -m bench.suites feeds feedparser/tests
"""

import json
import re
import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import cast

import lxml.html

from bench.report import keep, leave, machine
from galley.sources.articles import read_article
from galley.sources.feeds import read_feed
from galley.sources.text import SourceError

_URL = "http://fakehost/test/page.html"
_FEEDS = frozenset({".xml", ".rss", ".atom"})


def _words(text: str) -> Counter[str]:
    return Counter(re.findall(r"\w+", text.casefold()))


def _agreement(found: str, expected: str) -> float:
    """Return F1 of the words, each as often as it stands there."""
    ours, theirs = _words(found), _words(expected)
    both = (ours & theirs).total()
    return 2 * both / max(1, ours.total() + theirs.total())


def _tree(html: str) -> lxml.html.HtmlElement:
    return cast("lxml.html.HtmlElement", lxml.html.fromstring(html or "<p></p>"))  # pyright: ignore[reportUnknownMemberType]


def _plain(text: str | None) -> str:
    return " ".join((text or "").split()).casefold()


def pages(folder: Path) -> dict[str, object]:
    """Return the agreement with readability's pages: words, titles, authors."""
    words, titles, authors, refused = list[float](), list[bool](), list[bool](), list[str]()
    for case in sorted(one for one in folder.iterdir() if (one / "source.html").is_file()):
        about = json.loads((case / "expected-metadata.json").read_text(encoding="utf-8"))
        html = (case / "expected.html").read_text(encoding="utf-8")
        expected = " ".join(str(one) for one in _tree(html).xpath("//text()"))
        try:
            document = read_article((case / "source.html").read_bytes(), case.name, url=_URL)
        except SourceError as error:
            refused.append(str(error))
            continue
        words.append(_agreement(document.text, expected))
        # Ours are without the name of the site.
        titles.append(_plain(document.title) in _plain(about["title"]))
        if about.get("byline"):
            named = _plain(document.author)
            authors.append(bool(named) and named in _plain(about["byline"]))
    return {
        "pages": len(words),
        "refused": refused,
        "f1_of_words": _share(words),
        "titles": _share(titles),
        "authors": _share(authors),
    }


def feeds(folder: Path) -> dict[str, object]:
    """Return what became of each feed: read, refused in words, or a bug."""
    ended, refused = Counter[str](), Counter[str]()
    for file in sorted(one for one in folder.rglob("*") if one.suffix in _FEEDS):
        try:
            read_feed(file.read_bytes(), "https://example.com/feed.xml")
            ended["read"] += 1
        except SourceError as error:
            ended["refused"] += 1
            refused[str(error)] += 1
        except Exception as error:  # noqa: BLE001 -- this is what is looked for
            ended[f"bug: {type(error).__name__} in {file.name}"] += 1
    return {"feeds": ended.total(), "ended": dict(ended), "refused": dict(refused)}


def _share(values: Iterable[float]) -> float:
    held = list(values)
    return round(sum(held) / max(1, len(held)), 3)


def main() -> int:
    """Read one suite, print, and keep the result."""
    suites = {"pages": pages, "feeds": feeds}
    match sys.argv[1:]:
        case [suite, folder] if suite in suites and Path(folder).is_dir():
            keep(f"suite-{suite}", suites[suite](Path(folder)), machine())
            return 0
        case _:
            print(__doc__)
            return 2


if __name__ == "__main__":
    leave(main())
