"""The long sources of ``examples/long/``, made of Galley's own pages.

``python -m bench.example_sources`` writes an article of 3,000 words, a transcript of 45
minutes, a feed with 30 items and a table of 40 prompts. All of it is text of ``docs/``, so
nothing in them is a claim about anybody else. :mod:`bench.examples` uses them and
:class:`Station`.
"""

import asyncio
import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from xml.sax.saxutils import escape

from galley.models.network import Platform
from tests.hearing import FERRY
from tests.serving import answering

_ROOT = Path(__file__).parents[1]
_DOCS = _ROOT / "docs"
FOLDER = _ROOT / "examples" / "long"
_ADDRESS = "https://example.com/galley"
_ARTICLE_WORDS = 3_000
_MINUTES = 45
_WORDS_A_MINUTE = 150
_ITEMS, _ITEM_WORDS = 30, 160
_ROWS, _ROW_WORDS = 40, 50
_NETWORKS = tuple(platform.value for platform in Platform)
DAY = datetime(2026, 11, 2, 8, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Section:
    """A heading of a page and the paragraphs below it."""

    title: str
    paragraphs: tuple[str, ...]

    @property
    def words(self) -> int:
        """Of the paragraphs."""
        return sum(len(p.split()) for p in self.paragraphs)


def sections() -> list[Section]:
    """Return the prose of the pages, decisions first; tables and code are left out."""
    pages = [*sorted((_DOCS / "decisions").glob("*.md")), _DOCS / "architecture.md"]
    pages += sorted(_DOCS.glob("how-to-*.md"))
    found = [one for page in pages for one in _sections(page)]
    return [one for one in found if one.words]


def _sections(page: Path) -> Iterator[Section]:
    text = re.sub(r"(?ms)^```.*?^```$|<!--.*?-->", "", page.read_text("utf-8"))
    name = re.sub(r"^# (?:\d+ )?", "", text.splitlines()[0])
    is_decision = page.parent.name == "decisions"
    for part in re.split(r"(?m)^#+ ", text)[1:]:
        head, _, body = part.partition("\n")
        blocks = (_plain(block) for block in body.split("\n\n"))
        title = f"{name}: {head.lower()}" if is_decision else re.sub(r"^\d+ ", "", head)
        yield Section(title, tuple(block for block in blocks if block))


def _plain(block: str) -> str:
    """Return a paragraph as one line of words; anything else is no prose."""
    if not re.match(r"\s*[A-Za-z*`\[]", block) or block.rstrip().endswith(":"):
        return ""
    line = re.sub(r"\[([^\]]+)\]\([^)]*\)", r"\1", " ".join(block.split()))
    line = re.sub(r"[`*]", "", line)
    return line if line.endswith((".", "?", "!")) else ""


def article(found: list[Section]) -> str:
    """Return an article of 3,000 words, in Markdown."""
    lines, words = [_FRONT.strip(), "", "# What a publishing engine had to decide"], 0
    for section in found:
        # Whole sections only.
        if words + section.words > _ARTICLE_WORDS:
            break
        lines += ["", f"## {section.title}", ""]
        lines.append("\n\n".join(section.paragraphs))
        words += section.words + len(section.title.split())
    return "\n".join(lines) + "\n"


_FRONT = f"""
---
title: What a publishing engine had to decide
link: {_ADDRESS}/decisions
tags: [publishing, reliability, Temporal]
language: en
---
"""


def transcript(found: list[Section]) -> str:
    """Return 45 minutes of the pages read aloud, as WebVTT."""
    lines, said = ["WEBVTT"], 0.0
    for sentence in _sentences(found):
        took = len(sentence.split()) * 60 / _WORDS_A_MINUTE
        if said >= _MINUTES * 60:
            break
        lines += ["", f"{_clock(said)} --> {_clock(said + took)}", sentence]
        said += took
    return "\n".join(lines) + "\n"


def _sentences(found: list[Section]) -> Iterator[str]:
    for section in found:
        for paragraph in section.paragraphs:
            yield from re.split(r"(?<=[.?!]) (?=[A-Z])", paragraph)


def _clock(seconds: float) -> str:
    whole, milliseconds = divmod(round(seconds * 1000), 1000)
    minutes, left = divmod(whole, 60)
    return f"{minutes // 60:02}:{minutes % 60:02}:{left:02}.{milliseconds:03}"


def feed(found: list[Section]) -> str:
    """Return an RSS feed with 30 items, the newest first."""
    notes = list(_notes(found, _ITEM_WORDS))[:_ITEMS]
    items = [_item(number, note) for number, note in enumerate(notes, start=1)]
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<rss version="2.0"><channel>\n'
        f"<title>Notes on a publishing engine</title><link>{_ADDRESS}</link>\n"
        "<description>What was decided, and why.</description>\n"
        + "\n".join(reversed(items))
        + "\n</channel></rss>\n"
    )


