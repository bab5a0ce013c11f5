"""How long ``starter.py demo`` takes to the first draft, and to the last post.

``python -m bench.demo``. The clock starts when the command does: the whole local stack
is started in an empty folder, and the end is what Temporal's own list shows.
"""

import asyncio
import os
import sys
import tempfile
import time
from asyncio.subprocess import DEVNULL, STDOUT
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from dotenv import dotenv_values
from temporalio.client import Client

from bench.machine import leave, machine
from tests.end_to_end.waiting import until

_ROOT = Path(__file__).parents[1]
_KEPT = ("PATH", "LANG", "TMPDIR", "HOME")
_DRAFTED = 'GalleyState IS NOT NULL AND GalleyState != "drafting"'
_WITHIN = 180


@dataclass(frozen=True)
class Demo:
    """Seconds from the command to each of these."""

    stack: float
    first_draft: float
    all_published: float


async def measure() -> Demo:
    """Run the demo of ``examples/article.md`` on eleven networks."""
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "demo.log"
        with log.open("wb") as output:
            began = time.monotonic()
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                str(_ROOT / "starter.py"),
                *("demo", str(_ROOT / "examples" / "article.md")),
                *("--approve", "all", "--free-ports"),
                cwd=folder,
                env=_environment(),
                stdin=DEVNULL,
                stdout=output,
                stderr=STDOUT,
            )
        try:
            client = await _connect(Path(folder) / ".galley" / "local.env")
            stack = time.monotonic() - began
            await until(_counts(client, _DRAFTED, 1), seconds=_WITHIN)
            first = time.monotonic() - began
            if await process.wait():
                raise AssertionError(log.read_text(encoding="utf-8")[-2000:])
            return Demo(stack, first, time.monotonic() - began)
        finally:
            if process.returncode is None:
                process.terminate()
                await process.wait()


def _environment() -> dict[str, str]:
    """Return what any program needs, and this checkout before any other."""
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    return {**kept, "PYTHONPATH": str(_ROOT)}


def _counts(client: Client, query: str, least: int) -> Callable[[], Awaitable[bool]]:
    async def enough() -> bool:
        return (await client.count_workflows(query)).count >= least

    return enough


async def _connect(file: Path) -> Client:
    """Wait for the file in which the stack writes its addresses."""
    async with asyncio.timeout(_WITHIN):
        while True:
            address = dotenv_values(file).get("TEMPORAL_ADDRESS")
            try:
                client = await Client.connect(address or "")
                await client.count_workflows(_DRAFTED)
            except Exception:  # noqa: BLE001 - whatever it says while it starts
                await asyncio.sleep(0.05)
            else:
                return client


def told(found: Demo) -> str:
    """Return the figures for people."""
    return (
        f"from the command: local stack {found.stack:.1f} s, first draft "
        f"{found.first_draft:.1f} s, everything published and the stack stopped "
        f"{found.all_published:.1f} s"
    )


if __name__ == "__main__":
    print(machine())
    print(told(asyncio.run(measure())))
    leave()
