"""A clip is vertical, exact, as loud as it should be, and hostile files make none."""

import asyncio
import io
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from fontTools.ttLib import TTFont
from PIL import Image

from galley.media.captions import CaptionFont, Frame, captions_of, font_in
from galley.media.card import CardFormat, CardSpec, Margin, draw_card
from galley.media.card_words import CardText
from galley.media.clip import END_SECONDS, HOOK_SECONDS, ClipPlan, cut_clip
from galley.media.errors import MediaError
from galley.media.faces import sees_faces
from galley.media.ffmpeg import run_ffmpeg
from galley.media.probe import Probe, probe
from galley.media.sound import read_level
from galley.media.typefaces import FONTS
from galley.models.media import Framing
from galley.sources.spoken_words import Said
from tests.hearing import FERRY
from tests.media.footage import colour_of
from tests.media.footage import film as film_of

_FRAME = Frame(180, 320)
_SECONDS, _WITH_TITLE = 1.5, HOOK_SECONDS + 0.3
Cut = Callable[[Path, ClipPlan], bytes]


@pytest.fixture(scope="module")
def talk(an_ffmpeg: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wide film of five seconds, grey to the left and white to the right."""
    return _filmed(an_ffmpeg, tmp_path_factory.mktemp("talk") / "talk.mp4", "320x180", 5)


@pytest.fixture(scope="module")
def cut(an_ffmpeg: str, tmp_path_factory: pytest.TempPathFactory) -> Cut:
    return _cutting(an_ffmpeg, tmp_path_factory.mktemp("clips"))


@pytest.fixture(scope="module")
def cut_by_each(ffmpeg: str, tmp_path_factory: pytest.TempPathFactory) -> Cut:
    return _cutting(ffmpeg, tmp_path_factory.mktemp("clips"))


def _cutting(ffmpeg: str, folder: Path) -> Cut:
    def run(recording: Path, plan: ClipPlan) -> bytes:
        film = folder / "clip.mp4"
        asyncio.run(cut_clip(ffmpeg, recording, plan, film))
        return film.read_bytes()

    return run


def _filmed(ffmpeg: str, file: Path, size: str, seconds: float) -> Path:
    white = "color=white:s={size}:r=25,drawbox=w=iw/2:color=gray:t=fill"
    # fmt: off
    subprocess.run(  # noqa: S603 -- a fixed command
        [ffmpeg, "-nostdin", "-loglevel", "error", "-y",
         "-f", "lavfi", "-i", white.format(size=size), "-i", str(FERRY), "-t", str(seconds),
         "-c:v", "libx264", "-preset", "ultrafast", "-c:a", "aac", str(file)],
        check=True,
    )
    # fmt: on
    return file


def _plan(**changes: object) -> ClipPlan:
    plan = {"start": 2.0, "seconds": _SECONDS, "frame": _FRAME, **changes}
    return ClipPlan(**plan)  # pyright: ignore[reportArgumentType]


def _frame_at(film: bytes, seconds: float, folder: Path) -> Any:  # noqa: ANN401 -- an array
    """Return the grey levels of a moment, by row and column."""
    (folder / "film.mp4").write_bytes(film)
    with av.open(str(folder / "film.mp4")) as container:
        for frame in container.decode(video=0):
            if (frame.time or 0) >= seconds:
                return frame.to_ndarray(format="gray")
    raise AssertionError("the film is shorter")


def _level(ffmpeg: str, film: bytes, folder: Path) -> float | None:
    (folder / "film.mp4").write_bytes(film)
    command = [ffmpeg, "-nostdin", "-loglevel", "error", "-i", "film.mp4"]
    heard = ["-af", "ebur128=metadata=1,ametadata=mode=print:file=loud.txt"]
    asyncio.run(run_ffmpeg([*command, *heard, "-f", "null", "-"], 60, folder))
    return read_level(folder / "loud.txt")


@pytest.fixture(scope="module")
def bare(talk: Path, cut: Cut) -> bytes:
    """A clip with nothing on its picture."""
    return cut(talk, _plan())


@pytest.fixture(scope="module")
def whole(talk: Path, cut: Cut) -> bytes:
    """A clip of the whole picture, long enough for a title that goes."""
    return cut(talk, _plan(seconds=_WITH_TITLE, framing=Framing.WHOLE))


@pytest.fixture(scope="module")
def film(talk: Path, cut_by_each: Cut) -> bytes:
    """A clip with captions and an end card."""
    words = [Said(2.2, 2.8, "Night"), Said(2.8, 3.4, "ferry")]
    card = draw_card(
        CardSpec(180, 320, Margin(40, 20, 60, 20), 500_000, CardFormat.PNG),
        CardText("Night ferry", "Harbour"),
    )
    captions = captions_of(words, 2, 2 + _SECONDS, _FRAME)
    return cut_by_each(talk, _plan(captions=captions, end_card=card))


def test_a_clip_is_vertical_and_as_long_as_its_edges_and_its_end_card(film: bytes) -> None:
    found = probe(film)

    assert (found.width, found.height) == (180, 320)
    assert (found.codec, found.fps, found.has_sound) == ("h264", 30, True)
    assert found.duration == pytest.approx(_SECONDS + END_SECONDS, abs=0.06)


def test_a_clip_is_as_loud_as_networks_play(ffmpeg: str, film: bytes, tmp_path: Path) -> None:
    assert _level(ffmpeg, film, tmp_path) == pytest.approx(-14, abs=1)


def test_an_untagged_film_of_720_lines_keeps_its_colours(cut_by_each: Cut, tmp_path: Path) -> None:
    given = film_of(tmp_path / "red.mp4", (1280, 720), 0.6, sound=True, colour=(200, 30, 60))
    made = tmp_path / "clip.mp4"
    made.write_bytes(cut_by_each(given, _plan(start=0.0, seconds=0.5)))

    assert colour_of(made) == pytest.approx(colour_of(given), abs=6)


def test_captions_stand_in_the_picture_above_the_buttons_of_the_apps(
    film: bytes, bare: bytes, tmp_path: Path
) -> None:
    without = _frame_at(bare, 1.0, tmp_path).astype(int)
    lettered = _frame_at(film, 1.0, tmp_path).astype(int)
    rows, columns = np.nonzero(abs(lettered - without) > 60)

    assert len(rows) > 50
    assert rows.max() < 320 - _FRAME.foot + 4
    assert rows.min() > 320 / 2
    assert columns.min() >= _FRAME.side - 4
    assert columns.max() <= 180 - _FRAME.side + 4


def test_captions_are_lettered_in_the_boldest_font_of_the_brand(
    talk: Path, cut: Cut, tmp_path: Path
) -> None:
    own = tmp_path / "own"
    for weight, name in ((700, "NotoSerifDisplay-Bold.ttf"), (400, "NotoSansThai-Regular.ttf")):
        with TTFont(FONTS / name) as font:
            for record in font["name"].names:  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType, reportUnknownVariableType] -- fontTools ships no types
                record.string = f"Proof Room {weight}".encode(record.getEncoding() or "ascii")
            (own / str(weight)).mkdir(parents=True)
            font.save(own / str(weight) / "font.ttf")
    found = font_in(own)
    assert found is not None
    name, scale, is_bold, letters, file = found
    assert (name, is_bold) == ("Proof Room 700", True)

    font = CaptionFont(name, scale, is_bold, frozenset(letters), Path(file))
    captions = captions_of([Said(2, 4, "Night")], 2, 2 + _SECONDS, _FRAME, font=font)
    plan = _plan(captions=captions, framing=Framing.WHOLE)
    branded = _frame_at(cut(talk, replace(plan, font=font.file)), 1.0, tmp_path)
    without = _frame_at(cut(talk, plan), 1.0, tmp_path)
    # The same words at the same place, in other letters.
    apart = np.abs(branded.astype(int) - without)
    assert (apart > 60).sum() > 100
    assert (apart[: round(320 * 0.6)] > 60).sum() == 0


def _title() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (130, 48), "#000000").save(out, "PNG")
    return out.getvalue()


def test_the_title_is_over_the_beginning_alone(
    whole: bytes, talk: Path, cut: Cut, tmp_path: Path
) -> None:
    plan = _plan(seconds=_WITH_TITLE, framing=Framing.WHOLE)
    titled = cut(talk, replace(plan, hook=_title()))

    def apart(seconds: float) -> int:
        pictures = [_frame_at(film, seconds, tmp_path).astype(int) for film in (whole, titled)]
        return int((abs(pictures[0] - pictures[1]) > 20).sum())

    assert apart(0.0) > 0.8 * 130 * 48
    assert apart(HOOK_SECONDS + 0.2) < 50


def test_a_low_title_ends_where_captions_do_and_leaves_the_upper_half_alone(
    whole: bytes, talk: Path, cut: Cut, tmp_path: Path
) -> None:
    plan = _plan(seconds=_WITH_TITLE, framing=Framing.WHOLE)
    titled = cut(talk, replace(plan, hook=_title(), hooks_low=True))

    for seconds in (0.5, HOOK_SECONDS - 0.15):
        pictures = [_frame_at(film, seconds, tmp_path).astype(int) for film in (whole, titled)]
        rows, _ = np.nonzero(abs(pictures[0] - pictures[1]) > 20)
        assert rows.min() >= 320 - _FRAME.foot - 52
        assert rows.max() <= 320 - _FRAME.foot + 4


def test_a_wide_picture_is_shown_whole_unless_its_middle_is_wanted(
    bare: bytes, talk: Path, cut: Cut, tmp_path: Path
) -> None:
    all_of_it = _frame_at(bare, 1.0, tmp_path)
    cropped = _frame_at(cut(talk, _plan(framing=Framing.MIDDLE)), 1.0, tmp_path)

    # Grey half, white half: across the middle line both stand whole; the crop too.
    for picture in (all_of_it, cropped):
        assert picture[160, 40] < 170
        assert picture[160, 140] > 230
    assert all_of_it[20, 140] < 170  # the ground is darker
    assert cropped[20, 140] > 230


def test_a_nearly_vertical_picture_fills_the_frame(
    an_ffmpeg: str, cut: Cut, tmp_path: Path
) -> None:
    tall = _filmed(an_ffmpeg, tmp_path / "tall.mp4", "200x320", 1)

    picture = _frame_at(cut(tall, _plan(start=0.0, seconds=0.5)), 0.3, tmp_path)

    assert picture[5, 140] > 230


def test_faces_are_looked_for_in_a_picture_that_is_wide_as_it_is_seen(
    an_ffmpeg: str, talk: Path, tmp_path: Path
) -> None:
    told, asked, turned = tmp_path / "ffmpeg", tmp_path / "asked", tmp_path / "turned.mp4"
    told.write_text(f'#!/bin/sh\necho "$@" >> {asked}\nexec {an_ffmpeg} "$@"\n')
    told.chmod(0o700)
    turning = [an_ffmpeg, "-loglevel", "error", "-display_rotation", "90"]
    subprocess.run([*turning, "-i", str(talk), "-c", "copy", str(turned)], check=True)  # noqa: S603 -- a fixed command
    upright = _filmed(an_ffmpeg, tmp_path / "upright.mp4", "180x320", 1)
    looked: list[int] = []
    for film in (talk, upright, turned):
        asked.write_text("")
        asyncio.run(cut_clip(str(told), film, _plan(start=0.0, seconds=0.5), tmp_path / "clip.mp4"))
        runs = [one for one in asked.read_text().splitlines() if "[thumbs]" in one]
        looked.append(sum("-frames:v 1 " not in one for one in runs))

    assert looked == [int(sees_faces()), 0, 0]


def test_the_same_edges_give_the_same_bytes(bare: bytes, talk: Path, cut: Cut) -> None:
    assert cut(talk, _plan()) == bare


def test_sound_without_a_picture_gets_its_waves_on_a_ground(
    cut_by_each: Cut, tmp_path: Path
) -> None:
    film = cut_by_each(FERRY, _plan())
    found: Probe = probe(film)
    moments = [_frame_at(film, at / 5, tmp_path) for at in range(1, 7)]

    assert (found.width, found.height, found.has_sound) == (180, 320, True)
    # Waves above the middle that move, and nothing where captions are.
    assert max(int(shown[110:160].max()) for shown in moments) > 120
    assert any((one != moments[0]).any() for one in moments)
    assert all(int(shown[180:].max()) < 60 for shown in moments)


def test_a_clip_that_reaches_beyond_the_end_stands_still_there(talk: Path, cut: Cut) -> None:
    found = probe(cut(talk, _plan(start=4.5)))

    assert found.duration == pytest.approx(_SECONDS, abs=0.06)


def test_a_clip_beyond_the_end_is_refused(talk: Path, cut: Cut) -> None:
    with pytest.raises(MediaError, match="move its edges"):
        cut(talk, _plan(start=99.0))


@pytest.mark.parametrize(
    "data",
    [
        b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n",
        b"ffconcat version 1.0\nfile /etc/passwd\n",
        b"\x00\x00\x00\x18ftypmp42" + b"\x00" * 400,
        b"\x1aE\xdf\xa3" + b"\xff" * 400,
    ],
)
def test_what_is_no_recording_is_refused_without_its_words(
    data: bytes, cut: Cut, tmp_path: Path
) -> None:
    (tmp_path / "talk.mp4").write_bytes(data)

    with pytest.raises(MediaError) as refused:
        cut(tmp_path / "talk.mp4", _plan())

    assert "passwd" not in str(refused.value)
