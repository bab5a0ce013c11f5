"""What only one network has: how Buffer is told, and how an edit takes it away."""

from datetime import UTC, datetime
from typing import Any

import pytest
from graphql import (
    execute_sync,  # pyright: ignore[reportUnknownVariableType] - half typed
    parse,
)
from pydantic import BaseModel

from galley.clients.buffer.errors import RefusedError
from galley.clients.buffer.post_input import create_input, edit_input
from galley.models.channel import Delivery, SchedulingType, ShareMode
from galley.models.media import PublicAsset
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
    YouTubeLicense,
    YouTubePrivacy,
)
from galley.models.publishing import EditPost, PostRequest
from tests.clients.buffer_answers import a_request, a_video, an_image, schema

CARD = LinkCard(
    url="https://example.com/a",
    title="Title",
    description="More",
    thumbnail_url="https://example.com/a.jpg",
)
CARD_SENT = {
    "url": "https://example.com/a",
    "title": "Title",
    "description": "More",
    "thumbnail": {"url": "https://example.com/a.jpg"},
}
STARTS, ENDS = datetime(2099, 1, 1, 9, tzinfo=UTC), datetime(2099, 1, 2, 9, tzinfo=UTC)
DATES = {"startDate": "2099-01-01T09:00:00.000Z", "endDate": "2099-01-02T09:00:00.000Z"}


def as_sent(given: BaseModel, mutation: str) -> dict[str, Any]:
    """Return the variables as they leave the house, checked against the schema."""
    variables = given.model_dump(mode="json", by_alias=True, exclude_unset=True)
    kind = f"{mutation[0].upper()}{mutation[1:]}Input"
    query = (
        f"mutation ($input: {kind}!) {{ __typename @skip(if: true) "
        f"{mutation}(input: $input) @skip(if: true) {{ __typename }} }}"
    )
    answer = execute_sync(schema(), parse(query), variable_values={"input": variables})
    assert answer.errors is None
    return variables


def created(request: PostRequest) -> dict[str, Any]:
    return as_sent(create_input(request), "createPost")


def edited(request: PostRequest, *, sets_schedule: bool = False) -> dict[str, Any]:
    task = EditPost(post_id="p1", request=request, sets_schedule=sets_schedule)
    return as_sent(edit_input(task), "editPost")


def with_extras(extras: Extras, *assets: PublicAsset, **changes: object) -> PostRequest:
    fields: dict[str, object] = {
        "platform": extras.platform,
        "extras": extras,
        "assets": assets,
        "board_service_id": "board-1",
    }
    return a_request(**{**fields, **changes})


UPRIGHT = {"width": 1080, "height": 1920, "duration": 20.0}


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        (
            with_extras(
                InstagramExtras(form=PostForm.STORY, share_to_feed=False, is_ai_generated=True),
                an_image(),
            ),
            {"instagram": {"type": "story", "shouldShareToFeed": False, "isAiGenerated": True}},
        ),
        (
            with_extras(InstagramExtras(first_comment="First"), an_image()),
            {"instagram": {"type": "post", "shouldShareToFeed": True, "firstComment": "First"}},
        ),
        (
            with_extras(FacebookExtras(form=PostForm.STORY), an_image()),
            {"facebook": {"type": "story"}},
        ),
        (
            with_extras(FacebookExtras(first_comment="First", link_card=CARD)),
            {"facebook": {"type": "post", "firstComment": "First", "linkAttachment": CARD_SENT}},
        ),
        (
            with_extras(LinkedInExtras(first_comment="First", link_card=CARD)),
            {"linkedin": {"firstComment": "First", "linkAttachment": CARD_SENT}},
        ),
        (
            with_extras(LinkedInExtras(link_card=LinkCard(url="https://a.example/"))),
            {"linkedin": {"linkAttachment": {"url": "https://a.example/"}}},
        ),
        (with_extras(XExtras(is_ai_generated=True)), {"twitter": {"isAiGenerated": True}}),
        (
            with_extras(ThreadsExtras(topic="Books", link_card=CARD)),
            {"threads": {"topic": "Books", "linkAttachment": CARD_SENT}},
        ),
        (with_extras(BlueskyExtras(link_card=CARD)), {"bluesky": {"linkAttachment": CARD_SENT}}),
        (with_extras(MastodonExtras(spoiler="The end")), {"mastodon": {"spoilerText": "The end"}}),
        (
            with_extras(TikTokExtras(is_ai_generated=True), a_video(), title="T"),
            {"tiktok": {"isAiGenerated": True}},
        ),
        (
            with_extras(
                YouTubeExtras(
                    category="27",
                    privacy=YouTubePrivacy.UNLISTED,
                    license=YouTubeLicense.CREATIVE_COMMON,
                    made_for_kids=True,
                    notify_subscribers=False,
                    embeddable=False,
                    is_ai_generated=True,
                ),
                a_video(),
                title="T",
            ),
            {
                "youtube": {
                    "title": "T",
                    "categoryId": "27",
                    "privacy": "unlisted",
                    "license": "creativeCommon",
                    "madeForKids": True,
                    "notifySubscribers": False,
                    "embeddable": False,
                    "isAiGenerated": True,
                }
            },
        ),
    ],
)
def test_each_extra_stands_where_buffer_has_it(
    request_: PostRequest, expected: dict[str, Any]
) -> None:
    assert created(request_)["metadata"] == expected


