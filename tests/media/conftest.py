"""Where ffmpegs differ films are proven with each that a user may have, else with one."""

import shutil

import imageio_ffmpeg
import pytest

_FOUND = {
    "the one on the PATH": shutil.which("ffmpeg"),
    "the bundled one": imageio_ffmpeg.get_ffmpeg_exe(),
}


@pytest.fixture(
    scope="session",
    params=[found for found in _FOUND.values() if found],
    ids=[name for name, found in _FOUND.items() if found],
)
def ffmpeg(request: pytest.FixtureRequest) -> str:
    """Give the path of an ffmpeg: versions differ in what their filters forget."""
    return str(request.param)


@pytest.fixture(scope="session")
def an_ffmpeg() -> str:
    """Give the path of the one that starts in a fifth of the time, for what both do alike."""
    return imageio_ffmpeg.get_ffmpeg_exe()
