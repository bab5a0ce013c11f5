"""What the figures were measured on, and how a script that used the SDK ends."""

import importlib.metadata
import os
import platform
import re
import subprocess
import sys
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
        [str(temporal_binary()), "--version"],
        capture_output=True,
        text=True,
        check=True,
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