@pytest.mark.parametrize(
    ("extras", "expected"),
    [
        (
            GoogleBusinessExtras(button=GoogleButton.BOOK),
            {
                "type": "whats_new",
                "detailsWhatsNew": {"button": "book", "link": "https://example.com/a"},
            },
        ),
        (
            GoogleBusinessExtras(button=GoogleButton.CALL),
            {"type": "whats_new", "detailsWhatsNew": {"button": "call"}},
        ),
        (
            GoogleBusinessExtras(
                kind=GooglePostKind.EVENT,
                title="Reading",
                starts_at=STARTS,
                ends_at=ENDS,
                is_full_day=True,
            ),
            {
                "type": "event",
                "detailsEvent": {
                    "button": "learn_more",
                    "link": "https://example.com/a",
                    "title": "Reading",
                    "isFullDayEvent": True,
                    **DATES,
                },
            },
        ),
        (
            GoogleBusinessExtras(
                kind=GooglePostKind.OFFER,
                title="Sale",
                starts_at=STARTS,
                ends_at=ENDS,
                code="HALF",
                terms="Once",
            ),
            {
                "type": "offer",
                "detailsOffer": {
                    "title": "Sale",
                    "link": "https://example.com/a",
                    "code": "HALF",
                    "terms": "Once",
                    **DATES,
                },
            },
        ),
    ],
)
def test_a_google_post_has_the_details_of_its_kind(
    extras: GoogleBusinessExtras, expected: dict[str, Any]
) -> None:
    request = with_extras(extras, link="https://example.com/a")

    assert created(request)["metadata"] == {"google": expected}


@pytest.mark.parametrize(
    ("video", "first_comment", "expected"),
    [
        (a_video(**UPRIGHT), "", "reel"),
        (a_video(), "", "post"),
        (a_video(width=1920, height=1080, duration=20.0), "", "post"),
        (a_video(width=1080, height=1350, duration=20.0), "", "post"),
        (a_video(**UPRIGHT), "First", "post"),
        (an_image(width=1080, height=1920), "", "post"),
    ],
)
def test_an_upright_facebook_video_is_a_reel_where_it_can_be_one(
    video: PublicAsset, first_comment: str, expected: str
) -> None:
    request = with_extras(FacebookExtras(first_comment=first_comment), video)

    assert created(request)["metadata"]["facebook"]["type"] == expected


def test_an_upright_facebook_video_longer_than_a_reel_never_goes_out() -> None:
    video = a_video(**{**UPRIGHT, "duration": 91.0})

    with pytest.raises(RefusedError, match="at most 90"):
        created(with_extras(FacebookExtras(), video))


@pytest.mark.parametrize("alt_text", ["A card", ""])
def test_a_tagged_picture_has_alt_text_too_because_buffer_demands_it(alt_text: str) -> None:
    tags = (UserTag(handle="@reader", x=0.25, y=0.75, asset=1),)
    request = with_extras(InstagramExtras(user_tags=tags), an_image(), an_image(alt_text=alt_text))

    first, second = created(request)["assets"]

    assert "userTags" not in first["image"]["metadata"]
    assert second["image"]["metadata"] == {
        "altText": alt_text,
        "userTags": [{"handle": "reader", "x": 0.25, "y": 0.75}],
    }


@pytest.mark.parametrize("kind", [InstagramExtras, TikTokExtras, PinterestExtras])
def test_the_thumbnail_of_a_video_is_a_frame_of_it(
    kind: type[InstagramExtras | TikTokExtras | PinterestExtras],
) -> None:
    request = with_extras(kind(thumbnail_offset_ms=0), a_video())

    assert created(request)["assets"][0]["video"]["metadata"] == {"thumbnailOffset": 0}


