"""What a newcomer waits for, by the clock: ``python -m bench.first_minutes``.

From ``galley demo`` and from ``galley start`` to the first draft (aim: 10 s), and ``galley list``
with 1,000 posts (aim: 1 s), each as a process of its own. Kept in ``bench/results/``.
"""

import asyncio
import os
import re
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import NamedTuple

from temporalio.client import Client
from temporalio.common import SearchAttributePair, TypedSearchAttributes

from bench.report import keep, leave, machine
from cli.local.record import read_record
from galley.models.network import Platform
from galley.models.post import PostState
from workflows import ids

_GALLEY = str(Path(sys.executable).with_name("galley"))
_EXAMPLE = Path(__file__).parents[1] / "examples" / "restore.md"
_POSTS = 1_000
_TIMES = 5
_STAGE = re.compile(r"^(?P<name>.+?) {2,}(?P<seconds>[\d.]+) s$", re.MULTILINE)
_KEPT = ("PATH", "LANG", "TMPDIR")


def environment(folder: Path) -> dict[str, str]:
    """Return the environment of somebody who has no key and no settings."""
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    return {**kept, "HOME": str(folder), "TZ": "UTC"}


class Took(NamedTuple):
    """Seconds by the clock and of the processor: the latter say more on a busy machine."""

    clock: float
    processor: float


def galley(folder: Path, *words: str) -> tuple[Took, str]:
    """Run a command to its end; return what it took, and all that it printed."""
    began, spent = time.perf_counter(), _spent()
    done = subprocess.run(  # noqa: S603 - the command of this environment
        [_GALLEY, *words],
        cwd=folder,
        env=environment(folder),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=True,
    )
    took = Took(time.perf_counter() - began, _spent() - spent)
    return took, done.stdout + done.stderr


def _spent() -> float:
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    return ended.ru_utime + ended.ru_stime


def demo() -> dict[str, float]:
    """Return the seconds of each stage of a demo, with those of its start as ``before``."""
    with tempfile.TemporaryDirectory(prefix="galley-bench-") as folder:
        took, told = galley(Path(folder), "demo", "--approve", "all", "--free-ports")
    stages = {found["name"]: float(found["seconds"]) for found in _STAGE.finditer(told)}
    return {"before": round(took.clock - stages["in all"], 1), **stages}


async def fill(client: Client) -> None:
    """Start posts that nobody works on, as they look in lists."""
    networks, gate = list(Platform)[:10], asyncio.Semaphore(50)
    states = [PostState.IN_REVIEW, PostState.SCHEDULED, PostState.DRAFTING]

    async def start(number: int) -> None:
        key, platform = f"{number // 10:012x}", networks[number % 10]
        async with gate:
            await client.start_workflow(
                "PostWorkflow",
                id=ids.post_id(key, str(platform)),
                task_queue="nobody",
                memo={"title": f"Article {number // 10}", "opening": "What it says. " * 10},
                search_attributes=TypedSearchAttributes(
                    [
                        SearchAttributePair(ids.STATE, states[number % 3].value),
                        SearchAttributePair(ids.PLATFORM, platform.value),
                        SearchAttributePair(ids.CHANNEL, str(platform)),
                        SearchAttributePair(ids.CAMPAIGN, ids.campaign_id(key)),
                        SearchAttributePair(
                            ids.DUE_AT, datetime.now(UTC) + timedelta(minutes=number)
                        ),
                    ]
                ),
            )

    await asyncio.gather(*map(start, range(_POSTS)))


async def until(client: Client, query: str, count: int) -> None:
    """Wait until Temporal lists so many runs."""
    while True:
        if (await client.count_workflows(query)).count >= count:
            return
        await asyncio.sleep(0.05)


async def running(folder: Path) -> dict[str, object]:
    """Measure the commands on a stack that runs."""
    client = await Client.connect(f"127.0.0.1:{read_record(folder / '.galley').ports['temporal']}")
    drafts = list[float]()
    for number in range(_TIMES):
        text = f"{_EXAMPLE.read_text()}\n\nEdition {number}.\n"
        (folder / f"{number}.md").write_text(text)
        began = time.perf_counter()
        await asyncio.to_thread(galley, folder, "start", f"{number}.md", "--platform", "x")
        await until(client, 'GalleyState="in_review"', number + 1)
        drafts.append(time.perf_counter() - began)
    await fill(client)
    await until(client, 'WorkflowType="PostWorkflow"', _POSTS + _TIMES)
    asked = ("list", "--limit", str(_POSTS))
    lists = [(await asyncio.to_thread(galley, folder, *asked))[0] for _ in range(_TIMES)]
    return {
        "start_to_first_draft": {
            "median": round(median(drafts), 2),
            "worst": round(max(drafts), 2),
        },
        "list_of_1000": {
            "median": round(median(one.clock for one in lists), 2),
            "best": round(min(one.clock for one in lists), 2),
            "processor": round(median(one.processor for one in lists), 2),
        },
    }


def main() -> None:
    """Measure all of it, and keep the figures."""
    on = machine()
    demo()  # what is read from disk for the first time is not what is measured
    found: dict[str, object] = {"demo": demo()}
    folder = Path(tempfile.mkdtemp(prefix="galley-bench-"))
    stack = subprocess.Popen(  # noqa: S603 - as above
        [_GALLEY, "up", "--free-ports"],
        cwd=folder,
        env=environment(folder),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    )
    try:
        while not read_record(folder / ".galley").ready:
            time.sleep(0.1)
        found |= asyncio.run(running(folder))
    finally:
        stack.send_signal(signal.SIGINT)
        stack.wait(60)
        shutil.rmtree(folder, ignore_errors=True)
    keep("first-minutes", {**found, "load_at_the_end": os.getloadavg()[0]}, on)


if __name__ == "__main__":
    main()
    leave()
