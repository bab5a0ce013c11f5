"""The frame of every benchmark: the machine, progress, memory, kept results, a clean end."""

import importlib.metadata
import json
import os
import platform
import re
import subprocess
import sys
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from emulators.launch import temporal_binary

RESULTS = Path(__file__).parent / "results"
_EVERY = 5.0
"""Seconds between two lines of progress."""


def machine() -> str:
    """Return processors, Python, libraries and Temporal's server, in one line."""
    cpu = platform.processor() or "unknown"
    # Linux leaves `platform.processor` empty.
    if found := re.search(r"model name\s*:\s*(.+)", _read("/proc/cpuinfo")):
        cpu = found.group(1).strip()
    version = subprocess.run(  # noqa: S603 - the program of a package of ours
        [str(temporal_binary()), "--version"], capture_output=True, text=True, check=True
    ).stdout
    server = re.search(r"Server ([\d.]+)", version)
    return (
        f"{os.cpu_count()} cores ({cpu}), {platform.system()} {platform.machine()}, "
        f"Python {platform.python_version()}, temporalio "
        f"{importlib.metadata.version('temporalio')}, "
        f"Temporal server {server.group(1) if server else '?'}, "
        f"load {os.getloadavg()[0]:.1f} at the start"
    )


def memory_mib(pid: int | str, field: str = "VmRSS") -> float:
    """Return the resident memory of a process in MiB, its peak with ``VmHWM``.

    It is 0 where the system does not show it.
    """
    found = re.search(rf"{field}:\s+(\d+) kB", _read(f"/proc/{pid}/status"))
    return int(found.group(1)) / 1024 if found else 0


def children(name: str = "") -> list[int]:
    """Return the processes that this one has started, those of a name alone if given."""
    tasks = Path("/proc/self/task").glob("*/children")
    found = [int(pid) for task in tasks for pid in _read(str(task)).split()]
    return [pid for pid in found if not name or _read(f"/proc/{pid}/comm").strip() == name]


def _read(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8")
    except OSError:
        # Not Linux, or the process has ended.
        return ""


def keep(kind: str, found: Mapping[str, object], on: str) -> None:
    """Print figures and write them to ``bench/results/<date>-<kind>.json``.

    Args:
        kind: The benchmark.
        found: Its figures.
        on: The machine, as :func:`machine` described it at the start.
    """
    now = datetime.now(UTC)
    text = json.dumps({"at": f"{now:%Y-%m-%d %H:%M} UTC", "machine": on, **found}, indent=2)
    (RESULTS / f"{now:%Y-%m-%d}-{kind}.json").write_text(f"{text}\n", encoding="utf-8")
    print(text, flush=True)


def leave(code: int = 0) -> None:
    """End at once: the SDK may abort at the interpreter's own exit.

    See https://github.com/temporalio/sdk-python/issues/300.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


class Progress:
    """Counts finished work, and prints it on standard error every 5 seconds at most."""

    def __init__(self, unit: str, total: int) -> None:
        self._unit, self._total, self._done = unit, total, 0
        self._began = self._printed = time.monotonic()

    def step(self) -> None:
        """Count one more."""
        self._done += 1
        now = time.monotonic()
        if now - self._printed < _EVERY:
            return
        self._printed = now
        rate = self._done / (now - self._began)
        left = (self._total - self._done) / rate
        sys.stderr.write(
            f"  {self._done} of {self._total} {self._unit}, {rate:.2f} a second, "
            f"{left:.0f} s left\n"
        )
        sys.stderr.flush()
