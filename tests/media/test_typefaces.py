"""Fonts that come with Galley, and a font of a brand's own."""

from pathlib import Path
from typing import Any, cast

import pytest
from fontTools.ttLib import TTFont

from galley.media.errors import MediaError
from galley.media.typefaces import (
    FAMILIES,
    FONTS,
    bundled,
    coverage,
    fonts_for,
    needs_system_fonts,
    why_undrawn,
)
from tests.undrawn import named, undrawn_letter

LARGEST_IN_ALL = 5_000_000
FAMILY_NAMES = {1, 16}


def a_font(path: Path, letters: str, family: str = "Made Up") -> Path:
    """Write a font that draws Hebrew shapes for these letters."""
    font = TTFont(FONTS / "NotoSansHebrew-Bold.ttf")
    shapes = font.getGlyphOrder()[10:]
    drawn = dict(zip(map(ord, letters), shapes, strict=False))
    for table in cast("list[Any]", font["cmap"].tables):
        table.cmap = drawn
    for name in cast("list[Any]", font["name"].names):
        if name.nameID in FAMILY_NAMES:
            name.string = family
    font.save(path)
    return path


def test_the_fonts_that_come_along_are_all_there_and_stay_small() -> None:
    assert set(FAMILIES) <= set(fonts_for("a").families())
    assert all(bundled())
    assert sum(file.stat().st_size for file in FONTS.iterdir()) < LARGEST_IN_ALL


def test_a_font_of_the_brands_own_draws_what_galleys_lack(tmp_path: Path) -> None:
    a_font(tmp_path / "own.ttf", "持久")
    assert needs_system_fonts("持久")
    assert not needs_system_fonts("持久", tmp_path)
    assert "Made Up" in fonts_for("持久", tmp_path).families()


@pytest.mark.parametrize(
    ("letter", "told"),
    [
        ("\u6301", r"Han \(U\+6301\): install .*fonts-noto-cjk"),
        ("\u1230", r"Ethiopic \(U\+1230\): install .*fonts-noto-core"),
        ("\U0001f774", r"a sign \(U\+1F774\)"),
    ],
)
def test_what_is_missing_is_named_with_what_to_install(letter: str, told: str) -> None:
    with pytest.raises(MediaError, match=told):
        raise MediaError(why_undrawn(letter))


def test_a_script_that_no_font_has_is_found_before_anything_is_drawn() -> None:
    letter = undrawn_letter()
    with pytest.raises(MediaError, match=named(letter)):
        fonts_for(f"Sign {letter} and more")


def test_a_file_that_is_no_font_draws_nothing() -> None:
    assert not coverage(FONTS / "OFL.txt")
