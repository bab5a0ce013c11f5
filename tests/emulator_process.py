"""Run an emulator as a user would: as a process of its own."""

import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager

import httpx


@contextmanager
def emulator(name: str) -> Generator[str]:
    """Start it on a free port and give its address once it says that it listens.

    Args:
        name: As users write it; its package is named alike.
    """
    server = subprocess.Popen(  # noqa: S603 - our own module
        [sys.executable, "-m", f"emulators.{name.lower()}", "--port", "0"],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert server.stdout is not None
        line = server.stdout.readline()
        assert line.startswith(f"{name} emulator listening on http://127.0.0.1:")
        yield line.split()[-1]
    finally:
        server.terminate()
        server.communicate(timeout=10)


def clear_faults(address: str) -> None:
    """Forget the orders of an earlier test."""
    httpx.delete(f"{address}/_emulator/faults").raise_for_status()
