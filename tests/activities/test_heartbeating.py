"""Heartbeats say that a worker is alive, and nothing else."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_no_heartbeat_carries_details_that_a_server_would_keep() -> None:
    said = {
        found
        for file in sorted((ROOT / "activities").rglob("*.py"))
        for found in re.findall(r"heartbeat\([^)]*\)", file.read_text())
    }

    assert said == {"heartbeat()"}
