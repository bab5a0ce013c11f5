"""The processes of the local stack: waiting until they are ready, ending them."""

import asyncio
import os
import signal
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from subprocess import Popen
from typing import cast

import httpx

from cli.errors import CommandError
from cli.process import PATIENCE

_READY_WITHIN = 60.0
"""Seconds; a cold first start on a busy machine takes about ten."""


class StackError(CommandError):
    """A part of the stack did not start, or stopped."""


@dataclass
class Child:
    """A process of the stack, leading a process group of its own."""

    name: str
    process: Popen[bytes]
    log: Path
    patience: float
    """Seconds it may take to stop by itself."""

    @property
    def shown_log(self) -> str:
        """Its log's path as a person would type it."""
        return os.path.relpath(self.log)

    @property
    def command(self) -> str:
        """Its command line, by which a later start knows it again."""
        return " ".join(map(str, cast("list[object]", self.process.args)))

    async def until(self, ready: Callable[[], Awaitable[bool]]) -> None:
        """Wait until ``ready``.

        Raises:
            StackError: The process ended instead, or took too long.
        """
        deadline = time.monotonic() + _READY_WITHIN
        while not await ready():
            self.require_alive()
            if time.monotonic() > deadline:
                raise StackError(
                    f"The {self.name} did not get ready in {_READY_WITHIN:.0f} s: "
                    f"read {self.shown_log}."
                )
            await asyncio.sleep(0.05)

    async def answers(self, url: str) -> None:
        """Wait until ``url`` answers well."""
        async with httpx.AsyncClient(trust_env=False, timeout=2) as client:

            async def healthy() -> bool:
                try:
                    return (await client.get(url)).is_success
                except httpx.TransportError:
                    return False

            await self.until(healthy)

    async def accepts(self, port: int) -> None:
        """Wait until the loopback port takes connections."""

        async def connects() -> bool:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                return False
            writer.close()
            return True

        await self.until(connects)

    async def says(self, words: bytes) -> None:
        """Wait until ``words`` stand in its log."""

        async def said() -> bool:
            return words in self.log.read_bytes()

        await self.until(said)

    def require_alive(self) -> None:
        """Do nothing while it runs.

        Raises:
            StackError: It has ended; the text names its log and last line.
        """
        code = self.process.poll()
        if code is None:
            return
        how = f"by signal {-code}" if code < 0 else f"with exit code {code}"
        lines = self.log.read_text(errors="replace").strip().splitlines()
        last = f" Its last line: {lines[-1][:300]}" if lines else ""
        raise StackError(f"The {self.name} stopped {how}: read {self.shown_log}.{last}")

    async def end(self) -> None:
        """Ask it to stop, wait, and kill what is left of its group."""
        deadline = time.monotonic() + self.patience
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        while self.process.poll() is None:
            if PATIENCE.is_over or time.monotonic() > deadline:
                self.process.kill()
            await asyncio.sleep(0.03)
        try:
            # A killed worker may leave its ffmpeg running.
            os.killpg(self.process.pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            return
