"""HTML without the elements that a reader does not see but a model would read, and its prose.

The readers of articles, feeds and transcripts call it.
"""

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, cast

import lxml.html
from lxml import etree
from lxml.html import HtmlElement

from galley.sources.markdown import Prose, fenced
from galley.sources.text import clean

if TYPE_CHECKING:
    from trafilatura.settings import Document

_NEVER_SHOWN = frozenset({"template", "object", "embed", "datalist"})
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
_FADED = re.compile(rf"(?:^|;)opacity:(?:0*\.0\d*|{_ZERO})(?:;|!|$)")
_MOVING = re.compile(r"(?:^|;)(?:transform|translate|transition|animation|will-change)")
# Of a page's words; more of them are no secret but sections that scrolling fades in.
_MOST_FADED = 1 / 3
_COLOUR = re.compile(r"(?:^|;)color:([^;!]+)")
_BACKGROUND = re.compile(r"(?:^|;)background(?:-color)?:([^;!]+)")
_WHITE = frozenset({"white", "#fff", "#ffff", "#ffffff", "#ffffffff", "rgb(255,255,255)"})
# As in CSS, one that is not closed goes on to the end: looking for its end stays linear.
_COMMENT = re.compile(r"/\*.*?(?:\*/|\Z)", re.DOTALL)
_PARAGRAPHS = "//p | //li | //blockquote | //h1 | //h2 | //h3 | //pre | //td"


def drop_hidden(tree: HtmlElement, *, without_scripts: bool = False) -> None:
    """Remove hidden elements from the tree, with everything in them.

    ``without_scripts`` shows what a browser without them does.

    They are known by element, ``hidden`` and ``aria-hidden``, class names that stand for hiding,
    and inline style. Style sheets are not read: an element hidden by one stays, which is one
    reason why source text is never an instruction further on.
    """
    faded = list[HtmlElement]()
    for element in list(tree.iter()):
        # Comments and processing instructions have no name.
        if not isinstance(element.tag, str) or element.tag in _WHOLE_PAGE:
            continue
        if element.tag == "noscript" and without_scripts:
            element.drop_tag()
            continue
        is_hidden = element.tag in {*_NEVER_SHOWN, "noscript"} or _says_hidden(element)
        if is_hidden and element.getparent() is not None:
            element.drop_tree()
        elif (style := element.get("style")) and _is_faded(style):
            faded.append(element)
    total = len(tree.text_content()) * _MOST_FADED
    if sum(len(element.text_content()) for element in faded) <= total:
        for element in faded:
            if element.getparent() is not None:
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


def _compact(style: str) -> str:
    return "".join(_COMMENT.sub("", style).lower().split())


def _is_faded(style: str) -> bool:
    compact = _compact(style)
    return bool(_FADED.search(compact)) and not _MOVING.search(compact)


def _is_hiding_style(style: str) -> bool:
    compact = _compact(style)
    if _HIDING_STYLE.search(compact):
        return True
    # Text of the colour of its ground, white where none is given.
    colour, ground = _COLOUR.search(compact), _BACKGROUND.search(compact)
    if colour is None:
        return False
    both_white = colour[1] in _WHITE and (ground[1] if ground else "white") in _WHITE
    return both_white or (ground is not None and colour[1] == ground[1])


def prose_of_tree(tree: HtmlElement, *, url: str | None = None, recall: bool = False) -> Prose:
    """Return the article of a page as plain lines, without comments, pictures and links.

    ``recall`` keeps text that is perhaps not of the article.
    """
    import trafilatura

    found = cast("Callable[..., Document | None]", trafilatura.bare_extraction)(
        tree,
        url=url,
        include_comments=False,
        include_images=False,
        include_links=False,
        include_formatting=True,
        with_metadata=False,
        favor_recall=recall,
    )
    return Prose("") if found is None else _prose(cast("Any", found).body)


def _prose(body: HtmlElement) -> Prose:
    title = ""
    if len(body) and body[0].tag == "head" and body[0].get("rend") == "h1":
        title = _flow([_inline(body[0])]).replace("\n", " ")
        body.remove(body[0])
    return Prose(clean("\n\n".join(_blocks(body))), clean(title))


_BREAK = "\u2028"  # a line break, among white space that is none
_BREAKS = re.compile(r"\n{2,}")


def _blocks(element: HtmlElement) -> list[str]:
    """Return what stands in an element of trafilatura's (TEI), block by block."""
    parts, line = list[str](), [element.text or ""]
    for child in element:
        render = _RENDERS.get(str(child.tag))
        if render is None or (child.tag == "code" and "\n" not in "".join(child.itertext())):
            line.append(_inline(child))
        else:
            parts += [_flow(line), render(child)]
            line = []
        line.append(child.tail or "")
    return [part for part in (*parts, _flow(line)) if part]


def _inline(element: HtmlElement) -> str:
    if element.tag == "lb":
        return _BREAK
    inside = (_inline(child) + (child.tail or "") for child in element)
    return (element.text or "") + "".join(inside)


def _flow(pieces: list[str]) -> str:
    lines = (" ".join(line.split()) for line in "".join(pieces).split(_BREAK))
    return _BREAKS.sub("\n\n", "\n".join(lines)).strip()


def _paragraph(element: HtmlElement) -> str:
    return "\n\n".join(_blocks(element))


def _heading(element: HtmlElement) -> str:
    words = " ".join(_blocks(element)).replace("\n", " ")
    level = (element.get("rend") or "h2")[-1:]
    return f"{'#' * int(level if level in '123456' else 2)} {words}" if words else ""


def _list(element: HtmlElement) -> str:
    is_numbered = element.get("rend") == "ol"
    items = list[str]()
    for item in element:
        if body := "\n".join(_blocks(item)).replace("\n\n", "\n"):
            mark = f"{len(items) + 1}. " if is_numbered else "- "
            items.append(mark + body.replace("\n", "\n  "))
    return "\n".join(items)


def _quote(element: HtmlElement) -> str:
    lines = "\n\n".join(_blocks(element)).split("\n")
    return "\n".join(f"> {line}".rstrip() for line in lines) if any(lines) else ""


def _code(element: HtmlElement) -> str:
    return fenced("".join(element.itertext()).strip("\n"), "")


def _table(element: HtmlElement) -> str:
    rows = (
        [" ".join(_blocks(cell)).replace("\n", " ") for cell in row] for row in element.iter("row")
    )
    return "\n".join(" | ".join(row) for row in rows if any(row))


_RENDERS = {
    "p": _paragraph,
    "head": _heading,
    "list": _list,
    "quote": _quote,
    "code": _code,
    "table": _table,
}


def prose_of_html(html: str) -> str:
    """Return the HTML as Markdown prose, without what no reader sees; maybe empty."""
    tree = _parsed(html) if html.strip() else None
    if tree is None:
        return ""
    drop_hidden(tree)
    # Trafilatura gives up on short texts, and a teaser is one; its result must hold half of the
    # words that stand in paragraphs. Those count if they are half of all words.
    kept = prose_of_tree(tree, recall=True).text
    blocks = cast("list[lxml.html.HtmlElement]", tree.xpath(_PARAGRAPHS))
    said = [" ".join(block.text_content().split()) for block in blocks]
    whole = " ".join(tree.text_content().split())
    joined = "\n\n".join(line for line in said if line)
    plain = clean(joined if len(joined) * 2 > len(whole) else whole)
    return kept if len(kept) * 2 > len(plain) else plain


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
