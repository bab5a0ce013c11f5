"""A schema that gains something, a clock that runs, and faults that come by chance."""

import signal
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from emulators.buffer.records import Clock
from tests.emulator_process import ordered
from tests.emulators.buffer_world import World, in_seconds, until
from tests.emulators.conftest import Emulate
from tests.forking import Piped, run

GROWN = {
    "extend": """
      extend enum PostStatus { archived }
      extend type Post { mood: String }
      type FrozenError implements MutationError { message: String! }
      extend union PostActionPayload = FrozenError
    """,
    "answers": {
        "Post.status": "archived",
        "Mutation.createPost": {"__typename": "FrozenError", "message": "Frozen"},
    },
}


def grow(world: World, order: object = GROWN) -> httpx.Response:
    return world.client.post("/_emulator/schema", json=order)


def test_a_grown_schema_answers_with_what_no_client_knows(world: World) -> None:
    post = world.created("twitter")
    assert grow(world).status_code == 200

    assert world.post(post["id"])["status"] == "archived"
    assert world.create("twitter") == {"__typename": "FrozenError", "message": "Frozen"}
    found = world.ask(f'{{ post(input: {{id: "{post["id"]}"}}) {{ mood }} }}')
    assert found == {"post": {"mood": None}}

    world.client.delete("/_emulator/schema")
    assert world.post(post["id"])["status"] == "scheduled"
    mood = f'{{ post(input: {{id: "{post["id"]}"}}) {{ mood }} }}'
    assert world.send(mood).status_code == 400


@pytest.mark.parametrize(
    "order",
    [
        {"extend": "extend type Nothing { a: String }"},
        {"extend": "not SDL {"},
        {"answers": {"Post.nothing": 1}},
        {"answers": []},
    ],
)
def test_a_schema_does_not_grow_into_nonsense(lasting_world: World, order: object) -> None:
    answer = grow(lasting_world, order)
    assert answer.status_code == 400
    assert lasting_world.ask("{ account { id } }")["account"]["id"]


def test_growth_survives_a_restart(emulate: Emulate, tmp_path: Path) -> None:
    state = tmp_path / "state.db"
    first = emulate(state=state)
    post = first.created("twitter")
    grow(first)
    first.close()

    again = emulate(state=state)

    assert again.post(post["id"])["status"] == "archived"


def test_a_clock_with_a_speed_runs_that_much_faster() -> None:
    wall = [1000.0]
    clock = Clock(5000, 60, lambda: wall[0])
    start = clock.now()
    wall[0] += 10
    assert clock.now() - start == 600_000
    assert clock.ahead_of_wall() == 595_000
    assert Clock(clock.ahead_of_wall(), 1, lambda: wall[0]).now() == clock.now()


def test_a_fast_clock_publishes_a_far_post_soon(emulate: Emulate) -> None:
    world = emulate(speed=100_000)
    # Five seconds on the wall: a machine that stands still for one makes it no past.
    post = world.created("twitter", dueAt=in_seconds(500_000))
    assert world.ends(post["id"])["status"] == "sent"


def test_the_clock_can_be_set_to_an_instant_but_not_back(world: World) -> None:
    post = world.created("twitter", dueAt=in_seconds(3600))
    later = datetime.now(UTC) + timedelta(hours=2)

    assert world.client.post("/_emulator/clock", json={"now": later.isoformat()}).is_success
    assert world.ends(post["id"])["status"] == "sent"
    back = {"now": datetime.now(UTC).isoformat()}
    assert world.client.post("/_emulator/clock", json=back).status_code == 400


def failures(emulate: Emulate, seed: int) -> list[int]:
    world = emulate(seed=seed)
    world.order("account", "http_503", times=1000, chance=0.5)
    return [world.send("{ account { id } }").status_code for _ in range(20)]


def test_faults_by_chance_repeat_with_their_seed(emulate: Emulate) -> None:
    first = failures(emulate, 7)
    assert set(first) == {200, 503}
    assert failures(emulate, 7) == first
    assert failures(emulate, 8) != first


@pytest.mark.parametrize("chance", [0, 1.5, "often", -1])
def test_a_chance_is_a_share(lasting_world: World, chance: object) -> None:
    order = {"operation": "account", "kind": "slow", "chance": chance}
    answer = lasting_world.client.post("/_emulator/faults", json=order)
    assert answer.status_code == 400


def test_faults_and_speed_are_options_of_the_program() -> None:
    process = Piped(
        ordered("buffer", "--fault", "account:http_503:2", "--speed", "100", "--seed", "1")
    )
    try:
        url = process.stdout.readline().rsplit(maxsplit=1)[-1]
        headers = {"Authorization": "Bearer one"}
        codes = [
            httpx.post(url, json={"query": "{ account { id } }"}, headers=headers) for _ in range(3)
        ]
        assert [answer.status_code for answer in codes] == [503, 503, 200]
        ahead = httpx.get(f"{url}/_emulator/health").json()["now"]
        until(lambda: httpx.get(f"{url}/_emulator/health").json()["now"] > ahead)
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=10)


@pytest.mark.parametrize(
    "option", [["--fault", "createPost:magic"], ["--fault", "x"], ["--speed", "0"]]
)
def test_an_option_that_makes_no_sense_is_a_usage_error(option: list[str]) -> None:
    assert run(ordered("buffer", *option), timeout=30).returncode == 2
