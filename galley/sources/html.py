"""HTML without the elements that a reader does not see but a model would read, and its prose.

The readers of articles, feeds and transcripts call it.
"""

import re
from typing import cast

import lxml.html
import trafilatura
from lxml import etree
from lxml.html import HtmlElement

from galley.sources.markdown import prose_of
from galley.sources.text import clean

_NEVER_SHOWN = frozenset({"template", "noscript", "object", "embed", "datalist"})
# Sites fade their whole page in by script; dropping these would drop every word.
_WHOLE_PAGE = frozenset({"html", "body", "head"})
_HIDING_CLASSES = frozenset(
    {
        *("sr-only", "visually-hidden", "visuallyhidden", "screen-reader-text"),
        *("element-invisible", "d-none", "hidden", "is-hidden", "u-hidden"),
    }
)
# `hidden lg:block` hides on small screens alone (Tailwind; Bootstrap's `d-lg-block`).
_SHOWN_AGAIN = re.compile(
    r"(?:d-)?(?:sm|md|lg|xl|2xl|xxl)[:-](?:block|flex|grid|inline|table|contents).*"
)
_ZERO = r"[-+]?(0++(\.0*+)?|\.0++)(px|em|rem|%|pt|vw|vh)?"
_HIDING_STYLE = re.compile(
    rf"""
    (^|;)(
        display:none
      | visibility:(hidden|collapse)
      | content-visibility:hidden
      | opacity:(0*\.0\d*|{_ZERO})(;|!|$)
      | font-size:({_ZERO}|[01](\.\d+)?p[xt]|0?\.\d+p[xt]|0?\.[0-2]\d*r?em)(;|!|$)
      | (max-)?(height|width):([01](\.\d+)?px|{_ZERO})(;|!|$)
      | (left|right|top|bottom|text-indent):-\d{{3,}}
      | (left|text-indent|margin-left|margin-top):-?\d{{4,}}
      | clip:rect\((0|1px)
      | clip-path:(inset\((50|100)%|circle\(0)
      | transform:scale\(0(\.0+)?\)
      | color:transparent
    )""",
    re.VERBOSE,
)
_COLOUR = re.compile(r"(?:^|;)color:([^;!]+)")
_BACKGROUND = re.compile(r"(?:^|;)background(?:-color)?:([^;!]+)")
_WHITE = frozenset({"white", "#fff", "#ffff", "#ffffff", "#ffffffff", "rgb(255,255,255)"})
# As in CSS, one that is not closed goes on to the end: looking for its end stays linear.
_COMMENT = re.compile(r"/\*.*?(?:\*/|\Z)", re.DOTALL)
_PARAGRAPHS = "//p | //li | //blockquote | //h1 | //h2 | //h3 | //pre | //td"


def drop_hidden(tree: HtmlElement) -> None:
    """Remove hidden elements from the tree, with everything in them.

    They are known by element, ``hidden`` and ``aria-hidden``, class names that stand for hiding,
    and inline style. Style sheets are not read: an element hidden by one stays, which is one
    reason why source text is never an instruction further on.
    """
    for element in list(tree.iter()):
        # Comments and processing instructions have no name.
        if not isinstance(element.tag, str) or element.tag in _WHOLE_PAGE:
            continue
        is_hidden = element.tag in _NEVER_SHOWN or _says_hidden(element)
        if is_hidden and element.getparent() is not None:
            element.drop_tree()


def _says_hidden(element: HtmlElement) -> bool:
    names = (element.get("class") or "").lower().split()
    has_class = not _HIDING_CLASSES.isdisjoint(names)
    return (
        element.get("hidden") is not None
        or (element.get("aria-hidden") or "").strip().lower() == "true"
        or (has_class and not any(map(_SHOWN_AGAIN.fullmatch, names)))
        or _is_hiding_style(element.get("style") or "")
    )


def _is_hiding_style(style: str) -> bool:
    compact = "".join(_COMMENT.sub("", style).lower().split())
    if _HIDING_STYLE.search(compact):
        return True
    # Text of the colour of its ground, white where none is given.
    colour, ground = _COLOUR.search(compact), _BACKGROUND.search(compact)
    if colour is None:
        return False
    both_white = colour[1] in _WHITE and (ground[1] if ground else "white") in _WHITE
    return both_white or (ground is not None and colour[1] == ground[1])


def markdown_of(tree: HtmlElement, *, url: str | None = None, recall: bool = False) -> str:
    """Return trafilatura's text of a page as Markdown, without comments, pictures and links.

    ``recall`` keeps text that is perhaps not of the article.
    """
    markdown = trafilatura.extract(
        tree,
        url=url,
        output_format="markdown",
        include_comments=False,
        include_images=False,
        include_links=False,
        with_metadata=False,
        favor_recall=recall,
    )
    return clean(markdown or "")


def prose_of_html(html: str) -> str:
    """Return the HTML as Markdown prose, without what no reader sees; maybe empty."""
    tree = _parsed(html) if html.strip() else None
    if tree is None:
        return ""
    drop_hidden(tree)
    # Trafilatura gives up on short texts, and a teaser is one; its result must hold half of the
    # words that stand in paragraphs. Those count if they are half of all words.
    kept = markdown_of(tree, recall=True)
    blocks = cast("list[lxml.html.HtmlElement]", tree.xpath(_PARAGRAPHS))
    said = [" ".join(block.text_content().split()) for block in blocks]
    whole = " ".join(tree.text_content().split())
    joined = "\n\n".join(line for line in said if line)
    plain = clean(joined if len(joined) * 2 > len(whole) else whole)
    return prose_of(kept).text if len(kept) * 2 > len(plain) else plain


def line_of_html(html: str) -> str:
    """Return the words of a title, which a feed may write as HTML."""
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
