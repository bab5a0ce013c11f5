# ruff: noqa: RUF001 - the commas of Chinese are what is tested
"""Lines of scripts without spaces are even, and no phrase of a letter or two is alone on one.

The font has a square for each letter: what is tested are lines, and machines have no such font.
"""

import io
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from pypdf import PdfReader

from galley.media.card import draw_document
from galley.media.card_words import CardText
from galley.media.layout import TOKENS, Layout
from galley.media.look import Style
from galley.media.sheet import SHAPES
from galley.models.brand import LookStyle
from galley.models.media import Figure, Number, Quotation, ShortPost

HEADLINES = [
    ("ja", "到着時刻を教えてくれるフェリーなら、誰も待たされない。"),
    ("ja", "行列は、誰も書き留めなかった情報だ。"),
    ("ja", "時刻表は予測ではなく約束です。"),
    ("ja", "改札の前で遅れを知らせると、待つ人が半分になりました。"),
    ("zh", "如果渡轮告诉你它什么时候来，就没有人需要等待。"),
    ("zh", "排队是没有人写下来的信息。"),
    ("zh-TW", "時刻表是承諾，不是預測。"),
]
FIGURES = [Quotation(speaker=""), ShortPost(author=""), Number(number="40")]


@pytest.fixture(scope="module")
def squares(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a font in which each letter of the headlines is a square."""
    letters = sorted({ord(one) for _, text in [*HEADLINES, ("", "「")] for one in text})
    names = [".notdef", *(f"uni{code:04X}" for code in letters)]
    pen = TTGlyphPen(None)
    pen.moveTo((60, 0))
    for point in ((60, 800), (940, 800), (940, 0)):
        pen.lineTo(point)
    pen.closePath()
    font: Any = FontBuilder(1000, isTTF=True)
    font.setupGlyphOrder(names)
    font.setupCharacterMap({code: f"uni{code:04X}" for code in letters})
    font.setupGlyf(dict.fromkeys(names, pen.glyph()))
    font.setupHorizontalMetrics(dict.fromkeys(names, (1000, 60)))
    font.setupHorizontalHeader(ascent=880, descent=-120)
    font.setupNameTable({"familyName": "Squares", "styleName": "Regular", "psName": "Squares"})
    font.setupOS2(sTypoAscender=880, sTypoDescender=-120, usWinAscent=880, usWinDescent=120)
    font.setupPost()
    folder = tmp_path_factory.mktemp("squares")
    font.save(folder / "squares.ttf")
    return folder


def _lines(texts: list[CardText], shape: str, style: Style) -> list[list[str]]:
    """Return the lines of each headline, from above."""
    found = list[list[str]]()
    pages = PdfReader(io.BytesIO(draw_document(SHAPES[shape], texts, style))).pages
    for page, text in zip(pages, texts, strict=True):
        lines = defaultdict[int, str](str)

        def visit(
            part: str,
            cm: list[float],
            tm: list[float],
            _font: object,
            _size: float,
            lines: defaultdict[int, str] = lines,
            said: str = text.headline,
        ) -> None:
            if drawn := "".join(one for one in part if one in said and not one.isspace()):
                lines[round(tm[5] * cm[3] + cm[5])] += drawn

        page.extract_text(visitor_text=visit)
        found.append([lines[y] for y in sorted(lines, reverse=True)])
    return found


@pytest.mark.parametrize(
    ("figure", "look", "shape"),
    [
        *((None, look, shape) for look in LookStyle for shape in sorted(SHAPES)),
        *((figure, LookStyle.PLAIN, shape) for figure in FIGURES for shape in ("portrait", "wide")),
    ],
)
def test_no_phrase_of_a_letter_or_two_is_alone_on_a_line(
    figure: Figure | None, look: LookStyle, shape: str, squares: Path
) -> None:
    style = Style(fonts=squares, families=("Squares",), tokens=TOKENS[look])
    texts = [
        CardText(said, language=language, figure=figure, layout=Layout())
        for language, said in HEADLINES
    ]

    for text, lines in zip(texts, _lines(texts, shape, style), strict=True):
        assert "".join(lines) == text.headline
        if len(lines) > 1:
            shortest, longest = min(map(len, lines)), max(map(len, lines))
            assert shortest > 2, lines
            assert shortest >= 0.3 * longest, lines
            # The last phrase of a clause does not begin a line.
            assert not [line for line in lines if line[1] in "\u3001\uff0c"], lines
