"""editPost, deletePost and movePostInQueue."""

from typing import Any

from pytest_httpserver import HTTPServer

from tests.emulators.buffer_media import video
from tests.emulators.buffer_world import World, in_seconds
from tests.emulators.conftest import Emulate, serve

DELETE = """
mutation Delete($id: PostId!) {
  deletePost(input: {id: $id}) {
    __typename
    ... on DeletePostSuccess { id }
    ... on MutationError { message }
  }
}
"""
MOVE = """
mutation Move($input: MovePostInQueueInput!) {
  movePostInQueue(input: $input) {
    __typename
    ... on PostActionSuccess { post { id dueAt } }
    ... on MutationError { message }
  }
}
"""


def _delete(world: World, post_id: str) -> dict[str, Any]:
    result: dict[str, Any] = world.ask(DELETE, id=post_id)["deletePost"]
    return result


def test_an_edit_keeps_what_it_does_not_name(world: World, photo: str) -> None:
    post = world.created("twitter", assets=[{"image": {"url": photo}}], dueAt=in_seconds(500))
    edited = world.edit(post["id"], text="Better words")["post"]
    assert edited["text"] == "Better words"
    assert edited["assets"][0]["source"] == photo
    assert (edited["dueAt"], edited["status"]) == (post["dueAt"], "scheduled")
    cleared = world.edit(post["id"], assets=[])["post"]
    assert (cleared["assets"], cleared["text"]) == ([], "Better words")


def test_an_edit_that_names_no_metadata_is_refused_where_the_network_needs_it(
    world: World, photo: str
) -> None:
    image = [{"image": {"url": photo}}]
    facebook = world.created("facebook", metadata={"facebook": {"type": "post"}})
    assert world.edit(facebook["id"], text="Other")["message"] == (
        "Invalid post: Facebook posts require a type (post, story, or reel)."
    )
    settings = {"instagram": {"type": "post", "shouldShareToFeed": True}}
    instagram = world.created("instagram", assets=image, metadata=settings)
    assert "require a type" in world.edit(instagram["id"], text="Other")["message"]
    no_media = world.edit(instagram["id"], metadata=settings, assets=[])
    assert "at least one image or video" in no_media["message"]
    kept = world.edit(instagram["id"], metadata=settings, text="Other")["post"]
    assert (kept["text"], len(kept["assets"])) == ("Other", 1)


def test_metadata_that_is_not_sent_again_is_lost(world: World) -> None:
    card = {"url": "https://example.com/a", "title": "A"}
    settings = {"linkedin": {"firstComment": "First", "linkAttachment": card}}
    post = world.created("linkedin", metadata=settings)
    same = world.edit(post["id"], text="Other", metadata=settings)["post"]
    assert same["metadata"]["firstComment"] == "First"
    assert same["metadata"]["linkAttachment"] == card
    lost = world.edit(post["id"], text="Third")["post"]["metadata"]
    assert (lost["firstComment"], lost["linkAttachment"]) == (None, None)

    thread = {"twitter": {"thread": [{"text": "One"}, {"text": "Two"}]}}
    post = world.created("twitter", text="One", metadata=thread)
    changed = {"twitter": {"thread": [{"text": "1"}, {"text": "2"}, {"text": "3"}]}}
    longer = world.edit(post["id"], text="1", metadata=changed)["post"]
    assert longer["metadata"]["threadCount"] == 3
    assert world.edit(post["id"], text="1")["post"]["metadata"]["threadCount"] == 0


def test_the_required_fields_of_three_networks_are_kept(
    world: World, photo: str, httpserver: HTTPServer
) -> None:
    film = serve(httpserver, "/film.mp4", video(), "video/mp4")
    settings = {"title": "A short", "categoryId": "27", "privacy": "private"}
    post = world.created(
        "youtube", assets=[{"video": {"url": film}}], metadata={"youtube": settings}
    )
    edited = world.edit(post["id"], text="Other")["post"]["metadata"]
    assert (edited["title"], edited["category"]) == ("A short", {"categoryId": "27"})
    assert edited["privacy"] == "public"

    board = world.channels["pinterest"]["metadata"]["boards"][1]["serviceId"]
    post = world.created(
        "pinterest",
        assets=[{"image": {"url": photo}}],
        metadata={"pinterest": {"boardServiceId": board, "title": "A pin"}},
    )
    edited = world.edit(post["id"], text="Other")["post"]["metadata"]
    assert (edited["board"]["serviceId"], edited["title"]) == (board, None)

    offer = {
        "type": "offer",
        "detailsOffer": {
            "title": "Half off",
            "startDate": "2031-01-01T00:00:00Z",
            "endDate": "2031-01-02T00:00:00Z",
        },
    }
    post = world.created("googlebusiness", metadata={"google": offer})
    edited = world.edit(post["id"], text="Other")["post"]["metadata"]
    assert edited["details"] == {"__typename": "GoogleBusinessOfferMetaData"}


def test_a_link_card_and_media_shut_each_other_out_in_an_edit(world: World, photo: str) -> None:
    card = {"linkedin": {"linkAttachment": {"url": "https://example.com/a"}}}
    post = world.created("linkedin", assets=[{"image": {"url": photo}}])
    assert "cannot be combined" in world.edit(post["id"], metadata=card)["message"]
    turned = world.edit(post["id"], metadata=card, assets=[])["post"]
    assert turned["assets"] == []
    assert turned["metadata"]["linkAttachment"]["url"] == "https://example.com/a"
    back = world.edit(post["id"], assets=[{"image": {"url": photo}}])["post"]
    assert back["metadata"]["linkAttachment"] is None


