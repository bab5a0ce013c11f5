"""Cards: the words on a picture, the drawing by typst, and the alt text.

The media activities choose the words and draw the card in a confined child.
"""

import io
import json
import math
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import typst
from PIL import Image

from galley.media.errors import MediaError, MisfitError
from galley.media.layout import DEFAULT_LAYOUT, Ground, Layout, Tokens, figure_of, mark_of
from galley.media.look import PLAIN_STYLE, Palette, Style, palette_for
from galley.media.typefaces import (
    FAMILIES,
    drawable,
    fonts_for,
    is_east_asian,
    is_tall,
    line_edges,
    phrased,
    shortened,
    why_undrawn,
)
from galley.models.draft import Draft
from galley.models.media import (
    Change,
    Chart,
    Code,
    Figure,
    Number,
    Photo,
    Points,
    Quotation,
    ShortPost,
)
from galley.models.network import Platform
from galley.models.source import SourceRef
from galley.networks.registry import rules_for

_TEMPLATE = Path(__file__).with_name("card.typ")
_TEMPLATES: dict[type, str] = {
    type(None): "statement",
    Points: "points",
    Chart: "chart",
    Code: "code",
    Number: "number",
    Change: "change",
    Quotation: "quotation",
    ShortPost: "post",
    Photo: "photo",
}
_ON_PHOTOS = Palette("#000000", "#ffffff", "#ffffff", "#ffffff", "#ffffff", "#ffffff", "#000000")
_LANGUAGE = re.compile(r"[a-z]{2,3}")
_UNDRAWN = re.compile(r'the text `"(?P<text>.)')
_UNDRAWABLE = "The card could not be drawn: shorten its headline."
_QUALITIES = (90, 85, 80, 70, 60, 45)
HEADLINE_LIMIT = 320
"""Graphemes; more would be too small to read on a phone."""
_LONGEST_WORD = 60
_LOOKED_AT = 4000  # code points of a text that are read at most
_SIGNATURE_LIMIT, _ORIGIN_LIMIT = 40, 36
_SENTENCE = re.compile(
    r".+?(?:[.!?…](?=\s|$)|[。！？])",  # noqa: RUF001 - Chinese and Japanese stops
    re.DOTALL,
)


class CardFormat(StrEnum):
    """File formats; values are Pillow's names."""

    JPEG = "JPEG"
    PNG = "PNG"


@dataclass(frozen=True)
class Margin:
    """Pixels kept free of words at each edge."""

    top: int
    right: int
    bottom: int
    left: int


@dataclass(frozen=True)
class CardSpec:
    """Size in pixels, format, and bytes at most, as a network wants them."""

    width: int
    height: int
    margin: Margin
    max_bytes: int
    format: CardFormat = CardFormat.JPEG


@dataclass(frozen=True)
class CardText:
    """The words on a card.

    ``detail`` stands below the headline in smaller letters; ``figure`` decides the template.
    ``signature`` and ``origin`` are the small lines at its edge. ``language`` is a BCP 47 tag,
    which decides hyphens, phrases and quotation marks. ``step`` is the number of a slide and
    how many there are, ``cue`` the arrow that others follow, and ``act`` what the reader is
    asked to do. ``shown`` are the words that a film has revealed so far; ``None``: all.
    """

    headline: str
    signature: str = ""
    origin: str = ""
    language: str = "en"
    detail: str = ""
    figure: Figure | None = None
    layout: Layout = DEFAULT_LAYOUT
    step: tuple[int, int] | None = None
    cue: bool = False
    act: str = ""
    shown: int | None = None

    @property
    def letters(self) -> str:
        """Every letter that needs a glyph in a font of ours or the machine's."""
        match self.figure:
            case Points(points=points):
                more = points
            case Chart(title=title, unit=unit, bars=bars):
                more = (title, unit, *(f"{one.label}{one.shown}" for one in bars))
            case Code(text=code):
                # typst sets code in its own font, which lacks East Asian letters alone.
                more = tuple(filter(is_east_asian, code))
            case Number(number=one) | Quotation(speaker=one) | ShortPost(author=one):
                more = (one,)
            case Change(before=before, after=after):
                more = (before, after)
            case Photo() | None:
                more = ()
        return "".join((self.headline, self.detail, self.signature, self.origin, self.act, *more))


def draw_card(spec: CardSpec, text: CardText, style: Style = PLAIN_STYLE) -> bytes:
    """Return the encoded card. The same input gives the same bytes.

    Takes some 0.2 s of CPU: call it from a thread.

    Raises:
        MediaError: No installed font has the letters, or the card cannot be made
            small enough.
    """
    with Image.open(io.BytesIO(draw_page(spec, text, style)), formats=["PNG"]) as page:
        picture = page.convert("RGB")
    if spec.format is CardFormat.PNG:
        return _within(spec, [_encode(picture, "PNG", optimize=True)])
    # 4:4:4 keeps coloured edges of letters sharp. Untagged pixels are sRGB.
    options = {"subsampling": "4:4:4", "progressive": True, "optimize": True}
    attempts = (_encode(picture, "JPEG", quality=quality, **options) for quality in _QUALITIES)
    return _within(spec, attempts)


