"""Markdown and text files as sources."""

from pathlib import PurePath

from galley.models import SourceDocument, SourceKind
from galley.sources.errors import SourceError
from galley.sources.frontmatter import split_front_matter
from galley.sources.pictures import pictures_of_markdown
from galley.sources.plain import clean, clean_line, decode, require_length
from galley.sources.prose import Prose, prose_of

TITLE_CHARACTERS = 200
_SHORT_LINE = 120


def read_markdown(data: bytes, name: str) -> SourceDocument:
    """Read a Markdown file.

    The title is the front matter's, else the heading it opens with, else the file's
    name.

    Raises:
        SourceError: It cannot be used.
    """
    return _read(data, name, SourceKind.MARKDOWN)


def read_text(data: bytes, name: str) -> SourceDocument:
    """Read a text file; front matter is respected here too.

    Raises:
        SourceError: It cannot be used.
    """
    return _read(data, name, SourceKind.TEXT)


def _read(data: bytes, name: str, kind: SourceKind) -> SourceDocument:
    text = decode(data, name).replace("\r\n", "\n")
    front, body = split_front_matter(text, name)
    body = require_length(clean(body), name)
    prose = prose_of(body) if kind is SourceKind.MARKDOWN else _plain(body)
    if not prose.text and not prose.title:
        raise SourceError(f"{name} holds no text to read: give a file with text.")
    title = front.title or prose.title or PurePath(name).stem
    return SourceDocument(
        kind=kind,
        title=clean_line(title, TITLE_CHARACTERS),
        link=front.link,
        author=front.author,
        published_at=front.published_at,
        language=front.language,
        tags=front.tags,
        text=clean(prose.text) or prose.title,
        pictures=pictures_of_markdown(body) if kind is SourceKind.MARKDOWN else (),
    )


def _plain(body: str) -> Prose:
    """Take a short first paragraph of one line for the title."""
    body = body.strip()
    first, _, rest = body.partition("\n\n")
    if rest and "\n" not in first and len(first) <= _SHORT_LINE:
        return Prose(rest.strip(), first)
    return Prose(body)
