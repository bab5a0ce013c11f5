"""A picture becomes what was planned, and nothing else of its file goes out."""

import io
import re
from dataclasses import replace
from typing import Any, cast

import pytest
from PIL import Image, ImageCms

from galley.media.errors import MediaError
from galley.media.pictures import PicturePlan, crop_picture, fit_picture
from galley.media.plan import plan_post, problems_of
from galley.media.probe import probe
from galley.models.network import Platform
from galley.networks.registry import rules_for
from tests.media.footage import moving, noise, picture, see_through

PICTURED = [platform for platform in Platform if rules_for(platform).image]


def fitted(data: bytes, platform: Platform) -> bytes:
    (step,) = plan_post([probe(data)], platform).steps
    assert isinstance(step.plan, PicturePlan)
    return fit_picture(data, step.plan)


def opened(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data))


@pytest.mark.parametrize("platform", PICTURED)
@pytest.mark.parametrize(
    "data",
    [
        picture((900, 300), "WEBP"),
        picture((200, 700), "PNG", "L"),
        see_through((640, 640)),
        picture((60, 40)),
        picture((300, 300), "JPEG", "CMYK"),
        picture((640, 400), "AVIF", speed=10),
    ],
    ids=["wide-webp", "tall-grey", "alpha", "tiny", "cmyk", "avif"],
)
def test_every_network_gets_a_picture_it_takes(platform: Platform, data: bytes) -> None:
    found = probe(fitted(data, platform))

    assert problems_of(found, platform) == ()
    assert found.mime == "image/jpeg"


def test_a_picture_that_does_not_shrink_by_quality_gets_smaller() -> None:
    data = fitted(noise((1500, 1500)), Platform.BLUESKY)

    assert len(data) <= 1_000_000
    assert problems_of(probe(data), Platform.BLUESKY) == ()


def test_a_photo_of_108_megapixels_is_reduced_and_not_refused() -> None:
    out = io.BytesIO()
    Image.new("L", (12_000, 9_000), 90).save(out, "JPEG")

    assert opened(fitted(out.getvalue(), Platform.INSTAGRAM)).size == (1440, 1080)


def test_a_picture_of_few_bytes_gets_as_many_as_google_wants() -> None:
    data = fitted(picture((400, 300)), Platform.GOOGLEBUSINESS)

    assert len(data) >= 10_000
    assert opened(data).convert("RGB").getpixel((10, 10)) != (0, 0, 0)
    assert problems_of(probe(data), Platform.GOOGLEBUSINESS) == ()


def test_the_same_picture_gives_the_same_bytes() -> None:
    data = see_through((700, 200))

    assert fitted(data, Platform.INSTAGRAM) == fitted(data, Platform.INSTAGRAM)


def test_what_shows_through_is_laid_on_white() -> None:
    pixel = opened(fitted(see_through((640, 640)), Platform.X)).getpixel((20, 300))

    assert isinstance(pixel, tuple)
    assert min(pixel) > 245


def test_a_picture_stands_upright_and_tells_nothing_of_its_maker() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # a quarter turn
    exif[0x010F] = "a camera with a serial number"
    data = picture((640, 400), exif=exif, comment=b"where it was")

    found = opened(fitted(data, Platform.X))

    assert found.size == (400, 640)
    assert not found.getexif()
    assert b"serial number" not in fitted(data, Platform.X)
    assert "comment" not in found.info


def test_colours_of_another_profile_become_those_of_srgb() -> None:
    made: object = ImageCms.createProfile("sRGB")  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType] - untyped in Pillow
    usual = ImageCms.ImageCmsProfile(cast("Any", made)).tobytes()
    names = {b"rXYZ": b"bXYZ", b"bXYZ": b"rXYZ"}
    red_is_blue = re.sub(b"[rb]XYZ", lambda found: names[found[0]], usual, count=2)
    data = picture((400, 400), icc_profile=red_is_blue)

    found = opened(fitted(data, Platform.X))

    assert "icc_profile" not in found.info
    red, _, blue = cast("tuple[int, int, int]", found.getpixel((50, 50)))
    assert blue > 150 > red


def test_a_broken_profile_is_none() -> None:
    data = picture((400, 400), icc_profile=b"no profile" * 20)

    red, _, blue = cast("tuple[int, int, int]", opened(fitted(data, Platform.X)).getpixel((50, 50)))
    assert red > 150 > blue


def test_bars_have_the_colour_of_the_edge_they_continue() -> None:
    found = opened(fitted(picture((900, 100)), Platform.INSTAGRAM)).convert("RGB")

    assert found.size[0] / found.size[1] == pytest.approx(1.91, abs=0.01)
    assert found.getpixel((10, 2)) not in {(0, 0, 0), (255, 255, 255)}


def test_of_what_moves_a_network_of_pictures_shows_the_first_frame() -> None:
    data = fitted(moving((400, 300), 3, 100), Platform.GOOGLEBUSINESS)

    assert not getattr(opened(data), "is_animated", False)


def test_what_cannot_be_made_small_enough_is_refused() -> None:
    data = noise((200, 200))
    (step,) = plan_post([probe(data)], Platform.INSTAGRAM).steps
    assert isinstance(step.plan, PicturePlan)
    plan = replace(step.plan, max_bytes=900)

    with pytest.raises(MediaError, match="below 900 bytes"):
        fit_picture(data, plan)


def quarters(orientation: int = 1) -> bytes:
    """Return a picture of 200 by 100 whose quarters are red, lime, blue and white."""
    made = Image.new("RGB", (200, 100))
    for at, colour in zip(((0, 0), (100, 0), (0, 50), (100, 50)), QUARTERS, strict=True):
        made.paste(colour, (*at, at[0] + 100, at[1] + 50))
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = orientation, "A maker of cameras"
    file = io.BytesIO()
    made.save(file, "PNG", exif=exif)
    return file.getvalue()


QUARTERS = ((255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255))


@pytest.mark.parametrize(
    ("cut", "orientation", "size", "colour"),
    [
        ((0.0, 0.0, 0.5, 0.5), 1, (100, 50), QUARTERS[0]),
        ((0.5, 0.0, 0.0, 0.5), 1, (100, 50), QUARTERS[1]),
        ((0.75, 0.6, 0.0, 0.1), 1, (50, 30), QUARTERS[3]),
        # As a person sees it, who holds the camera upright: turned by a quarter.
        ((0.0, 0.0, 0.5, 0.5), 6, (50, 100), QUARTERS[2]),
    ],
)
def test_a_crop_is_what_is_left_as_a_person_sees_it(
    cut: tuple[float, float, float, float],
    orientation: int,
    size: tuple[int, int],
    colour: tuple[int, int, int],
) -> None:
    data = crop_picture(quarters(orientation), cut)
    part = opened(data)
    seen = cast("tuple[int, int, int]", part.getpixel((size[0] // 2, size[1] // 2)))

    assert part.size == size
    assert max(abs(a - b) for a, b in zip(seen, colour, strict=True)) < 8
    assert b"A maker" not in data


@pytest.mark.parametrize("cut", [(0.6, 0.0, 0.4, 0.0), (0.0, 1.0, 0.0, 0.0), (0.9, 0.0, 0.9, 0.0)])
def test_a_crop_that_leaves_nothing_is_refused(cut: tuple[float, float, float, float]) -> None:
    with pytest.raises(MediaError, match="left of the picture"):
        crop_picture(quarters(), cut)
