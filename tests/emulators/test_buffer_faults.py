"""Faults on demand, hitting requests, posts, channels and tokens; the ledger stays true."""

from pathlib import Path
from typing import Any

import httpx
import pytest

from emulators.buffer.faults import FaultOrder, read_order
from tests.emulators.buffer_world import World, until
from tests.emulators.conftest import Emulate
from tests.emulators.test_buffer_queries import POSTS


def _count(world: World) -> int:
    posts = world.ask(POSTS, input={"organizationId": world.organization})["posts"]
    return len(posts["edges"])


def test_a_lost_reply_leaves_the_post_behind(world: World) -> None:
    world.order("createPost", "lost_reply")
    with pytest.raises(httpx.TransportError):
        world.create("twitter")
    assert len(world.ledger()) == 1
    assert "Whoops" in world.refused("twitter")


def test_a_lost_request_leaves_nothing(world: World) -> None:
    world.order("createPost", "lost_request")
    with pytest.raises(httpx.TransportError):
        world.create("twitter")
    assert world.ledger() == []


def test_a_truncated_answer_is_cut_in_the_middle(world: World) -> None:
    world.order("createPost", "truncated")
    with pytest.raises(httpx.TransportError):
        world.create("twitter")
    assert len(world.ledger()) == 1


@pytest.mark.parametrize("carried_out", [False, True])
def test_a_500_tells_nothing_about_the_work(world: World, *, carried_out: bool) -> None:
    world.order("createPost", "http_500", carried_out=carried_out)
    with pytest.raises(ValueError, match="Expecting value"):
        world.create("twitter")
    assert len(world.ledger()) == carried_out


def test_a_slow_answer_comes_after_the_work(emulate: Emulate) -> None:
    world = emulate()
    world.order("createPost", "slow", seconds=60)
    world.client.timeout = httpx.Timeout(0.5)
    with pytest.raises(httpx.ReadTimeout):
        world.create("twitter")
    assert len(world.ledger()) == 1


@pytest.mark.parametrize("window", ["15m", "24h", "30d"])
def test_a_429_can_be_ordered_for_each_window(world: World, window: str) -> None:
    world.order("account", "rate_limit", window=window, seconds=7)
    answer = world.send("{ account { id } }")
    assert answer.status_code == 429
    assert answer.headers["retry-after"] == "7"
    assert answer.json()["errors"][0]["extensions"]["window"] == window
    assert world.send("{ account { id } }").status_code == 200


def test_a_new_post_can_hide_from_the_list(world: World) -> None:
    world.order("createPost", "hidden_for", seconds=600)
    post = world.created("twitter")
    assert _count(world) == 0
    assert world.post(post["id"])["id"] == post["id"]
    world.pass_time(601)
    assert _count(world) == 1


def test_cleared_faults_show_what_is_hidden(world: World) -> None:
    world.order("createPost", "hidden_for", seconds=600)
    world.created("twitter")
    world.client.delete("/_emulator/faults")
    assert _count(world) == 1


def test_a_post_can_be_missed_once(world: World) -> None:
    post = world.created("twitter")
    world.order("post", "not_found_once")
    query = "query($id: PostId!) { post(input: {id: $id}) { id } }"
    assert "errors" in world.send(query, id=post["id"]).json()
    assert "errors" not in world.send(query, id=post["id"]).json()


def test_a_fault_can_be_meant_for_one_channel(world: World) -> None:
    channel = world.channels["threads"]["id"]
    world.order("createPost", "typed_error", channelId=channel, typename="UnexpectedError")
    world.created("twitter")
    assert world.create("threads")["__typename"] == "UnexpectedError"


@pytest.mark.parametrize(
    ("kind", "status", "code"),
    [("unauthorized", 401, "UNAUTHENTICATED"), ("unexpected", 200, "UNEXPECTED")],
)
def test_an_error_answer_can_be_ordered(world: World, kind: str, status: int, code: str) -> None:
    world.order("*", kind, times=2)
    for _ in range(2):
        answer = world.send("{ account { id } }")
        assert answer.status_code == status
        assert answer.json()["errors"][0]["extensions"]["code"] == code
    assert "errors" not in world.send("{ account { id } }").json()


def test_orders_are_listed_and_cleared(world: World) -> None:
    world.order("post", "slow", times=3)
    listed: dict[str, Any] = world.client.get("/_emulator/faults").json()
    assert [one["times"] for one in listed["pending"]] == [3]
    world.client.delete("/_emulator/faults")
    assert world.client.get("/_emulator/faults").json()["pending"] == []
    wrong = world.client.post("/_emulator/faults", json={"kind": "meteor"})
    assert (wrong.status_code, "unknown fault" in wrong.text) == (400, True)


