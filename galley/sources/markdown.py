"""Markdown and text files as sources: their front matter, and their prose as plain lines.

The reading activity calls it, and the readers of HTML, to which a page is Markdown first.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from pathlib import PurePath
from typing import cast

from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode

from galley.models.source import SourceDocument, SourceKind
from galley.sources import bounded_yaml
from galley.sources.identity import normalise_url
from galley.sources.pictures import pictures_of_markdown
from galley.sources.text import (
    SourceError,
    clean,
    clean_line,
    decode,
    require_length,
    require_more_than_links,
)

TITLE_CHARACTERS = 200
_MAX_CHARACTERS = 20_000  # of the front matter
_MAX_TAGS = 30
_LINE = 300
_SHORT_LINE = 120
_INDENT = "  "
_KEY = re.compile(r"\A[\w-]++\s*+:")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8})*")
_CODE_LANGUAGE = re.compile(r"[A-Za-z][\w+#.-]{0,19}(?!\S)")


@dataclass(frozen=True)
class FrontMatter:
    """The keys that Galley reads: title, link, author, date, language, tags."""

    title: str = ""
    link: str | None = None
    author: str | None = None
    published_at: datetime | None = None
    language: str | None = None
    tags: tuple[str, ...] = ()


def split_front_matter(text: str, name: str) -> tuple[FrontMatter, str]:
    """Return the front matter and the rest.

    A file that merely opens with a rule of dashes has no front matter.

    Raises:
        SourceError: The front matter is broken; the message names the line.
    """
    from frontmatter.default_handlers import YAMLHandler

    handler = YAMLHandler()
    opening = re.match(r"\A---+[^\S\n]*\n", text)
    if opening is None:
        return FrontMatter(), text
    # A key in the next line shows that front matter is meant, so its faults are told.
    claims = bool(_KEY.match(text[opening.end() :].lstrip()))
    try:
        head, body = handler.split(text)
    except ValueError as error:
        if claims:
            raise SourceError(
                f"{name}: the front matter is not closed: put a line of three dashes after it."
            ) from error
        return FrontMatter(), text
    if len(head) > _MAX_CHARACTERS:
        raise SourceError(
            f"{name}: the front matter is longer than {_MAX_CHARACTERS:,} characters: shorten it."
        )
    # YAML counts from the first line of the head, the message from that of the file.
    line = text[: text.index(head, opening.end() - 1)].count("\n") + 1
    data = _mapping(head, name, line) if claims or not head.strip() else None
    return (FrontMatter(), text) if data is None else (_known(data, name), body)


def _mapping(head: str, name: str, first_line: int) -> dict[str, object] | None:
    try:
        data = bounded_yaml.load(head)
    except bounded_yaml.UnreadableYamlError as error:
        where = first_line + (error.line or 1) - 1
        told = (
            f"is broken at line {where}: mend the YAML there"
            if error.why
            else "holds a value that YAML cannot read: put it in quotes"
        )
        raise SourceError(f"{name}: the front matter {told}.") from error
    if data is None:
        return {}
    if not isinstance(data, dict):
        return None
    # Keys may be of any type and case.
    pairs = cast("dict[object, object]", data).items()
    return {key.lower(): value for key, value in pairs if isinstance(key, str)}


def _known(data: dict[str, object], name: str) -> FrontMatter:
    tags = data.get("tags")
    names = _lines(tags.split(",") if isinstance(tags, str) else tags)
    bare = (tag.lstrip("#").strip() for tag in names)
    authors = _lines(data.get("author", data.get("authors")))
    return FrontMatter(
        title=_line(data.get("title")),
        link=_link(data, name),
        author=clean_line(", ".join(authors), _LINE) or None,
        published_at=_instant(data.get("date", data.get("published"))),
        language=language_tag(data.get("language", data.get("lang"))),
        tags=tuple(dict.fromkeys(tag for tag in bare if tag)),
    )


def _line(value: object) -> str:
    """Return a scalar as one line, and a container as nothing."""
    # Aliases can make a small container endless to write out.
    return clean_line(str(value), _LINE) if isinstance(value, (str, int, float)) else ""


def _lines(value: object) -> list[str]:
    values: list[object] = cast("list[object]", value) if isinstance(value, list) else [value]
    return [line for line in (_line(item) for item in values[:_MAX_TAGS]) if line]


def _link(data: dict[str, object], name: str) -> str | None:
    for key in ("canonical_url", "canonical", "link", "url"):
        value = _line(data.get(key))
        if not value:
            continue
        try:
            return normalise_url(value)
        except SourceError as error:
            raise SourceError(
                f"{name}: `{key}` in the front matter is not a web address: give one "
                "like https://example.com/article."
            ) from error
    return None


def _instant(value: object) -> datetime | None:
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value.strip())
        except ValueError:
            return None
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=UTC)
    if isinstance(value, date):
        return datetime.combine(value, time(), UTC)
    return None


def language_tag(value: object) -> str | None:
    """Return a BCP 47 tag, or ``None`` for anything else."""
    if not isinstance(value, str) or not _LANGUAGE.fullmatch(value.strip()):
        return None
    return value.strip().replace("_", "-")


@dataclass(frozen=True)
class Prose:
    """Prose, and the heading that it opens with, which is not repeated in the text."""

    text: str
    title: str = ""


def prose_of(markdown: str) -> Prose:
    """Return headings, paragraphs, lists, quotes, tables and code as plain lines.

    Emphasis, link targets, pictures and raw HTML are left out: a reader does not see them as
    words.
    """
    parser = MarkdownIt("commonmark").enable(["table", "strikethrough"])
    blocks = SyntaxTreeNode(parser.parse(markdown)).children
    title = ""
    if blocks and blocks[0].type == "heading" and blocks[0].tag == "h1":
        title = _inline(blocks[0])
        blocks = blocks[1:]
    return Prose(_blocks(blocks), title)


def _blocks(nodes: list[SyntaxTreeNode]) -> str:
    renders = ((_BLOCKS.get(node.type), node) for node in nodes)
    parts = (render(node) for render, node in renders if render)
    return "\n\n".join(part for part in parts if part)


def _heading(node: SyntaxTreeNode) -> str:
    words = _inline(node)
    return f"{'#' * int(node.tag[1:])} {words}" if words else ""


def _list(node: SyntaxTreeNode) -> str:
    first = int(node.attrs.get("start", 1))
    items: list[str] = []
    for number, item in enumerate(node.children, first):
        mark = f"{number}. " if node.type == "ordered_list" else "- "
        body = _blocks(item.children).replace("\n\n", "\n")
        items.append(mark + body.replace("\n", f"\n{_INDENT}"))
    return "\n".join(items)


def _quote(node: SyntaxTreeNode) -> str:
    return "\n".join(f"> {line}".rstrip() for line in _blocks(node.children).split("\n"))


def _code(node: SyntaxTreeNode) -> str:
    language = _CODE_LANGUAGE.match(node.info or "")
    return fenced(node.content, language.group() if language else "")


def fenced(code: str, language: str) -> str:
    """Return a block of code as Markdown; nothing for an empty one."""
    # Three backticks in the code would end the block.
    fence = "````" if "```" in code else "```"
    return f"{fence}{language}\n{code.rstrip()}\n{fence}" if code.strip() else ""


def _table(node: SyntaxTreeNode) -> str:
    rows = [row for part in node.children for row in part.children]
    return "\n".join(" | ".join(_inline(cell) for cell in row.children) for row in rows)


def _inline(node: SyntaxTreeNode) -> str:
    return " ".join("".join(_words(child) for child in node.children).split())


def _words(node: SyntaxTreeNode) -> str:
    if node.type in {"image", "html_inline"}:
        return ""
    if node.type in {"softbreak", "hardbreak"}:
        return " "
    if node.children:
        return "".join(_words(child) for child in node.children)
    return node.content


_BLOCKS: dict[str, Callable[[SyntaxTreeNode], str]] = {
    "heading": _heading,
    "paragraph": _inline,
    "bullet_list": _list,
    "ordered_list": _list,
    "blockquote": _quote,
    "fence": _code,
    "code_block": _code,
    "table": _table,
}


def warm_up() -> None:
    """Read a file, whose like the children of a sandbox will read."""
    read_markdown(b"---\ntitle: Ink\n---\n\nInk is black, and old.\n", "ink.md")


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
    prose = prose_of(body) if kind is SourceKind.MARKDOWN else _text_prose(body)
    if not prose.text and not prose.title:
        raise SourceError(f"{name} holds no text to read: give a file with text.")
    require_more_than_links(prose.text, _link_words(body), name)
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


def _link_words(body: str) -> Iterator[str]:
    """Yield the words of each link of a Markdown text."""
    for node in SyntaxTreeNode(MarkdownIt("commonmark").parse(body)).walk():
        if node.type == "link":
            yield _words(node)


def _text_prose(body: str) -> Prose:
    """Return the text; a short first paragraph of one line is its title."""
    body = body.strip()
    first, _, rest = body.partition("\n\n")
    if rest and "\n" not in first and len(first) <= _SHORT_LINE:
        return Prose(rest.strip(), first)
    return Prose(body)
