"""However a run of the tests ends, its servers end."""

import asyncio
import os
import signal
import sys
from pathlib import Path

import pytest

from tests.workflows.harness import until

pytestmark = pytest.mark.server

_ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize(
    ("number", "code"),
    [
        (signal.SIGINT, pytest.ExitCode.INTERRUPTED),
        (signal.SIGTERM, 128 + signal.SIGTERM),
        (signal.SIGKILL, -signal.SIGKILL),
    ],
    ids=["interrupted", "terminated", "killed"],
)
async def test_a_run_that_is_ended_leaves_no_server_behind(
    number: signal.Signals, code: int, tmp_path: Path
) -> None:
    told = tmp_path / "processes"
    outside = {k: v for k, v in os.environ.items() if not k.startswith("PYTEST_")}
    run = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"),
        *(f"--basetemp={tmp_path / 'run'}", "tests/lingering.py"),
        cwd=_ROOT,
        env=outside | {"LINGERING": str(told)},
        stdout=asyncio.subprocess.DEVNULL,
    )

    async def processes() -> list[int]:
        text = told.read_text() if told.exists() else ""
        return [int(one) for one in text.split()] if text.endswith("\n") else []

    async def names() -> set[str]:
        return {_name(one) for one in await processes()}

    try:
        await until(processes, bool, seconds=60)
        assert await names() >= {"temporal", "fake-gcs-server"}

        run.send_signal(number)

        assert await asyncio.wait_for(run.wait(), 60) == code
        await until(names, lambda left: left == {""})
    finally:
        if run.returncode is None:
            run.kill()
            await run.wait()


def _name(process: int) -> str:
    """Return the name of a process, cut as the kernel cuts it; empty once it ended."""
    try:
        return Path(f"/proc/{process}/comm").read_text().strip()
    except FileNotFoundError:
        return ""
