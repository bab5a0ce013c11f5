"""What a post carries beside its text, against the rules of its network."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from galley.models.channel import Channel
from galley.models.draft import Draft
from galley.models.media import MediaKind
from galley.models.network import (
    BlueskyExtras,
    Extras,
    FacebookExtras,
    GoogleBusinessExtras,
    GoogleButton,
    GooglePostKind,
    InstagramExtras,
    LinkCard,
    LinkedInExtras,
    MastodonExtras,
    PinterestExtras,
    Platform,
    PostForm,
    ThreadsExtras,
    TikTokExtras,
    UserTag,
    XExtras,
    YouTubeExtras,
)
from galley.networks.checks import check_draft
from galley.networks.registry import rules_for
from tests.networks.texts import any_text

START = datetime(2026, 12, 1, 18, tzinfo=UTC)
LINK = "https://ferry.example/"
PICTURE, VIDEO = MediaKind.IMAGE, MediaKind.VIDEO


def problems(
    extras: Extras,
    *,
    media: Sequence[MediaKind] | None = None,
    text: str = "Fine.",
    link: str = LINK,
    channel: Channel | None = None,
) -> list[str]:
    to = channel or Channel(id="c", name="A channel", platform=extras.platform)
    draft = Draft(text=text, title="A title", link=link, extras=extras)
    found = check_draft(draft, to, media)
    return [one.message for one in found if one.rule != "board"]


DEFAULTS: list[Extras] = [
    XExtras(),
    LinkedInExtras(),
    InstagramExtras(),
    FacebookExtras(),
    ThreadsExtras(),
    BlueskyExtras(),
    MastodonExtras(),
    TikTokExtras(),
    YouTubeExtras(),
    PinterestExtras(),
    GoogleBusinessExtras(),
]


@pytest.mark.parametrize("extras", DEFAULTS, ids=lambda extras: extras.platform)
def test_the_defaults_of_every_network_are_fine(extras: Extras) -> None:
    assert problems(extras) == []


def test_extras_of_another_network_are_refused() -> None:
    channel = Channel(id="c", name="A channel", platform=Platform.BLUESKY)

    assert problems(XExtras(is_ai_generated=True), channel=channel) == [
        "The post is for Bluesky and its extras are for X: remove them."
    ]


# First comments


@pytest.mark.parametrize(
    ("extras", "most"), [(LinkedInExtras, 1248), (FacebookExtras, 5000), (InstagramExtras, 2196)]
)
def test_a_first_comment_has_the_networks_length(
    extras: type[LinkedInExtras | FacebookExtras | InstagramExtras], most: int
) -> None:
    assert problems(extras(first_comment="a" * most)) == []
    over = problems(extras(first_comment="a" * (most + 3)))
    assert len(over) == 1
    assert over[0].startswith(f"The first comment is {most + 3:,} of {most:,} ")
    assert over[0].endswith("shorten it by 3.")


def test_a_line_break_in_a_first_comment_counts_two_on_instagram() -> None:
    comment = "a" * 2194 + "\n"

    assert problems(InstagramExtras(first_comment=comment)) == []
    assert len(problems(InstagramExtras(first_comment=f"{comment}a"))) == 1


def test_hashtags_of_caption_and_first_comment_count_together_on_instagram() -> None:
    extras = InstagramExtras(first_comment="#d #e #f")

    assert problems(extras, text="#a #b") == []
    assert problems(extras, text="#a #b #c") == [
        ("Text and first comment have 6 hashtags together and Instagram allows 5: remove 1.")
    ]


def test_a_first_comment_has_no_control_characters() -> None:
    assert problems(LinkedInExtras(first_comment="a\x1b")) == [
        "The first comment has characters that cannot be sent: remove U+001B."
    ]


@pytest.mark.parametrize("extras", [InstagramExtras, FacebookExtras])
def test_a_story_has_no_first_comment(extras: type[InstagramExtras | FacebookExtras]) -> None:
    told = extras(form=PostForm.STORY, first_comment="More below.")

    assert len(problems(told, media=[PICTURE])) == 1
    assert problems(extras(form=PostForm.STORY), media=[PICTURE]) == []


# Link cards


@pytest.mark.parametrize("extras", [LinkedInExtras, FacebookExtras, ThreadsExtras, BlueskyExtras])
def test_a_link_card_stands_only_where_there_are_no_media(
    extras: type[LinkedInExtras | FacebookExtras | ThreadsExtras | BlueskyExtras],
) -> None:
    carded = extras(link_card=LinkCard(url=LINK))

    assert rules_for(carded.platform).has_link_card
    assert problems(carded) == []
    assert problems(carded, media=[PICTURE]) == [
        "A link card cannot stand beside pictures or a video: remove one of them."
    ]


@pytest.mark.parametrize("url", ["ferry.example", "javascript:x", "ftp://a.b", "", "a b"])
def test_a_link_card_leads_to_a_web_address(url: str) -> None:
    assert problems(BlueskyExtras(link_card=LinkCard(url=url))) == [
        ("The address of the link card is no web address: give a full one, with https://.")
    ]


def test_the_thumbnail_of_a_link_card_is_a_web_address() -> None:
    card = LinkCard(url=LINK, thumbnail_url="picture.png")

    assert len(problems(BlueskyExtras(link_card=card))) == 1


# Forms, frames and tags


@pytest.mark.parametrize("extras", [InstagramExtras, FacebookExtras])
def test_a_reel_is_a_video(extras: type[InstagramExtras | FacebookExtras]) -> None:
    reel = extras(form=PostForm.REEL)

    assert problems(reel, media=[VIDEO]) == []
    assert len(problems(reel, media=[PICTURE])) == 1


def test_a_facebook_story_needs_media_and_galley_draws_none() -> None:
    assert problems(FacebookExtras(form=PostForm.STORY)) == [
        (
            "A story of Facebook needs a picture or a video and the post has none: "
            "leave the form away."
        )
    ]


@pytest.mark.parametrize("extras", [InstagramExtras, TikTokExtras, PinterestExtras])
def test_a_thumbnail_is_a_frame_of_a_video(
    extras: type[InstagramExtras | TikTokExtras | PinterestExtras],
) -> None:
    told = extras(thumbnail_offset_ms=500)

    assert problems(told, media=[VIDEO]) == []
    assert len(problems(told, media=[PICTURE])) == 1


def test_tiktok_takes_the_ai_disclosure_of_videos_only() -> None:
    told = TikTokExtras(is_ai_generated=True)

    assert problems(told, media=[VIDEO]) == []
    assert len(problems(told)) == 1


def tag(handle: str = "harbour.office", asset: int = 0) -> UserTag:
    return UserTag(handle=handle, x=0.5, y=0.5, asset=asset)


def test_people_are_tagged_in_pictures_that_are_there() -> None:
    tagged = InstagramExtras(user_tags=(tag(), tag(asset=1)))

    assert problems(tagged, media=[PICTURE, PICTURE]) == []
    assert len(problems(tagged, media=[PICTURE])) == 1
    assert len(problems(tagged, media=[PICTURE, VIDEO])) == 1


@pytest.mark.parametrize("handle", ["@harbour", "a", "_a_", "a.b_c", "a" * 30])
def test_a_user_name_may_have_letters_digits_points_and_underscores(handle: str) -> None:
    assert problems(InstagramExtras(user_tags=(tag(handle),))) == []


@pytest.mark.parametrize("handle", ["a b", ".a", "a.", "a..b", "a" * 31, "\u00e9", "@@a"])
def test_what_is_no_user_name_is_refused(handle: str) -> None:
    assert len(problems(InstagramExtras(user_tags=(tag(handle),)))) == 1


def test_at_most_20_people_are_tagged() -> None:
    assert problems(InstagramExtras(user_tags=(tag(),) * 20)) == []
    assert problems(InstagramExtras(user_tags=(tag(),) * 22)) == [
        "22 people are tagged and Instagram allows 20: remove 2."
    ]


# YouTube, Threads, Mastodon


@pytest.mark.parametrize("number", range(50))
def test_youtube_has_these_categories(number: int) -> None:
    known = number in {1, 2, 10, 15, 17, 19, 20, *range(22, 30)}

    assert (problems(YouTubeExtras(category=str(number))) == []) is known


@pytest.mark.parametrize(
    ("topic", "is_fine"),
    [("Night ferries", True), ("a" * 50, True), ("a" * 51, False), ("R&D", False),
     ("v1.2", False)],
)  # fmt: skip
def test_a_topic_has_50_characters_and_no_points(topic: str, *, is_fine: bool) -> None:
    assert (problems(ThreadsExtras(topic=topic)) == []) is is_fine


def test_a_content_warning_counts_with_the_text() -> None:
    warned = MastodonExtras(spoiler="w" * 40)

    assert problems(warned, text="a" * 460) == []
    assert problems(warned, text="a" * 470) == [
        ("Content warning and text are 510 of 500 characters together: shorten one by 10.")
    ]
    assert len(problems(warned, text="a" * 501)) == 1


def test_a_content_warning_is_held_to_the_servers_own_limit() -> None:
    channel = Channel(id="c", name="A channel", platform=Platform.MASTODON, max_characters=1000)
    warned = MastodonExtras(spoiler="w" * 40)

    assert problems(warned, text="a" * 960, channel=channel) == []
    assert len(problems(warned, text="a" * 961, channel=channel)) == 1


# Google Business


def event(**changes: object) -> GoogleBusinessExtras:
    fields = {
        "kind": GooglePostKind.EVENT,
        "title": "Open day",
        "starts_at": START,
        "ends_at": START + timedelta(hours=3),
    }
    return GoogleBusinessExtras.model_validate({**fields, **changes})


@pytest.mark.parametrize("kind", [GooglePostKind.OFFER, GooglePostKind.EVENT])
def test_an_offer_or_event_needs_title_start_and_end(kind: GooglePostKind) -> None:
    assert problems(event(kind=kind)) == []
    assert problems(GoogleBusinessExtras(kind=kind)) == [
        (
            f"An {kind} of Google Business needs title, start and end: give title and "
            "starts_at and ends_at."
        )
    ]


@pytest.mark.parametrize("hours", [0, -1])
def test_an_event_ends_after_it_starts(hours: int) -> None:
    assert len(problems(event(ends_at=START + timedelta(hours=hours)))) == 1


def test_an_event_of_one_whole_day_may_start_and_end_with_it() -> None:
    assert problems(event(ends_at=START, is_full_day=True)) == []


@pytest.mark.parametrize("field", ["title", "code"])
def test_titles_and_coupons_have_58_characters(field: str) -> None:
    kind = GooglePostKind.OFFER

    assert problems(event(kind=kind, **{field: "a" * 58})) == []
    assert len(problems(event(kind=kind, **{field: "a" * 59}))) == 1


@pytest.mark.parametrize("button", GoogleButton)
def test_a_button_needs_a_link_but_for_call_and_none(button: GoogleButton) -> None:
    extras = GoogleBusinessExtras(button=button)
    needs_link = button not in {GoogleButton.NONE, GoogleButton.CALL}

    assert problems(extras) == []
    assert (problems(extras, link="") != []) is needs_link


@pytest.mark.parametrize(
    ("extras", "field"),
    [
        (GoogleBusinessExtras(starts_at=START), "starts_at"),
        (GoogleBusinessExtras(title="A title"), "title"),
        (GoogleBusinessExtras(code="A1"), "code"),
        (event(terms="For all."), "terms"),
        (event(kind=GooglePostKind.OFFER, is_full_day=True), "is_full_day"),
        (event(kind=GooglePostKind.OFFER, button=GoogleButton.SHOP), "button"),
    ],
)
def test_a_detail_of_another_kind_of_post_is_not_lost_in_silence(
    extras: GoogleBusinessExtras, field: str
) -> None:
    found = problems(extras)

    assert len(found) == 1
    assert f"has no {field}" in found[0]


# All of them


@given(any_text, any_text, st.sampled_from([[], [PICTURE], [VIDEO]]))
def test_each_problem_of_extras_is_one_sentence(
    one: str, other: str, media: list[MediaKind]
) -> None:
    card = LinkCard(url=one, title=other)
    told: list[Extras] = [
        LinkedInExtras(first_comment=(one * 200)[:9000], link_card=card),
        InstagramExtras(form=PostForm.STORY, first_comment=one, user_tags=(tag(other or "a"),)),
        ThreadsExtras(topic=other, link_card=card),
        MastodonExtras(spoiler=one),
        YouTubeExtras(category=other[:10]),
        GoogleBusinessExtras(kind=GooglePostKind.OFFER, title=one, code=other),
    ]
    for extras in told:
        for message in problems(extras, media=media, text="Fine."):
            assert message.endswith(".")
            assert "\n" not in message
