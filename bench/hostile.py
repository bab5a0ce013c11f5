"""Have the sandbox read thousands of hostile sources, and say what they cost and who stopped them.

Run: ``python -m bench.hostile [--keep FOLDER] [KIND…]``. About ten minutes on two cores. With
``--keep`` each input is written to that folder. It ends with 1 if a reader has a bug, if one
input cost more than it may, or if the event loop stood still.
"""

import asyncio
import hashlib
import re
import statistics
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from bench.hostile_inputs import Hostile, every_input
from bench.report import keep, leave, machine
from galley.models.source import Cue, SourceDocument
from galley.sandbox.child import AT_ONCE
from galley.sandbox.pool import Cost, Limits, RefusedError, SandboxError
from galley.sources.articles import read_page
from galley.sources.confined import LIMITS, SANDBOX, as_json, limits_of_pdf
from galley.sources.feeds import Feed, read_feed
from galley.sources.markdown import read_markdown, read_text
from galley.sources.pdf import read_pdf
from galley.sources.prompts import read_prompts
from galley.sources.tables import Row, read_rows
from galley.sources.transcripts import read_transcript

MOST_PROCESSOR, MOST_MEMORY = 5.5, 512 * 1024 * 1024
"""Seconds, of which half a one is how exactly the kernel counts; bytes."""
MOST_LATE = 5.0
"""Seconds that a beat of the event loop may be late."""
_BEAT = 0.05
_URL = "https://example.com/a"
_Reader = tuple[Any, Callable[..., Any], tuple[object, ...]]
READERS: dict[str, _Reader] = {
    "page": (SourceDocument, read_page, ("a page", _URL, None, None)),
    "feed": (Feed, read_feed, (_URL,)),
    "markdown": (SourceDocument, read_markdown, ("a.md",)),
    "text": (SourceDocument, read_text, ("a.txt",)),
    "prompts": (SourceDocument, read_prompts, ("a.yaml",)),
    "table": (tuple[Row, ...], read_rows, ("a.yaml",)),
    "csv": (tuple[Row, ...], read_rows, ("a.csv",)),
    "transcript": (tuple[tuple[Cue, ...], str], read_transcript, ("text/vtt", "a transcript")),
    "pdf": (SourceDocument, read_pdf, ("a.pdf",)),
}
_WORDS = "The ferry sails at nine from the old harbour, and the printers wait for it. "
_ORDINARY = (
    "<html><head><title>Ink</title></head><body><nav><a href=/>Home</a></nav><article>"
    + "".join(f"<h2>Part {n}</h2><p>{n}. {_WORDS * 4}</p>" for n in range(40))
    + "</article></body></html>"
).encode()


class Reading:
    """All inputs, a few at a time, and what became of them."""

    def __init__(self, inputs: Iterator[Hostile], folder: Path | None) -> None:
        self._inputs = inputs
        self._folder = folder
        self.ended = Counter[str]()
        self.by_kind = Counter[str]()
        self.costs = list[tuple[Cost, str]]()
        self.bugs = list[str]()
        self.latest = 0.0
        self.digest = hashlib.sha256()

    async def run(self) -> None:
        pulse = asyncio.create_task(self._beat())
        await asyncio.gather(*(self._one_after_another() for _ in range(AT_ONCE)))
        pulse.cancel()

    async def _beat(self) -> None:
        while True:
            due = time.monotonic() + _BEAT
            await asyncio.sleep(_BEAT)
            self.latest = max(self.latest, time.monotonic() - due)

    async def _one_after_another(self) -> None:
        for hostile in self._inputs:
            self.digest.update(hostile.data)
            if self._folder is not None:
                name = re.sub(r"\W+", "-", f"{hostile.kind} {hostile.name}")[:100]
                file = self._folder / f"{self.by_kind.total():04}-{name}"
                await asyncio.to_thread(file.write_bytes, hostile.data)
            self.by_kind[hostile.kind] += 1
            await self._read(hostile)
            if self.by_kind.total() % 200 == 0:
                print(f"{self.by_kind.total()} read: {dict(self.ended)}", flush=True)

    async def _read(self, hostile: Hostile) -> None:
        shape, reader, more = READERS[hostile.kind]
        limits: Limits = limits_of_pdf(len(hostile.data)) if hostile.kind == "pdf" else LIMITS
        try:
            _, cost = await SANDBOX.run(limits, as_json, shape, reader, (hostile.data, *more), {})
            ended = "read"
        except RefusedError as error:
            ended, cost = "refused in words", error.cost
        except SandboxError as error:
            ended, cost = type(error).__name__, error.cost
            print(f"{ended}: {hostile.kind} {hostile.name}", flush=True)
        except RuntimeError as error:
            ended, cost = "bug", Cost()
            self.bugs.append(f"{hostile.kind} {hostile.name}: {error}")
            print(self.bugs[-1], flush=True)
        self.ended[ended] += 1
        self.costs.append((cost, f"{hostile.kind}: {hostile.name}"))


async def ordinary_article() -> dict[str, float]:
    """Return what an ordinary article takes in a child and here: milliseconds, the medians.

    Those of the processor tell more than the clock's on a machine that does other things too.
    """
    took = dict[str, list[float]]()
    for _ in range(40):
        begun, used = time.perf_counter(), time.process_time()
        words = (_ORDINARY, "it", _URL, None, None)
        _, cost = await SANDBOX.run(LIMITS, as_json, SourceDocument, read_page, words, {})
        child = time.process_time() - used + cost.processor
        took.setdefault("clock_in_a_child", []).append(time.perf_counter() - begun)
        took.setdefault("processor_in_a_child", []).append(child)
        begun, used = time.perf_counter(), time.process_time()
        read_page(*words)
        took.setdefault("clock_here", []).append(time.perf_counter() - begun)
        took.setdefault("processor_here", []).append(time.process_time() - used)
    return {name: round(statistics.median(all_) * 1000, 1) for name, all_ in took.items()}


async def main() -> int:
    """Read, print, and keep the result."""
    words = sys.argv[1:]
    folder = Path(words[words.index("--keep") + 1]) if "--keep" in words else None
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
    kinds = {*words} & {*READERS}
    measured_on = machine()
    ordinary = await ordinary_article()
    chosen = (one for one in every_input() if not kinds or one.kind in kinds)
    reading = Reading(chosen, folder)
    begun = time.monotonic()
    await reading.run()
    slowest = max(reading.costs, key=lambda one: one[0].processor)
    largest = max(reading.costs, key=lambda one: one[0].memory)
    seconds = sum(cost.processor for cost, _ in reading.costs)
    found = {
        "inputs": reading.by_kind.total(),
        "kinds": dict(reading.by_kind),
        "sha256": reading.digest.hexdigest(),
        "ended": dict(reading.ended),
        "bugs": reading.bugs,
        "processor_seconds": round(seconds),
        "clock_seconds": round(time.monotonic() - begun),
        "most_processor_seconds": round(slowest[0].processor, 2),
        "slowest": slowest[1],
        "most_memory_mib": round(largest[0].memory / 1024 / 1024),
        "largest": largest[1],
        "latest_beat_ms": round(reading.latest * 1000),
        "ordinary_article_ms": ordinary,
    }
    keep("hostile" if not kinds else "hostile-part", found, measured_on)
    is_bound = slowest[0].processor <= MOST_PROCESSOR and largest[0].memory <= MOST_MEMORY
    return int(bool(reading.bugs) or not is_bound or reading.latest > MOST_LATE)


if __name__ == "__main__":
    leave(asyncio.run(main()))
