"""A forked program is the program: it says and ends as one that a shell started."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.running import clean_environment
from tests.forking import Order, run


@pytest.mark.parametrize(
    ("module", "arguments", "code"),
    [
        ("starter", ("list", "--help"), 0),
        ("starter", ("list", "--state", "odd"), 2),
        ("worker", ("--queues", "odd"), 2),
        ("emulators.buffer.__main__", ("--plan", "odd"), 2),
    ],
)
def test_a_forked_program_tells_what_a_started_one_tells(
    tmp_path: Path, module: str, arguments: tuple[str, ...], code: int
) -> None:
    environment = clean_environment(tmp_path, {"COLUMNS": "88"})
    started = subprocess.run(  # noqa: S603 -- this very Python
        [sys.executable, "-m", module, *arguments],
        cwd=tmp_path,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )

    forked = run(Order(module, arguments, tmp_path, environment), timeout=60)

    assert (forked.returncode, forked.stdout, forked.stderr) == (
        started.returncode,
        started.stdout,
        started.stderr,
    )
    assert forked.returncode == code
