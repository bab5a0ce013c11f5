"""The crop of a clip follows who speaks, smoothly, and never leaves the picture."""

import asyncio
import subprocess
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from galley.media.captions import Frame
from galley.media.clip import ClipPlan, cut_clip
from galley.media.faces import faces_in
from galley.media.follow import (
    EVERY,
    Face,
    Seen,
    Stretch,
    during,
    lefts,
    shape_and_lines,
    stretches,
    tops,
    watched,
)
from tests.hearing import FERRY
from tests.media.test_photos import PORTRAIT, landscape

NARROW = 0.3164  # of a film of 16:9 in a clip of 9:16
SPOTS = st.floats(0, 0.85)


def face(x: float, stir: float = 0.0, high: float = 0.3) -> Face:
    return Face(x, 0.2, high / 2, high, stir)


def seen(*samples: list[Face], cuts: tuple[int, ...] = ()) -> Seen:
    return Seen([*cuts], [*samples], len(samples) * EVERY)


FACES = st.lists(st.builds(face, SPOTS, st.floats(0, 9), st.floats(0.02, 0.3)), max_size=3)


@given(st.lists(FACES, min_size=1, max_size=60), st.lists(st.integers(0, 360), max_size=5))
def test_every_frame_is_shown_once_and_no_part_leaves_the_picture(
    samples: list[list[Face]], cuts: list[int]
) -> None:
    found = seen(*samples, cuts=tuple(sorted(cuts)))
    parts = stretches(found, NARROW)

    assert parts[0].first == 0
    assert parts[-1].end == found.frames
    assert all(before.end == after.first for before, after in pairwise(parts))
    for part in parts:
        assert part.first < part.end
        assert part.path[0][0] == part.first
        assert all(left >= 0 and left + part.wide <= 1.00001 for _, left in part.path)
        assert all(one[0] < other[0] < part.end for one, other in pairwise(part.path))


@given(
    st.floats(0.05, 0.8),
    st.lists(st.floats(-0.012, 0.012), min_size=10, max_size=80),
    st.floats(-0.012, 0.012),
)
def test_a_person_who_walks_stays_in_the_picture_and_the_camera_does_not_jump(
    begin: float, steps: list[float], walk: float
) -> None:
    at, spots = begin, list[float]()
    for step in steps:
        at = min(0.84, max(0.01, at + walk + step / 4))
        spots.append(at)
    (part,) = stretches(seen(*([face(one)] for one in spots)), NARROW)
    frames, places = zip(*part.path, strict=True)
    camera = np.interp([n * EVERY for n in range(len(spots))], frames, places)

    for spot, left in zip(spots, camera, strict=True):
        assert left - 0.001 <= spot
        assert spot + 0.15 <= left + part.wide + 0.001
    # A fifth of a second moves it by a tenth of what is shown at most.
    assert all(abs(after - before) <= 0.1 * NARROW for before, after in pairwise(camera))


@pytest.mark.parametrize("pace", [0.9, 1.2, 1.6])
def test_who_walks_fast_there_and_back_stays_in_the_picture(pace: float) -> None:
    wide, still = 0.06, 10
    away = [0.4 + pace * wide * n for n in range(6)]
    spots = [*[0.4] * still, *away, *reversed(away), *[0.4] * still]
    (part,) = stretches(seen(*([face(one, high=2 * wide)] for one in spots)), NARROW)
    frames, places = zip(*part.path, strict=True)
    camera = np.interp([n * EVERY for n in range(len(spots))], frames, places)

    for spot, left in zip(spots, camera, strict=True):
        assert left <= spot
        assert spot + wide <= left + part.wide


def test_who_stands_nearly_still_does_not_move_the_camera() -> None:
    (part,) = stretches(seen(*([face(0.5 + 0.02 * (n % 3))] for n in range(40))), NARROW)

    assert part.fills
    assert len(part.path) == 1
    assert part.path[0][1] + NARROW / 2 == pytest.approx(0.595, abs=0.02)


def test_of_two_people_the_one_who_speaks_is_shown_and_both_where_nobody_does() -> None:
    def both(left: float, right: float) -> list[Face]:
        return [face(0.1, left), face(0.65, right)]

    talk = [both(9, 0)] * 20 + [both(0, 9)] * 20 + [both(0, 0)] * 30
    one, other, nobody = stretches(seen(*talk), NARROW)

    assert one.fills
    assert other.fills
    assert one.path[0][1] < 0.1
    assert other.path[0][1] > 0.5
    assert abs(one.end - 20 * EVERY) <= EVERY
    assert not nobody.fills
    assert nobody.path[0][1] <= 0.1
    assert nobody.path[0][1] + nobody.wide >= 0.8


