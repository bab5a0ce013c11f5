"""Cards: words drawn on a picture by typst, in a confined child."""

import io
import json
import math
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Any

import typst
from PIL import Image, ImageChops

from galley.media.card_words import CardText
from galley.media.errors import MediaError, MisfitError
from galley.media.layout import mark_of
from galley.media.line_breaks import costs_of_breaks
from galley.media.look import PLAIN_STYLE, Palette, Style, palette_for
from galley.media.typefaces import (
    FAMILIES,
    bundled,
    fonts_for,
    is_tall,
    line_edges,
    phrased,
    why_undrawn,
)
from galley.models.media import Change, Chart, Code, Number, Photo, Points, Quotation, ShortPost

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

    def across(self, width: int) -> "CardSpec":
        """Return the same card in so many pixels across."""
        share = width / self.width
        edges = {edge: round(pixels * share) for edge, pixels in asdict(self.margin).items()}
        height, margin = round(self.height * share), Margin(**edges)
        return replace(self, width=width, height=height, margin=margin)


def warm_up() -> None:
    """Read which letters Galley's fonts have, once for all children of a sandbox.

    typst itself must wait: what it compiles leaves threads behind, and a fork has none of them.
    """
    bundled()


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


def without_room(page: bytes, edge: int) -> bytes:
    """Return a drawn card of one colour without the room above and below its words.

    Args:
        page: A PNG of ours.
        edge: Pixels that are kept at either side.
    """
    with Image.open(io.BytesIO(page), formats=["PNG"]) as opened:
        card = opened.convert("RGB")
    ground = Image.new("RGB", card.size, card.getpixel((0, 0)))
    _, top, _, bottom = ImageChops.difference(card, ground).getbbox() or (0, 0, 0, card.height)
    top, bottom = max(0, top - edge), min(card.height, bottom + edge)
    # H.264 has pairs of pixels.
    return _encode(card.crop((0, top, card.width, bottom - (bottom - top) % 2)), "PNG")


def draw_page(spec: CardSpec, text: CardText, style: Style = PLAIN_STYLE) -> bytes:
    """Return typst's drawing of the card: a PNG of ``spec``'s size.

    Raises:
        MediaError: No installed font has the letters.
        MisfitError: The figure has no room.
    """
    (page,) = draw_pages(spec, [text], style)
    return page


def draw_pages(
    spec: CardSpec, texts: Sequence[CardText], style: Style = PLAIN_STYLE, scale: float = 1.0
) -> list[bytes]:
    """Return typst's drawing of several cards at once, which costs less; errors as of one.

    With a ``scale`` below 1 they are as much smaller than ``spec`` says.
    """
    return _compiled(spec, texts, style, scale=scale)[1]


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
    spec: CardSpec,
    texts: Sequence[CardText],
    style: Style,
    title: str = "",
    made_at: int = 0,
    scale: float = 1.0,
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
        pages = [] if title else compiler.compile(format="png", ppi=72 * scale)
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
        figure = {"picture": list(text.figure.picture), "window": text.figure.window}
        palette = palette if text.figure.window else _ON_PHOTOS
    elif text.figure is not None:
        figure = text.figure.model_dump()
        if isinstance(text.figure, Points):
            figure["points"] = [phrased(point, text.language) for point in text.figure.points]
    own = style.families
    headline, detail = (phrased(one, text.language) for one in (text.headline, text.detail))
    return {
        "headline": headline,
        "detail": detail,
        "costs": {
            one: costs_of_breaks(one, language)
            for one in (headline, detail, *(figure or {}).get("points", ()))
        },
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
