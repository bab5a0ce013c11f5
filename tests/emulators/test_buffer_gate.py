"""Who is let in, in which order, and what the refusals look like."""

import urllib.error
import urllib.request

import httpx
import pytest

from tests.emulators.buffer_world import World
from tests.emulators.conftest import Emulate

ME = "{ account { id } }"


def _post(world: World, body: object, **headers: str) -> httpx.Response:
    with httpx.Client(headers={"User-Agent": "a-client/1.0"}) as client:
        return client.post(world.url, json=body, headers=headers)


def test_without_a_user_agent_cloudflare_answers_403_in_text(world: World) -> None:
    answer = _post(world, {"query": ME}, **{"User-Agent": ""})
    assert (answer.status_code, answer.text) == (403, "error code: 1010")
    assert "json" not in answer.headers["content-type"]


def test_python_urllib_is_turned_away_by_its_default_name(world: World) -> None:
    request = urllib.request.Request(world.url, b"{}")  # noqa: S310 - loopback
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request)  # noqa: S310 - loopback
    with refused.value as answer:
        assert (answer.code, answer.read()) == (403, b"error code: 1010")


def test_a_request_without_a_token_is_unauthenticated(world: World) -> None:
    answer = _post(world, {"query": ME})
    assert answer.status_code == 401
    assert answer.json() == {
        "errors": [
            {
                "message": "An authentication JWT or Access Token is required",
                "extensions": {"code": "UNAUTHENTICATED"},
            }
        ]
    }


@pytest.mark.parametrize("token", ["bad-token", "revoked-yesterday"])
def test_a_bad_token_is_not_valid(world: World, token: str) -> None:
    answer = _post(world, {"query": ME}, Authorization=f"Bearer {token}")
    assert answer.status_code == 401
    assert answer.json()["errors"][0]["message"] == "Access token is not valid"


def test_get_without_a_token_is_a_401_too(world: World) -> None:
    with httpx.Client() as client:
        assert client.get(world.url).status_code == 401


def test_the_token_is_checked_before_the_query_and_costs_no_quota(world: World) -> None:
    answer = _post(world, {"query": "{ nonsense"}, Authorization="Bearer bad")
    assert answer.status_code == 401
    assert "ratelimit" not in answer.headers
    assert '"100-in-15min";r=99;' in world.send(ME).headers["ratelimit"]


def test_the_user_agent_is_checked_before_the_token(world: World) -> None:
    answer = _post(world, {}, **{"User-Agent": "", "Authorization": "Bearer bad"})
    assert answer.status_code == 403


def test_the_rate_is_checked_before_the_query(world: World) -> None:
    for _ in range(100):
        world.send(ME)
    assert world.send("{ nonsense").status_code == 429


def test_a_rejected_token_can_be_named(emulate: Emulate) -> None:
    world = emulate(rejected_tokens=("token-one",))
    assert world.send(ME).status_code == 401


def test_both_paths_answer(world: World) -> None:
    answer = world.client.post("/graphql", json={"query": ME})
    assert answer.status_code == 200
    assert answer.json() == world.send(ME).json()


def test_the_control_api_needs_json_so_that_no_web_page_can_use_it(world: World) -> None:
    order = '{"operation": "post", "kind": "http_500"}'
    answer = world.client.post("/_emulator/faults", content=order)
    assert answer.status_code == 400
