"""editPost, deletePost and movePostInQueue."""

from typing import Any

from tests.emulators.buffer_world import World, in_seconds

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
    post = world.created(
        "twitter", assets=[{"image": {"url": photo}}], dueAt=in_seconds(500)
    )
    edited = world.edit(post["id"], text="Better words")["post"]
    assert edited["text"] == "Better words"
    assert edited["assets"][0]["source"] == photo
    assert (edited["dueAt"], edited["status"]) == (post["dueAt"], "scheduled")
    cleared = world.edit(post["id"], assets=[])["post"]
    assert (cleared["assets"], cleared["text"]) == ([], "Better words")


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
    posts = [
        world.created("twitter", text=text, mode="addToQueue")
        for text in ("a", "b", "c")
    ]
    slots = [post["dueAt"] for post in posts]
    last, first = posts[2]["id"], posts[0]["id"]
    top = world.ask(MOVE, input={"id": last, "position": "top"})["movePostInQueue"]
    assert top["post"]["dueAt"] == slots[0]
    assert world.post(first)["dueAt"] == slots[1]
    low = world.ask(MOVE, input={"id": last, "position": "bottom"})["movePostInQueue"]
    assert low["post"]["dueAt"] == slots[2]
    assert world.post(first)["dueAt"] == slots[0]
