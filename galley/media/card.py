"""Cards: the words on a picture, the drawing by typst, and the alt text.

The media activities choose the words and draw the card in a confined child.
"""

import io
import json
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

import typst
from PIL import Image

from galley.media.errors import MediaError, MisfitError
from galley.media.look import PLAIN_STYLE, Style
from galley.media.typefaces import (
    FAMILIES,
    drawable,
    fonts_for,
    is_east_asian,
    is_tall,
    shortened,
    why_undrawn,
)
from galley.models.draft import Draft
from galley.models.media import Chart, Code, Figure, Points
from galley.models.network import Platform
from galley.models.source import SourceRef
from galley.networks.registry import rules_for

_TEMPLATE = Path(__file__).with_name("card.typ")
_LANGUAGE = re.compile(r"[a-z]{2,3}")
_UNDRAWN = re.compile(r'the text `"(?P<text>.)')
_UNDRAWABLE = "The card could not be drawn: shorten its headline."
_QUALITIES = (90, 85, 80, 70, 60, 45)
HEADLINE_LIMIT = 320
"""Graphemes; more would be too small to read on a phone."""
_LONGEST_WORD = 60
_LOOKED_AT = 4000  # code points of a text that are read at most
_SIGNATURE_LIMIT = 40
_ORIGIN_LIMIT = 46
_SENTENCE = re.compile(
    r".+?(?:[.!?…](?=\s|$)|[。！？])",  # noqa: RUF001 - Chinese and Japanese stops
    re.DOTALL,
)


class CardFormat(StrEnum):
    """File formats; values are Pillow's names."""

    JPEG = "JPEG"
    PNG = "PNG"


class Bar(StrEnum):
    """Length of the accent bar above the headline."""

    SHORT = "short"
    FULL = "full"


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

    ``detail`` stands below the headline in smaller letters, or else ``figure``: points, a chart
    or code. ``signature`` and ``origin`` are the small lines at its foot. ``language`` is a
    BCP 47 tag, which decides hyphenation.
    """

    headline: str
    signature: str = ""
    origin: str = ""
    language: str = "en"
    detail: str = ""
    figure: Figure | None = None

    @property
    def letters(self) -> str:
        """Every letter that needs a glyph in a font of ours or the machine's."""
        words = f"{self.headline}{self.detail}{self.signature}{self.origin}"
        match self.figure:
            case Points(points=points):
                return words + "".join(points)
            case Chart(title=title, bars=bars):
                return words + title + "".join(f"{b.label}{b.shown}" for b in bars)
            case Code(text=code):
                # typst sets code in its own font, which lacks East Asian letters alone.
                return words + "".join(filter(is_east_asian, code))
            case None:
                return words


def draw_card(spec: CardSpec, text: CardText, style: Style = PLAIN_STYLE) -> bytes:
    """Return the encoded card. The same input gives the same bytes.

    Takes some 0.2 s of CPU: call it from a thread.

    Raises:
        MediaError: No installed font has the letters, or the card cannot be made
            small enough.
    """
    with Image.open(io.BytesIO(draw_page(spec, text, style=style)), formats=["PNG"]) as page:
        picture = page.convert("RGB")
    if spec.format is CardFormat.PNG:
        return _within(spec, [_encode(picture, "PNG", optimize=True)])
    # 4:4:4 keeps coloured edges of letters sharp. Untagged pixels are sRGB.
    options = {"subsampling": "4:4:4", "progressive": True, "optimize": True}
    attempts = (_encode(picture, "JPEG", quality=quality, **options) for quality in _QUALITIES)
    return _within(spec, attempts)


def draw_page(
    spec: CardSpec, text: CardText, bar: Bar = Bar.SHORT, style: Style = PLAIN_STYLE
) -> bytes:
    """Return typst's drawing of the card: a PNG of ``spec``'s size.

    Raises:
        MediaError: No installed font has the letters.
        MisfitError: The figure has no room.
    """
    _, page = _compiled([text], [_as_json(spec, text, bar, style)], style, "png")
    return page


