import io
import struct
import zlib

import pytest
from PIL import Image

from galley.media.errors import MediaError
from galley.media.probe import frames_decoded, probe
from galley.models.media import MediaKind


def encoded(file_format: str, size: tuple[int, int] = (40, 30)) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", size, "#d3401f").save(buffer, file_format)
    return buffer.getvalue()


def png_claiming(width: int, height: int) -> bytes:
    """Return a tiny PNG whose header claims a size."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        check = zlib.crc32(kind + body)
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", check)

    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b"\0" * 100))
        + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize(
    ("file_format", "mime"),
    [("JPEG", "image/jpeg"), ("PNG", "image/png"), ("WEBP", "image/webp"), ("GIF", "image/gif")],
)
def test_pictures_are_measured(file_format: str, mime: str) -> None:
    data = encoded(file_format)
    found = probe(data)
    assert found.kind is MediaKind.IMAGE
    assert (found.mime, found.width, found.height) == (mime, 40, 30)
    assert found.size == len(data)
    assert found.duration is None


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"<!doctype html><p>no",
        b"%PDF-1.7\n",
        encoded("BMP"),
    ],
    ids=["empty", "svg", "html", "pdf", "bmp"],
)
def test_other_files_are_refused(data: bytes) -> None:
    with pytest.raises(MediaError, match="use a JPEG, PNG, WebP, AVIF or GIF picture"):
        probe(data)


@pytest.mark.parametrize("file_format", ["JPEG", "PNG", "WEBP"])
def test_a_truncated_picture_is_refused(file_format: str) -> None:
    data = encoded(file_format, (400, 300))
    with pytest.raises(MediaError, match="picture is broken"):
        probe(data[: len(data) // 2])


@pytest.mark.parametrize(("width", "height"), [(8_000, 6_501), (10_000, 9_000), (60_000, 60_000)])
def test_a_decompression_bomb_is_refused_unread(width: int, height: int) -> None:
    with pytest.raises(MediaError, match="more than 52,000,000 pixels"):
        probe(png_claiming(width, height))


@pytest.mark.parametrize(
    ("size", "frames"),
    [((1080, 1920), 3600), ((3840, 2160), 900), ((7680, 4320), 225), ((320, 180), 3600)],
)
def test_of_larger_videos_fewer_frames_are_decoded_and_never_none(
    size: tuple[int, int], frames: int
) -> None:
    assert frames_decoded(*size) == frames
    assert frames_decoded(*size, most=50) == 50
    assert frames_decoded(0, 0) >= frames_decoded(100_000, 100_000) == 1


def test_a_file_that_only_begins_like_a_video_is_refused() -> None:
    data = b"\0\0\0\x20ftypisom\0\0\2\0isomiso2avc1mp41" + b"\0" * 200
    with pytest.raises(MediaError, match="video is broken"):
        probe(data)
