"""Hold a child process to so much memory. On Linux; elsewhere nothing is held.

Counted is what the process may write to and shares with nobody (``VmData``): address
space that its threads only reserve is not in it, and files that it maps are not. Out of
memory, ffmpeg does not end: its threads wait for each other. So it is killed before
the kernel refuses it anything, and the limit of the kernel is for what grows faster
than it is looked at.
"""

import asyncio
import re
import resource
from contextlib import suppress
from pathlib import Path

MOST = 2_000_000_000
"""Bytes. Of 4K in, clips took 0.6 GB and posts 0.7 GB at most (2026-11, ffmpeg 9.0)."""
_ABOVE = 600_000_000
"""Bytes more that the kernel allows: above the largest piece ffmpeg may ask for."""
_EVERY = 0.25
_DATA = re.compile(r"^VmData:\s+(\d+) kB", re.MULTILINE)


def hold(pid: int, most: int = MOST) -> None:
    """Have the kernel refuse a process what is far above ``most`` bytes."""
    limit = getattr(resource, "prlimit", None)
    if limit is not None:
        with suppress(OSError):  # it may have ended already
            limit(pid, resource.RLIMIT_DATA, (most + _ABOVE, most + _ABOVE))


async def outgrown(pid: int, most: int = MOST) -> None:
    """Return once a process has more than ``most`` bytes; if it never has, never."""
    status = Path(f"/proc/{pid}/status")
    while True:
        await asyncio.sleep(_EVERY)
        if _used(status) > most:
            return


def _used(status: Path) -> int:
    try:
        found = _DATA.search(status.read_text())
    except OSError:
        return 0
    return int(found[1]) * 1024 if found else 0
