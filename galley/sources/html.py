"""Take out of a page what its reader does not see but a model would read."""

import re
from collections.abc import Iterator, Sequence
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
        "sr-only",
        "visually-hidden",
        "visuallyhidden",
        "screen-reader-text",
        "element-invisible",
        "d-none",
        "hidden",
        "is-hidden",
        "u-hidden",
    }
)
# `hidden lg:block` hides on small screens alone (Tailwind; Bootstrap's `d-lg-block`).
_SHOWN_AGAIN = re.compile(
    r"(?:d-)?(?:sm|md|lg|xl|2xl|xxl)[:-](?:block|flex|grid|inline|table|contents).*"
)
_ZERO = r"[-+]?0*\.?0+(px|em|rem|%|pt|vw|vh)?"
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
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)


def drop_hidden(tree: HtmlElement) -> None:
    """Remove hidden elements from the tree, with all that is in them.

    Known by element, ``hidden`` and ``aria-hidden``, the class names that stand for
    hiding, and inline style. Style sheets are not read: what is hidden by one stays,
    which is why source text is never an instruction further on.
    """
    for element in list(_hidden(tree)):
        if element.getparent() is not None:
            element.drop_tree()


def _hidden(tree: HtmlElement) -> Iterator[HtmlElement]:
    for element in tree.iter():
        if not isinstance(element.tag, str) or element.tag in _WHOLE_PAGE:
            continue
        if element.tag in _NEVER_SHOWN or _says_hidden(element):
            yield element


def _says_hidden(element: HtmlElement) -> bool:
    if element.get("hidden") is not None:
        return True
    if (element.get("aria-hidden") or "").strip().lower() == "true":
        return True
    if _is_hiding_class((element.get("class") or "").lower().split()):
        return True
    return _is_hiding_style(element.get("style") or "")


def _is_hiding_class(names: Sequence[str]) -> bool:
    return not _HIDING_CLASSES.isdisjoint(names) and not any(map(_SHOWN_AGAIN.fullmatch, names))


def _is_hiding_style(style: str) -> bool:
    compact = "".join(_COMMENT.sub("", style).lower().split())
    return bool(_HIDING_STYLE.search(compact)) or _is_text_on_itself(compact)


def _is_text_on_itself(style: str) -> bool:
    """Return whether text has the colour of its ground, white where none is said."""
    colour, ground = _COLOUR.search(style), _BACKGROUND.search(style)
    if colour is None:
        return False
    behind = ground[1] if ground else "white"
    both_white = colour[1] in _WHITE and behind in _WHITE
    return both_white or (ground is not None and colour[1] == ground[1])


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
