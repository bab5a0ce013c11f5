"""A photograph in a film comes slowly nearer, and the words on it stand still and can be read."""

import asyncio
import io
from dataclasses import replace
from itertools import pairwise
from typing import Any

import av
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from galley.media.card import CardSpec, Margin
from galley.media.card_words import CardText
from galley.media.film import FPS, PUSH, FilmScene, film
from galley.media.look import LEAST_CONTRAST
from galley.models.media import Photo
from tests.media.test_photos import jpeg, landscape

SPEC = CardSpec(360, 640, Margin(80, 50, 160, 50), 50_000_000)
SECONDS = 1.2
BAR = 6  # rows at the upper edge in which a bar grows
WORDS = CardText("Nobody waits for a ferry that tells them when it comes.")


def _filmed(ffmpeg: str, figure: Photo | None) -> list[NDArray[np.int16]]:
    """Return the grey levels of the frames of a film whose first scene has a photograph."""
    scenes = [
        FilmScene(replace(WORDS, figure=figure), SECONDS, revealed=False),
        FilmScene(CardText("Read the timetable"), 0.9, revealed=False),
    ]
    data = asyncio.run(film(ffmpeg, SPEC, scenes))
    with av.open(io.BytesIO(data), "r") as opened:
        container: Any = opened  # only in part typed
        return [
            frame.to_ndarray(format="gray")[BAR:].astype(np.int16)
            for frame in container.decode(video=0)
        ]


@pytest.fixture(scope="module")
def hills(ffmpeg: str) -> list[NDArray[np.int16]]:
    return _filmed(ffmpeg, Photo(picture=jpeg(landscape(SPEC.width, SPEC.height))))


@pytest.fixture(scope="module")
def snow(an_ffmpeg: str) -> list[NDArray[np.int16]]:
    return _filmed(an_ffmpeg, Photo(picture=jpeg(Image.new("RGB", (360, 640), "white"))))


def _scale(before: NDArray[np.int16], after: NDArray[np.int16]) -> float:
    """Return how much larger the upper part of a frame is than before."""
    height, width = before.shape
    middle = 320 - BAR

    def unlike(scale: float) -> float:
        left, top = (width - width / scale) / 2, middle - middle / scale
        box = (left, top, left + width / scale, top + height / scale)
        picture = Image.fromarray(before.astype(np.uint8))
        shown = np.asarray(picture.transform((width, height), Image.Transform.EXTENT, box))
        return float(np.abs(shown[20:200].astype(int) - after[20:200]).mean())

    return min((1 + at / 200 for at in range(21)), key=unlike)


def test_a_photograph_comes_nearer_in_each_frame_alike(hills: list[NDArray[np.int16]]) -> None:
    shown = hills[: round((SECONDS - PUSH) * FPS)]
    steps = [float(np.abs(b[20:200] - a[20:200]).mean()) for a, b in pairwise(shown)]

    assert 1.03 < _scale(shown[0], shown[-1]) < 1.09
    # It neither stands still nor jumps, as whole pixels would.
    assert min(steps) > 0.05
    assert max(steps) < 8 * float(np.median(steps))


def test_words_on_a_photograph_stand_still(snow: list[NDArray[np.int16]]) -> None:
    shown = snow[: round((SECONDS - PUSH) * FPS)]

    assert all(np.abs(one - shown[0]).max() < 40 for one in shown)


def test_words_on_the_brightest_photograph_can_be_read(snow: list[NDArray[np.int16]]) -> None:
    frame = snow[20]
    rows, _ = np.nonzero(frame[320:] > 240)
    ground = frame[320 + rows.min() : 320 + rows.max()]
    # Between letters, where nothing of them shines in.
    dark = float(sorted(ground.ravel())[ground.size // 5])

    def light(grey: float) -> float:
        return ((grey / 255 + 0.055) / 1.055) ** 2.4

    assert (light(245) + 0.05) / (light(dark) + 0.05) > LEAST_CONTRAST + 1
    assert frame[60:120].mean() > 240  # the photograph itself stays as bright as it is


def test_a_photograph_beside_the_words_moves_in_its_window_alone(an_ffmpeg: str) -> None:
    window = (SPEC.width, 300)
    shown = _filmed(an_ffmpeg, Photo(picture=jpeg(landscape(*window)), window=window))
    first, last = shown[0], shown[round((SECONDS - PUSH) * FPS) - 1]

    assert np.abs(last[10:280] - first[10:280]).mean() > 3
    assert np.abs(last[300:] - first[300:]).max() < 40


def test_the_photograph_goes_on_moving_while_the_next_scene_pushes_it_out(
    hills: list[NDArray[np.int16]],
) -> None:
    before, after = (
        hills[round((SECONDS - PUSH) * FPS) - 1],
        hills[round((SECONDS - PUSH) * FPS) + 1],
    )
    shift = min(
        range(60),
        key=lambda by: float(np.abs(after[20:200, : 360 - by] - before[20:200, by:]).mean()),
    )

    assert 0 < shift < 60
    apart = np.abs(after[20:200, : 360 - shift] - before[20:200, shift:]).mean()
    assert apart < 12