def draw_page(spec: CardSpec, text: CardText, style: Style = PLAIN_STYLE) -> bytes:
    """Return typst's drawing of the card: a PNG of ``spec``'s size.

    Raises:
        MediaError: No installed font has the letters.
        MisfitError: The figure has no room.
    """
    (page,) = draw_pages(spec, [text], style)
    return page


def draw_pages(
    spec: CardSpec, texts: Sequence[CardText], style: Style = PLAIN_STYLE
) -> list[bytes]:
    """Return typst's drawing of several cards at once, which costs less; errors as of one."""
    return _compiled(spec, texts, style)[1]


def draw_document(
    spec: CardSpec,
    texts: Sequence[CardText],
    style: Style = PLAIN_STYLE,
    title: str = "",
    made_at: int = 0,
) -> bytes:
    """Return a PDF with a card on each page. The same input gives the same bytes.

    ``title`` and ``made_at``, in seconds since 1970, are those that readers of PDF show.

    Raises:
        MediaError: As :func:`draw_page`, or the document is too large.
    """
    document, _ = _compiled(spec, texts, style, title or texts[0].headline, made_at)
    return _within(spec, [document])


def _compiled(
    spec: CardSpec, texts: Sequence[CardText], style: Style, title: str = "", made_at: int = 0
) -> tuple[bytes, list[bytes]]:
    """Return the PDF of all cards, and the PNG of each unless the PDF is what is wanted."""
    cards = json.dumps([_as_data(spec, text, style) for text in texts])
    try:
        compiler = typst.Compiler(
            input=_TEMPLATE,
            font_paths=fonts_for(
                "".join(text.letters for text in texts),
                style.fonts,
                style.families,
                with_code=any(isinstance(text.figure, Code) for text in texts),
            ),
            sys_inputs={"cards": cards, "title": title},
        )
        # The PDF/A validator refuses a text that any letter's box stands in for.
        # With a fixed time, so that the same input gives the same bytes.
        document = compiler.compile(format="pdf", pdf_standards="a-2b", timestamp=made_at)
        # At 72 ppi a point of typst's is a pixel.
        pages = [] if title else compiler.compile(format="png", ppi=72)
    except typst.TypstError as error:
        # The template's own words, and the validator's; typst has no codes for its errors.
        if "too much for the card" in error.message:
            raise MisfitError("What was to be drawn does not fit the picture.") from None
        undrawn = _UNDRAWN.search(error.message)
        why = why_undrawn(undrawn["text"]) if undrawn else _UNDRAWABLE
        raise MediaError(why) from None
    # typst returns a list where there is more than one page.
    drawn = [page for page in (pages if isinstance(pages, list) else [pages]) if page]
    if not isinstance(document, bytes) or len(drawn) not in {0, len(texts)}:
        raise MediaError("The card ran over one page: shorten its words.")
    return document, drawn


def _as_data(spec: CardSpec, text: CardText, style: Style) -> dict[str, object]:
    """Return all that the template reads; JSON has no bytes, so they are arrays of numbers."""
    found = _LANGUAGE.match(text.language.lower())
    language = found.group() if found else "en"
    directions = map(unicodedata.bidirectional, text.headline)
    palette = palette_for(style.palette, text.layout.ground)
    figure: dict[str, Any] | None = None
    if isinstance(text.figure, Photo):
        figure = {"picture": list(text.figure.picture)}
        palette = _ON_PHOTOS
    elif text.figure is not None:
        figure = text.figure.model_dump()
        if isinstance(text.figure, Points):
            figure["points"] = [phrased(point, text.language) for point in text.figure.points]
    own = style.families
    return {
        "headline": phrased(text.headline, text.language),
        "detail": phrased(text.detail, text.language),
        "signature": text.signature,
        "origin": text.origin,
        "act": text.act,
        "step": text.step,
        "cue": text.cue,
        "shown": text.shown,
        "language": language,
        "layout": asdict(text.layout),
        "width": spec.width,
        "height": spec.height,
        "margin": asdict(spec.margin),
        # 12 pixels where a phone shows the card 360 pixels wide.
        "small": math.ceil(spec.width / 30),
        "rtl": next((one != "L" for one in directions if one in {"L", "R", "AL"}), False),
        "is_tall": is_tall(text.headline),
        "edges": line_edges(text.headline),
        "mark": mark_of(language),
        "fonts": {
            "display": [*own, style.tokens.display],
            "text": [*filter(None, [style.text_family]), *own],
            "fallback": FAMILIES,
        },
        "look": {
            name: value
            for name, value in asdict(style.tokens).items()
            if name not in {"layouts", "cuts"}
        },
        "palette": asdict(palette),
        "logo": list(style.logo),
        "figure": figure,
        "template": _TEMPLATES[type(text.figure)],
    }


