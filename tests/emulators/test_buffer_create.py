"""createPost takes what Buffer takes, and refuses the rest in Buffer's words."""

from typing import Any

import pytest
from pytest_httpserver import HTTPServer

from tests.emulators.buffer_media import noisy_picture, picture, video
from tests.emulators.buffer_world import World, in_seconds, until
from tests.emulators.conftest import Emulate, serve

Json = dict[str, Any]
INSTAGRAM = {"instagram": {"type": "post", "shouldShareToFeed": True}}
FACEBOOK = {"facebook": {"type": "post"}}
YOUTUBE = {"youtube": {"title": "A title", "categoryId": "22"}}
GOOGLE = {"google": {"type": "whats_new", "detailsWhatsNew": {"button": "none"}}}
NEXT_YEAR = {"startDate": "2030-01-01T10:00:00Z", "endDate": "2030-01-02T10:00:00Z"}


def _image(url: str) -> Json:
    return {"image": {"url": url, "metadata": {"altText": "A square"}}}


def _pin(world: World) -> Json:
    board = world.channels["pinterest"]["metadata"]["boards"][0]["serviceId"]
    return {"pinterest": {"boardServiceId": board, "title": "A pin"}}


def test_every_network_takes_a_post_that_has_what_it_needs(
    world: World, photo: str, httpserver: HTTPServer
) -> None:
    film = serve(httpserver, "/film.mp4", video(), "video/mp4")
    wanted: dict[str, Json] = {
        "instagram": {"assets": [_image(photo)], "metadata": INSTAGRAM},
        "facebook": {"metadata": FACEBOOK},
        "tiktok": {"assets": [_image(photo)]},
        "youtube": {"assets": [{"video": {"url": film}}], "metadata": YOUTUBE},
        "pinterest": {"assets": [_image(photo)], "metadata": _pin(world)},
        "googlebusiness": {"metadata": GOOGLE},
    }
    for service in world.channels:
        post = world.created(service, **wanted.get(service, {}))
        assert post["status"] == "scheduled"
        assert post["channelService"] == service
        assert post["via"] == "buffer"
        assert len(post["id"]) == 24


@pytest.mark.parametrize(
    ("service", "fields", "message"),
    [
        (
            "instagram",
            {},
            (
                "Invalid post: Instagram posts require at least one image or video.,"
                " Instagram posts require a type (post, story, or reel)."
            ),
        ),
        ("facebook", {}, "Invalid post: Facebook posts require a type (post, story, or reel)."),
        (
            "youtube",
            {"assets": [{"video": {"url": "https://media.example/film.mp4"}}]},
            ("Invalid post: YouTube posts require a title., YouTube posts require a category."),
        ),
        (
            "twitter",
            {"text": "a" * 281},
            "Invalid post: Twitter / X posts cannot exceed 280 characters.",
        ),
        ("twitter", {"text": ""}, "Text is required"),
        (
            "facebook",
            {
                "assets": [{"image": {"url": "https://media.example/a.jpg"}}],
                "metadata": {"facebook": {"type": "story", "firstComment": "First"}},
            },
            "Invalid post: Facebook stories do not support a first comment.",
        ),
        ("linkedin", {"text": "  "}, "Text is required"),
        ("tiktok", {}, "Invalid post: TikTok posts require at least one image or video."),
        (
            "twitter",
            {"dueAt": "2020-01-01T00:00:00Z"},
            "Invalid post input: dueAt must be in the future",
        ),
        ("twitter", {"dueAt": None}, "Invalid post input: dueAt is required for customScheduled"),
        (
            "youtube",
            {
                "assets": [{"video": {"url": "https://media.example/film.mp4"}}],
                "metadata": {"youtube": {"title": "t", "categoryId": "21"}},
            },
            "Invalid post: YouTube posts require a valid category.",
        ),
        (
            "googlebusiness",
            {"metadata": {"google": {"type": "event", "detailsEvent": {"isFullDayEvent": True}}}},
            (
                "Invalid post: Google Business Profile event posts require a title.,"
                " Google Business Profile event posts require a start date.,"
                " Google Business Profile event posts require an end date."
            ),
        ),
    ],
)
def test_a_post_is_refused_in_one_message(
    lasting_world: World, service: str, fields: Json, message: str
) -> None:
    assert lasting_world.refused(service, **fields) == message
    assert lasting_world.ledger() == []