def test_an_edit_without_a_mode_leaves_the_schedule(world: World) -> None:
    post = world.created("twitter", dueAt="2031-01-01T00:00:00.000Z")
    edited = world.edit(post["id"], mode=None, dueAt="2032-01-01T00:00:00.000Z")
    assert edited["post"]["dueAt"] == post["dueAt"]
    queued = world.edit(post["id"], mode="addToQueue")["post"]
    assert (queued["shareMode"], queued["isCustomScheduled"]) == ("addToQueue", False)
    assert queued["dueAt"] < post["dueAt"]
    past = world.edit(post["id"], mode="customScheduled", dueAt=in_seconds(-60))
    assert past["message"] == "Invalid post input: dueAt must be in the future"
    missing = world.edit(post["id"], mode="customScheduled")
    assert "dueAt is required" in missing["message"]


def test_null_clears_a_text_where_the_network_lets_it(world: World, photo: str) -> None:
    settings = {"facebook": {"type": "post"}}
    post = world.created("facebook", assets=[{"image": {"url": photo}}], metadata=settings)
    cleared = world.edit(post["id"], text=None, metadata=settings)["post"]
    assert (cleared["text"], len(cleared["assets"])) == ("", 1)


def test_a_post_that_is_being_sent_is_neither_edited_nor_deleted(emulate: Emulate) -> None:
    world = emulate(publish_after=600)
    post = world.created("twitter", mode="shareNow")
    assert post["status"] == "sending"
    assert "sending" in world.edit(post["id"], text="Late")["message"]
    assert _delete(world, post["id"])["__typename"] == "VoidMutationError"
    world.pass_time(601)
    assert world.ends(post["id"])["status"] == "sent"


def test_an_edit_can_move_a_post_in_time(world: World) -> None:
    post = world.created("twitter")
    later = "2031-01-01T00:00:00.000Z"
    moved = world.edit(post["id"], mode="customScheduled", dueAt=later)["post"]
    assert moved["dueAt"] == later
    draft = world.edit(post["id"], saveToDraft=True)["post"]
    assert (draft["status"], draft["dueAt"]) == ("draft", None)


def test_an_edit_is_checked_like_a_new_post(world: World) -> None:
    post = world.created("twitter")
    assert world.edit(post["id"], text="a" * 281) == {
        "__typename": "InvalidInputError",
        "message": "Invalid post: Twitter / X posts cannot exceed 280 characters.",
    }
    assert world.edit(post["id"], text=None)["message"] == "Text is required"
    assert world.post(post["id"])["text"] == post["text"]


def test_a_failed_post_can_be_sent_again(world: World) -> None:
    world.order("publish", "publish_error", message="The network is down.")
    post = world.created("twitter", mode="shareNow")
    assert world.ends(post["id"])["error"] == "The network is down."
    assert world.edit(post["id"], mode="shareNow")["post"]["status"] == "sending"
    assert world.ends(post["id"])["status"] == "sent"


def test_a_sent_post_is_not_edited_or_deleted(world: World) -> None:
    post = world.created("twitter", mode="shareNow")
    world.ends(post["id"])
    assert world.edit(post["id"], text="Late")["__typename"] == "InvalidInputError"
    assert _delete(world, post["id"])["__typename"] == "VoidMutationError"


def test_an_edit_of_nothing_is_a_typed_not_found(world: World) -> None:
    assert world.edit("f" * 24, text="x")["__typename"] == "NotFoundError"


def test_a_second_delete_finds_no_document(world: World) -> None:
    post = world.created("twitter")
    done = {"__typename": "DeletePostSuccess", "id": post["id"]}
    assert _delete(world, post["id"]) == done
    assert _delete(world, post["id"]) == {
        "__typename": "VoidMutationError",
        "message": "Document not found",
    }
    (entry,) = world.ledger()
    assert entry["deleted_at"] is not None


def test_a_queued_post_moves_to_the_top_and_the_bottom(world: World) -> None:
    posts = [world.created("twitter", text=text, mode="addToQueue") for text in ("a", "b", "c")]
    slots = [post["dueAt"] for post in posts]
    last, first = posts[2]["id"], posts[0]["id"]
    top = world.ask(MOVE, input={"id": last, "position": "top"})["movePostInQueue"]
    assert top["post"]["dueAt"] == slots[0]
    assert world.post(first)["dueAt"] == slots[1]
    low = world.ask(MOVE, input={"id": last, "position": "bottom"})["movePostInQueue"]
    assert low["post"]["dueAt"] == slots[2]
    assert world.post(first)["dueAt"] == slots[0]


def test_only_what_waits_in_the_queue_is_moved_in_it(world: World) -> None:
    chosen = world.created("twitter", text="Chosen")
    draft = world.created("twitter", text="Draft", saveToDraft=True)
    for post_id, message in (
        (chosen["id"], "Post is not in the queue"),
        (draft["id"], "Post is not in the queue"),
        ("f" * 24, "Document not found"),
    ):
        moved = world.ask(MOVE, input={"id": post_id, "position": "top"})
        assert moved["movePostInQueue"] == {"__typename": "VoidMutationError", "message": message}


def test_the_whole_queue_shifts_when_one_post_moves(world: World) -> None:
    posts = [world.created("twitter", text=text, mode="addToQueue") for text in "abcde"]
    slots = [post["dueAt"] for post in posts]
    world.ask(MOVE, input={"id": posts[3]["id"], "position": "top"})
    world.ask(MOVE, input={"id": posts[0]["id"], "position": "bottom"})
    after = sorted((world.post(post["id"]) for post in posts), key=_due)
    assert [post["text"] for post in after] == ["d", "b", "c", "e", "a"]
    assert [post["dueAt"] for post in after] == slots


def _due(post: dict[str, Any]) -> str:
    return str(post["dueAt"])
