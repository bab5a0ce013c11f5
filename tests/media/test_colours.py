"""Colours of a brand that can be read, whatever it asks for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from galley.media.look import (
    LEAST_ACCENT,
    LEAST_CONTRAST,
    PLAIN,
    contrast,
    contrast_problem,
    palette_of,
)
from galley.models.brand import Look

COLOURS = st.integers(0, 0xFFFFFF).map("#{:06x}".format)


@pytest.mark.parametrize(
    ("one", "other", "ratio"),
    [
        ("#000000", "#ffffff", 21.0),
        ("#777777", "#ffffff", 4.48),
        ("#0000ff", "#ffffff", 8.59),
        ("#123456", "#123456", 1.0),
    ],
)
def test_contrast_is_counted_as_wcag_does(one: str, other: str, ratio: float) -> None:
    assert contrast(one, other) == pytest.approx(ratio, abs=0.01)
    assert contrast(other, one) == contrast(one, other)


@given(COLOURS, COLOURS | st.just(""), COLOURS | st.just(""))
def test_words_can_be_read_whatever_a_brand_asks_for(
    background: str, ink: str, accent: str
) -> None:
    palette = palette_of(Look(background=background, ink=ink, accent=accent))

    assert contrast(palette.ink, background) >= LEAST_CONTRAST
    assert contrast(palette.faint, background) >= LEAST_CONTRAST
    assert contrast(palette.accent, background) >= LEAST_ACCENT


@given(COLOURS, COLOURS, COLOURS)
def test_a_colour_is_kept_or_the_brand_is_told_why_not(
    background: str, ink: str, accent: str
) -> None:
    look = Look(background=background, ink=ink, accent=accent)
    palette = palette_of(look)

    assert ((palette.ink, palette.accent) == (ink, accent)) == (not contrast_problem(look))


def test_galleys_own_colours_can_be_read() -> None:
    assert contrast(PLAIN.ink, PLAIN.background) >= LEAST_CONTRAST
    assert contrast(PLAIN.faint, PLAIN.background) >= LEAST_CONTRAST
    assert palette_of(Look()) == palette_of(None) == PLAIN
