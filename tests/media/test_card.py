# ruff: noqa: RUF001 - look-alike letters are what is tested
import io
import json
from dataclasses import replace

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from PIL import Image

from galley.media.card import CardFormat, CardSpec, Margin, draw_card, draw_page
from galley.media.card_words import CardText, terser
from galley.media.errors import MediaError, MisfitError
from galley.media.probe import probe
from galley.media.typefaces import drawable, needs_system_fonts
from tests.undrawn import named, undrawn_letter

PORTRAIT = CardSpec(1080, 1350, Margin(96, 96, 88, 96), 8_000_000)
SMALL = CardSpec(540, 675, Margin(48, 48, 44, 48), 8_000_000)
PAPER = (247, 243, 236)

LONG = (
    "Durable execution moves the bookkeeping of retries, timers and half-finished work "
    "out of your handlers and into a log that survives the process, which is why a "
    "deploy in the middle of a payment stops being a reason to wake somebody up at "
    "night and becomes one more line in the history of that order."
)


def pixels(data: bytes) -> Image.Image:
    with Image.open(io.BytesIO(data)) as picture:
        return picture.convert("RGB")


def darker_than(picture: Image.Image, limit: int) -> Image.Image:
    return picture.convert("L").point([255] * limit + [0] * (256 - limit))


def inked_box(data: bytes) -> tuple[int, int, int, int]:
    """Return left, top, right, bottom of everything that is not paper."""
    box = darker_than(pixels(data), 200).getbbox()
    assert box is not None
    return box


def test_the_same_words_give_the_same_bytes() -> None:
    text = CardText("Ship it on Friday.", "Field Notes", "example.com")
    assert draw_card(PORTRAIT, text) == draw_card(PORTRAIT, text)


def test_a_jpeg_keeps_full_colour_and_carries_no_metadata() -> None:
    with Image.open(io.BytesIO(draw_card(PORTRAIT, CardText("Ship it.")))) as card:
        assert card.format == "JPEG"
        assert card.mode == "RGB"
        layers: list[tuple[int, int, int, int]] = getattr(card, "layer", [])
        assert [layer[1:3] for layer in layers] == [(1, 1)] * 3
        assert not card.getexif()
        assert "icc_profile" not in card.info


def test_a_network_that_wants_png_gets_png() -> None:
    card = draw_card(replace(PORTRAIT, format=CardFormat.PNG), CardText("Ship it."))
    found = probe(card)
    assert (found.mime, found.width, found.height) == ("image/png", 1080, 1350)


def drawn(text: CardText) -> bytes | None:
    """Return the card; ``None`` if the words have no room at 12 pixels."""
    try:
        return draw_card(SMALL, text)
    except MisfitError:
        return None


@pytest.mark.parametrize(
    "headline",
    [
        "No.",
        LONG,
        LONG[:300],
        "W" * 300,
        "WWWWWWWWWWWWWWWWWWWWWWW " * 13,
        "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamter",
        "https://example.com/" + "segment/" * 35,
        "well-known-" * 28,
    ],
)
@pytest.mark.parametrize("language", ["en", "de", "xx"])
def test_any_headline_stays_inside_the_margins(headline: str, language: str) -> None:
    text = CardText(headline[:320].strip(), "Field Notes", "example.com", language)
    while (card := drawn(text)) is None:
        fewer = terser(text)
        assert fewer is not None
        text = fewer
    left, top, right, bottom = inked_box(card)
    # JPEG blurs an edge by a few pixels.
    assert left >= 48 - 4
    assert right <= 540 - 48 + 4
    assert top >= 48 - 4
    assert bottom <= 675 - 44 + 6


def test_a_short_headline_is_larger_than_a_long_one() -> None:
    def first_line_height(headline: str) -> int:
        dark = darker_than(pixels(draw_card(PORTRAIT, CardText(headline))), 60)
        rows = [dark.crop((0, y, 1080, y + 1)).getbbox() is not None for y in range(1350)]
        top = rows.index(True)
        return rows.index(False, top) - top

    assert first_line_height("HHH") > 2 * first_line_height("HHH " * 75)


