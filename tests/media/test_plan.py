"""Whatever the media and the network: what is planned fits, and the reviewer knows."""

from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from galley.media.pictures import PicturePlan
from galley.media.plan import PostPlan, plan_post
from galley.media.probe import Probe
from galley.media.shapes import MOST_CROPPED, Room, shape
from galley.media.video import VideoPlan
from galley.models.media import MediaKind
from galley.models.network import Platform
from galley.networks.registry import rules_for
from galley.networks.requests import Measures, file_problems

SIDES = st.integers(1, 12_000)
PICTURES = st.builds(
    Probe,
    kind=st.just(MediaKind.IMAGE),
    mime=st.sampled_from(["image/jpeg", "image/png", "image/webp", "image/gif"]),
    size=st.integers(1, 60_000_000),
    width=SIDES,
    height=SIDES,
    codec=st.just("png"),
    duration=st.none(),
    has_alpha=st.booleans(),
)
MOVING = st.builds(
    Probe,
    kind=st.just(MediaKind.IMAGE),
    mime=st.sampled_from(["image/gif", "image/webp"]),
    size=st.integers(1, 60_000_000),
    width=SIDES,
    height=SIDES,
    codec=st.just("gif"),
    duration=st.floats(0, 90),
    fps=st.floats(0.01, 100),
    is_animated=st.just(True),  # noqa: FBT003
)
VIDEOS = st.builds(
    Probe,
    kind=st.just(MediaKind.VIDEO),
    mime=st.sampled_from(["video/mp4", "video/webm", "video/quicktime"]),
    size=st.integers(1, 2_000_000_000),
    width=SIDES,
    height=SIDES,
    codec=st.sampled_from(["h264", "hevc", "vp9"]),
    duration=st.one_of(st.floats(0, 20_000), st.sampled_from([3, 5, 60, 90, 140, 180, 180.05])),
    fps=st.one_of(st.none(), st.floats(0.001, 1000), st.sampled_from([24, 60, 59.94])),
    has_sound=st.booleans(),
    sound_codec=st.sampled_from(["", "aac", "opus"]),
    is_plain=st.booleans(),
)
PHOTO = Probe(MediaKind.IMAGE, "image/jpeg", 900_000, 3000, 2000, "jpeg")
FILM = Probe(MediaKind.VIDEO, "video/mp4", 9_000_000, 1920, 1080, "h264", 30.0, 30.0)
GIF = Probe(MediaKind.IMAGE, "image/gif", 90_000, 320, 240, "gif", 2.0, 10.0, is_animated=True)


def measures(plan: PicturePlan | VideoPlan, size: int) -> Measures:
    if isinstance(plan, PicturePlan):
        whole = (plan.shape.width, plan.shape.height)
        return Measures(MediaKind.IMAGE, "image/jpeg", size, *whole)
    return Measures(
        kind=MediaKind.VIDEO,
        mime="video/mp4",
        size=size,
        width=plan.shape.width,
        height=plan.shape.height,
        duration=plan.seconds,
        fps=float(plan.fps),
    )


def planned_size(plan: PicturePlan | VideoPlan) -> int:
    """Return the most bytes that the plan allows, at its rates."""
    if isinstance(plan, PicturePlan) or plan.is_copied:
        return plan.max_bytes
    rate = (plan.bits + plan.sound_bits) * plan.seconds / 8
    return max(plan.min_bytes, int(rate))


@given(
    st.lists(st.one_of(PICTURES, MOVING, VIDEOS), min_size=1, max_size=12),
    st.sampled_from(Platform),
)
def test_what_is_planned_keeps_to_every_rule_of_the_network(
    media: list[Probe], platform: Platform
) -> None:
    rules = rules_for(platform)
    plan = plan_post(media, platform)

    kinds = {type(step.plan) for step in plan.steps}
    assert len(kinds) <= 1
    assert len(plan.steps) <= (rules.image.most if rules.image else 1)
    if VideoPlan in kinds:
        assert len(plan.steps) == 1
    for step in plan.steps:
        copied = isinstance(step.plan, VideoPlan) and step.plan.is_copied
        size = media[step.at].size if copied else planned_size(step.plan)
        assert file_problems(measures(step.plan, size), platform) == ()


@given(
    st.lists(st.one_of(PICTURES, MOVING, VIDEOS), min_size=1, max_size=12),
    st.sampled_from(Platform),
)
def test_whatever_is_left_out_is_told(media: list[Probe], platform: Platform) -> None:
    plan = plan_post(media, platform)

    left_out = set(range(len(media))) - {step.at for step in plan.steps}
    told = " ".join(note for note in plan.notes if "left out" in note)
    assert all(str(at + 1) in told for at in left_out)
    assert [step.at for step in plan.steps] == sorted(step.at for step in plan.steps)


