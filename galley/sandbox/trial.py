"""A trial of the sandbox on this machine: what a child could do that it must not.

``doctor`` runs it in a child, and tells the answer.
"""

import json
import os
import resource
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from galley.sandbox.pool import ENVIRONMENT


def could() -> bytes:
    """Return what this process could do, as a list in JSON of a few words each."""
    tries: dict[str, Callable[[], object]] = {
        "read other files": lambda: list(Path("/").iterdir()),
        "read the worker's variables": Path(f"/proc/{os.getppid()}/environ").read_bytes,
        "open connections": lambda: socket.socket(socket.AF_INET).close(),
        "run programs": lambda: subprocess.run([sys.executable, "-c", ""], check=True),
        "stop other processes": lambda: os.kill(os.getppid(), signal.SIGCONT),
    }
    done = [name for name, attempt in tries.items() if _succeeds(attempt)]
    if not {*os.environ} <= ENVIRONMENT | {"PYTHONPATH"}:
        done.append("see variables that are not listed")
    if sys.platform != "linux":  # macOS takes the limit and does not hold to it
        done.append("take any memory")
    if resource.getrlimit(resource.RLIMIT_CPU)[1] == resource.RLIM_INFINITY:
        done.append("compute for ever")
    return json.dumps(done).encode()


def _succeeds(attempt: Callable[[], object]) -> bool:
    try:
        attempt()
    except OSError:
        return False
    return True
