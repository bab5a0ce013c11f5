from dataclasses import replace

import pytest

from galley.media.card import draw_card
from galley.media.card_words import CardText
from galley.media.plan import picture_for, problems_of, rendering_for
from galley.media.probe import Probe, probe
from galley.models.media import MediaKind
from galley.models.network import Platform
from galley.networks.registry import rules_for

JPEG = Probe(MediaKind.IMAGE, "image/jpeg", 200_000, 1080, 1350, "jpeg")
FILM = Probe(MediaKind.VIDEO, "video/mp4", 200_000, 1080, 1920, "h264", 7.0, 30.0, has_sound=True)


def rules(asset: Probe, platform: Platform) -> list[str]:
    return [problem.rule for problem in problems_of(asset, platform)]


def test_exactly_the_networks_that_require_media_are_drawn_for() -> None:
    drawn = {platform for platform in Platform if rendering_for(platform)}
    assert drawn == {Platform.INSTAGRAM, Platform.TIKTOK, Platform.PINTEREST, Platform.YOUTUBE}


@pytest.mark.parametrize(
    ("asset", "platform", "broken"),
    [
        (JPEG, Platform.INSTAGRAM, []),
        (replace(JPEG, height=1351), Platform.INSTAGRAM, ["media_ratio"]),
        (replace(JPEG, mime="image/png"), Platform.INSTAGRAM, ["media_format"]),
        (replace(JPEG, size=8_000_001), Platform.INSTAGRAM, ["media_bytes"]),
        (replace(JPEG, width=1441, height=1500), Platform.INSTAGRAM, ["media_width"]),
        (replace(JPEG, size=1_000_001), Platform.BLUESKY, ["media_bytes"]),
        (replace(JPEG, size=9_999), Platform.GOOGLEBUSINESS, ["media_bytes"]),
        (replace(JPEG, height=299), Platform.GOOGLEBUSINESS, ["media_height"]),
        (replace(JPEG, width=1081, height=1920), Platform.TIKTOK, ["media_width"]),
        (replace(JPEG, width=6013, height=6013), Platform.LINKEDIN, ["media_pixels"]),
        (JPEG, Platform.YOUTUBE, ["media_kind"]),
        (FILM, Platform.YOUTUBE, []),
        (replace(FILM, width=1920, height=1080), Platform.YOUTUBE, ["media_ratio"]),
        (replace(FILM, duration=180.1), Platform.YOUTUBE, ["media_duration"]),
        (FILM, Platform.GOOGLEBUSINESS, ["media_kind"]),
        (replace(FILM, duration=4.9), Platform.INSTAGRAM, ["media_duration"]),
        (replace(FILM, size=74_999), Platform.LINKEDIN, ["media_bytes"]),
    ],
)
def test_a_file_over_a_limit_is_refused(
    asset: Probe, platform: Platform, broken: list[str]
) -> None:
    assert rules(asset, platform) == broken


@pytest.mark.parametrize("platform", sorted(set(Platform) - {Platform.YOUTUBE}))
@pytest.mark.parametrize("headline", ["No.", "Twelve words " * 25])
def test_every_network_could_be_given_a_picture(platform: Platform, headline: str) -> None:
    rules = rules_for(platform).image
    assert rules
    card = draw_card(picture_for(rules), CardText(headline, "Field Notes", "Title"))
    assert problems_of(probe(card), platform) == ()


@pytest.mark.parametrize("platform", list(Platform))
def test_a_problem_says_what_to_do(platform: Platform) -> None:
    hopeless = replace(JPEG, mime="image/bmp", size=99_000_000, width=1, height=99_999)
    problems = problems_of(hopeless, platform)
    assert problems
    assert all(": " in p.message and p.message.endswith(".") for p in problems)
