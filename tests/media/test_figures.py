"""Points, charts and code on cards of every shape."""

import io

import pytest
from PIL import Image

from galley.media.card import draw_page
from galley.media.card_words import CardText
from galley.media.errors import MisfitError
from galley.media.plan import rendering_for
from galley.models.media import Bar, Chart, Code, Figure, Points
from galley.models.network import Platform

BARS = tuple(Bar(label=f"row {n}", shown=f"{n * n} %", value=n * n) for n in range(8))
FIGURES: dict[str, Figure] = {
    "points": Points(points=("One thing.", "Another, said at more length.", "\u05d0")),
    "bars": Chart(title="Share", bars=BARS),
    "line": Chart(bars=BARS, is_line=True),
    "code": Code(text="def f(x: int) -> int:\n    return x  # │ twice", language="py"),
    "unknown code": Code(text='#panic("x") `a` $x$', language="no-such"),
}
SHAPES = (Platform.INSTAGRAM, Platform.X, Platform.TIKTOK)


def drawn(figure: Figure | None, platform: Platform) -> Image.Image:
    rendering = rendering_for(platform, wanted=True)
    assert rendering is not None
    text = CardText("What we learned", "Field Notes", "example.com", figure=figure)
    return Image.open(io.BytesIO(draw_page(rendering.card, text)))


@pytest.mark.parametrize("platform", SHAPES)
@pytest.mark.parametrize("name", FIGURES)
def test_a_figure_is_drawn_on_every_shape_of_card(name: str, platform: Platform) -> None:
    with drawn(FIGURES[name], platform) as card, drawn(None, platform) as bare:
        assert card.size == bare.size
        assert card.tobytes() != bare.tobytes()


@pytest.mark.parametrize(
    "figure",
    [
        Code(text="\n".join(["a long line of code that goes on and on" * 2] * 26)),
        Points(points=("word " * 60,) * 6),
        Chart(bars=tuple(Bar(label="W" * 28, shown="9" * 30, value=1) for _ in "abc")),
    ],
)
def test_what_has_no_room_is_refused_and_never_cut_off(figure: Figure) -> None:
    with pytest.raises(MisfitError):
        drawn(figure, Platform.X)


def test_code_asks_for_a_font_of_east_asian_letters_and_for_no_other() -> None:
    assert CardText("", figure=Code(text="f() # 持 │ é")).letters == "持"


def test_bars_are_as_long_as_their_numbers() -> None:
    pair = (
        Bar(label="a", shown="25", value=25),
        Bar(label="b", shown="50", value=50),
        Bar(label="c", shown="00", value=100),
    )
    with drawn(Chart(bars=pair), Platform.INSTAGRAM) as card:
        page = card.convert("RGB")
    # The largest in the accent, the others beside it in grey.
    colours = {(211, 64, 31), (141, 137, 131)}
    lengths: list[int] = []
    for y in range(400, page.height):
        row = page.crop((0, y, page.width, y + 1)).get_flattened_data()
        length = sum(pixel in colours for pixel in row)
        if length > 20 and (not lengths or abs(lengths[-1] - length) > 2):
            lengths.append(length)
    *_, one, two, three = lengths
    assert two == pytest.approx(2 * one, abs=3)
    assert three == pytest.approx(4 * one, abs=5)