def test_every_request_is_logged_with_its_arrival(world: World) -> None:
    world.created("twitter")
    world.send("{ nonsense }")
    first, second = world.client.get("/_emulator/requests").json()
    assert (first["operations"], first["status"]) == (["createPost"], 200)
    assert (second["operations"], second["status"]) == ([], 400)
    assert first["at"] <= second["at"]
    assert "token-one" not in str(first)


ME = "{ account { id } }"


def test_media_can_die_between_creation_and_publishing(world: World, photo: str) -> None:
    world.order("publish", "media_gone")
    post = world.created("twitter", mode="shareNow", assets=[{"image": {"url": photo}}])
    assert world.ends(post["id"])["error"] == (
        "We could not fetch the media of this post: Not Found"
    )


def test_media_that_die_are_those_of_a_post_that_has_some(world: World, photo: str) -> None:
    world.order("publish", "media_gone")
    bare = world.created("twitter", text="No picture", mode="shareNow")
    assert world.ends(bare["id"])["status"] == "sent"
    post = world.created("twitter", mode="shareNow", assets=[{"image": {"url": photo}}])
    assert world.ends(post["id"])["status"] == "error"


@pytest.mark.parametrize("operation", ["createPost", "publish"])
def test_a_channel_can_lose_its_network(world: World, operation: str) -> None:
    channel = world.channels["twitter"]["id"]
    world.order(operation, "disconnect", channelId=channel)
    world.created("threads")
    result = world.create("twitter", mode="shareNow")
    if operation == "createPost":
        assert result["message"] == ("Invalid post: Channel is disconnected, please reconnect it.")
    else:
        assert "disconnected" in world.ends(result["post"]["id"])["error"]
    query = "query($id: ChannelId!) { channel(input: {id: $id}) { isDisconnected } }"
    assert world.ask(query, id=channel)["channel"]["isDisconnected"] is True
    world.patch("twitter", isDisconnected=False)
    assert world.created("twitter", text="Reconnected")["id"]


def test_the_address_of_a_sent_post_can_come_later(world: World) -> None:
    world.order("publish", "link_delay", seconds=600)
    post = world.created("twitter", mode="shareNow")
    world.ends(post["id"])
    found = world.post(post["id"])
    assert (found["status"], found["externalLink"]) == ("sent", None)
    world.pass_time(601)
    assert world.post(post["id"])["externalLink"].startswith("https://x.example/")


def test_every_address_can_come_later(emulate: Emulate) -> None:
    world = emulate(link_after=60)
    post = world.created("twitter", mode="shareNow")
    world.ends(post["id"])
    assert world.post(post["id"])["externalLink"] is None
    world.pass_time(61)
    assert world.post(post["id"])["externalLink"]


def test_a_failed_post_can_be_edited_rescheduled_and_deleted(world: World) -> None:
    world.order("publish", "publish_error", times=2, message="The network is full.")
    post = world.created("twitter", text="Twice", mode="shareNow")
    world.ends(post["id"])
    failed = world.post(post["id"])
    assert failed["error"] == {"message": "The network is full."}
    assert failed["sentAt"] is None

    edited = world.edit(post["id"], text="Thrice")["post"]
    assert (edited["status"], edited["text"]) == ("error", "Thrice")

    later = "2031-01-01T00:00:00.000Z"
    again = world.edit(post["id"], mode="customScheduled", dueAt=later)["post"]
    assert (again["status"], again["dueAt"], again["error"]) == ("scheduled", later, None)

    other = world.created("twitter", text="Other", mode="shareNow")
    world.ends(other["id"])
    delete = "mutation($id: PostId!) { deletePost(input: {id: $id}) { __typename } }"
    assert world.ask(delete, id=other["id"])["deletePost"] == {"__typename": "DeletePostSuccess"}


def test_a_token_that_is_revoked_stays_so_and_alone(world: World) -> None:
    world.order("account", "revoke_token")
    other = {"Authorization": "Bearer another"}
    assert [world.send(ME).status_code for _ in range(2)] == [401, 401]
    answer = world.client.post("/", json={"query": ME}, headers=other)
    assert answer.status_code == 200


