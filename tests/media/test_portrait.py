"""A portrait is one picture, upright, with nothing else of its file."""

import io

import pytest
from PIL import Image

from galley.media.errors import MediaError
from galley.media.look import portrait_jpeg


def _picture(size: tuple[int, int], kind: str = "PNG", orientation: int = 1) -> bytes:
    into, exif = io.BytesIO(), Image.Exif()
    exif[0x0112] = orientation
    exif[0x010E] = "taken by somebody"
    Image.new("RGB", size, "#806040").save(into, kind, exif=exif)
    return into.getvalue()


def test_a_portrait_is_a_jpeg_that_stands_up_and_tells_nothing_of_who_took_it() -> None:
    found = Image.open(io.BytesIO(portrait_jpeg(_picture((4000, 3000), "JPEG", 6))))

    assert found.format == "JPEG"
    assert found.size == (1536, 2048)
    assert not found.getexif()


@pytest.mark.parametrize(
    "data", [b"", b"<svg/>", _picture((900, 200))], ids=["nothing", "svg", "strip"]
)
def test_what_is_no_portrait_is_refused(data: bytes) -> None:
    with pytest.raises(MediaError):
        portrait_jpeg(data)
