"""What the local stack offers to others: nothing, on the network or on the disk."""

import stat
from ipaddress import IPv4Address
from pathlib import Path

import httpx
import pytest

from tests.cli.stacks import record
from tests.security.processes import family_of, listening

pytestmark = [pytest.mark.server, pytest.mark.timeout(240)]

DOORS = ("temporal_ui", "gcs", "buffer", "anthropic", "replicate")
each_door = pytest.mark.parametrize("door", DOORS)


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


def ask(folder: Path, door: str, **headers: str) -> httpx.Response:
    """Read the first page of a server of the stack."""
    paths = {"gcs": "/storage/v1/b", "temporal_ui": "/"}
    port = record(folder)["ports"][door]
    url = f"http://127.0.0.1:{port}{paths.get(door, '/_emulator/health')}"
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx.get(url, headers=named, trust_env=False, timeout=20)


@each_door
def test_a_door_opens_to_this_machines_own_names_alone(folder: Path, door: str) -> None:
    port = record(folder)["ports"][door]

    assert ask(folder, door).is_success
    assert ask(folder, door, Host=f"localhost:{port}").is_success
    for name in ("rebound.example", f"rebound.example:{port}", f"127.0.0.1.rebound.example:{port}"):
        assert ask(folder, door, Host=name).status_code == 403


@each_door
def test_a_page_of_another_origin_is_refused_at_every_door(folder: Path, door: str) -> None:
    port = record(folder)["ports"][door]
    own = {"Host": f"127.0.0.1:{port}", "Origin": f"http://127.0.0.1:{port}"}

    assert ask(folder, door, **own).is_success
    for origin in ("http://127.0.0.1", "http://other.example", f"http://localhost:{port}", "null"):
        assert ask(folder, door, **{**own, "Origin": origin}).status_code == 403
    assert ask(folder, door, Sec_Fetch_Site="cross-site", Sec_Fetch_Mode="cors").is_error
    link = {"Sec_Fetch_Site": "cross-site", "Sec_Fetch_Mode": "navigate"}
    assert ask(folder, door, **link, Sec_Fetch_Dest="document").is_success
    assert ask(folder, door, **link, Sec_Fetch_Dest="iframe").is_error


def test_no_other_port_of_the_stack_answers_a_browser(folder: Path) -> None:
    """Temporal's HTTP API can approve; behind the doors stand servers that check nothing."""
    answers: list[tuple[int, str]] = []
    # A name can be turned to 127.0.0.1; whoever guesses one of 16 million others needs no name.
    known = {*record(folder)["ports"].values()}
    bound = listening(family_of(record(folder)["pid"]))
    behind = {at for at, port in bound if port not in known and at != IPv4Address("127.0.0.1")}
    for _, port in bound:
        for path in ("/", "/api/v1/namespaces", "/storage/v1/b", "/_emulator/posts"):
            try:
                url = f"http://127.0.0.1:{port}{path}"
                got = httpx.get(url, headers={"Host": "x.example"}, trust_env=False, timeout=5)
            except httpx.TransportError:
                continue  # it speaks no HTTP/1, or does not listen there
            answers += [(port, path)] if got.is_success else []

    assert len(behind) == 2
    assert answers == []
