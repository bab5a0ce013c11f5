"""Logos and fonts from outside: held to limits, decoded, made anew."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pytest
from fontTools.ttLib import TTFont
from PIL import Image

from galley.media.card import CardSpec, Margin, draw_page
from galley.media.card_words import CardText
from galley.media.errors import MediaError
from galley.media.look import MOST_FONT_BYTES, MOST_LOGO_BYTES, Palette, Style, font_file, logo_png
from tests.media.test_typefaces import a_font

SPEC = CardSpec(540, 675, Margin(48, 48, 44, 48), 8_000_000)
RED = (255, 0, 0)


def a_logo(kind: str = "PNG", size: tuple[int, int] = (900, 300)) -> bytes:
    made = io.BytesIO()
    Image.new("RGB", size, RED).save(made, kind)
    return made.getvalue()


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_a_logo_becomes_a_small_png_and_the_same_one_each_time(kind: str) -> None:
    made = logo_png(a_logo(kind))

    with Image.open(io.BytesIO(made)) as logo:
        assert (logo.format, logo.mode, logo.size) == ("PNG", "RGBA", (640, 213))
    assert made == logo_png(a_logo(kind))


@pytest.mark.parametrize(
    ("made", "told"),
    [
        (lambda: b"<svg xmlns='http://www.w3.org/2000/svg'/>", "save it as PNG"),
        (lambda: a_logo()[:60], "save it as PNG"),
        (lambda: a_logo("GIF"), "save it as PNG"),
        (lambda: b"\x89PNG\r\n\x1a\n" + bytes(MOST_LOGO_BYTES), "at most 2,000,000"),
        (lambda: a_logo(size=(5000, 4000)), "5000x4000 pixels"),
    ],
    ids=["svg", "cut", "gif", "heavy", "wide"],
)
def test_what_is_no_logo_is_refused_with_what_to_do(made: Callable[[], bytes], told: str) -> None:
    with pytest.raises(MediaError, match=told):
        logo_png(made())


def restricted(path: Path) -> Path:
    font = TTFont(a_font(path, "abc"))
    cast("Any", font["OS/2"]).fsType = 2
    font.save(path)
    return path


def test_a_font_is_known_by_its_family(tmp_path: Path) -> None:
    found = font_file(a_font(tmp_path / "own.ttf", "\u6301\u4e45").read_bytes())

    assert (found.family, found.suffix) == ("Made Up", ".ttf")


def _short_table(font: bytes, tag: bytes) -> bytes:
    """Return a font that says of one of its tables that it has four bytes."""
    at = font.index(tag) + 12
    return font[:at] + (4).to_bytes(4, "big") + font[at + 4 :]


def test_what_is_no_font_is_refused_with_what_to_do(tmp_path: Path) -> None:
    whole = a_font(tmp_path / "own.ttf", "abc").read_bytes()
    for data, told in (
        (b"wOF2" + whole, "convert it"),
        (whole[: len(whole) // 4], "broken"),
        (_short_table(whole, b"OS/2"), "broken"),
        (whole[:4] + bytes(MOST_FONT_BYTES), "at most 20,000,000"),
        (restricted(tmp_path / "other.ttf").read_bytes(), "forbids"),
    ):
        with pytest.raises(MediaError, match=told):
            font_file(data)


def colours_of(picture: Image.Image) -> set[object]:
    found = picture.convert("RGB").getcolors(400_000)
    return {colour for _, colour in found or ()}


def test_words_of_korean_are_kept_whole(tmp_path: Path) -> None:
    word = "\uac00\ub098\ub2e4\ub77c\ub9c8\ubc14\uc0ac\uc544"
    a_font(tmp_path / "own.ttf", word)

    def height(*words: str) -> int:
        page = draw_page(SPEC, CardText(" ".join(words)), style=Style(fonts=tmp_path))
        with Image.open(io.BytesIO(page)) as picture:
            letters = picture.convert("L").point([255] * 60 + [0] * 196)
        _, top, _, bottom = letters.getbbox() or (0, 0, 0, 0)
        return bottom - top

    one, two = height(word), height(word, word)
    # Four lines, as no two words have room beside each other; letters take three.
    four = height(word, word[:4], word, word[:4])
    assert four - one == pytest.approx(3 * (two - one), abs=6)


def test_a_card_has_the_colours_the_logo_and_the_font_of_its_brand(tmp_path: Path) -> None:
    a_font(tmp_path / "own.ttf", "\u6301\u4e45")
    colours = Palette("#102030", "#ffffff", "#dddddd", "#304050", "#00ff00")
    style = Style(colours, logo_png(a_logo()), tmp_path, ("Made Up",))
    card = CardText("\u6301\u4e45", "Field Notes")

    page = draw_page(SPEC, card, style=style)

    with Image.open(io.BytesIO(page)) as picture:
        page_colours = colours_of(picture)
        foot = colours_of(picture.crop((300, 500, 540, 675)))
    assert {(16, 32, 48), (255, 255, 255), (0, 255, 0), RED} <= page_colours
    assert RED in foot
    assert draw_page(SPEC, card, style=style) == page
