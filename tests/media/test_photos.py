"""Photographs on cards: only good ones, and no face is cut off or under the words.

The portrait is NASA's, in the public domain, as scikit-image carries it.
"""

import io
from fractions import Fraction
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw, ImageFilter
from pypdf import PdfReader

from galley.media.card import draw_document
from galley.media.card_words import CardText
from galley.media.errors import MediaError
from galley.media.faces import Box, faces_in
from galley.media.layout import Ground, Layout
from galley.media.photos import crop_of, photo_for, photo_on
from galley.media.sheet import SHAPES

PORTRAIT = Image.open(Path(__file__).with_name("astronaut.jpg")).convert("RGB")
SHARES = st.floats(0, 0.9)


def landscape(width: int, height: int) -> Image.Image:
    """Return what looks like hills to a program: noise of every size and colour."""
    return _hills(width, height).copy()


@cache
def _hills(width: int, height: int) -> Image.Image:
    shape = (height // 8, width // 8)
    noise = Image.fromarray(np.random.default_rng(1).integers(0, 256, shape, np.uint8))
    bands = (noise, noise.rotate(90, expand=False), noise.rotate(180))
    return Image.merge("RGB", bands).resize((width, height)).filter(ImageFilter.GaussianBlur(9))


def with_portrait(size: tuple[int, int], at: tuple[int, int], wide: int = 320) -> Image.Image:
    photo = landscape(*size)
    small = PORTRAIT.resize((wide, round(wide * PORTRAIT.height / PORTRAIT.width)))
    photo.paste(small, at)
    return photo


def jpeg(picture: Image.Image) -> bytes:
    into = io.BytesIO()
    picture.save(into, "JPEG", quality=92)
    return into.getvalue()


@settings(max_examples=8)  # each looks for faces twice
@given(st.integers(0, 1280), st.integers(0, 640), st.sampled_from(sorted(SHAPES)), st.booleans())
def test_a_face_stays_whole_wherever_it_is(x: int, y: int, shape: str, words_below: bool) -> None:  # noqa: FBT001
    spec = SHAPES[shape]
    photo = with_portrait((1600, 1000), (x, y))
    (face,) = faces_in(photo)
    size = (spec.width // 2, spec.height // 2)
    shown, lowest = photo_for(jpeg(photo), *size, words_below=words_below)
    seen = Image.open(io.BytesIO(shown))

    (found,) = faces_in(seen)
    assert seen.size == size
    assert abs(found.bottom - lowest) < 0.1
    # As high as in the photograph: nothing of it is cut off.
    scale = seen.height / min(1000, 1600 * seen.height / seen.width)
    assert found.height * seen.height == pytest.approx(face.height * 1000 * scale, rel=0.2)


@given(
    st.lists(
        st.builds(Box, SHARES, SHARES, st.floats(0.01, 0.4), st.floats(0.01, 0.4)), max_size=4
    ),
    st.fractions(Fraction(1, 3), Fraction(3)),
    st.floats(0, 1),
)
def test_the_part_that_is_shown_never_leaves_the_photograph(
    faces: list[Box], ratio: Fraction, high: float
) -> None:
    left, top, right, bottom = crop_of(HILLS, faces, ratio, high)

    assert 0 <= left < right <= HILLS.width
    assert 0 <= top < bottom <= HILLS.height
    assert (right - left) / (bottom - top) == pytest.approx(float(ratio), rel=0.01)


HILLS = landscape(1200, 900)


def logo() -> Image.Image:
    drawn = Image.new("RGB", (900, 700), "#ffffff")
    ImageDraw.Draw(drawn).ellipse((200, 100, 700, 600), fill="#d3401f", outline="#17181c", width=20)
    return drawn


@pytest.mark.parametrize(
    ("picture", "why"),
    [
        (logo(), "logo, a drawing or a screenshot"),
        (HILLS.resize((400, 300)), "400x300 pixels, too few"),
        (HILLS.resize((1600, 500)), "too long and narrow"),
        (HILLS.resize((600, 600)), "too few for this card"),
        (HILLS.point([value // 12 for value in range(256)] * 3), "few colours|nearly blank"),
    ],
)
def test_what_makes_no_good_card_is_left_out_with_the_reason(
    picture: Image.Image, why: str
) -> None:
    with pytest.raises(MediaError, match=why):
        photo_for(jpeg(picture), 1080, 1350)


def test_what_has_holes_is_a_logo() -> None:
    seen = HILLS.convert("RGBA")
    seen.putalpha(Image.linear_gradient("L").resize(seen.size))
    into = io.BytesIO()
    seen.save(into, "PNG", compress_level=1)
    with pytest.raises(MediaError, match="transparent"):
        photo_for(into.getvalue(), 500, 500)


@pytest.mark.parametrize("shape", sorted(SHAPES))
async def test_no_word_stands_on_a_photograph_that_is_beside_them(shape: str) -> None:
    spec, layout = SHAPES[shape], Layout("middle", "start", Ground.ACCENT)
    photo = await photo_on(jpeg(with_portrait((1600, 1400), (600, 500))), spec, layout)
    assert photo.window is not None
    words = "Nobody trains for the day that goes well, and everybody should, said the pilot."
    text = CardText(words, "Field Notes", "Photo: NASA · example.com", figure=photo, layout=layout)
    (page,) = PdfReader(io.BytesIO(draw_document(spec, [text]))).pages
    ends = list[tuple[float, float]]()

    def visit(said: str, cm: list[float], tm: list[float], _font: object, size: float) -> None:
        if said.strip():
            # How far to the right a line goes is not told: three letters of it at least.
            ends.append((tm[4] * cm[0] + cm[4] + 1.5 * size, tm[5] * cm[3] + cm[5] + 0.8 * size))

    page.extract_text(visitor_text=visit)
    across, down = photo.window
    is_above = across == spec.width
    assert ends
    assert all(y < spec.height - down if is_above else x < spec.width - across for x, y in ends)


async def test_a_photograph_is_under_the_words_only_where_they_hide_no_face() -> None:
    spec = SHAPES["portrait"]
    low = with_portrait((1080, 1350), (300, 1350 - 370))
    high = with_portrait((1080, 1350), (300, 40))

    assert (await photo_on(jpeg(low), spec, Layout())).window is not None
    assert (await photo_on(jpeg(high), spec, Layout())).window is None
