"""Cards of every template: nothing overlaps, nothing is small or pale, and safe areas stay free."""

import io
from collections.abc import Iterator
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image, ImageChops
from pypdf import PdfReader

from galley.media.card import draw_document, draw_pages
from galley.media.card_words import HEADLINE_LIMIT, CardText, terser
from galley.media.errors import MisfitError
from galley.media.layout import TOKENS, Ground, figure_of, layout_of, tokens_of
from galley.media.look import (
    LEAST_ACCENT,
    LEAST_CONTRAST,
    PLAIN,
    Style,
    contrast,
    palette_for,
    palette_of,
)
from galley.media.sheet import SHAPES, samples
from galley.media.typefaces import drawable
from galley.models.brand import Look, LookStyle
from galley.models.media import Change, Figure, Number, Photo, Quotation
from galley.models.network import Platform

COLOURS = st.integers(0, 0xFFFFFF).map("#{:06x}".format)
STYLES = {
    LookStyle.PLAIN: PLAIN,
    LookStyle.EDITORIAL: palette_of(Look(background="#faf7f2", ink="#1d2b24", accent="#8a5a2b")),
    LookStyle.BOLD: palette_of(Look(background="#1877f2", accent="#1f7ae0")),
}
CASES = [
    (LookStyle.PLAIN, "en", "portrait"),
    (LookStyle.EDITORIAL, "hi", "wide"),
    (LookStyle.BOLD, "ar", "tall"),
    (LookStyle.BOLD, "en", "square"),
]


class Run(NamedTuple):
    """Letters of a line: the left end of its baseline from the upper edge, and their size."""

    x: float
    y: float
    size: float


class Drawn(NamedTuple):
    """A card, its pixels, and where its letters are."""

    text: CardText
    page: Image.Image
    runs: list[Run]


@pytest.fixture(scope="module", params=CASES, ids=[" ".join(case) for case in CASES])
def drawn(request: pytest.FixtureRequest) -> tuple[str, list[Drawn]]:
    look, language, shape = request.param
    style = Style(STYLES[look], tokens=TOKENS[look])
    texts, spec = samples(language, style), SHAPES[shape]
    pages = PdfReader(io.BytesIO(draw_document(spec, texts, style))).pages
    pictures = draw_pages(spec, texts, style)
    return shape, [
        Drawn(text, Image.open(io.BytesIO(data)).convert("RGB"), [*_runs(page, spec.height)])
        for text, page, data in zip(texts, pages, pictures, strict=True)
    ]


def _runs(page: Any, height: int) -> Iterator[Run]:  # noqa: ANN401 - pypdf's page is untyped in part
    found = list[Run]()

    def visit(text: str, cm: list[float], tm: list[float], _font: object, size: float) -> None:
        if text.strip():
            x, y = tm[4] * cm[0] + cm[4], tm[5] * cm[3] + cm[5]
            found.append(Run(x, height - y, abs(size * tm[3] * cm[3])))

    page.extract_text(visitor_text=visit)
    yield from found


def test_no_letter_is_smaller_than_12_pixels_on_a_phone(drawn: tuple[str, list[Drawn]]) -> None:
    shape, cards = drawn
    smallest = min(run.size for card in cards for run in card.runs)

    assert smallest * 360 / SHAPES[shape].width >= 12


@settings(max_examples=10)  # each draws up to six cards
@given(
    st.text("WMĄgl ,.-م", min_size=1, max_size=HEADLINE_LIMIT).filter(drawable),
    st.sampled_from(sorted(SHAPES)),
    st.sampled_from(LookStyle),
)
def test_a_text_of_any_length_is_lettered_at_12_pixels_or_loses_words(
    words: str, shape: str, look: LookStyle
) -> None:
    style, text = Style(tokens=TOKENS[look]), CardText(drawable(words))
    while True:
        try:
            document = draw_document(SHAPES[shape], [text], style)
            break
        except MisfitError:
            fewer = terser(text)
            assert fewer is not None
            text = fewer
    (page,) = PdfReader(io.BytesIO(document)).pages
    assert all(run.size * 360 >= 12 * SHAPES[shape].width for run in _runs(page, 0))


def test_no_line_stands_in_the_one_above_it(drawn: tuple[str, list[Drawn]]) -> None:
    for card in drawn[1]:
        for one in card.runs:
            # Marks of a letter are runs of their own, a little above or below its line.
            near = [
                two
                for two in card.runs
                if abs(one.x - two.x) < one.size and two.y > one.y + 0.5 * min(one.size, two.size)
            ]
            # A capital has seven tenths of its size.
            assert all(two.y - 0.68 * two.size >= one.y for two in near), (card.text.headline, one)


