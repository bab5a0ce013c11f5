"""Times of real processes: the demo, and the recovery of a worker that was killed.

``make bench`` calls :func:`demo` and :func:`recovery`.
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

from galley.models.network import Platform
from galley.models.post import PostState
from tests.end_to_end.campaigns import begin
from tests.end_to_end.stack import Stack
from tests.end_to_end.waiting import until

_ROOT = Path(__file__).parents[1]
_ENVIRONMENT = ("PATH", "LANG", "TMPDIR", "HOME")
_DRAFTED = 'GalleyState IS NOT NULL AND GalleyState != "drafting"'
_WITHIN = 180
_TOWNS = ("Runswick", "Sandsend", "Hinderwell", "Skinningrove", "Marske", "Redcar")


@dataclass(frozen=True)
class Demo:
    """Seconds from the command ``galley demo`` to each of these."""

    stack: float
    first_draft: float
    all_published: float


async def demo() -> Demo:
    """Run the demo of ``examples/article.md`` on eleven networks, in an empty folder.

    The clock starts when the command does; the ends are read from Temporal's own list.
    """
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "demo.log"
        kept = {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ}
        with log.open("wb") as output:
            began = time.monotonic()
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                str(_ROOT / "starter.py"),
                *("demo", str(_ROOT / "examples" / "article.md")),
                *("--approve", "all", "--free-ports"),
                cwd=folder,
                # This checkout, before any that is installed.
                env={**kept, "PYTHONPATH": str(_ROOT)},
                stdin=DEVNULL,
                stdout=output,
                stderr=STDOUT,
            )
        try:
            client = await _connect(Path(folder) / ".galley" / "local.env")
            stack = time.monotonic() - began
            await until(_exists(client, _DRAFTED), seconds=_WITHIN)
            first = time.monotonic() - began
            if await process.wait():
                raise AssertionError(log.read_text(encoding="utf-8")[-2000:])
            return Demo(stack, first, time.monotonic() - began)
        finally:
            if process.returncode is None:
                process.terminate()
                await process.wait()


def _exists(client: Client, query: str) -> Callable[[], Awaitable[bool]]:
    async def exists() -> bool:
        return (await client.count_workflows(query)).count > 0

    return exists


async def _connect(file: Path) -> Client:
    """Wait for the file in which the stack writes its addresses."""
    async with asyncio.timeout(_WITHIN):
        while True:
            address = dotenv_values(file).get("TEMPORAL_ADDRESS")
            try:
                client = await Client.connect(address or "")
                await client.count_workflows(_DRAFTED)
            except Exception:  # noqa: BLE001 - a server that starts fails in many ways
                await asyncio.sleep(0.05)
            else:
                return client


@dataclass(frozen=True)
class Recovery:
    """Seconds after SIGKILL until a worker polls, and until the post is known."""

    polls: float
    scheduled: float


async def recovery(times: int) -> list[Recovery]:
    """Kill the only worker in the middle of createPost, so many times."""
    with tempfile.TemporaryDirectory() as folder:
        stack = Stack(Path(folder) / "stack")
        stack.database = stack.folder / "temporal.db"  # as a person's stack has
        try:
            await stack.start()
            return [
                await _recovered(stack, town) for _, town in zip(range(times), _TOWNS, strict=False)
            ]
        finally:
            stack.close()


async def _recovered(stack: Stack, town: str) -> Recovery:
    campaign = await begin(stack, town, f"--platform={Platform.X}")
    await campaign.reach(PostState.IN_REVIEW)
    # Buffer makes the post at once and answers 20 seconds later.
    await stack.buffer.order("slow", Platform.X, seconds=20)
    known = len(await stack.buffer.ledger())

    async def is_created() -> bool:
        return len(await stack.buffer.ledger()) > known

    await campaign.approve(Platform.X)
    # Buffer has the post, and the worker waits for the answer.
    await until(is_created)
    stack.kill("worker")
    killed = time.monotonic()
    await stack.revive("worker")
    polls = time.monotonic() - killed
    await campaign.reach(PostState.SCHEDULED, PostState.PUBLISHED)
    return Recovery(polls, time.monotonic() - killed)
