"""Pieces of HTML, as feeds and transcripts hold them, to prose."""

from typing import cast

import lxml.html
import trafilatura
from lxml import etree

from galley.sources.hidden import drop_hidden
from galley.sources.plain import clean
from galley.sources.prose import prose_of

_PARAGRAPHS = "//p | //li | //blockquote | //h1 | //h2 | //h3 | //pre | //td"


def prose_of_html(html: str) -> str:
    """Return the HTML as Markdown prose, without what no reader sees; maybe empty."""
    if not html.strip():
        return ""
    tree = _parsed(html)
    if tree is None:
        return ""
    drop_hidden(tree)
    markdown = trafilatura.extract(
        tree,
        output_format="markdown",
        include_comments=False,
        include_images=False,
        include_links=False,
        with_metadata=False,
        favor_recall=True,
    )
    plain = _paragraphs(tree)
    # Trafilatura gives up on short texts, and a teaser is one.
    kept = clean(markdown or "")
    return prose_of(kept).text if len(kept) * 2 > len(plain) else plain


def _paragraphs(tree: lxml.html.HtmlElement) -> str:
    blocks = cast("list[lxml.html.HtmlElement]", tree.xpath(_PARAGRAPHS))
    said = [" ".join(block.text_content().split()) for block in blocks]
    whole = " ".join(tree.text_content().split())
    joined = "\n\n".join(line for line in said if line)
    return clean(joined if len(joined) * 2 > len(whole) else whole)


def line_of_html(html: str) -> str:
    """Return the words of a title, which feeds may write as HTML."""
    tree = _parsed(html) if "<" in html or "&" in html else None
    return html if tree is None else tree.text_content()


def _parsed(html: str) -> lxml.html.HtmlElement | None:
    """Return the piece as a page, or ``None`` if no parser makes anything of it."""
    page = f"<html><body><article>{html}</article></body></html>"
    try:
        return cast(
            "lxml.html.HtmlElement",
            lxml.html.document_fromstring(page),  # pyright: ignore[reportUnknownMemberType]
        )
    except (etree.LxmlError, ValueError):
        return None
