"""Run the Replicate emulator as a user would: as a process of its own."""

import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

import httpx


@contextmanager
def replicate_emulator() -> Generator[str]:
    """Start it on a free port and give its address once it says that it listens."""
    server = subprocess.Popen(
        [sys.executable, "-m", "emulators.replicate", "--port", "0"],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert server.stdout is not None
        line = server.stdout.readline()
        assert line.startswith("Replicate emulator listening on http://127.0.0.1:")
        yield line.split()[-1]
    finally:
        server.terminate()
        server.communicate(timeout=10)


def order(address: str, kind: str, *, on: str = "create", times: int = 1) -> None:
    """Make the next requests of a kind go wrong."""
    wanted = {"kind": kind, "on": on, "times": times}
    httpx.post(f"{address}/_emulator/faults", json=wanted).raise_for_status()


def tell(address: str, output: dict[str, Any]) -> None:
    """Say what is heard in every sound."""
    url = f"{address}/_emulator/transcripts"
    httpx.post(url, json={"output": output}).raise_for_status()


def skip(address: str, seconds: float) -> None:
    """Let time pass there at once."""
    url = f"{address}/_emulator/clock"
    httpx.post(url, json={"seconds": seconds}).raise_for_status()


def clear(address: str) -> None:
    """Forget the orders of an earlier test."""
    httpx.delete(f"{address}/_emulator/faults").raise_for_status()


def asked(address: str) -> dict[str, int]:
    """Return how often what was asked."""
    return httpx.get(f"{address}/_emulator/requests").json()["asked"]


def predictions(address: str) -> dict[str, str]:
    """Return the statuses of all predictions, by ID."""
    return httpx.get(f"{address}/_emulator/requests").json()["predictions"]
