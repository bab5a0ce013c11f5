"""The pictures of a source: their addresses and alt texts.

The readers of articles and of Markdown call it.
"""

from collections.abc import Iterable, Iterator
from typing import cast
from urllib.parse import urljoin, urlsplit

import lxml.html
from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode

from galley.models.source import SourcePicture
from galley.sources.text import clean_line

MOST = 20
"""Candidates kept of a source; a post carries at most ten."""
_LONGEST_ALT, _LONGEST_ADDRESS = 1000, 2048
_LEAST_SIDE = 200  # pixels, where the page names them; smaller are icons and counters
_OG_IMAGE = '//meta[@property="og:image"]'
_PLACES = ("//article//img", "//main//img", "//body//img")
_ASIDE = frozenset({"header", "nav", "footer", "aside"})
# Pages that load pictures late keep a blank one in ``src``, so that comes last.
_LAZY = ("data-src", "data-original", "src")
_DRAWINGS = (".svg", ".ico")


def pictures_of_page(tree: lxml.html.HtmlElement, url: str | None) -> tuple[SourcePicture, ...]:
    """Return the lead picture of a page, then those in its article.

    ``url`` is where the page was found; without it, only whole addresses count.
    """
    alts = _elements(tree, '//meta[@property="og:image:alt"]')
    alt = alts[0].get("content", "") if alts else ""
    lead = [(one.get("content", ""), alt) for one in _elements(tree, _OG_IMAGE)[:1]]
    return _usable([*lead, *_in_article(tree)], url or "")


def pictures_of_markdown(text: str) -> tuple[SourcePicture, ...]:
    """Return the pictures that a Markdown text shows from the web."""
    root = SyntaxTreeNode(MarkdownIt("commonmark").parse(text))
    images = (node for node in root.walk() if node.type == "image")
    return _usable((str(node.attrs.get("src", "")), _words(node)) for node in images)


def _words(node: SyntaxTreeNode) -> str:
    return "".join(_words(one) for one in node.children) or node.content


def _usable(found: Iterable[tuple[str, str]], base: str = "") -> tuple[SourcePicture, ...]:
    """Return the pictures of the web, each once; an alt text beats none."""
    kept: dict[str, SourcePicture] = {}
    for link, alt in found:
        try:
            address = urljoin(base, link)
            parts = urlsplit(address)
            is_web = parts.scheme in {"http", "https"} and bool(parts.hostname)
        except ValueError:
            continue
        is_drawing = parts.path.lower().endswith(_DRAWINGS)
        if not is_web or is_drawing or len(address) > _LONGEST_ADDRESS or len(kept) == MOST:
            continue
        known = kept.get(address)
        if known is None or not known.alt_text:
            said = clean_line(alt, _LONGEST_ALT)
            kept[address] = SourcePicture(url=address, alt_text=said)
    return tuple(kept.values())


def _in_article(tree: lxml.html.HtmlElement) -> Iterator[tuple[str, str]]:
    shown = (_elements(tree, place) for place in _PLACES)
    for image in next(filter(None, shown), ()):
        around = {str(parent.tag) for parent in image.iterancestors()}
        sides = (image.get("width") or "", image.get("height") or "")
        # A number of more than six digits would be slow to read, and is no size.
        is_small = any(side.isdecimal() and int(side[:6]) < _LEAST_SIDE for side in sides)
        links = [image.get(name) or "" for name in _LAZY]
        source: str = next((link for link in links if link), "")
        if not source or around & _ASIDE or is_small:
            continue
        figure = next(image.iterancestors("figure"), None)
        caption = None if figure is None else figure.find(".//figcaption")
        said = "" if caption is None else str(caption.text_content())
        yield source.strip(), image.get("alt") or said


def _elements(tree: lxml.html.HtmlElement, path: str) -> list[lxml.html.HtmlElement]:
    return cast("list[lxml.html.HtmlElement]", tree.xpath(path))
