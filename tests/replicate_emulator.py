"""The Replicate emulator as a process of its own, its faults, and what it is told."""

from contextlib import AbstractContextManager
from typing import Any

import httpx

from tests.emulator_process import clear_faults as clear
from tests.emulator_process import emulator
from tests.loopback import NO_AUTHORITIES

__all__ = [
    "asked",
    "clear",
    "made",
    "order",
    "predictions",
    "replicate_emulator",
    "reset",
    "skip",
    "tell",
]


def replicate_emulator() -> AbstractContextManager[str]:
    """Start it on a free port and give its address once it says that it listens."""
    return emulator("Replicate")


def reset(address: str) -> None:
    """Have it forget everything, as if it were started anew."""
    httpx.post(f"{address}/_emulator/reset", verify=NO_AUTHORITIES).raise_for_status()


def order(address: str, kind: str, *, on: str = "create", times: int = 1) -> None:
    """Make the next requests of a kind go wrong."""
    wanted = {"kind": kind, "on": on, "times": times}
    httpx.post(f"{address}/_emulator/faults", json=wanted, verify=NO_AUTHORITIES).raise_for_status()


def tell(address: str, output: dict[str, Any]) -> None:
    """Say what is heard in every sound."""
    url = f"{address}/_emulator/transcripts"
    httpx.post(url, json={"output": output}, verify=NO_AUTHORITIES).raise_for_status()


def skip(address: str, seconds: float) -> None:
    """Let time pass there at once."""
    url = f"{address}/_emulator/clock"
    httpx.post(url, json={"seconds": seconds}, verify=NO_AUTHORITIES).raise_for_status()


def asked(address: str) -> dict[str, int]:
    """Return how often what was asked."""
    return httpx.get(f"{address}/_emulator/requests", verify=NO_AUTHORITIES).json()["asked"]


def predictions(address: str) -> dict[str, str]:
    """Return the statuses of all predictions, by ID."""
    return httpx.get(f"{address}/_emulator/requests", verify=NO_AUTHORITIES).json()["predictions"]


def made(address: str) -> list[str]:
    """Return the IDs of all predictions, the oldest first."""
    return [*predictions(address)]


def bills(address: str) -> list[dict[str, Any]]:
    """Return what was billed, one entry for each prediction that is over."""
    return httpx.get(f"{address}/_emulator/bills", verify=NO_AUTHORITIES).json()["bills"]


def tokens_at_files(address: str) -> int:
    """Return how many requests for files of models brought a token."""
    return httpx.get(f"{address}/_emulator/requests", verify=NO_AUTHORITIES).json()[
        "tokens_at_files"
    ]