LOW = Face(0.6, 0.55, 0.12, 0.22, 0)
SMALL = Face(0.6, 0.3, 0.06, 0.11, 0)
CLOSE = Face(0.4, 0.2, 0.3, 0.5, 0)


@pytest.mark.parametrize(
    ("who", "lines", "is_nearer"),
    [
        (LOW, 1080, True),
        (SMALL, 1080, True),
        (SMALL, 2160, True),
        (SMALL, 720, False),
        (CLOSE, 2160, False),
        (face(0.6), 2160, False),
    ],
    ids=["low", "small", "small in 4K", "small in 720 lines", "close", "well framed"],
)
def test_a_face_that_is_small_or_under_the_captions_is_shown_from_nearer(
    who: Face, lines: int, *, is_nearer: bool
) -> None:
    (part,) = stretches(seen(*[[who]] * 20), NARROW, lines)

    assert (part.tall < 1) is is_nearer
    assert part.tall * lines >= 700 or not is_nearer
    if is_nearer:
        chin = (who.y + who.height - part.top) / part.tall
        assert chin < max(0.62, who.y + who.height - 0.08)
        assert (who.y - part.top) / part.tall > 0.1
        assert who.height / part.tall > 0.14


@given(st.lists(FACES, min_size=1, max_size=40), st.sampled_from([480, 1080, 2160]))
def test_what_is_shown_from_nearer_is_within_the_picture_and_has_the_clips_shape(
    samples: list[list[Face]], lines: int
) -> None:
    for part in stretches(seen(*samples), NARROW, lines):
        assert part.top >= 0
        assert part.top + part.tall <= 1.00001
        assert not part.fills or part.wide == pytest.approx(NARROW * part.tall)
        assert all(left >= 0 and left + part.wide <= 1.00001 for _, left in part.path)


def test_people_side_by_side_are_shown_together() -> None:
    (part,) = stretches(seen(*([[face(0.40, 9, 0.1), face(0.5, 0, 0.1)]] * 20)), NARROW)

    assert part.fills
    assert part.path[0][1] < 0.4
    assert part.path[0][1] + NARROW > 0.55


@pytest.mark.parametrize(
    "shown", [[], [face(0.9, high=0.06)]], ids=["a slide", "a slide with a guest in its corner"]
)
def test_a_slide_is_shown_whole_from_the_cut_on(shown: list[Face]) -> None:
    talk = seen(*[[face(0.6)]] * 10, *[shown] * 10, cuts=(57,))
    person, slide = stretches(talk, NARROW)

    assert (person.fills, slide.first, slide.wide) == (True, 57, 1)


@pytest.mark.parametrize("count", [1, 900])
def test_ffmpeg_reads_the_path_of_the_longest_walk(count: int, ffmpeg: str) -> None:
    spots = [[face(0.1 + 0.6 * (n % 50) / 50)] for n in range(count)]
    written = lefts(stretches(seen(*spots), NARROW), NARROW)

    assert len(written) < 100_000  # Linux takes 128 kB in one word of a command
    _read_by(ffmpeg, f"crop=w=100:h=100:x='iw*({written})':exact=1")


def test_ffmpeg_reads_as_many_turns_as_a_clip_can_have(ffmpeg: str) -> None:
    parts = [Stretch(n, n + 1, NARROW, ((n, 0.2),), fills=True, top=0.1) for n in range(400)]

    _read_by(ffmpeg, f"crop=w=100:h=100:y='ih*({tops(parts)})',hue=s=0:enable='{during(parts)}'")


def _read_by(ffmpeg: str, filters: str) -> None:
    """Have ffmpeg make one frame by these filters."""
    source = ["-f", "lavfi", "-i", "color=s=640x360", "-frames:v", "1"]
    # fmt: off
    subprocess.run(  # noqa: S603 -- a fixed command
        [ffmpeg, "-nostdin", "-loglevel", "error", *source, "-vf", filters, "-f", "null", "-"],
        check=True,
    )
    # fmt: on


@pytest.mark.parametrize(
    ("coded", "shown", "lines"),
    [
        ((1280, 720), (320, 180), 720),
        # A phone's film lies on its side.
        ((720, 1280), (320, 180), 720),
        ((1920, 1080), (180, 320), 1920),
        ((1080, 1080), (320, 320), 1080),
        # Pixels that are wider than high.
        ((1440, 1080), (320, 180), 1080),
    ],
)
def test_the_lines_of_a_picture_are_counted_as_it_is_shown(
    tmp_path: Path, coded: tuple[int, int], shown: tuple[int, int], lines: int
) -> None:
    Image.new("RGB", shown).save(tmp_path / "seen", "PPM")

    assert shape_and_lines(tmp_path / "seen", coded) == (shown[0] / shown[1], lines)


