"""What each network demands of a new post."""

import importlib
from datetime import datetime, timedelta, timezone
from typing import Any, get_type_hints

import pytest
from graphql import (
    GraphQLInputObjectType,
    execute_sync,  # pyright: ignore[reportUnknownVariableType] - half typed
    parse,
)

from galley.clients.buffer.errors import RefusedError
from galley.clients.buffer.post_input import asset_inputs, create_input
from galley.models.media import MediaKind
from galley.models.network import Platform
from galley.models.publishing import PostRequest
from galley.networks.registry import rules_for
from tests.clients.buffer_answers import CHANNEL, a_request, a_video, an_image, schema

CREATE_POST = parse(
    "mutation ($input: CreatePostInput!) { __typename @skip(if: true) "
    "createPost(input: $input) @skip(if: true) { __typename } }"
)
THREADED = {
    Platform.X: "twitter",
    Platform.THREADS: "threads",
    Platform.BLUESKY: "bluesky",
    Platform.MASTODON: "mastodon",
}
IMAGE = {"url": "https://media.example.com/card.jpg"}
DESCRIBED = {**IMAGE, "metadata": {"altText": "A card that says hello"}}


def sent(request: PostRequest) -> dict[str, Any]:
    """Return the variables as they leave the house, checked against the schema."""
    variables = create_input(request).model_dump(mode="json", by_alias=True, exclude_unset=True)
    answer = execute_sync(schema(), CREATE_POST, variable_values={"input": variables})
    assert answer.errors is None
    return variables


def full_request(platform: Platform) -> PostRequest:
    media = a_video() if platform is Platform.YOUTUBE else an_image()
    return a_request(
        platform=platform,
        title="A title",
        link="https://example.com/a",
        board_service_id="board-1",
        assets=(media,),
    )


@pytest.mark.parametrize("platform", Platform)
def test_every_post_is_scheduled_for_its_own_time(platform: Platform) -> None:
    fields = sent(full_request(platform))

    assert fields["channelId"] == CHANNEL
    assert fields["mode"] == "customScheduled"
    assert fields["dueAt"] == "2099-12-01T09:30:00.000Z"
    assert fields["schedulingType"] == "automatic"
    assert len(fields["assets"]) == 1


@pytest.mark.parametrize(
    ("platform", "expected"),
    [
        (Platform.INSTAGRAM, {"instagram": {"type": "post", "shouldShareToFeed": True}}),
        (Platform.FACEBOOK, {"facebook": {"type": "post"}}),
        (Platform.TIKTOK, {"tiktok": {"title": "A title"}}),
        (Platform.LINKEDIN, None),
        (Platform.X, None),
        (
            Platform.YOUTUBE,
            {
                "youtube": {
                    "title": "A title",
                    "categoryId": "22",
                    "privacy": "public",
                    "license": "youtube",
                    "madeForKids": False,
                    "notifySubscribers": True,
                    "embeddable": True,
                    "isAiGenerated": False,
                }
            },
        ),
        (Platform.THREADS, None),
        (
            Platform.PINTEREST,
            {
                "pinterest": {
                    "boardServiceId": "board-1",
                    "title": "A title",
                    "url": "https://example.com/a",
                }
            },
        ),
        (
            Platform.GOOGLEBUSINESS,
            {
                "google": {
                    "type": "whats_new",
                    "detailsWhatsNew": {"button": "learn_more", "link": "https://example.com/a"},
                }
            },
        ),
        (Platform.BLUESKY, None),
        (Platform.MASTODON, None),
    ],
)
def test_each_network_gets_what_it_demands(
    platform: Platform, expected: dict[str, Any] | None
) -> None:
    assert sent(full_request(platform)).get("metadata") == expected


def test_every_network_is_in_the_table_above() -> None:
    assert len(Platform) == 11


@pytest.mark.parametrize("platform", Platform)
def test_what_a_network_says_has_buffers_own_names(platform: Platform) -> None:
    file = importlib.import_module(f"galley.networks.{platform}")
    kind = schema().get_type("PostInputMetaData")
    assert isinstance(kind, GraphQLInputObjectType)

    own = kind.fields[rules_for(platform).buffer_key].type
    assert isinstance(own, GraphQLInputObjectType)
    assert set(get_type_hints(file.Metadata)) <= own.fields.keys()


