"""The emulator as a program: one ready line, and a memory that outlives kill -9."""

import signal
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import httpx
import pytest

from tests.emulator_process import ordered
from tests.emulators.buffer_world import CREATE, EDIT, POST, WHOLE, in_seconds, until
from tests.forking import Piped, run
from tests.loopback import NO_AUTHORITIES

pytestmark = pytest.mark.server
READY = "Buffer emulator listening on "
get = partial(httpx.get, verify=NO_AUTHORITIES)
send = partial(httpx.post, verify=NO_AUTHORITIES)


class Program:
    """Emulator processes on one state file, ended with the test."""

    def __init__(self, state: Path) -> None:
        self.state = state
        self.processes: list[Piped] = []

    def start(self, *extra: str) -> tuple[Piped, str]:
        """Start one and wait for its line; gives it and its address."""
        state = ("--state", str(self.state), "--publish-after", "0.05")
        process = Piped(ordered("buffer", *state, *extra))
        self.processes.append(process)
        line = process.stdout.readline()
        assert line.startswith(READY), line
        return process, line.removeprefix(READY).strip()

    def close(self) -> None:
        for process in self.processes:
            process.kill()
            process.communicate()


@pytest.fixture
def program(tmp_path: Path) -> Iterator[Program]:
    program = Program(tmp_path / "state" / "buffer.sqlite")
    yield program
    program.close()


def _create(url: str, text: str, seconds: float) -> dict[str, object]:
    channels = get(url + "/_emulator/channels").json()
    channel = next(one["id"] for one in channels if one["service"] == "twitter")
    given: dict[str, object] = {
        "channelId": channel,
        "schedulingType": "automatic",
        "mode": "customScheduled",
        "dueAt": in_seconds(seconds),
        "text": text,
    }
    return _ask(url, CREATE, given, "createPost")


def _edit(url: str, post_id: str, text: str) -> dict[str, object]:
    return _ask(url, EDIT, {"id": post_id, "text": text}, "editPost")


def _ask(url: str, query: str, given: dict[str, object], field: str) -> dict[str, object]:
    answer = send(
        url,
        json={"query": query + WHOLE, "variables": {"input": given}},
        headers={"Authorization": "Bearer one"},
    ).json()
    post: dict[str, object] = answer["data"][field]["post"]
    return post


def test_what_was_answered_survives_kill_9(program: Program) -> None:
    process, url = program.start()
    post = _create(url, "Before the crash", 3)
    process.send_signal(signal.SIGKILL)
    process.wait()
    _, url = program.start()
    (entry,) = get(url + "/_emulator/posts").json()
    assert entry["id"] == post["id"]

    def sent() -> bool:
        (entry,) = get(url + "/_emulator/posts").json()
        return bool(entry["status"] == "sent")

    until(sent)


def test_nothing_that_was_answered_under_load_is_lost(program: Program) -> None:
    process, url = program.start("--plan", "team", "--quota-times", "50")
    answered: list[dict[str, object]] = []
    enough = threading.Event()

    def load(worker: int) -> None:
        for number in range(500):
            try:
                post = _create(url, f"Post {worker}-{number}", 3600)
                if number % 3 == 0:
                    post = _edit(url, str(post["id"]), f"Edit {worker}-{number}")
            except (httpx.TransportError, KeyError):
                return
            answered.append(post)
            if len(answered) > 40:
                enough.set()

    workers = [threading.Thread(target=load, args=(one,)) for one in range(4)]
    for worker in workers:
        worker.start()
    assert enough.wait(120)
    process.send_signal(signal.SIGKILL)
    for worker in workers:
        worker.join(30)
    process.wait()

    _, url = program.start()
    ledger = {one["id"]: one for one in get(url + "/_emulator/posts").json()}
    lost = [one for one in answered if one["id"] not in ledger]
    stale = [one for one in answered if ledger[one["id"]]["text"] != one["text"]]
    assert (lost, stale) == ([], [])
    # At most what was on its way in each of the four is there without an answer.
    assert len(ledger) - len(answered) <= 4


def test_ids_are_stable_for_an_organization_name(program: Program) -> None:
    process, url = program.start("--organization", "Acme Press")
    first = get(url + "/_emulator/channels").json()
    process.terminate()
    process.wait()
    program.state.unlink()
    _, url = program.start("--organization", "Acme Press")
    again = get(url + "/_emulator/channels").json()
    assert [one["id"] for one in first] == [one["id"] for one in again]


def test_a_second_emulator_on_the_same_state_says_what_to_do(program: Program) -> None:
    program.start()
    second = run(ordered("buffer", "--state", str(program.state)), timeout=30)
    assert second.returncode == 1
    assert "in use by another emulator: stop that one first" in second.stderr
    assert "Traceback" not in second.stderr


def test_health_tells_organization_and_plan(program: Program) -> None:
    _, url = program.start("--plan", "essentials")
    health = get(url + "/_emulator/health").json()
    assert (health["status"], health["plan"]) == ("ok", "essentials")


def test_trouble_and_a_grown_schema_are_options_of_the_program(
    program: Program, tmp_path: Path
) -> None:
    extension = tmp_path / "grown.graphql"
    extension.write_text("extend type Account { mood: String }")
    _, url = program.start(
        "--extend",
        str(extension),
        "--shared-pool",
        "--link-after",
        "600",
        "--fault",
        "account:rate_limit:1:window=24h:seconds=9",
    )

    def ask(token: str) -> httpx.Response:
        headers = {"Authorization": f"Bearer {token}"}
        return send(url, json={"query": "{ account { mood } }"}, headers=headers)

    refused = ask("one")
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "9")
    assert refused.json()["errors"][0]["extensions"]["window"] == "24h"
    answer = ask("two")
    assert answer.json() == {"data": {"account": {"mood": None}}}
    assert '"100-in-15min";r=98;' in answer.headers["ratelimit"]
    post = _create(url, "Sent without an address", 2)
    until(lambda: get(url + "/_emulator/posts").json()[0]["status"] == "sent")
    assert _read(url, str(post["id"]))["externalLink"] is None


def _read(url: str, post_id: str) -> dict[str, object]:
    body = {"query": POST, "variables": {"id": post_id}}
    headers = {"Authorization": "Bearer one"}
    post: dict[str, object] = send(url, json=body, headers=headers).json()["data"]["post"]
    return post