def test_a_reset_forgets_everything(world: World) -> None:
    world.patch("twitter", isQueuePaused=True)
    world.client.post("/_emulator/channels", json={"service": "substack", "name": "A"})
    world.created("twitter")
    world.order("account", "http_503", times=9)
    world.client.post("/_emulator/schema", json={"extend": "scalar New"})
    world.pass_time(86_400)
    before = world.client.get("/_emulator/health").json()["now"]

    world.reset()

    assert world.ledger() == []
    assert world.client.get("/_emulator/health").json()["now"] < before
    assert world.client.get("/_emulator/requests").json() == []
    assert world.client.get("/_emulator/faults").json()["pending"] == []
    assert world.client.get("/_emulator/schema").json()["extend"] == ""
    assert len(world.channels) == 11
    assert not world.channels["twitter"]["isQueuePaused"]
    assert '"100-in-15min";r=99;' in world.send(ME).headers["ratelimit"]
    other = {"Authorization": "Bearer another"}
    assert world.client.post("/", json={"query": ME}, headers=other).is_success


def test_a_reset_needs_json_so_that_no_web_page_can_do_it(world: World) -> None:
    world.created("twitter")
    assert world.client.post("/_emulator/reset", content="{}").status_code == 400
    assert len(world.ledger()) == 1


def test_a_revoked_key_is_still_so_after_a_restart(emulate: Emulate, tmp_path: Path) -> None:
    first = emulate(state=tmp_path / "state.db")
    first.order("account", "revoke_token")
    assert first.send(ME).status_code == 401
    first.close()
    assert emulate(state=tmp_path / "state.db").send(ME).status_code == 401
    assert b"token-one" not in (tmp_path / "state.db").read_bytes()


def test_a_bad_token_can_be_answered_as_the_guide_has_it(world: World) -> None:
    world.order("account", "unauthorized", documented=True)
    answer = world.send(ME)
    assert answer.status_code == 200
    assert answer.json() == {
        "data": None,
        "errors": [{"message": "Not authorized", "extensions": {"code": "UNAUTHORIZED"}}],
    }


@pytest.mark.parametrize("code", ["FORBIDDEN", "NOT_FOUND", "UNEXPECTED"])
def test_a_top_level_error_can_have_any_code(world: World, code: str) -> None:
    world.order("account", "unexpected", code=code, message="No")
    (error,) = world.send(ME).json()["errors"]
    assert error == {"message": "No", "extensions": {"code": code}}


def test_all_tokens_of_an_account_can_share_their_windows(emulate: Emulate) -> None:
    world = emulate(shared_pool=True)
    world.send(ME)
    other = {"Authorization": "Bearer another"}
    answer = world.client.post("/", json={"query": ME}, headers=other)
    assert '"100-in-15min";r=98;' in answer.headers["ratelimit"]


@pytest.mark.parametrize(
    ("text", "order"),
    [
        ("createPost:lost_reply", FaultOrder("createPost", "lost_reply")),
        ("*:http_503:9:chance=0.5", FaultOrder("*", "http_503", 9, {"chance": 0.5})),
        (
            "posts:rate_limit:window=24h:seconds=7",
            FaultOrder("posts", "rate_limit", 1, {"window": "24h", "seconds": 7}),
        ),
        (
            "createPost:http_500:2:carried_out=true",
            FaultOrder("createPost", "http_500", 2, {"carried_out": True}),
        ),
    ],
)
def test_a_fault_can_be_written_as_an_option(text: str, order: FaultOrder) -> None:
    assert read_order(text) == order


@pytest.mark.parametrize("text", ["", "x", "a:b", "a:slow:0", "a:slow:two", "a:slow:1:chance=2"])
def test_a_fault_that_is_none_is_no_option(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        read_order(text)


def test_a_fault_from_the_start_is_meant_as_written(emulate: Emulate) -> None:
    orders = (FaultOrder("account", "rate_limit", 2, {"window": "30d"}),)
    world = emulate(faults=orders)
    windows = [_window(world.send(ME)) for _ in range(3)]
    assert windows == ["30d", "30d", None]


def _window(answer: httpx.Response) -> str | None:
    if answer.status_code == 200:
        return None
    window: str = answer.json()["errors"][0]["extensions"]["window"]
    return window


def test_a_schema_can_have_grown_from_the_start(emulate: Emulate) -> None:
    world = emulate(extension="extend type Post { mood: String }")
    post = world.created("twitter")
    query = "query($id: PostId!) { post(input: {id: $id}) { mood } }"
    assert world.ask(query, id=post["id"]) == {"post": {"mood": None}}


def test_a_fault_that_takes_the_reply_leaves_the_post_due(world: World) -> None:
    world.order("createPost", "http_503", carried_out=True)
    with pytest.raises(ValueError, match="Expecting value"):
        world.create("twitter", mode="shareNow")
    assert until(lambda: [p for p in world.ledger() if p["status"] == "sent"])