@given(st.lists(PICTURES, min_size=2, max_size=10))
def test_the_pictures_of_a_carousel_have_one_ratio(media: list[Probe]) -> None:
    plan = plan_post(media, Platform.INSTAGRAM)

    ratios = {Fraction(s.plan.shape.width, s.plan.shape.height) for s in plan.steps}
    assert len(ratios) == 1


def test_a_panorama_among_portraits_fills_a_third_of_the_frame() -> None:
    portrait, wide = (
        replace(PHOTO, width=1200, height=1600),
        replace(PHOTO, width=4000, height=1000),
    )

    for media in ([portrait, portrait, wide], [wide, portrait, portrait]):
        shapes = [s.plan.shape for s in plan_post(media, Platform.INSTAGRAM).steps]
        parts = [s.inner_width * s.inner_height / (s.width * s.height) for s in shapes]
        assert min(parts) > 0.32


@given(SIDES, SIDES, st.sampled_from([Room(), Room(even=True), Room(max_width=1080)]))
def test_nothing_is_distorted_and_little_is_cropped(width: int, height: int, room: Room) -> None:
    found = shape(width, height, room)

    kept = Fraction(found.crop_width * found.crop_height, width * height)
    assert kept >= 1 - MOST_CROPPED - Fraction(1, min(width, height))
    assert found.left + found.crop_width <= width
    assert found.top + found.crop_height <= height
    uneven = found.inner_width * found.crop_height - found.inner_height * found.crop_width
    # Three pixels of rounding: of the crop, and of each side.
    assert abs(uneven) <= 3 * max(found.crop_width, found.crop_height)


def steps(media: list[Probe], platform: Platform) -> tuple[PostPlan, VideoPlan]:
    plan = plan_post(media, platform)
    assert isinstance(plan.steps[0].plan, VideoPlan)
    return plan, plan.steps[0].plan


def test_a_video_that_fits_is_kept_as_it_is() -> None:
    plan, film = steps([FILM], Platform.X)

    assert film.is_copied
    assert plan.notes == ()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"width": 640, "height": 360}, "padded"),
        ({"duration": 1200.0}, "cut to 3 min"),
        ({"fps": 120.0}, "frames dropped, from 120 to 60"),
        ({"width": 3840, "height": 2160}, "made smaller"),
    ],
)
def test_the_reviewer_is_told_what_a_short_lost(change: dict[str, Any], said: str) -> None:
    video = replace(FILM, **change)

    plan, _film = steps([video], Platform.YOUTUBE)

    assert said in " ".join(plan.notes)


def test_what_moves_is_a_video_where_there_are_any_and_a_picture_elsewhere() -> None:
    moving, film = steps([GIF], Platform.INSTAGRAM)
    assert steps([GIF], Platform.YOUTUBE)[1].shape.is_padded
    still = plan_post([GIF], Platform.GOOGLEBUSINESS)

    assert (film.repeats, film.seconds > 5) == (3, True)
    assert "silent video" in moving.notes[0]
    assert isinstance(still.steps[0].plan, PicturePlan)
    assert "first frame" in still.notes[0]


def test_pictures_and_videos_do_not_mix_and_the_first_one_decides() -> None:
    film_first = plan_post([FILM, PHOTO], Platform.INSTAGRAM)
    photo_first = plan_post([PHOTO, FILM], Platform.INSTAGRAM)

    assert [step.at for step in film_first.steps] == [0]
    assert [step.at for step in photo_first.steps] == [0]
    assert "number 2 of the media is left out" in photo_first.notes[0]


def test_a_network_of_videos_alone_gets_no_picture() -> None:
    plan = plan_post([PHOTO], Platform.YOUTUBE)

    assert plan.steps == ()
    assert "videos alone" in plan.notes[0]


def test_a_tall_video_on_facebook_is_a_reel_of_3_to_90_seconds() -> None:
    tall = replace(FILM, width=720, height=1280, duration=600.0)

    plan, film = steps([tall], Platform.FACEBOOK)
    longer, again = steps([replace(tall, duration=2.0)], Platform.FACEBOOK)

    assert film.seconds < 90
    assert "cut to 90 s" in plan.notes[0]
    assert (again.repeats, again.seconds >= 3) == (2, True)
    assert "shown 2 times" in longer.notes[0]