def _item(number: int, note: Section) -> str:
    body = "".join(f"<p>{escape(p)}</p>" for p in note.paragraphs)
    date = format_datetime(DAY + timedelta(days=number))
    return (
        f"<item><title>{escape(note.title)}</title>"
        f"<link>{_ADDRESS}/notes/{number}</link><guid>galley-note-{number}</guid>"
        f"<pubDate>{date}</pubDate><description>{escape(body)}</description></item>"
    )


def table(found: list[Section]) -> str:
    """Return a table of 40 prompts, each with the facts that it is about."""
    out = io.StringIO()
    rows = csv.writer(out, lineterminator="\n")
    rows.writerow(("prompt", "title", "platforms"))
    for number, note in enumerate(list(_notes(found, _ROW_WORDS))[:_ROWS]):
        facts = " ".join(note.paragraphs)[:1_600]
        # Decisions are titled "name: heading".
        title = note.title.partition(":")[0]
        rows.writerow(
            (f"Say this in plain words. {facts}", title, "; ".join(networks_of(number, 2)))
        )
    return out.getvalue()


def networks_of(number: int, count: int) -> list[str]:
    """Return so many networks, so that all of them have their turn."""
    return [_NETWORKS[(number * count + at) % len(_NETWORKS)] for at in range(count)]


def _notes(found: list[Section], least: int) -> Iterator[Section]:
    """Put neighbours together until each has so many words."""
    title, held = "", list[str]()
    for section in found:
        title = title or section.title
        held += section.paragraphs
        if sum(len(p.split()) for p in held) >= least:
            yield Section(title, tuple(held))
            title, held = "", []


def main() -> None:
    """Write the four files."""
    found = sections()
    FOLDER.mkdir(parents=True, exist_ok=True)
    made = {
        "article.md": article(found),
        "episode.vtt": transcript(found),
        "feed.xml": feed(found),
        "prompts.csv": table(found),
    }
    for name, text in made.items():
        (FOLDER / name).write_text(text, encoding="utf-8")
        print(f"examples/long/{name}: {len(text.split()):,} words")


if __name__ == "__main__":
    main()


_TITLE = "The ferry road"


class Station:
    """Serves the feed and the recording of one episode."""

    def __init__(self) -> None:
        self.host = ""
        self._sound = FERRY.read_bytes()

    @property
    def url(self) -> str:
        """The feed's address."""
        return f"http://{self.host}/feed.xml"

    async def answer(self, path: str, writer: asyncio.StreamWriter) -> None:
        """Answer one request."""
        if path.endswith(".ogg"):
            await answering(self._sound, content_type="audio/ogg")(path, writer)
        else:
            served = answering(self._feed(), content_type="application/rss+xml")
            await served(path, writer)

    def _feed(self) -> bytes:
        sound = escape(f"http://{self.host}/ferry.ogg")
        return (
            '<?xml version="1.0" encoding="UTF-8"?>\n<rss version="2.0"><channel>'
            "<title>Names that stay</title><link>https://example.com/names</link>"
            "<description>Why places are called what they are called.</description>"
            f"<item><title>{_TITLE}</title><guid>names-1</guid>"
            f"<pubDate>{format_datetime(DAY)}</pubDate>"
            f'<enclosure url="{sound}" length="{len(self._sound)}" type="audio/ogg"/>'
            "</item></channel></rss>"
        ).encode()
