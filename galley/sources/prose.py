"""Markdown to Markdown prose: what a reader reads, without markup inside lines."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode

_INDENT = "  "
_LANGUAGE = re.compile(r"[A-Za-z][\w+#.-]{0,19}(?!\S)")


@dataclass(frozen=True)
class Prose:
    """Prose and the heading it opens with, which is not repeated in the text."""

    text: str
    title: str = ""


def prose_of(markdown: str) -> Prose:
    """Return headings, paragraphs, lists, quotes, tables and code as plain lines.

    Emphasis and link targets go, pictures and raw HTML too: what stands in them is
    not what the reader reads.
    """
    parser = MarkdownIt("commonmark").enable(["table", "strikethrough"])
    blocks = SyntaxTreeNode(parser.parse(markdown)).children
    title = ""
    if blocks and blocks[0].type == "heading" and blocks[0].tag == "h1":
        title = _inline(blocks[0])
        blocks = blocks[1:]
    return Prose(_blocks(blocks), title)


def _blocks(nodes: list[SyntaxTreeNode]) -> str:
    parts = (_block(node) for node in nodes)
    return "\n\n".join(part for part in parts if part)


def _block(node: SyntaxTreeNode) -> str:
    render = _BLOCKS.get(node.type)
    return render(node) if render else ""


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
    return "\n".join(
        f"> {line}".rstrip() for line in _blocks(node.children).split("\n")
    )


def _code(node: SyntaxTreeNode) -> str:
    fence = "````" if "```" in node.content else "```"
    if not node.content.strip():
        return ""
    language = _LANGUAGE.match(node.info or "")
    named = language.group() if language else ""
    return f"{fence}{named}\n{node.content.rstrip()}\n{fence}"


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