def _encode(picture: Image.Image, file_format: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, file_format, **options)
    return buffer.getvalue()


def _within(spec: CardSpec, attempts: Iterable[bytes]) -> bytes:
    for encoded in attempts:
        if len(encoded) <= spec.max_bytes:
            return encoded
    raise MediaError(
        f"The card cannot be made smaller than {spec.max_bytes:,} bytes: shorten its headline."
    )


def card_text(source: SourceRef, draft: Draft, signature: str = "") -> CardText:
    """Return the words for a card: the draft's, or else the source's.

    The headline is the first of these that has letters: the draft's headline, its
    title, the source's title, the first sentence of the text.

    Raises:
        MediaError: None of them has any.
    """
    sentence = _SENTENCE.match(draft.text.strip())
    first = sentence.group() if sentence else draft.text
    candidates = (
        drawable(text[:_LOOKED_AT]) for text in (draft.headline, draft.title, source.title, first)
    )
    # Pictograms alone are no headline.
    headline = next((text for text in candidates if any(map(str.isalnum, text))), None)
    if headline is None:
        raise MediaError("There are no words to draw: give the draft a headline.")
    title = drawable(source.title[:_LOOKED_AT])
    site = drawable((urlsplit(source.link or "").hostname or "").removeprefix("www."))
    # A title that is the headline already would be an echo, and a long one a line of its own.
    origin = " · ".join(filter(None, ("" if title == headline else title, site)))
    if len(origin) > _ORIGIN_LIMIT:
        origin = site or shortened(title, _ORIGIN_LIMIT)
    return CardText(
        headline=shortened(headline, HEADLINE_LIMIT),
        signature=shortened(drawable(signature), _SIGNATURE_LIMIT),
        origin=origin,
        language=source.language or "en",
    )


def was_shortened(text: CardText) -> bool:
    """Return whether the headline was longer than a picture takes."""
    # A headline may end with an ellipsis of its own; a shortened one is long, too.
    is_cut = text.headline.endswith("…")
    return is_cut and len(text.headline) > HEADLINE_LIMIT - _LONGEST_WORD


def slide_texts(
    source: SourceRef, draft: Draft, signature: str = "", tokens: Tokens | None = None
) -> list[CardText]:
    """Return the words for each slide: a cover, slides on one grid, and a last one with an act.

    Raises:
        MediaError: A slide has no letters that can be drawn.
    """
    tokens = tokens or PLAIN_STYLE.tokens
    texts: list[CardText] = []
    count = len(draft.slides)
    # Cover and end have the ground of the brand; between them lies paper, so that one reads on.
    ground = next(
        (one.ground for one in tokens.layouts if one.ground is not Ground.PAPER), Ground.INK
    )
    site = drawable((urlsplit(source.link or "").hostname or "").removeprefix("www."))
    for number, slide in enumerate(draft.slides, 1):
        words = [drawable(part[:_LOOKED_AT]) for part in (slide.title, slide.text)]
        title, *detail = [*filter(None, words), ""]
        if not title:
            raise MediaError(f"There are no words to draw on slide {number}: add some.")
        is_edge = number in {1, count}
        headline, figure = (title, None) if is_edge else figure_of(title)
        texts.append(
            CardText(
                headline=shortened(headline, HEADLINE_LIMIT),
                detail=shortened(" ".join(detail), HEADLINE_LIMIT),
                signature=shortened(drawable(signature), _SIGNATURE_LIMIT),
                language=source.language or "en",
                figure=None if detail[0] else figure,
                layout=Layout("middle", "start", ground if is_edge else Ground.PAPER),
                step=(number, count),
                cue=number < count,
                act=shortened(site, _ORIGIN_LIMIT) if number == count else "",
            )
        )
    return texts


def alt_text_for(platform: Platform, said: str) -> str:
    """Return an alt text in one line, cut at a word to the network's limit, which may be 0."""
    limit = rules_for(platform).alt_limit or 0
    line = " ".join(said.split())
    if _units(line) <= limit:
        return line
    kept = line
    while kept and _units(kept) > limit - 1:
        shorter = kept.rpartition(" ")[0]
        kept = shorter or kept[:-1]
    return f"{kept.rstrip(' ,;:-')}\u2026" if kept else ""


def _units(text: str) -> int:
    # Buffer counts UTF-16 code units.
    return len(text.encode("utf-16-le", "surrogatepass")) // 2
