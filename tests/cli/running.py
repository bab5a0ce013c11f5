"""Run the command line as a person does: a process of its own, in a folder."""

import os
import subprocess
import sys
from pathlib import Path

from tests.forking import Order, Piped, run

_KEPT = ("PATH", "LANG", "SSL_CERT_FILE")


def clean_environment(folder: Path, more: dict[str, str]) -> dict[str, str]:
    """Return a clean environment: no keys, no addresses, no one's settings."""
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    own = {"HOME": str(folder), "TZ": "UTC", "GALLEY_REVIEWER": "kim"}
    return {**kept, **own, **more}


def starter(
    folder: Path, *arguments: str, timeout: float = 120, **env: str
) -> subprocess.CompletedProcess[str]:
    """Run ``starter.py`` to its end, with no keyboard."""
    environment = clean_environment(folder, env)
    return run(Order("starter", arguments, folder, environment), timeout)


def forked(folder: Path, *arguments: str, **env: str) -> Piped:
    """Fork ``starter.py`` and let it run, with no keyboard."""
    process = Piped(Order("starter", arguments, folder, clean_environment(folder, env)))
    process.stdin.close()
    return process


def begin(folder: Path, *arguments: str, **env: str) -> subprocess.Popen[str]:
    """Start ``starter.py`` as a shell does, and let it run."""
    return subprocess.Popen(  # noqa: S603 -- this very Python
        [sys.executable, "-m", "starter", *arguments],
        cwd=folder,
        env=clean_environment(folder, env),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