def test_a_story_has_no_alt_text() -> None:
    request = with_extras(InstagramExtras(form=PostForm.STORY), an_image())

    assert created(request)["assets"] == [{"image": {"url": "https://media.example.com/card.jpg"}}]


@pytest.mark.parametrize(
    ("extras", "key"),
    [(ThreadsExtras(link_card=CARD), "threads"), (BlueskyExtras(link_card=CARD), "bluesky")],
)
def test_the_card_of_a_thread_stands_on_its_first_post_as_well(extras: Extras, key: str) -> None:
    request = with_extras(extras, text="one", thread=("one", "two"))

    metadata = created(request)["metadata"][key]

    assert metadata["linkAttachment"] == CARD_SENT
    assert [item.get("metadata") for item in metadata["thread"]] == [
        {key: {"linkAttachment": CARD_SENT}},
        None,
    ]


def test_a_content_warning_stands_beside_a_thread() -> None:
    request = with_extras(MastodonExtras(spoiler="The end"), text="one", thread=("one", "two"))

    metadata = created(request)["metadata"]["mastodon"]

    assert metadata["spoilerText"] == "The end"
    assert len(metadata["thread"]) == 2


@pytest.mark.parametrize("mode", ShareMode)
def test_only_a_post_with_a_time_of_its_own_says_when(mode: ShareMode) -> None:
    fields = created(a_request(delivery=Delivery(mode=mode)))

    assert fields["mode"] == mode.value
    assert ("dueAt" in fields) == (mode is ShareMode.CUSTOM_SCHEDULED)
    assert not {"saveToDraft", "needsApproval"} & fields.keys()


@pytest.mark.parametrize("mode", ShareMode)
def test_a_draft_never_asks_for_a_time_and_never_to_be_sent(mode: ShareMode) -> None:
    fields = created(a_request(delivery=Delivery(mode=mode, save_to_draft=True)))

    assert (fields["saveToDraft"], fields["mode"]) == (
        True,
        "shareNext" if mode is ShareMode.SHARE_NEXT else "addToQueue",
    )
    assert "dueAt" not in fields


def test_a_post_for_approval_says_nothing_of_drafts() -> None:
    fields = created(a_request(delivery=Delivery(needs_approval=True)))

    assert fields["needsApproval"] is True
    assert "saveToDraft" not in fields
    assert "dueAt" in fields


def test_a_reminder_is_asked_for() -> None:
    delivery = Delivery(scheduling_type=SchedulingType.NOTIFICATION)

    assert created(a_request(delivery=delivery))["schedulingType"] == "notification"


def test_an_edit_of_the_content_leaves_the_schedule_alone() -> None:
    fields = edited(a_request())

    assert set(fields) == {"id", "text", "assets", "metadata"}
    assert fields["assets"] == []


def test_an_edit_of_the_schedule_says_all_of_it() -> None:
    fields = edited(a_request(), sets_schedule=True)

    assert fields["mode"] == "customScheduled"
    assert fields["dueAt"] == "2099-12-01T09:30:00.000Z"
    assert fields["schedulingType"] == "automatic"
    assert "saveToDraft" not in fields


def test_an_edit_never_takes_a_post_out_of_its_approval() -> None:
    request = a_request(delivery=Delivery(needs_approval=True))

    assert edited(request, sets_schedule=True)["approvalChange"] == "request"


@pytest.mark.parametrize(
    ("platform", "gone"),
    [
        (Platform.X, {"twitter": {"thread": None, "isAiGenerated": None}}),
        (Platform.MASTODON, {"mastodon": {"thread": None, "spoilerText": None}}),
        (Platform.BLUESKY, {"bluesky": {"thread": None, "linkAttachment": None}}),
        (Platform.THREADS, {"threads": {"thread": None, "linkAttachment": None, "topic": None}}),
        (Platform.LINKEDIN, {"linkedin": {"firstComment": None, "linkAttachment": None}}),
    ],
)
def test_an_edit_says_what_the_post_no_longer_has(platform: Platform, gone: dict[str, Any]) -> None:
    assert edited(a_request(platform=platform))["metadata"] == gone


def test_an_edited_pin_may_lose_title_and_destination() -> None:
    request = a_request(
        platform=Platform.PINTEREST, board_service_id="board-1", assets=(an_image(),)
    )

    assert edited(request)["metadata"] == {
        "pinterest": {"boardServiceId": "board-1", "title": None, "url": None}
    }