def test_markup_in_a_headline_is_printed_and_not_run() -> None:
    hostile = '#panic("x") *a* $x$ <l> @r \\ "] #read("/etc/passwd")'
    first = draw_page(PORTRAIT, CardText(hostile))
    assert first != draw_page(PORTRAIT, CardText(hostile.replace("*", "")))


@pytest.mark.parametrize(
    "headline",
    [
        "Очередь умерла, crème brûlée, Η ουρά",
        "🚀 Launch 👩‍👩‍👧 day 1️⃣",
        "Zwölf Boxkämpfer 🇩🇪 jagen 𝗩𝗶𝗸𝘁𝗼𝗿",
        "التنفيذ الدائم: لا تفقد أي طلب 42",
        "ביצוע עמיד: שום הזמנה לא אובדת",
        "टिकाऊ निष्पादन: कोई ऑर्डर नहीं खोता",
        "การทำงานที่ทนทาน ไม่มีคำสั่งซื้อหาย",
    ],
)
def test_accents_emoji_and_other_scripts_draw_no_boxes(headline: str) -> None:
    # draw_page refuses a text that typst has no glyph for: see the next test.
    assert draw_page(PORTRAIT, CardText(drawable(headline)))


@given(st.text(st.characters(max_codepoint=0xE7F) | st.sampled_from("🚀👩👧🇫🇷𝗕ﬁ①\u200d")))
@example("\u200d")
def test_whatever_galleys_fonts_letter_is_drawn_without_boxes(text: str) -> None:
    headline = drawable(text)
    assume(headline and not needs_system_fonts(headline))
    assert draw_page(SMALL, CardText(headline))


def test_a_letter_without_a_glyph_is_an_error_and_not_a_box() -> None:
    letter = undrawn_letter()
    with pytest.raises(MediaError, match=named(letter)):
        draw_page(PORTRAIT, CardText(f"Sign {letter}"))


def test_marks_above_a_headline_keep_off_the_bar() -> None:
    card = pixels(draw_page(PORTRAIT, CardText("टिकाऊ निष्पादन")))
    rows = [card.crop((96, y, 984, y + 1)).getcolors() == [(888, PAPER)] for y in range(96, 1350)]
    bar = rows.index(False)
    assert rows[bar:].index(True) == 12


def test_right_to_left_headlines_start_at_the_right_and_so_does_the_foot() -> None:
    card = draw_card(PORTRAIT, CardText("שלום", "נמל", "example.com"))
    left, _, right, _ = inked_box(card)
    assert left > 540
    assert right > 900


@given(st.text(min_size=1, max_size=320), st.text(max_size=12))
def test_any_text_gives_a_card_or_one_clear_error(text: str, language: str) -> None:
    headline = drawable(text)
    assume(headline)
    try:
        card = draw_card(SMALL, CardText(headline, language=language))
    except MediaError as error:
        refusal = str(error)
    else:
        assert probe(card).width == 540
        return
    assert refusal.startswith("No installed font draws ")


def test_a_card_is_compressed_until_it_fits() -> None:
    text = CardText(LONG[:300])
    whole = len(draw_card(PORTRAIT, text))
    tight = replace(PORTRAIT, max_bytes=whole - 10_000)
    assert len(draw_card(tight, text)) <= tight.max_bytes


def test_a_card_that_cannot_be_made_to_fit_is_refused() -> None:
    with pytest.raises(MediaError, match=r"smaller than 2,000 bytes: shorten"):
        draw_card(replace(PORTRAIT, max_bytes=2_000), CardText("Ship it."))


def test_the_card_travels_as_json() -> None:
    # A quotation mark or a backslash must not end the data.
    text = CardText('"\\' + json.dumps({"headline": "x"}))
    assert draw_page(PORTRAIT, text)
