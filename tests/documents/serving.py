"""The emulators that a page starts, each in a terminal of its own."""

import tempfile
from contextlib import ExitStack
from itertools import pairwise
from pathlib import Path

import httpx

from tests.cli.running import clean_environment
from tests.cli.stacks import until
from tests.forking import Forked, Order, start
from tests.ports import free_port


class Terminals:
    """What is served for a page, until the page has been read."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._begun: list[Forked] = []
        self.addresses: dict[str, str] = {}
        """By the name of the emulator, such as ``buffer``."""

    def serve(self, module: str, options: list[str]) -> None:
        """Begin ``python -m MODULE``, on a free port in place of the usual one."""
        port = str(free_port())
        mine = [port if before == "--port" else word for before, word in pairwise(["", *options])]
        environment = clean_environment(self._folder, {})
        order = Order(f"{module}.__main__", mine, self._folder, environment)
        with ExitStack() as files:
            out, err = (files.enter_context(tempfile.TemporaryFile()) for _ in "oe")
            self._begun.append(start(order, out, err))
        address = f"http://127.0.0.1:{port}"
        until(lambda: _is_up(address), 60)
        self.addresses[module.rpartition(".")[2]] = address

    def close(self) -> None:
        """End what was begun."""
        for process in self._begun:
            process.kill()
            process.wait()
        self._begun.clear()
        self.addresses.clear()


def _is_up(address: str) -> bool:
    try:
        return httpx.get(f"{address}/_emulator/health", trust_env=False).is_success
    except httpx.TransportError:
        return False
