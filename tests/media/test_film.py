"""A film reveals its words in time, pushes its scenes, and is heard at the networks' loudness."""

import asyncio
import io
from dataclasses import replace
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from galley.media.card import CardSpec, Margin, draw_pages
from galley.media.card_words import CardText
from galley.media.errors import MediaError
from galley.media.ffmpeg import run_ffmpeg
from galley.media.film import FPS, PUSH, FilmScene, film, film_seconds
from galley.media.probe import probe
from galley.media.sheet import SHAPES
from galley.media.sound import TARGET, read_level
from galley.models.media import Change, MediaKind

SPEC = CardSpec(180, 320, Margin(40, 20, 60, 20), 50_000_000)
SCENES = [
    FilmScene(CardText("A ferry that tells when it comes."), 2.0, revealed=False),
    FilmScene(CardText("Nobody waits for it in the rain."), 2.0),
    FilmScene(CardText("Waits fell", figure=Change(before="42 min", after="9 min")), 2.0),
    FilmScene(CardText("Read the timetable", act="example.com"), 1.5, revealed=False),
]


@pytest.fixture(scope="module")
def made(ffmpeg: str) -> bytes:
    return asyncio.run(film(ffmpeg, SPEC, SCENES))


def frames(data: bytes) -> list[NDArray[np.int16]]:
    """Return the grey levels of each frame, without the bar that grows at the upper edge."""
    with av.open(io.BytesIO(data), "r") as opened:
        container: Any = opened  # only in part typed
        shown = container.decode(video=0)
        return [frame.to_ndarray(format="gray")[4:].astype(np.int16) for frame in shown]


def test_a_film_is_as_long_as_its_scenes_and_begins_before_it_is_loaded(made: bytes) -> None:
    found = probe(made)

    assert (found.kind, found.width, found.height) == (MediaKind.VIDEO, 180, 320)
    assert (found.codec, found.fps, found.has_sound) == ("h264", FPS, True)
    assert found.duration == pytest.approx(film_seconds(SCENES), abs=0.06)
    assert made.index(b"moov") < made.index(b"mdat")


def test_the_first_frame_has_all_words_and_a_later_scene_gets_them_in_time(made: bytes) -> None:
    shown = frames(made)
    ink = [int((frame < 100).sum()) for frame in shown]
    second = round((2.0 - PUSH) * FPS) + round(PUSH * FPS)

    assert ink[0] == pytest.approx(ink[45], rel=0.03)
    assert ink[second + 3] < ink[second + 25] <= ink[second + 40] * 1.03


def test_scenes_push_each_other_out_and_never_shine_through(made: bytes) -> None:
    # In the middle of a push each column of a frame is of the one scene or the other.
    shown = frames(made)
    before, after = shown[48], shown[round(2.0 * FPS) + 1]
    middle = shown[round((2.0 - PUSH / 2) * FPS)]
    moved = [
        min(
            int(abs(middle[:, column] - scene[:, shift]).mean())
            for scene in (before, after)
            for shift in range(180)
        )
        for column in range(0, 180, 12)
    ]

    assert max(moved) < 12


def test_words_stand_still_while_others_appear_below_them() -> None:
    spec = SHAPES["tall"]
    text = CardText("We moved the queue in May, and nobody was paged since.")
    pages = draw_pages(spec, [replace(text, shown=count) for count in (3, 6, 9, 11)])
    boxes = list[tuple[int, int, int, int]]()
    for page in pages:
        with Image.open(io.BytesIO(page)) as card:
            dark = card.convert("L").point([255] * 60 + [0] * 196)
            boxes.append(dark.getbbox() or (0, 0, 0, 0))

    assert len({top for _, top, _, _ in boxes}) == 1
    assert [bottom for *_, bottom in boxes] == sorted(bottom for *_, bottom in boxes)


async def test_a_silent_film_is_as_loud_as_networks_play(
    ffmpeg: str, made: bytes, tmp_path: Path
) -> None:
    (tmp_path / "film.mp4").write_bytes(made)
    command = [ffmpeg, "-nostdin", "-loglevel", "error", "-i", "film.mp4", "-vn"]
    told = "ebur128=metadata=1,ametadata=mode=print:key=lavfi.r128.I:file=loud.txt"
    await run_ffmpeg([*command, "-af", told, "-f", "null", "-"], 60, tmp_path)

    assert read_level(tmp_path / "loud.txt") == pytest.approx(TARGET, abs=1)


async def test_the_same_scenes_give_the_same_film_and_a_torn_one_is_refused(an_ffmpeg: str) -> None:
    scenes = [replace(SCENES[1], seconds=0.9), replace(SCENES[2], seconds=0.9)]
    one = await film(an_ffmpeg, SPEC, scenes)

    assert await film(an_ffmpeg, SPEC, scenes) == one
    with pytest.raises(MediaError, match="video is broken"):
        probe(one[: one.index(b"mdat") + 40])
