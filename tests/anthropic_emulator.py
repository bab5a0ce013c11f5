"""The Anthropic emulator as a process of its own, and its faults."""

from contextlib import AbstractContextManager

import httpx

from tests.emulator_process import clear_faults, emulator
from tests.loopback import NO_AUTHORITIES

__all__ = ["anthropic_emulator", "clear_faults", "order_fault"]


def anthropic_emulator() -> AbstractContextManager[str]:
    """Start it on a free port and give its address once it says that it listens."""
    return emulator("Anthropic")


def order_fault(address: str, kind: str, *, times: int = 1, seconds: float = 5) -> None:
    """Make the next answers go wrong."""
    order = {"kind": kind, "times": times, "seconds": seconds}
    httpx.post(f"{address}/_emulator/faults", json=order, verify=NO_AUTHORITIES).raise_for_status()
