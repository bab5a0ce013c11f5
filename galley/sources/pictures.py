"""The pictures of a source: their addresses and alt texts.

The readers of articles and of Markdown call it.
"""

import re
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
# Names of parts of a page that belong to somebody else, or lead elsewhere.
_FOREIGN = frozenset(
    {"ad", "ads", "advert", "advertisement", "promo", "promoted", "sponsor", "sponsored"}
)
_CREDIT = re.compile(
    r"(?:\b(?:photo(?:graph|graphy)?|image|picture|foto|fotografía|bild|crédits?(?: photo)?|"
    r"crédito|credit)(?: (?:credit|by|courtesy of|par|von|de|di))?\s?[:/]\s?|"
    r"\bphoto(?:graph)?s? by |©\s?)"
    r"[^.;|()\n]{2,60}",
    re.IGNORECASE,
)


def pictures_of_page(tree: lxml.html.HtmlElement, url: str | None) -> tuple[SourcePicture, ...]:
    """Return the lead picture of a page, then those in its article.

    ``url`` is where the page was found; without it, only whole addresses count.
    """
    alts = _elements(tree, '//meta[@property="og:image:alt"]')
    alt = alts[0].get("content", "") if alts else ""
    lead = [(one.get("content", ""), alt, "") for one in _elements(tree, _OG_IMAGE)[:1]]
    return _usable([*lead, *_in_article(tree)], url or "")


def pictures_of_markdown(text: str) -> tuple[SourcePicture, ...]:
    """Return the pictures that a Markdown text shows from the web."""
    root = SyntaxTreeNode(MarkdownIt("commonmark").parse(text))
    images = (node for node in root.walk() if node.type == "image")
    return _usable(
        (str(node.attrs.get("src", "")), _words(node), _credited(str(node.attrs.get("title", ""))))
        for node in images
    )


def _words(node: SyntaxTreeNode) -> str:
    return "".join(_words(one) for one in node.children) or node.content


def _credited(text: str) -> str:
    """Return the words of a caption that name the maker of its picture."""
    found = _CREDIT.search(clean_line(text, _LONGEST_ALT))
    return found.group().strip() if found else ""


def _usable(found: Iterable[tuple[str, str, str]], base: str = "") -> tuple[SourcePicture, ...]:
    """Return the pictures of the web, each once; an alt text or a credit beats none."""
    kept: dict[str, SourcePicture] = {}
    for link, alt, credit in found:
        try:
            address = urljoin(base, link)
            parts = urlsplit(address)
            is_web = parts.scheme in {"http", "https"} and bool(parts.hostname)
        except ValueError:
            continue
        is_drawing = parts.path.lower().endswith(_DRAWINGS)
        if not is_web or is_drawing or len(address) > _LONGEST_ADDRESS or len(kept) == MOST:
            continue
        known = kept.get(address, SourcePicture(url=address))
        said = known.alt_text or clean_line(alt, _LONGEST_ALT)
        kept[address] = SourcePicture(url=address, alt_text=said, credit=known.credit or credit)
    return tuple(kept.values())


def _in_article(tree: lxml.html.HtmlElement) -> Iterator[tuple[str, str, str]]:
    shown = (_elements(tree, place) for place in _PLACES)
    for image in next(filter(None, shown), ()):
        around = {str(parent.tag) for parent in image.iterancestors()}
        named = " ".join(
            f"{one.get('class', '')} {one.get('id', '')} {one.get('rel', '')}"
            for one in (image, *image.iterancestors())
            if one.tag not in {"html", "body", "main", "article"}
        )
        sides = (image.get("width") or "", image.get("height") or "")
        # A number of more than six digits would be slow to read, and is no size.
        is_small = any(side.isdecimal() and int(side[:6]) < _LEAST_SIDE for side in sides)
        links = [image.get(name) or "" for name in _LAZY]
        source: str = next((link for link in links if link), "")
        is_foreign = not _FOREIGN.isdisjoint(re.split(r"[\s_-]+", named.lower()))
        if not source or around & _ASIDE or is_small or is_foreign:
            continue
        figure = next(image.iterancestors("figure"), None)
        caption = None if figure is None else figure.find(".//figcaption")
        said = "" if caption is None else str(caption.text_content())
        yield source.strip(), image.get("alt") or said, _credited(said)


def _elements(tree: lxml.html.HtmlElement, path: str) -> list[lxml.html.HtmlElement]:
    return cast("list[lxml.html.HtmlElement]", tree.xpath(path))
