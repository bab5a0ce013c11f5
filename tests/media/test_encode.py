"""A video becomes what was planned."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from galley.media.errors import MediaError
from galley.media.ffmpeg import run_ffmpeg
from galley.media.plan import PostPlan, plan_post, problems_of
from galley.media.probe import Probe, probe_file
from galley.media.sound import TARGET, measuring, read_level
from galley.media.video import VideoPlan, fit_video
from galley.models.network import Platform
from tests.hearing import FERRY
from tests.media.footage import colour_of, film, moving
from tests.media.told import ToldFfmpeg


def made_in(file: Path) -> Path:
    """Return a new folder beside a file."""
    folder = file.parent / f"made-{len(list(file.parent.iterdir()))}"
    folder.mkdir()
    return folder


async def fitted(ffmpeg: str, file: Path, platform: Platform) -> tuple[PostPlan, VideoPlan, Path]:
    found = probe_file(file, frames=9)
    plan = plan_post([found], platform)
    planned = plan.steps[0].plan
    assert isinstance(planned, VideoPlan)
    made = await fit_video(ffmpeg, file, found.mime, planned, made_in(file))
    return plan, planned, made


def looked_at(file: Path, platform: Platform) -> Probe:
    found = probe_file(file, frames=9)
    assert problems_of(found, platform) == ()
    return found


async def test_a_wide_video_becomes_a_short_that_youtube_takes(ffmpeg: str, tmp_path: Path) -> None:
    wide = film(tmp_path / "wide.mp4", (320, 180), 1, sound=True)

    plan, _planned, made = await fitted(ffmpeg, wide, Platform.YOUTUBE)

    found = looked_at(made, Platform.YOUTUBE)
    assert (found.width, found.height) == (320, 320)
    assert (found.codec, found.sound_codec, found.is_plain) == ("h264", "aac", True)
    assert "top and bottom padded" in " ".join(plan.notes)


async def test_the_same_video_gives_the_same_bytes(an_ffmpeg: str, tmp_path: Path) -> None:
    wide = film(tmp_path / "wide.mp4", (160, 90), 1, sound=True)

    first = (await fitted(an_ffmpeg, wide, Platform.YOUTUBE))[2]
    second = (await fitted(an_ffmpeg, wide, Platform.YOUTUBE))[2]

    assert first.read_bytes() == second.read_bytes()


async def test_a_gif_is_shown_until_it_is_long_enough(an_ffmpeg: str, tmp_path: Path) -> None:
    gif = tmp_path / "moving"
    gif.write_bytes(moving((120, 80), 4, 200))

    plan, _planned, made = await fitted(an_ffmpeg, gif, Platform.PINTEREST)

    assert (looked_at(made, Platform.PINTEREST).duration or 0) > 4
    assert "silent video" in plan.notes[0]


async def test_a_gif_becomes_a_tagged_film_with_a_silent_sound(ffmpeg: str, tmp_path: Path) -> None:
    gif = tmp_path / "moving"
    gif.write_bytes(moving((120, 80), 4, 200, (200, 30, 60)))

    _plan, _planned, made = await fitted(ffmpeg, gif, Platform.X)

    assert looked_at(made, Platform.X).sound_codec == "aac"
    assert colour_of(made) == pytest.approx((200, 30, 60), abs=6)


async def test_a_portrait_that_speaks_fills_the_screen_and_is_as_loud_as_networks_play(
    ffmpeg: str, tmp_path: Path
) -> None:
    said = tmp_path / "said.mp4"
    # fmt: off
    await run_ffmpeg([
        ffmpeg, "-nostdin", "-loglevel", "error", "-f", "lavfi", "-i", "testsrc=s=180x240:r=25",
        "-i", str(FERRY), "-af", "volume=-9dB", "-t", "2.5",
        "-c:v", "libx264", "-preset", "ultrafast", "-c:a", "aac", "-pix_fmt", "yuv420p", str(said),
    ])
    # fmt: on
    found = probe_file(said, frames=9)
    (step,) = plan_post([found], Platform.INSTAGRAM, speaks=True).steps
    assert isinstance(step.plan, VideoPlan)

    made = await fit_video(ffmpeg, said, found.mime, step.plan, made_in(said))

    shape = step.plan.shape
    assert shape.width * 16 == shape.height * 9
    assert not shape.is_padded
    command = [ffmpeg, "-nostdin", "-loglevel", "error", "-i", str(made), "-vn", "-af"]
    await run_ffmpeg([*command, measuring(0.0, "loud.txt"), "-f", "null", "-"], 60, tmp_path)
    assert read_level(tmp_path / "loud.txt") == pytest.approx(TARGET, abs=1)


async def test_streams_that_fit_are_kept_and_their_file_is_made_anew(
    an_ffmpeg: str, tmp_path: Path
) -> None:
    good = film(tmp_path / "good.mp4", (320, 180), 2, fps=24, sound=True)

    plan, planned, made = await fitted(an_ffmpeg, good, Platform.X)

    assert (planned.is_copied, plan.notes) == (True, ())
    assert looked_at(made, Platform.X).fps == 24
    assert made.read_bytes() != good.read_bytes()


async def test_a_video_of_few_bytes_gets_as_many_as_linkedin_wants(
    an_ffmpeg: str, tmp_path: Path
) -> None:
    small = film(tmp_path / "small.mp4", (160, 90), 4)

    _plan, _planned, made = await fitted(an_ffmpeg, small, Platform.LINKEDIN)

    assert looked_at(made, Platform.LINKEDIN).size >= 75_000


async def test_a_file_that_points_elsewhere_is_read_by_the_named_reader_alone(
    an_ffmpeg: str, tmp_path: Path
) -> None:
    playlist = tmp_path / "list.mp4"
    playlist.write_text("#EXTM3U\n#EXTINF:1,\nfile:///etc/hostname\n")
    good = film(tmp_path / "good.mp4", (160, 90), 1, fps=24)
    planned = plan_post([probe_file(good, frames=9)], Platform.X).steps[0].plan
    assert isinstance(planned, VideoPlan)

    with pytest.raises(MediaError):
        await fit_video(an_ffmpeg, playlist, "video/mp4", planned, tmp_path)


async def test_cancelling_leaves_no_ffmpeg_behind(tmp_path: Path) -> None:
    ffmpeg = ToldFfmpeg(tmp_path)
    source = film(tmp_path / "a.mp4", (160, 90), 1)
    (step,) = plan_post([probe_file(source, frames=9)], Platform.YOUTUBE).steps
    assert isinstance(step.plan, VideoPlan)
    endless = replace(step.plan, repeats=100_000, seconds=90_000.0)

    run = asyncio.create_task(fit_video(ffmpeg.path, source, "video/mp4", endless, tmp_path))
    await ffmpeg.started()
    run.cancel()

    with pytest.raises(asyncio.CancelledError):
        await run
    assert not ffmpeg.is_running()
