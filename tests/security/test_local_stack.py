"""What the local stack offers to others: nothing, on the network or on the disk."""

import signal
import stat
from contextlib import suppress
from ipaddress import IPv4Address
from pathlib import Path

import httpx
import pytest

from tests.cli.running import forked, starter
from tests.cli.stacks import record, until
from tests.loopback import NO_AUTHORITIES
from tests.ports import free_port
from tests.security.conftest import Doors, answers
from tests.security.processes import family_of, listening

pytestmark = [pytest.mark.server, pytest.mark.timeout(240)]

OPEN = {
    "temporal": "",  # gRPC alone
    "temporal_ui": "/",
    "gcs": "/storage/v1/b",
    "buffer": "/_emulator/health",
    "anthropic": "/_emulator/health",
    "replicate": "/_emulator/health",
    "web": "/static/galley.js",  # /health tells everybody that it lives
    "metrics": "/metrics",
    "api": "/health",
}
"""Every port on which something of Galley's listens, and a path that it answers."""
PATHS = ("/", "/api/v1/namespaces", "/storage/v1/b", "/_emulator/posts", "/metrics", "/health")
HIDDEN = 3
"""Addresses that nobody can guess: of Temporal's server, of the store, of the SDK's metrics."""
each_door = pytest.mark.parametrize("door", sorted(OPEN.keys() - {"temporal"}))


def test_everything_that_is_started_listens_on_this_machine_alone(folder: Path) -> None:
    bound = listening(family_of(record(folder)["pid"]))

    assert set(record(folder)["ports"].values()) <= {port for _, port in bound}
    assert {one for one in bound if not one[0].is_loopback} == set()


def test_what_the_stack_keeps_is_closed_to_others_on_this_machine(folder: Path) -> None:
    """Drafts, sources, histories and logs are below it."""
    assert stat.S_IMODE((folder / ".galley").stat().st_mode) == 0o700


def test_no_program_but_the_worker_is_given_a_key(folder: Path) -> None:
    launcher = record(folder)["pid"]
    worker = record(folder)["parts"]["worker"]["pid"]
    told = {
        pid: Path(f"/proc/{pid}/environ").read_bytes() for pid in family_of(launcher) - {launcher}
    }

    assert b"canary" in told.pop(worker)
    assert len(told) >= 5
    assert [found for found in told.values() if b"canary" in found or b"PATH=" not in found] == []


def ports_of(folder: Path, doors: Doors) -> dict[str, int]:
    ports: dict[str, int] = record(folder)["ports"]
    return {**ports, "metrics": doors.metrics, "api": doors.api}


def ask(port: int, path: str, **headers: str) -> httpx.Response:
    url = f"http://127.0.0.1:{port}{path}"
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx.get(url, headers=named, verify=NO_AUTHORITIES, trust_env=False, timeout=20)


def test_each_port_that_listens_is_a_door_that_is_tried_here(folder: Path, doors: Doors) -> None:
    """A new door fails this, until it stands in the table above and passes what is below."""
    ports = ports_of(folder, doors)
    assert ports.keys() == OPEN.keys()
    bound = listening(family_of(record(folder)["pid"]) | family_of(doors.pid))
    assert {*ports.values()} <= {port for _, port in bound}
    for at, port in bound:
        if at != IPv4Address("127.0.0.1") or port in ports.values():
            continue
        # What else listens where a page could find it: the parts of Temporal's server, by gRPC,
        # and its counters, which it gives to whoever finds their port. They hold no words.
        for path in PATHS:
            with suppress(httpx.TransportError):
                answer = ask(port, path)
                is_counter = path == "/metrics" and answer.text.startswith("# HELP ")
                assert is_counter or not answer.is_success, (port, path)


@each_door
def test_a_door_opens_to_this_machines_own_names_alone(
    folder: Path, doors: Doors, door: str
) -> None:
    port, path = ports_of(folder, doors)[door], OPEN[door]

    assert ask(port, path).is_success
    assert ask(port, path, Host=f"localhost:{port}").is_success
    for name in ("rebound.example", f"rebound.example:{port}", f"127.0.0.1.rebound.example:{port}"):
        assert ask(port, path, Host=name).status_code == 403


@each_door
def test_a_page_of_another_origin_is_refused_at_every_door(
    folder: Path, doors: Doors, door: str
) -> None:
    port, path = ports_of(folder, doors)[door], OPEN[door]
    own = {"Host": f"127.0.0.1:{port}", "Origin": f"http://127.0.0.1:{port}"}

    # Programs alone ask for metrics and the API: neither has a page.
    assert ask(port, path, **own).is_success == (door not in {"metrics", "api"})
    for origin in ("http://127.0.0.1", "http://other.example", f"http://localhost:{port}", "null"):
        assert ask(port, path, **{**own, "Origin": origin}).status_code == 403
    assert ask(port, path, Sec_Fetch_Site="cross-site", Sec_Fetch_Mode="cors").is_error
    link = {"Sec_Fetch_Site": "cross-site", "Sec_Fetch_Mode": "navigate"}
    assert ask(port, path, **link, Sec_Fetch_Dest="iframe").is_error


def test_what_checks_nothing_stands_where_no_page_finds_it(folder: Path) -> None:
    """The UI can approve, and the store answers under any name."""
    bound = listening(family_of(record(folder)["pid"]))
    behind = {at for at, _ in bound if at != IPv4Address("127.0.0.1")}

    assert len(behind) == HIDDEN


def attempts(port: int, token: str) -> list[httpx.Response]:
    bearer = {"Authorization": f"Bearer {token}"}
    asked = {"jsonrpc": "2.0", "id": token, "method": token, "params": {"name": token}}
    accepted = {**bearer, "Accept": "application/json, text/event-stream"}
    mcp = f"http://127.0.0.1:{port}/mcp"
    return [
        ask(port, "/v1/calendar", **bearer),
        ask(port, f"/v1/posts/{token}", **bearer),
        ask(port, f"/v1/posts?after={token}", **bearer),
        ask(port, f"/{token}?token={token}", **bearer),
        ask(port, f"/v1/uploads/{token}", **bearer),
        ask(port, "/v1/posts", Authorization=f"Basic {token}", X_Token=token),
        httpx.post(mcp, json=asked, headers=accepted, trust_env=False, timeout=20),
    ]


def test_no_log_of_the_server_of_agents_has_a_token_wherever_somebody_puts_it(folder: Path) -> None:
    made = starter(folder, "agents", "token", "mole", "--scope", "read")
    token = made.stdout.strip()
    secret = token[-43:]
    port = free_port()
    process = forked(folder, "api", "--port", str(port))
    try:
        until(lambda: process.poll() is not None or answers(f"http://127.0.0.1:{port}/health"))
        tried = attempts(port, token)
    finally:
        process.send_signal(signal.SIGINT)
        out, error = process.communicate(timeout=60)

    assert len(secret) == 43
    assert tried[0].status_code == 200
    assert {one.status_code < 500 for one in tried} == {True}
    assert secret not in out + error
    assert secret not in tried[5].text
    kept = [one for one in (folder / ".galley").rglob("*") if one.is_file()]
    assert [one.name for one in kept if secret.encode() in one.read_bytes()] == []
