"""Run an emulator as a user would: as a process of its own."""

import os
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import httpx

from tests.forking import Order, Piped
from tests.loopback import NO_AUTHORITIES


def ordered(name: str, *options: str) -> Order:
    """Return an emulator on a free port, with these options."""
    module = f"emulators.{name.lower()}.__main__"
    return Order(module, ("--port", "0", *options), Path.cwd(), os.environ)


@contextmanager
def emulator(name: str) -> Generator[str]:
    """Start it on a free port and give its address once it says that it listens.

    Args:
        name: As users write it; its package is named alike.
    """
    server = Piped(ordered(name))
    try:
        line = server.stdout.readline()
        assert line.startswith(f"{name} emulator listening on http://127.0.0.1:")
        yield line.split()[-1]
    finally:
        server.terminate()
        server.communicate(timeout=10)


def clear_faults(address: str) -> None:
    """Forget the orders of an earlier test."""
    httpx.delete(f"{address}/_emulator/faults", verify=NO_AUTHORITIES).raise_for_status()