@pytest.mark.parametrize(
    ("service", "fits", "over"),
    [
        ("twitter", "字" * 140, "字" * 141),
        ("threads", "😀" * 250, "😀" * 251),
        ("bluesky", "👨‍👩‍👧‍👦" * 120, "👨‍👩‍👧‍👦" * 121),
        ("bluesky", "a" * 300, "a" * 301),
        ("mastodon", "https://example.com/" + "a" * 90 + "b" * 0, "a" * 501),
        ("mastodon", "@name@server.example " + "a" * 494, "@name " + "a" * 495),
        ("linkedin", "a" * 3000, "a" * 3001),
    ],
)
def test_text_is_counted_the_way_the_network_is_counted(
    world: World, service: str, fits: str, over: str
) -> None:
    world.created(service, text=fits)
    assert "cannot exceed" in world.refused(service, text=over)


def test_a_line_break_costs_two_on_instagram(world: World, photo: str) -> None:
    fields: Json = {"assets": [_image(photo)], "metadata": INSTAGRAM}
    message = world.refused("instagram", text="a\n" * 733, **fields)
    assert message == "Invalid post: Instagram posts cannot exceed 2196 characters."
    world.created("instagram", text="a\n" * 732, **fields)


def test_a_link_card_does_not_go_with_assets(world: World, photo: str) -> None:
    card = {"linkAttachment": {"url": "https://example.com/a", "title": "A"}}
    assert "cannot be combined" in world.refused(
        "linkedin", metadata={"linkedin": card}, assets=[_image(photo)]
    )
    post = world.created("linkedin", metadata={"linkedin": card})
    assert post["metadata"]["linkAttachment"] == card["linkAttachment"]


def test_a_video_may_not_bring_its_own_thumbnail(lasting_world: World) -> None:
    film = {"url": "https://media.example/f.mp4", "thumbnailUrl": "https://a.example/"}
    message = lasting_world.refused("twitter", assets=[{"video": film}])
    assert "do not support thumbnailUrl" in message


def test_a_board_must_be_one_of_the_channel(lasting_world: World, photo: str) -> None:
    message = lasting_world.refused(
        "pinterest", assets=[_image(photo)], metadata={"pinterest": {"boardServiceId": "123"}}
    )
    assert message == "Invalid post: Pinterest posts require a board of the channel."


def test_a_thread_starts_with_the_text_of_the_post(world: World) -> None:
    def thread(*texts: str) -> Json:
        return {"twitter": {"thread": [{"text": text} for text in texts]}}

    post = world.created("twitter", text="One", metadata=thread("One", "Two"))
    assert post["metadata"]["threadCount"] == 2
    assert [item["text"] for item in post["metadata"]["thread"]] == ["One", "Two"]
    message = world.refused("twitter", text="1", metadata=thread("One", "Two"))
    assert message == "Invalid post: Text must match the text of the first thread item."
    many = thread("M", *(str(number) for number in range(25)))
    assert "more than 25" in world.refused("twitter", text="M", metadata=many)
    long = thread("L", "a" * 281)
    assert "cannot exceed 280" in world.refused("twitter", text="L", metadata=long)


def test_the_same_text_does_not_go_twice_to_a_channel(world: World) -> None:
    world.created("twitter", text="Once and for all")
    assert world.refused("twitter", text="once  and for ALL") == (
        "Invalid post: Whoops, it looks like you've already got this one scheduled or"
        " posted around the same time. We're not able to post the same thing twice so"
        " close together."
    )
    world.created("threads", text="Once and for all")


def test_the_same_image_does_not_go_twice_to_a_channel(world: World, photo: str) -> None:
    world.created("twitter", text="First", assets=[_image(photo)])
    message = world.refused("twitter", text="Second", assets=[_image(photo)])
    assert message.startswith("Invalid post: Whoops,")


def test_what_was_sent_is_not_taken_again_so_soon(emulate: Emulate) -> None:
    world = emulate(duplicate_window=600)
    post = world.created("twitter", mode="shareNow", text="News")
    world.ends(post["id"])
    assert world.refused("twitter", text="News") == (
        "Invalid post: Whoops, it looks like you've posted that one recently."
        " Unfortunately, we're not able to post the same thing again so soon!"
    )
    world.pass_time(601)
    world.created("twitter", text="News", dueAt=in_seconds(7200))


def test_a_deleted_post_is_no_twin(world: World) -> None:
    post = world.created("twitter", text="Again")
    world.ask(
        "mutation($id: PostId!) { deletePost(input: {id: $id}) { __typename } }", id=post["id"]
    )
    world.created("twitter", text="Again")


def test_the_free_plan_holds_ten_scheduled_posts_a_channel(emulate: Emulate) -> None:
    world = emulate(plan="free")
    for number in range(10):
        world.created("twitter", text=f"Number {number}", mode="addToQueue")
    result = world.create("twitter", text="One more", mode="addToQueue")
    assert result == {
        "__typename": "LimitReachedError",
        "message": "Limit reached: Scheduled posts limit reached."
        " You have 10 scheduled posts out of 10 allowed",
    }
    world.created("threads")
    draft = world.created("twitter", text="A draft", saveToDraft=True)
    assert (draft["status"], draft["dueAt"]) == ("draft", None)


