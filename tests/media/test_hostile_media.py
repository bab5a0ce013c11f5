"""Damaged and hostile files end in an error of ours, and fast."""

import io
import struct
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import av
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from PIL import Image

from galley.media.errors import MediaError
from galley.media.ffmpeg import find_ffmpeg
from galley.media.pictures import PicturePlan, fit_picture
from galley.media.plan import plan_post
from galley.media.probe import probe, probe_file
from galley.media.video import fit_video, plan_video
from galley.models.network import Platform
from galley.networks.registry import rules_for
from tests.media.footage import film, moving, picture, see_through


def holding(file: Path, codec: str, pixels: str) -> Path:
    """Write a MOV whose picture is in a codec that no camera writes."""
    with av.open(str(file), "w", format="mov") as made:
        stream = cast("Any", made).add_stream(codec, rate=5)
        stream.width, stream.height, stream.pix_fmt = 64, 48, pixels
        for packet in (*stream.encode(av.VideoFrame(64, 48, pixels)), *stream.encode(None)):
            cast("Any", made).mux(packet)
    return file


@pytest.mark.parametrize(
    ("codec", "pixels"),
    [("cinepak", "rgb24"), ("qtrle", "rgb24"), ("png", "rgb24"), ("jpeg2000", "rgb24")],
)
async def test_what_no_camera_writes_is_decoded_by_nothing(
    tmp_path: Path, codec: str, pixels: str
) -> None:
    file = holding(tmp_path / "film.mov", codec, pixels)
    usual = probe(_filmed(), frames=1)
    video = rules_for(Platform.X).video
    assert video is not None

    with pytest.raises(MediaError, match="which Galley does not decode"):
        probe_file(file, frames=1)
    # ffmpeg is told so too, lest another file comes to it by another way.
    plan = plan_video(replace(usual, is_plain=False), video)
    with pytest.raises(MediaError, match="ffmpeg failed"):
        await fit_video(find_ffmpeg(None), file, "video/quicktime", plan, tmp_path)


def _filmed() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        return film(Path(folder) / "a.mp4", (64, 48), 0.5, sound=True).read_bytes()


_EXIF = Image.Exif()
_EXIF[0x0112] = 6
SOUND = [
    picture((60, 40), exif=_EXIF, progressive=True),
    see_through((60, 40)),
    picture((60, 40), "WEBP"),
    moving((60, 40), 3, 50),
    picture((60, 40), "PNG", "P"),
    _filmed(),
]
CHANGES = st.lists(
    st.tuples(st.floats(0, 1, exclude_max=True), st.binary(min_size=1, max_size=4)), max_size=8
)


@given(st.sampled_from(SOUND), CHANGES, st.floats(0.2, 1))
@example(SOUND[3], [], 0.4375)  # Pillow's reader of GIFs raises an IndexError
@example(SOUND[3], [], 0.375)
def test_a_damaged_file_is_decoded_or_refused_in_our_own_words(
    data: bytes, changes: list[tuple[float, bytes]], kept: float
) -> None:
    damaged = bytearray(data[: max(1, int(len(data) * kept))])
    for where, put in changes:
        at = int(where * len(damaged))
        damaged[at : at + len(put)] = put
    try:
        found = probe(bytes(damaged), frames=9)
        for step in plan_post([found], Platform.GOOGLEBUSINESS).steps:
            assert isinstance(step.plan, PicturePlan)
            fit_picture(bytes(damaged), step.plan)
    except MediaError:
        return


def test_a_gif_of_too_many_frames_is_refused() -> None:
    one = moving((8, 8), 2, 10)
    # A frame without a palette of its own, as often as it takes.
    begin = one.rindex(b"\x21\xf9\x04")
    frame = one[begin:-1]
    bomb = one[:-1] + frame * 2000 + b";"

    with pytest.raises(MediaError, match="moves for too long"):
        probe(bomb)


def test_a_picture_whose_bytes_unpack_to_gigabytes_is_refused(tmp_path: Path) -> None:
    # 100 megapixels of one colour are some kilobytes.
    out = io.BytesIO()
    Image.new("1", (10_000, 10_000)).save(out, "PNG", optimize=True)
    file = tmp_path / "bomb"
    file.write_bytes(out.getvalue())

    assert file.stat().st_size < 50_000
    with pytest.raises(MediaError, match="more than 52,000,000 pixels"):
        probe_file(file, frames=9)


def test_a_video_that_claims_a_huge_picture_is_refused() -> None:
    data = SOUND[-1]
    # Width and height stand in the sample entry, as two 16-bit numbers.
    at = data.index(b"avc1", data.index(b"stsd")) + 28
    assert struct.unpack(">HH", data[at : at + 4]) == (64, 48)
    claimed = data[:at] + struct.pack(">HH", 65_000, 65_000) + data[at + 4 :]

    try:
        found = probe(claimed)
    except MediaError:
        return
    assert found.width * found.height < 10_000
