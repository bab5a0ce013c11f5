# ruff: noqa: RUF001 - typographic apostrophes are what is tested
"""Lines of cards end where a reader pauses, and words stand a little above the middle."""

import io
from collections import defaultdict
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageChops
from pypdf import PdfReader

from galley.media.card import draw_document, draw_page
from galley.media.card_words import CardText
from galley.media.layout import TOKENS, Layout, figure_of
from galley.media.line_breaks import FLAW, costs_of_breaks, leans
from galley.media.look import PLAIN, Style
from galley.media.sheet import SHAPES, samples
from galley.models.brand import LookStyle
from galley.models.media import Number, Photo

HEADLINES = [
    ("en", "We found nine posts published twice. It says “sent” and it means “sent once”."),
    (
        "en",
        "“Wood drinks what the room gives it, and a piano is a room full of wood.” — Marta Hale",
    ),
    ("de", "Sie warten 28 Tage auf den Platz in der Werkstatt und fahren dann mit dem Rad."),
    (
        "fr",
        "La ville a décidé de garder le tram de nuit pour les gens qui travaillent à l’hôpital.",
    ),
    ("en", "In the end it is a matter of who looks at the clock."),
]


def _lines(text: CardText, shape: str, style: Style, least: int = 20) -> list[tuple[float, str]]:
    """Return the lines of the largest letters, from above: their baseline, and their words."""
    spec = SHAPES[shape]
    (page,) = PdfReader(io.BytesIO(draw_document(spec, [text], style))).pages
    found = defaultdict[float, dict[float, str]](dict)

    def visit(part: str, cm: list[float], tm: list[float], _font: object, size: float) -> None:
        if part.strip():
            at = (round(abs(size * tm[3] * cm[3])), tm[5] * cm[3] + cm[5])
            found[at[0]][at[1]] = found[at[0]].get(at[1], "") + part.strip("\n")

    page.extract_text(visitor_text=visit)
    lines = next(
        one for _, one in sorted(found.items(), reverse=True) if len("".join(one.values())) > least
    )
    return [(spec.height - y, line.strip()) for y, line in sorted(lines.items(), reverse=True)]


@pytest.mark.parametrize("look", LookStyle)
@pytest.mark.parametrize(("language", "headline"), HEADLINES)
def test_no_line_ends_with_a_word_that_leans_on_the_next_and_none_is_left_alone(
    language: str, headline: str, look: LookStyle
) -> None:
    said, figure = figure_of(headline)
    text = CardText(said, "Field Notes", "example.com", language, figure=figure)

    lines = [line for _, line in _lines(text, "square", Style(tokens=TOKENS[look]))]

    assert " ".join(lines).split() == said.split()
    assert not [line for line in lines[:-1] if leans(line.split()[-1], language)], lines
    assert " " in lines[-1] or len(lines[-1]) > 8, lines


@pytest.mark.parametrize("look", LookStyle)
@pytest.mark.parametrize(
    "said",
    [
        "What changed is that people knew.",
        "What a night ferry taught us",
        "The boats were the same, and so was the timetable.",
    ],
)
def test_no_word_is_alone_between_other_lines_where_smaller_letters_help(
    said: str, look: LookStyle
) -> None:
    lines = [line for _, line in _lines(CardText(said), "tall", Style(tokens=TOKENS[look]))]

    assert all(" " in line for line in lines[:-1]), lines


def test_words_a_hair_wider_than_the_card_break_where_they_should() -> None:
    style = Style(tokens=TOKENS[LookStyle.EDITORIAL])
    photo = next(one for one in samples("en", style) if isinstance(one.figure, Photo))

    lines = [line for _, line in _lines(photo, "wide", style, least=2)]

    assert lines in (["Morning", "at the quay"], ["Morning at the quay"]), lines


@pytest.mark.parametrize(
    ("language", "word", "is_leaning"),
    [
        ("en", "the", True),
        ("en", "It", True),
        ("en", "it,", False),
        ("en", "sea", False),
        ("en", "28", True),
        ("en", "2026", False),
        ("de", "„der", True),
        ("fr", "l’hôpital", False),
        ("da", "den", True),
        ("ar", "من", True),
        ("hi", "है", False),
        ("ja", "の", False),
    ],
)
def test_articles_prepositions_and_numbers_lean_on_the_next_word(
    language: str, word: str, *, is_leaning: bool
) -> None:
    assert leans(word, language) is is_leaning


@given(
    st.text("aI tzthe28%—“”.,!\u200bのم", max_size=60), st.sampled_from(["en", "de", "ja", "xx"])
)
def test_each_space_has_a_cost_and_a_pause_is_worth_something(text: str, language: str) -> None:
    costs = costs_of_breaks(text, language)

    assert len(costs) == text.replace("\u200b", "").count(" ")
    assert all(-FLAW < cost < 3 * FLAW for cost in costs)


@pytest.mark.parametrize("look", LookStyle)
@pytest.mark.parametrize("place", ["foot", "middle"])
def test_words_that_fill_a_card_do_not_sag(place: str, look: LookStyle) -> None:
    style = Style(tokens=replace(TOKENS[look], rule="none", logo_at="foot"))
    layout = Layout("foot" if place == "foot" else "middle")
    text = CardText(HEADLINES[0][1], "Field Notes", layout=layout)

    lines = [y for y, _ in _lines(text, "portrait", style)]

    margin, step = SHAPES["portrait"].margin.top, lines[1] - lines[0]
    above = lines[0] - 0.75 * step - margin
    below = SHAPES["portrait"].height - margin - lines[-1]
    assert below > above, lines


def test_a_number_stands_where_lines_begin_in_arabic_too() -> None:
    text = next(one for one in samples("ar", Style(PLAIN)) if isinstance(one.figure, Number))
    style = Style(PLAIN, tokens=replace(TOKENS[LookStyle.PLAIN], rule="none"))
    page = draw_page(SHAPES["portrait"], replace(text, layout=Layout()), style)

    with Image.open(io.BytesIO(page)) as card:
        apart = ImageChops.difference(
            card.convert("RGB"), Image.new("RGB", card.size, PLAIN.accent)
        )
    _, _, right, _ = apart.convert("L").point([255] * 3 + [0] * 253).getbbox() or (0, 0, 0, 0)
    assert apart.width - SHAPES["portrait"].margin.right - right < 40