def draw_document(spec: CardSpec, texts: Sequence[CardText], style: Style = PLAIN_STYLE) -> bytes:
    """Return a PDF with a card on each page. The same input gives the same bytes.

    Raises:
        MediaError: As :func:`draw_page`, or the document is too large.
    """
    cards = [_as_json(spec, text, Bar.SHORT, style) for text in texts]
    document, _ = _compiled(texts, cards, style, "pdf")
    return _within(spec, [document])


def _compiled(
    texts: Sequence[CardText], cards: Sequence[str], style: Style, wanted: Literal["pdf", "png"]
) -> tuple[bytes, bytes]:
    """Return the PDF of all cards, and the PNG of a single one where it is wanted."""
    try:
        compiler = typst.Compiler(
            input=_TEMPLATE,
            font_paths=fonts_for(
                "".join(text.letters for text in texts),
                style.fonts,
                style.families,
                with_code=any(isinstance(text.figure, Code) for text in texts),
            ),
            sys_inputs={"cards": f"[{','.join(cards)}]"},
        )
        # The PDF/A validator refuses a text that any letter's box stands in for.
        # With a fixed time, so that the same input gives the same bytes.
        document = compiler.compile(format="pdf", pdf_standards="a-2b", timestamp=0)
        # At 72 ppi a point of typst's is a pixel.
        page = compiler.compile(format="png", ppi=72) if wanted == "png" else b""
    except typst.TypstError as error:
        # The template's own words, and the validator's; typst has no codes for its errors.
        if "too much for the card" in error.message:
            raise MisfitError("What was to be drawn does not fit the picture.") from None
        undrawn = _UNDRAWN.search(error.message)
        why = why_undrawn(undrawn["text"]) if undrawn else _UNDRAWABLE
        raise MediaError(why) from None
    # typst returns a list where there is more than one page.
    if not isinstance(document, bytes) or not isinstance(page, bytes):
        raise MediaError("The card ran over one page: shorten its words.")
    return document, page


def _as_json(spec: CardSpec, text: CardText, bar: Bar, style: Style) -> str:
    language = _LANGUAGE.match(text.language.lower())
    # Without the figure: asdict knows no models of pydantic.
    named = replace(text, language=language.group() if language else "en", figure=None)
    directions = map(unicodedata.bidirectional, text.headline)
    card = asdict(named)
    card |= {
        "width": spec.width,
        "height": spec.height,
        "margin": asdict(spec.margin),
        "rtl": next((one != "L" for one in directions if one in {"L", "R", "AL"}), False),
        "bar": bar,
        "tall": is_tall(text.headline),
        "fonts": (*style.families, *FAMILIES),
        "palette": asdict(style.palette),
        # JSON has no bytes, and the template reads an array of numbers as well.
        "logo": list(style.logo),
        "figure": text.figure.model_dump() if text.figure else None,
    }
    return json.dumps(card)


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
    # A title that is the headline already would be an echo.
    origin = ("" if title == headline else shortened(title, _ORIGIN_LIMIT), site)
    return CardText(
        headline=shortened(headline, HEADLINE_LIMIT),
        signature=shortened(drawable(signature), _SIGNATURE_LIMIT),
        origin=" · ".join(filter(None, origin)),
        language=source.language or "en",
    )


def was_shortened(text: CardText) -> bool:
    """Return whether the headline was longer than a picture takes."""
    # A headline may end with an ellipsis of its own; a shortened one is long, too.
    is_cut = text.headline.endswith("…")
    return is_cut and len(text.headline) > HEADLINE_LIMIT - _LONGEST_WORD


def slide_texts(source: SourceRef, draft: Draft, signature: str = "") -> list[CardText]:
    """Return the words for each slide, with its number among them.

    Raises:
        MediaError: A slide has no letters that can be drawn.
    """
    texts: list[CardText] = []
    for number, slide in enumerate(draft.slides, 1):
        words = [drawable(part[:_LOOKED_AT]) for part in (slide.title, slide.text)]
        title, *detail = [*filter(None, words), ""]
        if not title:
            raise MediaError(f"There are no words to draw on slide {number}: add some.")
        texts.append(
            CardText(
                headline=shortened(title, HEADLINE_LIMIT),
                detail=shortened(" ".join(detail), HEADLINE_LIMIT),
                signature=shortened(drawable(signature), _SIGNATURE_LIMIT),
                origin=f"{number} / {len(draft.slides)}",
                language=source.language or "en",
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
