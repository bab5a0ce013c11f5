"""The long chaos run of docs/performance.md: ``make chaos``.

``SEED=7 POSTS=99 python -m bench.chaos`` repeats the mishaps of a seed with fewer posts. With
``--operator``, or OPERATOR=1, they are those of a person in Temporal's UI and in Buffer's page.
"""

import asyncio
import os
import random
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from bench.report import leave, machine
from tests.chaos.report import told
from tests.chaos.run import Plan, Run


def main() -> None:
    """Run, print the report, and end with 1 if it has findings."""
    seed = int(os.environ.get("SEED") or random.SystemRandom().randrange(100_000))
    is_operated = "--operator" in sys.argv or bool(os.environ.get("OPERATOR"))
    plan = Plan(
        seed=seed,
        posts=int(os.environ.get("POSTS") or 1000),
        workers=int(os.environ.get("WORKERS") or 3),
        pause=float(os.environ.get("PAUSE") or 5),
        is_operated=is_operated,
        # What a lost account forgot, it looks for: with more on their way it gets nowhere.
        at_once=20 if is_operated else 80,
        # A person in Buffer's page needs some time for what waits there.
        leads=(6, 20, 60) if is_operated else (6, 6, 15, 40),
    )
    how = " OPERATOR=1" if plan.is_operated else ""
    print(f"SEED={plan.seed} POSTS={plan.posts} WORKERS={plan.workers}{how}", flush=True)
    folder = Path(tempfile.mkdtemp(prefix="galley-chaos-"))
    began = time.monotonic()

    def log(line: str) -> None:
        print(f"{time.monotonic() - began:7.0f} s  {line}", flush=True)

    log(f"logs and databases are in {folder}")
    outcome = asyncio.run(Run(plan, folder / "stack", log).carry_out())
    report = told(outcome, machine(), datetime.now(UTC))
    print(report, flush=True)
    if target := os.environ.get("REPORT"):
        Path(target).write_text(report, encoding="utf-8")
    if outcome.findings:
        print(
            f"Write a test of what it found: SEED={plan.seed} repeats what dies, and not when.",
            file=sys.stderr,
        )
        leave(1)
    leave()


if __name__ == "__main__":
    main()
