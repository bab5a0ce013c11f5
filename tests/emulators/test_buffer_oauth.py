"""The authorization server of the emulator, held to RFC 6749, 7636 and 7662."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from emulators.buffer.core import Options
from tests.emulators.buffer_world import World

ME = "{ account { id } }"
BACK = "http://127.0.0.1:8765/callback"
# The pair of RFC 7636, appendix B.
VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
ASKED = {
    "client_id": "app",
    "redirect_uri": BACK,
    "response_type": "code",
    "scope": "posts:read posts:write account:read offline_access",
    "state": "a-state",
    "code_challenge": CHALLENGE,
    "code_challenge_method": "S256",
    "prompt": "consent",
}
Json = dict[str, Any]
Start = Callable[[Options], World]


@pytest.fixture
def start() -> Iterator[Start]:
    worlds: list[World] = []

    def begin(options: Options) -> World:
        worlds.append(World(options))
        return worlds[-1]

    yield begin
    for world in worlds:
        world.close()


@pytest.fixture
def world(start: Start) -> World:
    return start(Options(auto_approve=True))


def authorize(world: World, **changes: str) -> dict[str, str]:
    """Return what the redirect brings."""
    answer = world.client.get("/auth", params={**ASKED, **changes})
    assert answer.status_code == 303, answer.text
    assert answer.headers["location"].startswith(f"{BACK}?")
    query = parse_qs(urlsplit(answer.headers["location"]).query)
    return {name: value for name, (value,) in query.items()}


def redeem(world: World, code: str, /, **changes: str) -> httpx.Response:
    form = {
        "grant_type": "authorization_code",
        "client_id": "app",
        "code": code,
        "redirect_uri": BACK,
        "code_verifier": VERIFIER,
    }
    return world.client.post("/token", data={**form, **changes})


def refresh(world: World, token: str, **changes: str) -> httpx.Response:
    form = {"grant_type": "refresh_token", "client_id": "app", "refresh_token": token}
    return world.client.post("/token", data={**form, **changes})


def tokens(world: World, **changes: str) -> Json:
    answer = redeem(world, authorize(world, **changes)["code"])
    assert answer.status_code == 200, answer.text
    found: Json = answer.json()
    return found


def opens(world: World, token: str) -> bool:
    answer = world.client.post(
        "/", json={"query": ME}, headers={"Authorization": f"Bearer {token}"}
    )
    if answer.status_code == 401:
        said = answer.json()["errors"][0]
        assert said["message"] == "Access token is not valid"
        assert said["extensions"] == {"code": "UNAUTHENTICATED"}
    return answer.status_code == 200


def is_active(world: World, token: str, client: str = "app") -> bool:
    answer = world.client.post("/token/introspection", data={"token": token, "client_id": client})
    assert answer.status_code == 200
    return bool(answer.json()["active"])


def error_of(answer: httpx.Response) -> tuple[int, str]:
    assert answer.headers["cache-control"] == "no-store"
    assert answer.json()["error_description"]
    return answer.status_code, answer.json()["error"]


def test_a_code_becomes_an_hour_of_access(world: World) -> None:
    got = tokens(world)

    assert (got["token_type"], got["expires_in"]) == ("Bearer", 3600)
    assert got["scope"] == ASKED["scope"]
    assert opens(world, got["access_token"])


def test_the_redirect_carries_state_and_issuer(world: World) -> None:
    brought = authorize(world)

    assert brought.keys() == {"code", "state", "iss"}
    assert (brought["state"], brought["iss"]) == ("a-state", world.url)


def test_a_person_is_asked_and_may_allow_or_deny(start: Start) -> None:
    world = start(Options())
    page = world.client.get("/auth", params={**ASKED, "state": '"><b>'}).text
    form = dict(re.findall(r'name="(\w+)" value="([^"]*)"', page))
    form["state"] = '"><b>'

    denied = world.client.post("/auth", data={**form, "decision": "deny"})
    allowed = world.client.post("/auth", data={**form, "decision": "allow"})

    assert "&quot;&gt;&lt;b&gt;" in page
    assert "<b>" not in page
    assert "error=access_denied" in denied.headers["location"]
    assert "code=" in allowed.headers["location"]


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"code_challenge": ""}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"scope": "posts:read everything"}, "invalid_scope"),
        ({"scope": ""}, "invalid_scope"),
    ],
)
def test_an_app_that_asks_wrongly_is_told_by_the_redirect(
    world: World, changes: dict[str, str], error: str
) -> None:
    brought = authorize(world, **changes)

    assert (brought["error"], brought["state"]) == (error, "a-state")
    assert "code" not in brought


@pytest.mark.parametrize(
    "changes",
    [
        {"client_id": ""},
        {"redirect_uri": ""},
        {"redirect_uri": "http://example.com/callback"},
        {"redirect_uri": "javascript:alert(1)"},
        {"redirect_uri": f"{BACK}#here"},
    ],
)
def test_a_redirect_that_cannot_be_trusted_is_not_followed(
    world: World, changes: dict[str, str]
) -> None:
    answer = world.client.get("/auth", params={**ASKED, **changes})

    assert (answer.status_code, "location" in answer.headers) == (400, False)


def test_offline_access_needs_the_persons_consent(world: World) -> None:
    assert "refresh_token" in tokens(world)
    assert "refresh_token" not in tokens(world, prompt="login")


@pytest.mark.parametrize(
    "changes",
    [
        {"code_verifier": VERIFIER[:-1] + "A"},
        {"code_verifier": "short"},
        {"redirect_uri": BACK + "/"},
        {"client_id": "another"},
        {"code": "made-up"},
    ],
)
def test_a_code_without_its_proof_is_refused(world: World, changes: dict[str, str]) -> None:
    code = authorize(world)["code"]

    assert error_of(redeem(world, code, **changes)) == (400, "invalid_grant")


def test_a_code_works_once_and_its_repeat_ends_the_grant(world: World) -> None:
    code = authorize(world)["code"]
    got = redeem(world, code).json()

    assert error_of(redeem(world, code)) == (400, "invalid_grant")
    assert not opens(world, got["access_token"])


def test_a_code_is_good_for_a_minute(world: World) -> None:
    code = authorize(world)["code"]
    world.pass_time(61)

    assert error_of(redeem(world, code)) == (400, "invalid_grant")


def test_an_access_token_ends_after_an_hour_of_the_emulators_clock(world: World) -> None:
    got = tokens(world)
    world.pass_time(3599)
    assert opens(world, got["access_token"])
    world.pass_time(2)

    assert not opens(world, got["access_token"])
    assert not is_active(world, got["access_token"])
    assert is_active(world, got["refresh_token"])


def test_each_refresh_gives_another_refresh_token(world: World) -> None:
    first = tokens(world)
    second = refresh(world, first["refresh_token"]).json()
    third = refresh(world, second["refresh_token"]).json()

    assert len({one["refresh_token"] for one in (first, second, third)}) == 3
    assert opens(world, third["access_token"])


def test_a_refresh_token_that_comes_again_ends_the_whole_grant(world: World) -> None:
    first = tokens(world)
    second = refresh(world, first["refresh_token"]).json()

    assert error_of(refresh(world, first["refresh_token"])) == (400, "invalid_grant")
    assert not opens(world, second["access_token"])
    assert error_of(refresh(world, second["refresh_token"])) == (400, "invalid_grant")
    (grant,) = world.client.get("/_emulator/grants").json()
    assert grant["revokedBecause"] == "a refresh token came again"


def test_introspection_uses_nothing_up_and_tells_only_the_app_itself(world: World) -> None:
    got = tokens(world)

    assert is_active(world, got["refresh_token"])
    assert not is_active(world, got["refresh_token"], client="another")
    refresh(world, got["refresh_token"])
    assert not is_active(world, got["refresh_token"])


def test_a_grant_can_be_revoked_by_the_control_api(world: World) -> None:
    got = tokens(world)
    (grant,) = world.client.get("/_emulator/grants").json()
    world.client.delete(f"/_emulator/grants/{grant['id']}").raise_for_status()

    assert not opens(world, got["access_token"])
    assert error_of(refresh(world, got["refresh_token"])) == (400, "invalid_grant")
    assert world.client.delete("/_emulator/grants/none").status_code == 404


def test_a_confidential_app_must_show_its_secret(start: Start) -> None:
    world = start(Options(oauth_clients={"app": "s3cret"}, auto_approve=True))
    code = authorize(world)["code"]

    assert error_of(redeem(world, code)) == (401, "invalid_client")
    wrong = redeem(world, code, client_secret="other")
    assert error_of(wrong) == (401, "invalid_client")
    assert redeem(world, code, client_secret="s3cret").status_code == 200


def test_an_unknown_app_is_shown_nothing_once_apps_are_named(start: Start) -> None:
    world = start(Options(oauth_clients={"other": ""}, auto_approve=True))

    assert world.client.get("/auth", params=ASKED).status_code == 400


def test_tokens_that_are_not_ours_are_taken_as_ever(world: World) -> None:
    assert opens(world, "any-personal-key")
    assert not opens(world, "emulated_access_from-another-state")
    assert not opens(world, tokens(world)["refresh_token"])


def test_grants_outlive_the_emulator(tmp_path: Path) -> None:
    options = Options(state=tmp_path / "state.db", auto_approve=True)
    first = World(options)
    got = tokens(first)
    first.close()
    second = World(options)
    try:
        assert opens(second, got["access_token"])
        assert refresh(second, got["refresh_token"]).status_code == 200
        assert error_of(refresh(second, got["refresh_token"]))[0] == 400
    finally:
        second.close()


def test_a_lost_reply_of_the_token_endpoint_leaves_the_token_used(world: World) -> None:
    got = tokens(world)
    world.order("token", "lost_reply")
    with pytest.raises(httpx.TransportError):
        refresh(world, got["refresh_token"])

    assert not is_active(world, got["refresh_token"])
