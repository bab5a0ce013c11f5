"""The gate: User-Agent, token, rate windows, in that order, and their refusals."""

import re
import urllib.error
import urllib.request
from collections.abc import Generator
from contextlib import closing, contextmanager
from pathlib import Path

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulators.buffer.core import Options
from emulators.buffer.gate import RateLimiter, Window, windows
from emulators.buffer.store import Store
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


SMALL = (
    Window("15m", "3-in-1s", 1_000, 3),
    Window("24h", "5-in-4s", 4_000, 5),
    Window("30d", "8-in-20s", 20_000, 8),
)
GAPS = st.lists(st.integers(0, 3_000), min_size=1, max_size=60)


@contextmanager
def _limited(*, count_refused: bool) -> Generator[RateLimiter]:
    with closing(Store(None)) as store:
        yield RateLimiter(store, SMALL, count_refused=count_refused)


@given(gaps=GAPS, count_refused=st.booleans())
def test_no_window_ever_holds_more_than_its_quota(*, gaps: list[int], count_refused: bool) -> None:
    with _limited(count_refused=count_refused) as limiter:
        now, admitted = 1_000_000, list[int]()
        for gap in gaps:
            now += gap
            if limiter.admit("client", now).refused is None:
                admitted.append(now)
            for window in SMALL:
                inside = [at for at in admitted if at > now - window.length]
                assert len(inside) <= window.quota


@given(gaps=GAPS)
def test_a_request_is_refused_only_when_a_window_is_full(gaps: list[int]) -> None:
    with _limited(count_refused=False) as limiter:
        now, admitted = 1_000_000, list[int]()
        for gap in gaps:
            now += gap
            full = any(
                sum(at > now - window.length for at in admitted) >= window.quota for window in SMALL
            )
            assert (limiter.admit("client", now).refused is not None) == full
            if not full:
                admitted.append(now)


@given(gaps=GAPS, count_refused=st.booleans())
def test_retry_after_is_long_enough(*, gaps: list[int], count_refused: bool) -> None:
    with _limited(count_refused=count_refused) as limiter:
        now = 1_000_000
        for gap in gaps:
            now += gap
            standing = limiter.admit("client", now)
            if standing.refused:
                now += standing.retry_after * 1_000
                assert limiter.admit("client", now).refused is None


def test_one_client_does_not_use_up_the_quota_of_another() -> None:
    with _limited(count_refused=True) as limiter:
        for _ in range(10):
            limiter.admit("first", 1_000)
        assert limiter.admit("second", 1_000).refused is None


def test_quotas_are_those_of_the_plan() -> None:
    quotas = {
        plan: [window.quota for window in windows(plan)] for plan in ("free", "essentials", "team")
    }
    assert quotas == {
        "free": [100, 250, 3_000],
        "essentials": [100, 250, 7_500],
        "team": [100, 500, 15_000],
    }


def test_every_answer_tells_where_the_client_stands(world: World) -> None:
    world.send(ME)
    headers = world.send("{ nonsense }").headers
    state = re.findall(r'"([^"]+)";r=(\d+);t=(\d+)', headers["ratelimit"])
    policy = re.findall(r'"([^"]+)";q=(\d+);w=(\d+);pk=:[\w+/=]+:', headers["ratelimit-policy"])
    assert [(name, int(left)) for name, left, _ in state] == [
        ("100-in-15min", 98),
        ("500-in-1day", 498),
        ("15000-in-30days", 14_998),
    ]
    assert [(int(quota), int(length)) for _, quota, length in policy] == [
        (100, 900),
        (500, 86_400),
        (15_000, 2_592_000),
    ]
    assert 0 < int(state[0][2]) <= 900


def test_the_101st_request_in_15_minutes_is_a_429(world: World) -> None:
    for _ in range(100):
        assert world.send(ME).status_code == 200
    refused = world.send(ME)
    assert refused.status_code == 429
    assert refused.json() == {
        "errors": [
            {
                "message": "Too many requests from this client. Please try again later.",
                "extensions": {"code": "RATE_LIMIT_EXCEEDED", "window": "15m"},
            }
        ]
    }
    assert '"100-in-15min";r=0;' in refused.headers["ratelimit"]
    assert "ratelimit-policy" in refused.headers
    world.pass_time(int(refused.headers["retry-after"]))
    assert world.send(ME).status_code == 200


def test_the_day_binds_after_the_quarter_hours(emulate: Emulate) -> None:
    world = emulate(plan="free")
    for _ in range(2):
        for _ in range(100):
            assert world.send(ME).status_code == 200
        world.pass_time(900)
    for _ in range(50):
        assert world.send(ME).status_code == 200
    refused = world.send(ME)
    assert refused.json()["errors"][0]["extensions"]["window"] == "24h"
    assert int(refused.headers["retry-after"]) > 80_000


def test_the_windows_survive_a_restart(emulate: Emulate, tmp_path: Path) -> None:
    first = emulate(state=tmp_path / "state.sqlite")
    first.send(ME)
    first.close()
    second = emulate(state=tmp_path / "state.sqlite")
    assert '"100-in-15min";r=98;' in second.send(ME).headers["ratelimit"]


def test_each_window_can_have_header_lines_of_its_own(emulate: Emulate) -> None:
    joined = emulate().send(ME).headers
    world = emulate(repeat_headers=True)
    for answer in (world.send(ME), world.send("{ nonsense }")):
        lines = answer.headers.get_list("ratelimit")
        assert [line.split(";")[0] for line in lines] == [
            '"100-in-15min"',
            '"500-in-1day"',
            '"15000-in-30days"',
        ]
        assert len(answer.headers.get_list("ratelimit-policy")) == 3
    assert len(joined.get_list("ratelimit")) == 1


def test_the_windows_of_a_plan_can_be_made_larger_and_no_shorter() -> None:
    usual, larger = windows("free"), windows("free", 7)

    assert [one.length for one in larger] == [one.length for one in usual]
    assert [one.quota for one in larger] == [700, 1750, 21_000]
    assert Options().quota_times == 1


def test_without_a_guard_a_repeat_makes_a_second_post(emulate: Emulate) -> None:
    world = emulate(duplicate_window=-1)

    first, second = world.created("twitter"), world.created("twitter")

    assert first["id"] != second["id"]
