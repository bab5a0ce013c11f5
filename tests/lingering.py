"""A test that never ends, beside real servers; run by ``test_supervision.py`` alone."""

import asyncio
import os
from pathlib import Path

import pytest
from temporalio.testing import WorkflowEnvironment

from emulators.launch import temporal_binary


@pytest.mark.usefixtures("gcs")
async def test_servers_run_until_they_are_ended() -> None:
    async with await WorkflowEnvironment.start_local(  # pyright: ignore[reportUnknownMemberType] - one parameter of the SDK is untyped
        dev_server_existing_path=str(temporal_binary())
    ):
        await asyncio.to_thread(_tell_processes)
        await asyncio.Event().wait()


def _tell_processes() -> None:
    """Write down this process and its children, of whichever thread they are."""
    threads = Path(f"/proc/{os.getpid()}/task").iterdir()
    children = "".join((thread / "children").read_text() for thread in threads)
    Path(os.environ["LINGERING"]).write_text(f"{os.getpid()} {children}\n")
