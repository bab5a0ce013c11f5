"""What the local stack offers to others: nothing, on the network or on the disk."""

import stat
import struct
from collections.abc import Iterator
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path

import pytest

from tests.cli.running import begin
from tests.cli.stacks import comes_up, end, record

pytestmark = [pytest.mark.server, pytest.mark.timeout(240)]

LISTENS = "0A"
"""The state of a listening socket in ``/proc/net/tcp``."""
# With a key of Buffer, Anthropic or Replicate the stack starts no stand-in for them.
CANARIES = {
    name: f"whsec_canary-{number}"
    for number, name in enumerate(
        (
            *("GALLEY_NOTIFY_WEBHOOK_SECRET", "GALLEY_CODEC_TOKEN", "AWS_SECRET_ACCESS_KEY"),
            *("AWS_SESSION_TOKEN", "GOOGLE_API_KEY", "BUFFER_CLIENT_SECRET", "A_KEY_OF_SOMEBODY"),
        )
    )
}


@pytest.fixture(name="folder", scope="module")
def _folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("stack").resolve()
    process = begin(folder, "up", "--free-ports", **CANARIES)
    try:
        comes_up(folder, process, 200)
        yield folder
    finally:
        end(process)


def family_of(pid: int) -> set[int]:
    """Return a process and all that it started."""
    parents: dict[int, int] = {}
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            words = entry.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        parents[int(entry.parent.name)] = int(words[1])
    found = {pid}
    while more := {one for one, of in parents.items() if of in found} - found:
        found |= more
    return found


def sockets_of(pid: int) -> set[str]:
    """Return the inodes of a process's sockets."""
    found: set[str] = set()
    for link in Path(f"/proc/{pid}/fd").iterdir():
        try:
            target = str(link.readlink())
        except OSError:
            continue
        if target.startswith("socket:["):
            found.add(target[8:-1])
    return found


def listening(inodes: set[str]) -> dict[int, IPv4Address | IPv6Address]:
    """Return the address that each port of these sockets is bound to."""
    found: dict[int, IPv4Address | IPv6Address] = {}
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        for line in Path(table).read_text().splitlines()[1:]:
            words = line.split()
            if words[3] == LISTENS and words[9] in inodes:
                host, port = words[1].split(":")
                found[int(port, 16)] = _address(host)
    return found


def _address(written: str) -> IPv4Address | IPv6Address:
    # Each word of four bytes stands in the order of the machine.
    words = [int(written[at : at + 8], 16) for at in range(0, len(written), 8)]
    packed = struct.pack(f"={len(words)}I", *words)
    return IPv4Address(packed) if len(packed) == 4 else IPv6Address(packed)


def test_everything_that_is_started_listens_on_this_machine_alone(folder: Path) -> None:
    inodes = {inode for pid in family_of(record(folder)["pid"]) for inode in sockets_of(pid)}
    bound = listening(inodes)

    ports = set(record(folder)["ports"].values())
    assert ports <= set(bound)
    assert {port: host for port, host in bound.items() if not host.is_loopback} == {}


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
