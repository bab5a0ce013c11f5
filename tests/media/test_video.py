import asyncio
from pathlib import Path

import pytest

from galley.media.errors import MediaError, MediaMemoryError, MediaTimeoutError
from galley.media.ffmpeg import find_ffmpeg, run_ffmpeg
from tests.media.told import ToldFfmpeg

# At the pace of its frames, which costs nothing.
ENDLESS = ("-re", "-f", "lavfi", "-i", "testsrc", "-f", "null", "-")


async def test_cancelling_leaves_no_ffmpeg_behind(tmp_path: Path) -> None:
    ffmpeg = ToldFfmpeg(tmp_path)
    run = asyncio.create_task(run_ffmpeg([ffmpeg.path, "-nostdin", *ENDLESS]))
    await ffmpeg.started()
    assert ffmpeg.is_running()
    run.cancel()
    with pytest.raises(asyncio.CancelledError):
        await run
    assert not ffmpeg.is_running()


async def test_an_ffmpeg_that_takes_too_long_is_killed(tmp_path: Path) -> None:
    ffmpeg = ToldFfmpeg(tmp_path)
    with pytest.raises(MediaTimeoutError, match="longer than"):
        await run_ffmpeg([ffmpeg.path, "-nostdin", *ENDLESS], time_limit=2)
    await ffmpeg.started()
    assert not ffmpeg.is_running()


async def test_a_failing_ffmpeg_is_an_error_with_its_last_words() -> None:
    with pytest.raises(MediaError, match=r"failed \(\d+\): .*No such file"):
        await run_ffmpeg([find_ffmpeg(None), "-nostdin", "-i", "no-such-file"])


async def test_a_program_that_cannot_start_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(MediaError, match="ffmpeg cannot be started"):
        await run_ffmpeg([str(tmp_path / "missing")])


def test_a_setting_that_names_no_program_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MediaError, match="GALLEY_FFMPEG names a program"):
        find_ffmpeg(str(tmp_path / "missing"))


def test_the_setting_comes_before_the_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    set_by_user = ToldFfmpeg(tmp_path).path
    on_path = tmp_path / "bin"
    on_path.mkdir()
    found = ToldFfmpeg(on_path).path
    monkeypatch.setenv("PATH", str(on_path))
    assert find_ffmpeg(set_by_user) == set_by_user
    assert find_ffmpeg(None) == found


def test_without_ffmpeg_on_the_path_the_bundled_one_is_used(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "imageio_ffmpeg" in find_ffmpeg(None)


async def test_an_ffmpeg_that_needs_too_much_memory_is_killed(tmp_path: Path) -> None:
    ffmpeg = ToldFfmpeg(tmp_path)
    # Each frame of 8K is 50 MB, and a second of them is kept.
    greedy = ("-f", "lavfi", "-i", "testsrc=s=7680x4320", "-vf", "reverse")
    command = [ffmpeg.path, "-nostdin", *greedy, "-f", "null", "-"]
    with pytest.raises(MediaMemoryError, match=r"more than 0\.5 GB.*fewer pixels"):
        await run_ffmpeg(command, most=500_000_000)
    assert not ffmpeg.is_running()