def test_an_instagram_video_is_a_reel() -> None:
    request = a_request(platform=Platform.INSTAGRAM, assets=(a_video(),))

    assert sent(request)["metadata"]["instagram"]["type"] == "reel"


def test_a_tiktok_video_has_no_title() -> None:
    request = a_request(platform=Platform.TIKTOK, title="T", assets=(a_video(),))

    assert "metadata" not in sent(request)


def test_a_google_post_without_a_link_has_no_button() -> None:
    request = a_request(platform=Platform.GOOGLEBUSINESS)

    details = sent(request)["metadata"]["google"]["detailsWhatsNew"]
    assert details == {"button": "none"}


def test_a_pin_without_title_and_link_names_its_board_alone() -> None:
    request = a_request(
        platform=Platform.PINTEREST, board_service_id="board-1", assets=(an_image(),)
    )

    assert sent(request)["metadata"] == {"pinterest": {"boardServiceId": "board-1"}}


@pytest.mark.parametrize("platform", [p for p in Platform if p is not Platform.YOUTUBE])
def test_alt_text_goes_where_buffer_takes_it(platform: Platform) -> None:
    request = a_request(platform=platform, board_service_id="board-1", assets=(an_image(),))

    without = {Platform.TIKTOK, Platform.GOOGLEBUSINESS}
    expected = IMAGE if platform in without else DESCRIBED
    assert sent(request)["assets"] == [{"image": expected}]


def test_an_image_that_is_not_described_has_no_metadata() -> None:
    request = a_request(assets=(an_image(alt_text=""),))

    assert sent(request)["assets"] == [{"image": IMAGE}]


def test_a_video_is_its_address_alone() -> None:
    request = a_request(assets=(a_video(),))

    assert sent(request)["assets"] == [{"video": {"url": "https://media.example.com/short.mp4"}}]


@pytest.mark.parametrize(("platform", "key"), THREADED.items())
def test_a_thread_holds_every_post_and_the_first_holds_the_media(
    platform: Platform, key: str
) -> None:
    request = a_request(
        platform=platform, text="one", thread=("one", "two", "three"), assets=(an_image(),)
    )

    fields = sent(request)

    assert fields["text"] == "one"
    assert fields["assets"] == [{"image": DESCRIBED}]
    assert fields["metadata"] == {
        key: {
            "thread": [
                {"text": "one", "assets": [{"image": DESCRIBED}]},
                {"text": "two", "assets": []},
                {"text": "three", "assets": []},
            ]
        }
    }


@pytest.mark.parametrize("platform", [p for p in Platform if p not in THREADED])
def test_a_thread_where_there_are_none_is_refused(platform: Platform) -> None:
    request = a_request(platform=platform, text="one", thread=("one", "two"))

    with pytest.raises(RefusedError, match="has no threads"):
        create_input(request)


def test_a_thread_that_begins_with_another_text_is_refused() -> None:
    request = a_request(text="zero", thread=("one", "two"))

    with pytest.raises(RefusedError, match="differs from the thread's first post"):
        create_input(request)


def test_a_due_time_in_any_zone_is_sent_in_utc() -> None:
    berlin = timezone(timedelta(hours=1))
    due_at = datetime(2099, 12, 1, 10, 30, 0, 999_999, tzinfo=berlin)

    assert sent(a_request(due_at=due_at))["dueAt"] == "2099-12-01T09:30:00.999Z"


def test_a_document_has_its_title_and_its_cover() -> None:
    document = an_image(
        kind=MediaKind.DOCUMENT,
        mime="application/pdf",
        alt_text="What we learned",
        url="https://media.example.com/slides.pdf",
    )
    request = a_request(platform=Platform.LINKEDIN, assets=(document, an_image()))

    (asset,) = asset_inputs(request)

    assert asset.model_dump(exclude_unset=True, by_alias=True) == {
        "document": {
            "url": "https://media.example.com/slides.pdf",
            "title": "What we learned",
            "thumbnailUrl": "https://media.example.com/card.jpg",
        }
    }
