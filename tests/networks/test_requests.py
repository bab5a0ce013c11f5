"""A whole post is held to the rules of Buffer and its network before it is sent."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from galley.models.channel import Delivery, ShareMode
from galley.models.media import MediaKind, PublicAsset
from galley.models.network import (
    BlueskyExtras,
    GoogleBusinessExtras,
    GooglePostKind,
    InstagramExtras,
    LinkCard,
    Platform,
    PostForm,
    ThreadsExtras,
    TikTokExtras,
    UserTag,
    YouTubeExtras,
)
from galley.models.publishing import PostRequest
from galley.networks.registry import rules_for
from galley.networks.requests import due_problems, request_problems

DUE = datetime(2099, 12, 1, 9, 30, tzinfo=UTC)


def a_file(kind: MediaKind, **changes: object) -> PublicAsset:
    mime = "image/jpeg" if kind is MediaKind.IMAGE else "video/mp4"
    fields: dict[str, object] = {
        "kind": kind,
        "mime": mime,
        "sha256": "0" * 64,
        "size": 100_000,
        "url": "https://media.example.com/file",
    }
    return PublicAsset.model_validate({**fields, **changes})


def picture(**changes: object) -> PublicAsset:
    return a_file(MediaKind.IMAGE, **changes)


def video(**changes: object) -> PublicAsset:
    return a_file(MediaKind.VIDEO, **changes)


def document(**changes: object) -> PublicAsset:
    return a_file(MediaKind.DOCUMENT, **{"mime": "application/pdf", **changes})


def test_a_document_goes_alone_with_its_cover() -> None:
    def rules(*assets: PublicAsset, to: Platform = Platform.LINKEDIN) -> set[str]:
        return {problem.rule for problem in request_problems(post(to, *assets))}

    assert rules(document(), picture()) == set()
    assert "media_mix" in rules(document())
    assert "media_mix" in rules(document(), picture(), picture())
    assert "media_mix" in rules(picture(), document())
    assert "media_bytes" in rules(document(size=100_000_001), picture())
    assert "media_kind" in rules(document(), picture(), to=Platform.X)


def post(platform: Platform, *assets: PublicAsset, **changes: object) -> PostRequest:
    fields: dict[str, object] = {
        "channel_id": "c1",
        "platform": platform,
        "text": "Read this",
        "title": "A title" if platform is Platform.YOUTUBE else "",
        "board_service_id": "b1",
        "assets": assets,
        "due_at": DUE,
    }
    return PostRequest.model_validate({**fields, **changes})


def fitting(platform: Platform) -> PostRequest:
    required = rules_for(platform).required_media
    return post(platform, *([a_file(required)] if required else []))


def broken(request: PostRequest) -> list[str]:
    return [problem.rule for problem in request_problems(request)]


@pytest.mark.parametrize("platform", Platform)
def test_a_plain_post_of_every_network_may_go(platform: Platform) -> None:
    assert request_problems(fitting(platform)) == ()


# Each Mastodon server has a limit of its own, which the draft was held to.
@pytest.mark.parametrize("platform", [p for p in Platform if p != Platform.MASTODON])
def test_a_text_over_the_limit_is_refused(platform: Platform) -> None:
    long = "a" * (rules_for(platform).text_limit + 1)

    assert broken(fitting(platform).model_copy(update={"text": long})) == ["text_length"]


@pytest.mark.parametrize("platform", Platform)
def test_too_many_pictures_are_refused(platform: Platform) -> None:
    rules = rules_for(platform)
    most = rules.image.most if rules.image else 0

    assert set(broken(post(platform, *[picture()] * (most + 1)))) & {"media_count", "media_kind"}
    if most:
        assert broken(post(platform, *[picture()] * most)) == []


@pytest.mark.parametrize("platform", Platform)
def test_a_second_video_is_refused(platform: Platform) -> None:
    rule = "media_count" if rules_for(platform).video else "media_kind"

    assert rule in broken(post(platform, video(), video()))


@pytest.mark.parametrize("platform", Platform)
def test_pictures_beside_a_video_are_refused(platform: Platform) -> None:
    rules = rules_for(platform)
    rule = "media_mix" if rules.image and rules.video else "media_kind"

    assert rule in broken(post(platform, picture(), video()))


@pytest.mark.parametrize("platform", Platform)
def test_a_post_without_the_media_its_network_needs_is_refused(platform: Platform) -> None:
    needs = rules_for(platform).required_media is not None

    assert broken(post(platform)) == (["media_required"] if needs else [])


@pytest.mark.parametrize(
    ("request_", "rule"),
    [
        (post(Platform.X, picture(mime="image/tiff")), "media_format"),
        (post(Platform.BLUESKY, picture(size=1_000_001)), "media_bytes"),
        (post(Platform.INSTAGRAM, picture(width=1200, height=628)), "media_ratio"),
        (post(Platform.X, video(duration=141.0)), "media_duration"),
        (post(Platform.YOUTUBE, video(width=1920, height=1080)), "media_ratio"),
        (post(Platform.LINKEDIN, picture(alt_text="a" * 301)), "alt_text_length"),
        (post(Platform.PINTEREST, picture(), board_service_id=""), "board"),
        (post(Platform.YOUTUBE, video(), title=""), "title"),
        (post(Platform.LINKEDIN, thread=("Read this", "b")), "thread"),
        (post(Platform.X, thread=("Read that", "b")), "thread_start"),
        (post(Platform.X, text=""), "empty"),
        (post(Platform.X, extras=ThreadsExtras()), "extras"),
        (
            post(
                Platform.BLUESKY,
                picture(),
                extras=BlueskyExtras(link_card=LinkCard(url="https://a.example/")),
            ),
            "link_card",
        ),
        (post(Platform.YOUTUBE, video(), extras=YouTubeExtras(category="3")), "category"),
        (
            post(
                Platform.GOOGLEBUSINESS,
                extras=GoogleBusinessExtras(kind=GooglePostKind.OFFER, title="Sale"),
            ),
            "google_details",
        ),
        (
            post(
                Platform.INSTAGRAM,
                video(),
                extras=InstagramExtras(user_tags=(UserTag(handle="a", x=0, y=0),)),
            ),
            "user_tags",
        ),
        (
            post(Platform.TIKTOK, picture(), extras=TikTokExtras(is_ai_generated=True)),
            "ai_generated",
        ),
        (
            post(
                Platform.TIKTOK,
                video(duration=10.0),
                extras=TikTokExtras(thumbnail_offset_ms=10_001),
            ),
            "thumbnail_offset",
        ),
    ],
)
def test_a_misfit_is_refused_by_the_rule_it_breaks(request_: PostRequest, rule: str) -> None:
    assert broken(request_) == [rule]


def test_a_story_may_be_upright() -> None:
    upright = picture(width=1080, height=1920)

    story = post(Platform.INSTAGRAM, upright, extras=InstagramExtras(form=PostForm.STORY))

    assert broken(story) == []
    assert broken(post(Platform.INSTAGRAM, upright)) == ["media_ratio"]


def test_media_without_words_make_a_post() -> None:
    assert broken(post(Platform.INSTAGRAM, picture(), text="")) == []


@pytest.mark.parametrize("platform", Platform)
def test_every_message_names_the_network_or_says_what_to_do(platform: Platform) -> None:
    worst = post(platform, *[picture(mime="image/tiff")] * 11, text="a" * 9000)

    for problem in request_problems(worst):
        assert problem.message.endswith(".")
        assert len(problem.message) < 300


@given(
    late=st.timedeltas(timedelta(days=-400), timedelta(days=400)),
    delivery=st.builds(Delivery, mode=st.sampled_from(ShareMode), save_to_draft=st.booleans()),
)
def test_a_time_that_has_passed_is_refused_where_buffer_is_told_one(
    late: timedelta, delivery: Delivery
) -> None:
    request = post(Platform.X, delivery=delivery)

    refused = bool(due_problems(request, DUE + late))

    is_told = delivery.mode is ShareMode.CUSTOM_SCHEDULED and not delivery.save_to_draft
    assert refused == (is_told and late >= timedelta(minutes=1))
