"""Run the Anthropic emulator as a user would: as a process of its own."""

import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager

import httpx


@contextmanager
def anthropic_emulator() -> Generator[str]:
    """Start it on a free port and give its address once it says that it listens."""
    server = subprocess.Popen(
        [sys.executable, "-m", "emulators.anthropic", "--port", "0"],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert server.stdout is not None
        line = server.stdout.readline()
        assert line.startswith("Anthropic emulator listening on http://127.0.0.1:")
        yield line.split()[-1]
    finally:
        server.terminate()
        server.communicate(timeout=10)


def order_fault(address: str, kind: str, *, times: int = 1, seconds: float = 5) -> None:
    """Make the next answers go wrong."""
    order = {"kind": kind, "times": times, "seconds": seconds}
    httpx.post(f"{address}/_emulator/faults", json=order).raise_for_status()


def clear_faults(address: str) -> None:
    """Forget the orders of an earlier test."""
    httpx.delete(f"{address}/_emulator/faults").raise_for_status()
