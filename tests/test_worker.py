"""The worker as a process of its own."""

import subprocess
import sys
from pathlib import Path

from tests.ports import free_port

WORKER = Path(__file__).parents[1] / "worker.py"


def test_without_a_temporal_server_the_worker_says_so_in_one_sentence(
    tmp_path: Path,
) -> None:
    port = free_port()

    ended = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, str(WORKER)],
        cwd=tmp_path,
        env={
            "PATH": "/usr/bin:/bin",
            "TEMPORAL_ADDRESS": f"127.0.0.1:{port}",
            "STORAGE_EMULATOR_HOST": "http://127.0.0.1:1",
            "BUFFER_API_URL": "http://127.0.0.1:1",
        },
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert ended.returncode == 1
    assert ended.stderr == (
        "The worker cannot start: No Temporal server answers at "
        f"127.0.0.1:{port}: run `uv run starter.py up` in another terminal, or set "
        "TEMPORAL_ADDRESS.\n"
    )
