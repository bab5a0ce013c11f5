"""Cards as an eye sees them: what is said is largest, nothing sticks, no half is empty."""

import io

import numpy as np
import pytest
from PIL import Image, ImageChops, ImageColor
from pypdf import PdfReader

from galley.media.card import draw_document, draw_page
from galley.media.layout import TOKENS, Layout
from galley.media.look import PLAIN, Style
from galley.media.sheet import SHAPES, samples
from galley.models.brand import LookStyle
from galley.models.media import Code, Quotation, ShortPost

_PANEL = "#14171f"
# Where a post stands needs no more pixels.
_HALVES = {name: spec.across(spec.width // 2) for name, spec in SHAPES.items()}


def _style(look: LookStyle) -> Style:
    return Style(PLAIN, tokens=TOKENS[look])


@pytest.mark.parametrize("language", ["en", "ar", "hi"])
@pytest.mark.parametrize("look", LookStyle)
@pytest.mark.parametrize("shape", sorted(SHAPES))
def test_what_is_quoted_is_larger_than_who_said_it(
    shape: str, look: LookStyle, language: str
) -> None:
    style = _style(look)
    text = next(one for one in samples(language, style) if isinstance(one.figure, Quotation))
    (page,) = PdfReader(io.BytesIO(draw_document(SHAPES[shape], [text], style))).pages
    sizes = list[tuple[float, int]]()

    def visit(part: str, cm: list[float], tm: list[float], _font: object, size: float) -> None:
        if letters := len(part.strip()):
            sizes.append((abs(size * tm[3] * cm[3]), letters))

    page.extract_text(visitor_text=visit)
    # The mark is one letter; the quotation has most letters.
    said = max(size for size, letters in sizes if letters > 1)
    smaller = max(size for size, letters in sizes if letters > 1 and size < said)
    assert said >= 1.3 * smaller, sizes


@pytest.mark.parametrize("look", LookStyle)
@pytest.mark.parametrize("shape", ["portrait", "tall"])
def test_a_post_stands_in_the_middle_whatever_the_layout(shape: str, look: LookStyle) -> None:
    style = _style(look)
    sample = next(one for one in samples("en", style) if isinstance(one.figure, ShortPost))
    tops = set[int]()
    for place in ("top", "middle", "foot"):
        text = sample.__class__(sample.headline, figure=sample.figure, layout=Layout(place))
        with Image.open(io.BytesIO(draw_page(_HALVES[shape], text, style))) as page:
            card = page.convert("RGB")
        ground = Image.new("RGB", card.size, PLAIN.background)
        _, top, _, _ = ImageChops.difference(card, ground).getbbox() or (0, 0, 0, 0)
        tops.add(top)

    assert len(tops) == 1


@pytest.mark.parametrize("look", LookStyle)
@pytest.mark.parametrize("shape", sorted(SHAPES))
def test_code_keeps_a_letters_height_from_the_edge_of_its_panel(
    shape: str, look: LookStyle
) -> None:
    spec, style = SHAPES[shape], _style(look)
    sample = next(one for one in samples("en", style) if isinstance(one.figure, Code))
    text = sample.__class__("Boarding", figure=sample.figure, layout=Layout())
    with Image.open(io.BytesIO(draw_page(spec, text, style))) as page:
        card = page.convert("RGB")
    pixels = np.asarray(card).astype(int)
    dark = np.abs(pixels - np.array(ImageColor.getrgb(_PANEL))).sum(axis=2) < 6
    rows = np.nonzero(dark.sum(axis=1) > spec.width * 0.2)[0]
    panel = dark[rows[0] : rows[-1]]
    columns = np.nonzero(panel.sum(axis=0) > len(panel) * 0.3)[0]
    # Without the edges, which are round in some looks.
    corner = round(spec.width / 90)
    inner = pixels[rows[0] : rows[-1], columns[0] : columns[-1]][corner:-corner, corner:-corner]
    down, across = np.nonzero(inner.max(axis=2) > 90)

    small = spec.width / 30
    assert min(down) + corner >= 0.7 * small
    assert min(across) + corner >= 0.7 * small
    assert len(inner) - max(down) + corner >= 0.4 * small
