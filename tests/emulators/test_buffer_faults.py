"""Faults on demand: the answer is lost, late or wrong; the ledger stays true."""

from typing import Any

import httpx
import pytest

from tests.emulators.buffer_world import World
from tests.emulators.conftest import Emulate
from tests.emulators.test_buffer_listing import POSTS


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
