"""The limits as data: complete, and free of contradictions."""

import importlib
import re
from typing import get_type_hints

import pytest

from galley.models.media import MediaKind
from galley.models.network import Platform
from galley.networks.registry import rules_for
from galley.networks.rules import LinkPlacement, NetworkRules

_TEXT_LIMITS = {
    Platform.INSTAGRAM: 2196,
    Platform.FACEBOOK: 5000,
    Platform.TIKTOK: 2200,
    Platform.LINKEDIN: 3000,
    Platform.X: 280,
    Platform.YOUTUBE: 5000,
    Platform.THREADS: 500,
    Platform.PINTEREST: 500,
    Platform.GOOGLEBUSINESS: 1500,
    Platform.BLUESKY: 300,
    Platform.MASTODON: 500,
}
_NEED_MEDIA = {
    Platform.INSTAGRAM: MediaKind.IMAGE,
    Platform.TIKTOK: MediaKind.IMAGE,
    Platform.PINTEREST: MediaKind.IMAGE,
    Platform.YOUTUBE: MediaKind.VIDEO,
}
_HAVE_THREADS = {Platform.X, Platform.THREADS, Platform.BLUESKY, Platform.MASTODON}


@pytest.fixture(params=list(Platform))
def rules(request: pytest.FixtureRequest) -> NetworkRules:
    """Give the rules of each network in turn."""
    return rules_for(request.param)


@pytest.mark.parametrize("platform", list(Platform))
def test_each_platform_has_its_own_rules(platform: Platform) -> None:
    assert rules_for(platform).platform is platform


@pytest.mark.parametrize("platform", list(Platform))
def test_each_platform_has_its_published_limits(platform: Platform) -> None:
    rules = rules_for(platform)

    assert rules.text_limit == _TEXT_LIMITS[platform]
    assert rules.required_media == _NEED_MEDIA.get(platform)
    assert rules.max_thread == (25 if platform in _HAVE_THREADS else 1)


@pytest.mark.parametrize("platform", list(Platform))
def test_each_file_names_dated_sources(platform: Platform) -> None:
    text = importlib.import_module(f"galley.networks.{platform}").__doc__ or ""

    assert "https://" in text
    assert re.search(r"\(.*20\d\d.*\)", text)


def test_each_limit_is_positive_and_advice_lies_within_it(rules: NetworkRules) -> None:
    fewest, most = rules.advice.length

    assert 0 < fewest < most <= rules.text_limit
    assert all(count.limit > 0 and count.counted_as for count in rules.counts)
    assert rules.max_hashtags is None or rules.advice.hashtags[1] <= rules.max_hashtags


def test_the_card_obeys_the_pictures_own_rules(rules: NetworkRules) -> None:
    image = rules.image
    if image is None:
        assert rules.platform is Platform.YOUTUBE
        return
    width, height = image.card

    assert (image.min_width or 1) <= width <= (image.max_width or width)
    assert (image.min_height or 1) <= height <= (image.max_height or height)
    assert (image.min_ratio or 0) <= width / height <= (image.max_ratio or 99)
    assert width * height <= (image.max_pixels or width * height)
    assert image.min_bytes < image.max_bytes
    assert image.formats


def test_the_clip_has_a_shape_the_network_takes(rules: NetworkRules) -> None:
    video = rules.video
    if video is None:
        assert rules.platform is Platform.GOOGLEBUSINESS
        return
    width, height = video.clip

    assert not video.ratios or any(width * tall == height * wide for wide, tall in video.ratios)
    assert video.min_seconds < (video.max_seconds or float("inf"))
    assert video.min_bytes < video.max_bytes


def test_required_media_can_be_given(rules: NetworkRules) -> None:
    given = {MediaKind.IMAGE: rules.image, MediaKind.VIDEO: rules.video, None: True}

    assert given[rules.required_media]


def test_links_go_where_the_network_shows_them() -> None:
    fields = {Platform.PINTEREST, Platform.GOOGLEBUSINESS}
    nowhere = {Platform.INSTAGRAM, Platform.TIKTOK}
    for platform in Platform:
        expected = (
            LinkPlacement.FIELD
            if platform in fields
            else LinkPlacement.NONE
            if platform in nowhere
            else LinkPlacement.IN_TEXT
        )
        assert rules_for(platform).link is expected


def test_rules_cannot_be_changed(rules: NetworkRules) -> None:
    with pytest.raises(AttributeError):
        rules.alt_limit = 1  # pyright: ignore[reportAttributeAccessIssue]


def test_rules_can_be_read_by_their_types() -> None:
    assert get_type_hints(NetworkRules)["platform"] is Platform