def test_letters_have_the_contrast_that_reading_needs(drawn: tuple[str, list[Drawn]]) -> None:
    for card in drawn[1]:
        for run in card.runs:
            left, top = round(run.x), round(run.y - 0.8 * run.size)
            box = (left, top, left + round(1.2 * run.size), top + round(0.9 * run.size))
            light = _luminance(card.page.crop(box))
            # No pixel of a thin letter has all of its colour.
            found = (light.max() + 0.05) / (light.min() + 0.05) * 1.03
            # WCAG asks less of large letters, such as those of a number.
            is_large = run.size > SHAPES[drawn[0]].width / 8
            assert found >= (LEAST_ACCENT if is_large else LEAST_CONTRAST), (
                card.text.headline,
                run,
            )


def _luminance(picture: Image.Image) -> NDArray[np.float64]:
    shares = np.asarray(picture) / 255
    dark = shares <= 0.04045
    linear = dark * shares / 12.92 + ~dark * ((shares + 0.055) / 1.055) ** 2.4
    return linear @ np.array([0.2126, 0.7152, 0.0722])


def test_the_edges_that_apps_cover_stay_free(drawn: tuple[str, list[Drawn]]) -> None:
    shape, cards = drawn
    margin = SHAPES[shape].margin
    for card in cards:
        if isinstance(card.text.figure, Photo):
            continue
        ground = Image.new("RGB", card.page.size, card.page.getpixel((2, 2)))
        apart = ImageChops.difference(card.page, ground).convert("L")
        inked = apart.point([0] * 24 + [255] * 232)
        left, top, right, bottom = inked.getbbox() or (0, 0, 0, 0)
        # Marks of some scripts rise a little above their line.
        assert left >= margin.left - 2
        assert top >= margin.top - 10
        assert right <= card.page.width - margin.right + 2
        assert bottom <= card.page.height - margin.bottom + 12


def test_lines_of_arabic_stand_equally_far_apart_even_if_one_has_digits_alone() -> None:
    words = "تراجع الانتظار عند البوابة 2024 2025 2026 2027 2028 تراجع الانتظار"
    document = draw_document(SHAPES["square"], [CardText(words, language="ar")])
    (page,) = PdfReader(io.BytesIO(document)).pages
    lines = sorted({round(run.y, 1) for run in _runs(page, 1080) if run.size > 60})
    gaps = [after - before for before, after in pairwise(lines) if after - before > 30]

    assert len(gaps) >= 2
    assert max(gaps) - min(gaps) < 2


@given(COLOURS, COLOURS | st.just(""), COLOURS | st.just(""), st.sampled_from(Ground))
def test_every_ground_has_colours_that_can_be_seen(
    background: str, ink: str, accent: str, ground: Ground
) -> None:
    found = palette_for(palette_of(Look(background=background, ink=ink, accent=accent)), ground)

    assert contrast(found.ink, found.background) >= LEAST_CONTRAST
    assert contrast(found.faint, found.background) >= LEAST_CONTRAST
    assert contrast(found.on_accent, found.accent) >= LEAST_CONTRAST
    assert contrast(found.accent, found.background) >= LEAST_ACCENT
    assert contrast(found.muted, found.background) >= LEAST_ACCENT


@pytest.mark.parametrize("look", LookStyle)
def test_no_layout_comes_more_than_twice_among_the_networks(look: LookStyle) -> None:
    tokens = tokens_of(Look(style=look))
    layouts = [layout_of(tokens, platform) for platform in Platform]

    assert max(map(layouts.count, layouts)) <= 2
    assert any(one != other for one, other in pairwise(layouts))


@pytest.mark.parametrize(
    ("headline", "said", "figure"),
    [
        ("Waits fell from 420 ms to 95 ms", "", Change(before="420 ms", after="95 ms")),
        ("From 3 to 5 % in a year", "", Change(before="3 %", after="5 %")),
        ("Sie fiel von 28 Tagen auf 5 Tage", "", Change(before="28 Tagen", after="5 Tage")),
        ("We got 800 of 1,900 seats", "", None),
        ("There is room. Last year 1,900 came", "", None),
        ("Von 12 auf 4 Prozent", "", Change(before="12 Prozent", after="4 Prozent")),
        (
            "40 % of retries were never needed",
            "of retries were never needed",
            Number(number="40 %"),
        ),
        ("We saved €1,200 a month", "", Number(number="€1,200")),
        ("In 2026 nobody waits", "", None),
        ("Step 3 is the one that counts", "", None),
        (
            "“A queue is a promise.” — Ines Duarte",
            "A queue is a promise.",
            Quotation(speaker="Ines Duarte"),
        ),
        (
            '"The night is quiet now," says Ines Duarte',
            "The night is quiet now",
            Quotation(speaker="Ines Duarte"),
        ),
        ('"The night is quiet."', "The night is quiet.", Quotation()),
        ("Ship it on Friday.", "", None),
    ],
)
def test_the_words_decide_the_template(headline: str, said: str, figure: Figure | None) -> None:
    assert figure_of(headline) == (said or headline, figure)
