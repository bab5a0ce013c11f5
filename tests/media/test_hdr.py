"""Films of high dynamic range come out in the colours that they were graded in."""

import io
import subprocess
from pathlib import Path

import av
import numpy as np
import pytest

from galley.media.captions import Frame
from galley.media.clip import ClipPlan, cut_clip
from galley.media.ffmpeg import can_make_ordinary
from galley.media.probe import probe
from galley.media.video import fit_video, plan_video
from galley.models.network import Platform
from galley.networks.registry import rules_for

_NEAR = 12
"""Of 255, of all pixels together; left alone it is more than 40."""
_BARS = "smptebars=s=320x180:r=30:d=0.6"
_LINEAR = (
    "setparams=colorspace=bt709:color_primaries=bt709:color_trc=bt709:range=tv,"
    "zscale=t=linear:npl=100,format=gbrpf32le,"
    "zscale=p=bt2020:t={0}:m=bt2020nc:r=tv:npl=100,format=yuv420p10le"
)


def _film(ffmpeg: str, file: Path, transfer: str) -> bytes:
    """Return colour bars, as bright as paper, in HDR of that transfer."""
    command = [ffmpeg, "-loglevel", "error", "-y", "-f", "lavfi"]
    command += ["-i", _BARS, "-f", "lavfi", "-i", "sine=d=0.6"]
    command += ["-vf", _LINEAR.format(transfer), "-c:v", "libx264", "-crf", "14"]
    command += ["-color_primaries", "bt2020", "-colorspace", "bt2020nc"]
    command += ["-color_trc", transfer, "-c:a", "aac", str(file)]
    subprocess.run(command, check=True)  # noqa: S603 -- our own ffmpeg
    return file.read_bytes()


def _colours(data: bytes) -> list[float]:
    """Return red, green and blue of the middle of the upper bars of the first frame."""
    with av.open(io.BytesIO(data), mode="r") as container:
        frame = next(container.decode(container.streams.video[0]))
        pixels = frame.to_ndarray(format="rgb24").astype(np.float64)
    height, width, _ = pixels.shape
    row = pixels[height * 4 // 9, [round(width * (at + 0.5) / 7) for at in range(7)]]
    return [float(one) for one in row.flatten()]


_GREY = 180.0
_WANTED = [
    value * _GREY
    for bar in ("111", "110", "011", "010", "101", "100", "001")
    for value in map(int, bar)
]


@pytest.mark.parametrize("transfer", ["arib-std-b67", "smpte2084"])
async def test_a_fitted_film_of_hdr_has_the_colours_of_its_bars(
    ffmpeg: str, tmp_path: Path, transfer: str
) -> None:
    source = tmp_path / "hdr.mp4"
    seen = probe(_film(ffmpeg, source, transfer))
    rules = rules_for(Platform.BLUESKY).video
    assert rules is not None
    plan = plan_video(seen, rules)

    made = await fit_video(ffmpeg, source, seen.mime, plan, tmp_path)

    fitted = made.read_bytes()
    assert seen.hdr == transfer
    assert any("HDR" in note for note in plan.notes)
    assert probe(fitted).hdr == ""
    assert probe(fitted).is_plain
    off = np.abs(np.array(_colours(fitted)) - np.array(_WANTED)).mean()
    assert off < _NEAR


async def test_a_clip_of_hdr_is_ordinary(ffmpeg: str, tmp_path: Path) -> None:
    source, film = tmp_path / "hdr.mp4", tmp_path / "clip.mp4"
    _film(ffmpeg, source, "smpte2084")
    frame = Frame(180, 320)

    said = await cut_clip(ffmpeg, source, ClipPlan(0, 0.5, frame=frame), film)

    colours = np.array(_colours(film.read_bytes()))
    assert said == ""
    assert np.abs(colours - np.array(_WANTED)).mean() < 2 * _NEAR


async def test_an_ffmpeg_without_the_filters_is_known(ffmpeg: str, tmp_path: Path) -> None:
    poor = tmp_path / "ffmpeg"
    poor.write_text("#!/bin/sh\necho ' .S scale V->V'\n")
    poor.chmod(0o755)

    assert not await can_make_ordinary(str(poor))
    assert not await can_make_ordinary(str(tmp_path / "none"))
    assert await can_make_ordinary(ffmpeg)