@pytest.mark.parametrize("flag", ["isDisconnected", "isLocked"])
def test_a_channel_that_cannot_post_refuses(world: World, flag: str) -> None:
    world.patch("twitter", **{flag: True})
    assert "Channel is" in world.refused("twitter")
    world.patch("twitter", **{flag: False})
    world.created("twitter")


def test_an_unknown_channel_is_a_typed_not_found(lasting_world: World) -> None:
    result = lasting_world.create("twitter", channelId="f" * 24)
    assert result == {"__typename": "NotFoundError", "message": "Channel not found"}


def test_approval_is_only_for_channels_whose_policy_wants_it(world: World) -> None:
    message = world.refused("twitter", needsApproval=True)
    assert message == "This channel does not require approval"
    world.patch("twitter", needsApproval=True)
    assert "saveToDraft" in world.refused("twitter", needsApproval=True, saveToDraft=False)
    post = world.created("twitter", needsApproval=True)
    assert post["status"] == "needs_approval"


def test_an_image_is_fetched_and_measured(world: World, photo: str) -> None:
    post = world.created("twitter", assets=[_image(photo)])
    assert post["assets"] == [
        {
            "__typename": "ImageAsset",
            "source": photo,
            "mimeType": "image/jpeg",
            "type": "image",
            "image": {"width": 1080, "height": 1080, "altText": "A square"},
        }
    ]


def test_an_image_that_is_not_there_fails_the_post(world: World, httpserver: HTTPServer) -> None:
    httpserver.expect_request("/gone.jpg").respond_with_data("", status=404)
    url = httpserver.url_for("/gone.jpg")
    assert world.refused("twitter", assets=[_image(url)]) == (
        "Failed to create post: Failed to fetch image dimensions: Not Found"
    )


def test_a_page_is_no_image(world: World, httpserver: HTTPServer) -> None:
    url = serve(httpserver, "/page", b"<html>preview</html>", "image/jpeg")
    message = world.refused("twitter", assets=[_image(url)])
    assert message.endswith("Failed to fetch image dimensions: unsupported image type")


@pytest.mark.parametrize(
    ("size", "problem"),
    [
        ((1080, 1350), None),
        ((1080, 1351), "aspect ratio"),
        ((1200, 628), "aspect ratio"),
        ((1200, 629), None),
        ((149, 149), "at least 150x150"),
    ],
)
def test_instagram_is_strict_about_the_shape_of_images(
    world: World, httpserver: HTTPServer, size: tuple[int, int], problem: str | None
) -> None:
    url = serve(httpserver, "/shape.jpg", picture(*size), "image/jpeg")
    fields: Json = {"assets": [_image(url)], "metadata": INSTAGRAM}
    if problem is None:
        world.created("instagram", **fields)
    else:
        assert problem in world.refused("instagram", **fields)


def test_instagram_and_pinterest_take_no_png(world: World, httpserver: HTTPServer) -> None:
    url = serve(httpserver, "/a.png", picture(kind="PNG"), "image/png")
    for service, metadata in (("instagram", INSTAGRAM), ("pinterest", _pin(world))):
        message = world.refused(service, assets=[_image(url)], metadata=metadata)
        assert "not PNG" in message


def test_bluesky_takes_no_image_over_a_megabyte(world: World, httpserver: HTTPServer) -> None:
    url = serve(httpserver, "/big.png", noisy_picture(700, 700), "image/png")
    message = world.refused("bluesky", assets=[_image(url)])
    assert message == "Invalid post: Bluesky images cannot exceed 1 MB."
    world.created("mastodon", assets=[_image(url)])


def test_private_addresses_are_not_fetched_unless_allowed(emulate: Emulate) -> None:
    world = emulate()
    message = world.refused("twitter", assets=[_image("http://10.255.255.1/a.jpg")])
    assert message.endswith("fetch failed")
    assert "http or https" in world.refused("twitter", assets=[_image("file:///etc/passwd")])


def test_a_video_is_ingested_after_the_answer(emulate: Emulate, httpserver: HTTPServer) -> None:
    world = emulate()
    film = serve(httpserver, "/film.mp4", video(90, 160, frames=50), "video/mp4")
    post = world.created("twitter", assets=[{"video": {"url": film}}])
    assert post["assets"][0]["video"] == {
        "durationMs": 0,
        "width": 0,
        "height": 0,
        "isVideoProcessing": True,
    }

    def measured() -> Json | None:
        found: Json = world.post(post["id"])["assets"][0]["video"]
        return None if found["isVideoProcessing"] else found

    ready = until(measured)
    assert (ready["width"], ready["height"], ready["durationMs"]) == (90, 160, 2000)
