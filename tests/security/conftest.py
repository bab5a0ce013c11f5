"""One local stack for the tests that attack its doors, and a browser where there is one."""

import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import httpx
import pytest

from tests.cli.running import forked
from tests.cli.stacks import comes_up, end, until
from tests.loopback import NO_AUTHORITIES
from tests.ports import free_port

# With a key of Buffer, Anthropic or Replicate the stack starts no stand-in for them.
CANARIES = {
    name: f"whsec_canary-{number}"
    for number, name in enumerate(
        (
            *("GALLEY_NOTIFY_WEBHOOK_SECRET", "GALLEY_CODEC_TOKEN", "AWS_SECRET_ACCESS_KEY"),
            *("AWS_SESSION_TOKEN", "GOOGLE_API_KEY", "BUFFER_CLIENT_SECRET", "A_KEY_OF_SOMEBODY"),
        )
    )
}

# No package of Python brings a browser.
collect_ignore = [] if shutil.which("chromium") else ["test_browser.py"]


class Doors(NamedTuple):
    """What listens beside the parts of the stack, and where."""

    metrics: int
    api: int
    pid: int
    """Of the server of agents."""


@pytest.fixture(scope="package", name="beside")
def _beside() -> dict[str, int]:
    return {"metrics": free_port(), "api": free_port()}


@pytest.fixture(scope="package")
def folder(tmp_path_factory: pytest.TempPathFactory, beside: dict[str, int]) -> Iterator[Path]:
    """Give the folder of a running local stack, whose shell holds secrets."""
    folder = tmp_path_factory.mktemp("stack").resolve()
    given = {**CANARIES, "GALLEY_METRICS_ADDRESS": str(beside["metrics"])}
    process = forked(folder, "up", "--free-ports", **given)
    try:
        comes_up(folder, process, 200)
        yield folder
    finally:
        end(process)


@pytest.fixture(scope="package")
def doors(folder: Path, beside: dict[str, int]) -> Iterator[Doors]:
    """Give the ports of the worker's metrics and of the server of agents, which is started."""
    process = forked(folder, "api", "--port", str(beside["api"]), **CANARIES)
    try:
        url = f"http://127.0.0.1:{beside['api']}/health"
        until(lambda: process.poll() is not None or answers(url))
        assert process.poll() is None, process.communicate()
        yield Doors(**beside, pid=process.pid)
    finally:
        end(process)


def answers(url: str) -> bool:
    """Whether a server is there, and well."""
    with suppress(httpx.TransportError):
        return httpx.get(url, verify=NO_AUTHORITIES, trust_env=False).is_success
    return False
