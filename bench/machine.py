"""What the figures were measured on, and how a script that used the SDK ends."""

import importlib.metadata
import os
import platform
import re
import subprocess
import sys
import time
from pathlib import Path

from emulators.launch import temporal_binary


def machine() -> str:
    """Return processors, Python, libraries and Temporal's server, in one line."""
    cores = os.cpu_count()
    sdk = importlib.metadata.version("temporalio")
    return (
        f"{cores} cores ({_processor()}), {platform.system()} {platform.machine()}, "
        f"Python {platform.python_version()}, temporalio {sdk}, {_server()}, "
        f"load {os.getloadavg()[0]:.1f} at the start"
    )


def _processor() -> str:
    try:
        told = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return platform.processor() or "unknown"
    found = re.search(r"model name\s*:\s*(.+)", told)
    return found.group(1).strip() if found else "unknown"


def _server() -> str:
    told = subprocess.run(  # noqa: S603 - the program of a package of ours
        [str(temporal_binary()), "--version"], capture_output=True, text=True, check=True
    ).stdout
    found = re.search(r"Server ([\d.]+)", told)
    return f"Temporal server {found.group(1) if found else '?'}"


def leave(code: int = 0) -> None:
    """End at once: the SDK may abort at the interpreter's own exit.

    See https://github.com/temporalio/sdk-python/issues/300.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


_EVERY = 5.0
"""Seconds between two lines."""


class Progress:
    """Counts what is done, and tells it on standard error at most every 5 seconds."""

    def __init__(self, what: str, total: int) -> None:
        self._what, self._total, self._done = what, total, 0
        self._began = self._told = time.monotonic()

    def step(self) -> None:
        """Count one more."""
        self._done += 1
        now = time.monotonic()
        if now - self._told < _EVERY:
            return
        self._told = now
        rate = self._done / (now - self._began)
        left = (self._total - self._done) / rate
        sys.stderr.write(
            f"  {self._done} of {self._total} {self._what}, {rate:.2f} a second, "
            f"{left:.0f} s left\n"
        )
        sys.stderr.flush()
