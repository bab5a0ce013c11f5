"""The processes of a stack, what they listen on and what they are given, as Linux shows them."""

import struct
import threading
from contextlib import suppress
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path

_LISTENS = "0A"
"""The state of a listening socket in ``/proc/net/tcp``."""
Address = IPv4Address | IPv6Address


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


def listening(pids: set[int]) -> set[tuple[Address, int]]:
    """Return the addresses and ports on which processes listen."""
    inodes = {inode for pid in pids for inode in _sockets_of(pid)}
    found: set[tuple[Address, int]] = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        for line in Path(table).read_text().splitlines()[1:]:
            words = line.split()
            if words[3] == _LISTENS and words[9] in inodes:
                host, port = words[1].split(":")
                found.add((_address(host), int(port, 16)))
    return found


def _sockets_of(pid: int) -> set[str]:
    found: set[str] = set()
    for link in Path(f"/proc/{pid}/fd").iterdir():
        try:
            target = str(link.readlink())
        except OSError:
            continue
        if target.startswith("socket:["):
            found.add(target[8:-1])
    return found


def _address(written: str) -> Address:
    # Each word of four bytes stands in the order of the machine.
    words = [int(written[at : at + 8], 16) for at in range(0, len(written), 8)]
    packed = struct.pack(f"={len(words)}I", *words)
    return IPv4Address(packed) if len(packed) == 4 else IPv6Address(packed)


class EnvironmentWatch(threading.Thread):
    """Looks at a process and all below it again and again, for a text in their environments.

    Attributes:
        seen: The programs that ran, by their command lines.
        holders: Those whose environment had the text.
    """

    def __init__(self, pid: int, text: bytes) -> None:
        super().__init__(daemon=True)
        self._pid, self._text = pid, text
        self._ended = threading.Event()
        self.seen = set[str]()
        self.holders = set[str]()

    def run(self) -> None:
        while not self._ended.wait(_EVERY):
            for pid in _below(self._pid):
                with suppress(OSError):
                    words = Path(f"/proc/{pid}/cmdline").read_bytes()
                    given = Path(f"/proc/{pid}/environ").read_bytes()
                    # A process that was just forked still shows what its parent is.
                    command = words.replace(b"\0", b" ").decode(errors="replace").strip()
                    self.seen.add(command)
                    if self._text in given:
                        self.holders.add(command)

    def end(self) -> None:
        """Look no more."""
        self._ended.set()
        self.join()


_EVERY = 0.1
"""Seconds. Whatever lives for less may be missed; ffmpeg and the sandbox live longer."""


def _below(pid: int) -> list[int]:
    found = [pid]
    for one in found:
        for told in Path(f"/proc/{one}/task").glob("*/children"):
            with suppress(OSError):
                found += map(int, told.read_text().split())
    return found