def test_a_film_that_lies_on_its_side_is_shown_from_nearer_only_with_enough_lines(
    an_ffmpeg: str, tmp_path: Path
) -> None:
    # Of 540 lines there are not enough; of the 960 that its head names there would be.
    still = landscape(960, 540)
    still.paste(PORTRAIT.resize((300, 283)), (450, 225))
    still.save(tmp_path / "still.png")
    told, asked = tmp_path / "ffmpeg", tmp_path / "asked"
    told.write_text(f'#!/bin/sh\necho "$@" >> {asked}\nexec {an_ffmpeg} "$@"\n')
    told.chmod(0o700)
    # fmt: off
    subprocess.run(  # noqa: S603 -- a fixed command
        [an_ffmpeg, "-nostdin", "-loglevel", "error", "-y", "-loop", "1", "-i",
         str(tmp_path / "still.png"), "-i", str(FERRY), "-t", "0.6", "-r", "25",
         "-vf", "transpose=clock",
         "-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-c:a", "aac",
         str(tmp_path / "upright.mp4")],
        check=True,
    )
    subprocess.run(  # noqa: S603 -- a fixed command
        [an_ffmpeg, "-loglevel", "error", "-display_rotation", "90",
         "-i", str(tmp_path / "upright.mp4"), "-c", "copy", str(tmp_path / "talk.mp4")],
        check=True,
    )
    # fmt: on
    plan = ClipPlan(0.1, 0.5, frame=Frame(180, 320))
    asyncio.run(cut_clip(str(told), tmp_path / "talk.mp4", plan, tmp_path / "clip.mp4"))

    assert "crop=w=" in asked.read_text()
    assert "trunc(ih*0." not in asked.read_text()


def test_cuts_faces_and_mouths_are_found_in_frames(tmp_path: Path) -> None:
    slide = Image.new("RGB", (320, 180), "white")
    quiet = landscape(320, 180)
    quiet.paste(PORTRAIT.resize((150, 142)), (160, 30))
    spoken = quiet.copy()
    (found,) = faces_in(quiet, 0.5)
    mouth = (
        round((found.left + found.width * 0.3) * 320),
        round((found.top + found.height * 0.75) * 180),
    )
    spoken.paste("#301010", (*mouth, mouth[0] + 14, mouth[1] + 8))
    frames = [*[slide] * EVERY, *[quiet] * EVERY, *[spoken] * EVERY]
    grey = b"".join(one.convert("L").resize((64, 36)).tobytes() for one in frames)
    (tmp_path / "thumbs").write_bytes(grey)
    with (tmp_path / "seen").open("wb") as out:
        for one in frames[::EVERY]:
            out.write(b"P6\n320 180\n255\n" + one.tobytes())
    seen_in = watched(tmp_path / "thumbs", tmp_path / "seen")

    assert (seen_in.cuts, seen_in.frames) == ([EVERY], 3 * EVERY)
    assert [len(one) for one in seen_in.faces] == [0, 1, 1]
    assert seen_in.faces[2][0].stir > 1.2


def test_a_wide_film_is_cropped_to_the_person_in_it(an_ffmpeg: str, tmp_path: Path) -> None:
    still = landscape(640, 360)
    still.paste(PORTRAIT.resize((300, 283)), (330, 70))
    still.save(tmp_path / "still.png")
    # fmt: off
    subprocess.run(  # noqa: S603 -- a fixed command
        [an_ffmpeg, "-nostdin", "-loglevel", "error", "-y", "-loop", "1", "-i",
         str(tmp_path / "still.png"), "-i", str(FERRY), "-t", "0.8", "-r", "25",
         "-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-c:a", "aac",
         str(tmp_path / "talk.mp4")],
        check=True,
    )
    # fmt: on
    plan = ClipPlan(0.1, 0.6, frame=Frame(180, 320))
    asyncio.run(cut_clip(an_ffmpeg, tmp_path / "talk.mp4", plan, tmp_path / "clip.mp4"))
    with av.open(str(tmp_path / "clip.mp4")) as container:
        *_, last = container.decode(video=0)
    (found,) = faces_in(Image.fromarray(last.to_ndarray(format="rgb24")), 0.5)

    assert found.left + found.width / 2 == pytest.approx(0.5, abs=0.05)
    # As high in the frame as in the film: it is filled.
    assert found.height > 0.2
